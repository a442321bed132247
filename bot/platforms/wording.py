"""What is said around a session, the same on every chat platform. CommonMark without marks."""

from __future__ import annotations

from personas.models import Coach

STOPPED = "Stopped. Say “again” for the whole of it in other words."
PLACE_CLOSED = (
    "I can't write where we talked any more, so I write to you here. Our session is kept: write to "
    "me here to go on."
)
THREAD_GONE = (
    "The thread of our session is closed, so I write to you here. The session is kept: "
    "`/coach continue` takes it up again, here or in a new thread."
)
REMOVED = (
    "I was removed from the server of our session, so I write to you here. What you said there is "
    "kept until {date} and deleted then, unless I am added again. `/coach export` here gives you "
    "all of it, and `/coach continue` goes on with it here."
)
WHO_READS_DIRECT = "Only you and this app can read what is written here."
WHO_READS_PRIVATE = (
    "Only {owner} and the people who run this server can read this thread; only {owner} steers it."
)
WHO_READS_CHANNEL = "Everybody in this channel can read this thread; only {owner} steers it."
HOW = (
    "Just write. “next”, “plan”, “summary”, “switch to …” and “end” work as words; “help” shows "
    "more."
)
NOT_YOURS = (
    "This thread is {owner}'s coaching session, so I don't answer others here. "
    "{command} starts one of your own, in private."
)
MENTIONED = "I coach in private: pick a coach, and we talk in a direct message that only you read."
MENTIONED_DISCORD = (
    "I coach in threads that only their owner steers. Pick a coach: nobody else sees what you pick."
)
NOTHING_TO_READ = "There are no words in that message that I could read."
NOT_FOR_YOU = "Whoever runs this app has opened it to some people only, and you are not among them."
NOT_HERE = "Sessions can't be started in this channel. In a direct message they always can."
WENT_ON = "We go on here with {coach}. What came before: {link}"
POINTER = "{coach} goes on here: {link}"
HANDED_OVER = "Handed over by {before}: what you told there is known here."
STALE = "That question is no longer open. Answer the last one, or write in your own words."
STALE_AGAIN = "Only the last reply can be put in other words."
BUTTONS_NOT_YOURS = "These buttons belong to {owner}."
STARTED = "Your session with {coach} is open: {link}"
ASK_PUBLIC = (
    "I may not open private threads here: that takes the permission “Create Private Threads” for "
    "me in this channel. Start in a thread that everybody in this channel can read, or in direct "
    "messages, which only you read?"
)
NO_PLACE = (
    "I can neither open a thread here nor write to you directly. Allow direct messages from "
    "members of this server, or ask whoever runs it for {permissions} for me."
)
NO_DIRECT = (
    "I can't write to you directly. Allow direct messages from members of this server, then try "
    "again."
)
NO_THREAD = (
    "I can't talk with you in a thread of this channel: that takes {permissions} for me. Start in "
    "direct messages, which only you read?"
)
NOT_READABLE = (
    "I can't read what is written here unless it mentions me or answers one of my messages: "
    "whoever runs this app has not turned on “Message Content” for it. Answer with “Reply”, or "
    "write to me directly, where I read everything."
)
SHARE_LOOK = "**This is what everybody in {where} will read:**"
SHARES = "-# {owner} shares this from their coaching."
SHARED = "Shared: {link}"
NOT_SHARED_HERE = (
    "It can't be shared from here. Call `/coach summary` in a channel in which you may write."
)
KEPT_FOR_YOU = (
    "You asked for this, and by the time I had the answer there was no way left to show it to you "
    "alone. Here it is:"
)
ASK_AGAIN = (
    "Somebody used a command of mine here. The answer is for their eyes only, it came too late to "
    "be shown here to them alone, and I can't write to them directly: please call it again."
)
IN_DIRECT = "The answer is in our {link}, where only you can read it."
THANKS = "Thank you, that is noted."
CLOSED_TO_ME = (
    "I can't write there: it is closed to me. Try it in a channel that I am in, or ask whoever "
    "runs this app to open its messages."
)
TRY_AGAIN = "That did not work just now. Please try it once more in a moment."
NOT_TEXT = (
    "I can't read “{name}” yet: so far I take plain text. Copy what matters into a message, and we "
    "work with that."
)
VOICE_NOTE = "I can't listen to voice notes yet. Type the gist of it, a few words are enough."
STICKER = "I can't read stickers. A few words tell me more."
POLL = "I can't read polls. Ask me in words, and we think it through here."
PICTURE = "I can't see pictures. Tell me in words what is on it, if it matters here."
UNREADABLE = "I could not open “{name}”. Please try once more, or copy the text into a message."
CUT_FILE = "“{name}” is long: I read the first {many} characters of it."


def title(coach: Coach) -> str:
    """A coach in a headline."""
    return f"{coach.emoji} {coach.name}"


def session_with(coach: Coach) -> str:
    """The headline of a session."""
    return f"Session with {title(coach)}"
