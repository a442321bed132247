"""What a message does in the talk: an answer, a question, a refusal, anger at the bot …

The order of the table is the order of the checks; the first that fits wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from bot.engine.text import content_words, folded, is_gibberish, sentences, words
from personas import steering


class Intent(StrEnum):
    """What the user does with a message."""

    GIBBERISH = "gibberish"
    CORRECTION = "correction"
    TAKE_BACK = "take_back"
    REPEAT_QUESTION = "repeat_question"
    WHY_ASK = "why_ask"
    NEXT = "next"
    SKIP = "skip"
    STOP = "stop"
    HOSTILE = "hostile"
    TOLD = "told"
    COMPLAINT = "complaint"
    THANKS = "thanks"
    GREETING = "greeting"
    STUCK = "stuck"
    QUESTION = "question"
    SHORT = "short"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Understood:
    """The intent and, where the message also asks something, the question in the user's words."""

    intent: Intent
    question: str | None = None


def _matching(*patterns: str) -> Callable[[str], bool]:
    """Whether one of the patterns is found in a folded text."""

    @cache
    def compiled() -> list[re.Pattern[str]]:
        return [re.compile(pattern) for pattern in patterns]

    # Compiled when the first message comes: the opening needs none of them.
    return lambda text: any(pattern.search(text) for pattern in compiled())


_WHOLE_LIMIT = 12
# One word of content among so many at most is no answer yet.
_FEW_WORDS = 3
# So many words before a question tell something of their own.
_TELLS_FROM = 6
_CONDITION = re.compile(
    r"(?:so |and |but )?(?:if|when|while|because|since|as|although|given)\b", re.I
)
TOLD_ALREADY = (
    r"\b(?:i|i've|ive|i have|i had)?\s*(?:already|just) (?:told|said|answered|explained|wrote)"
    r"(?: you| u)?(?: (?:that|this|so|it|all that))?\W*$"
    r"|\bi(?:'ve|ve| have)? (?:said|told you|answered|explained|wrote)(?: (?:that|this|it|so))"
    r"(?: already| before| twice| above)?\W*$|\b(?:as|like) i (?:already )?(?:said|told you)\W*$"
    r"|\bi(?:'ve|ve| have)? told you(?: already| before)?\W*$"
)
_injection = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,30}\b(?:instructions?|prompts?|rules|guidelines)\b"
    r"|\bsystem prompt\b|\byou are now\b|\bjailbreak\b|\bdeveloper mode\b",
    re.I,
)
_TABLE: tuple[tuple[Intent, Callable[[str], bool]], ...] = (
    (
        Intent.CORRECTION,
        _matching(
            r"\b(?:that'?s|this is|it'?s) not what i (?:meant|said|mean)\b",
            r"\byou (?:got|have) (?:that|it|me) wrong\b",
            r"\byou (?:misunderst(?:and|ood)|misread|misquoted)\b",
            r"\bi (?:didn'?t|never) (?:say|said|mean)(?: that| it)?\s*[.!]*$",
            r"^(?:no,? )?(?:that'?s|that is) (?:wrong|not right|incorrect|not true)[.!]*$",
            r"\bi meant\b",
        ),
    ),
    (
        Intent.TAKE_BACK,
        _matching(
            r"^(?:please )?(?:undo|scratch that|forget (?:what i just said|that last (?:one|bit|answer))|"
            r"take (?:that|it|my last (?:answer|message)) back|delete my last (?:answer|message)|"
            r"i take (?:that|it) back)[.! ]*$",
        ),
    ),
    (
        Intent.REPEAT_QUESTION,
        _matching(
            r"\b(?:repeat|say again|rephrase)\b.{0,20}\b(?:question|that|please)\b",
            r"^(?:sorry,? )?what was the question\b",
            r"^(?:can you |please )?repeat(?: that| please)?\W*$",
            r"\bdon'?t understand (?:the|your|that) question\b",
            r"^what do you mean(?: by that)?\W*$",
            r"^(?:sorry,? )?(?:what|come again|pardon|huh)\W*$",
            r"^i don'?t (?:understand|get it|get the question)\W*$",
        ),
    ),
    (
        Intent.WHY_ASK,
        _matching(
            r"^(?:and |but )?why (?:do|are|would) you (?:ask|asking|want|need)\b",
            r"^why (?:does|is) (?:that|this) (?:matter|relevant|important)\W*$",
            r"\bwhat (?:does|has) (?:that|this) (?:got )?(?:to )?(?:do|have to do) with\b",
            r"^what'?s the point of (?:this|that|the) question\b",
        ),
    ),
    (
        Intent.NEXT,
        _matching(
            r"^(?:(?:ok(?:ay)?|please|whatever|fine|sure|yeah|so|just)[, ]+)*(?:next|next question|move on|let'?s move on|go on|continue|next please|next one)[.! ]*$",
        ),
    ),
    (
        Intent.SKIP,
        _matching(
            r"^(?:please )?(?:skip|pass|skip (?:it|this|that)(?: one)?)[.! ]*$",
            r"\b(?:rather not|don'?t want to) (?:say|answer|talk about|go into|share)\b",
            r"\bnone of your business\b",
            r"^(?:no comment|private|too personal)[.! ]*$",
            r"\b(?:can we|let'?s) skip\b",
        ),
    ),
    (
        Intent.STOP,
        _matching(
            r"^(?:please )?(?:stop|quit|exit|cancel|end|leave)[.! ]*$",
            r"^(?:(?:ok(?:ay)?|right|well|great|fine|many thanks|thanks?(?: you)?(?: (?:so|very) much| a lot)?|thx|ty|cheers)[,.! ]+)*"
            r"(?:(?:good ?)?bye(?: bye| for now| now)?|see (?:you|ya)(?: later| soon| tomorrow| then)?|"
            r"(?:talk|speak|until) (?:later|soon|tomorrow)|good ?night)"
            r"(?:[,.! ]+(?:and )?(?:thanks?(?: you)?|thx|cheers))?[.! ]*$",
        ),
    ),
    (
        # What they want instead is said in the same breath: no need to ask.
        Intent.COMPLAINT,
        _matching(
            r"\b(?:stop|no more|enough|quit|cut)\b.{0,25}\b(?:asking|questions?)\b.{0,40}\b(?:tell|give|show|answer|advise|say)\b"
        ),
    ),
    (
        Intent.HOSTILE,
        _matching(
            r"\b(?:you(?:'re| are|r)?|ur|this(?: is| bot| thing)?|that'?s|what a|stupid|shut)\b(?!.{0,12}\bnot\b).{0,20}\b(?:useless|stupid|idiot|"
            r"dumb|garbage|rubbish|crap|bullshit|shit|joke|pathetic|moron|worthless|trash|annoying|wast(?:e|ing)|scam|suck)",
            r"\b(?:fuck|f\*+k|fck) (?:you|off|this)\b",
            r"^(?:i think |honestly,? |look,? )?(?:this|it|that)(?:'s| is)? (?:just |really |all )?(?:going nowhere|"
            r"pointless|silly|boring|leading nowhere|not working|no help|no use)\W*$",
            r"\bwe(?:'re| are) (?:just )?(?:going (?:round )?in circles|getting nowhere|going nowhere)\b",
            r"\b(?:wasting|waste of) (?:my|our) time\W*$",
            r"\bshut up\b",
            r"^(?:this|it)(?:'s| is)? ?(?:taking|takes|took) (?:forever|too long|ages|so long)\W*$",
            r"\byou(?:'re| are) not (?:helping|listening)\b",
            r"\bpiss off\b",
            r"\byou suck\b",
            r"^(?:are|will|can|do|did|have) you (?:ever |even |actually |going to |gonna )*(?:say|said|do|know|got|have) "
            r"(?:anything|something) (?:useful|helpful|new|concrete|real)\W*$",
            r"^(?:bullshit|bollocks|crap|rubbish|bs|stupid|useless|nonsense)\W*$",
            r"\bstop (?:asking|annoying|bothering)\b",
            r"^(?:i |sorry,? (?:but )?i )?(?:(?:really |just )?(?:don'?t|do not) have (?:the )?|have no |no )time for "
            r"(?:this|that|games)(?: now| today)?\W*$",
            r"\bhate (?:you|this bot|this thing|these questions)\b",
            r"\bstupid (?:bot|machine|question|coach)\b",
        ),
    ),
    (Intent.TOLD, _matching(TOLD_ALREADY)),
    (
        Intent.COMPLAINT,
        _matching(
            r"\b(?:too many|enough) questions\b|^so many questions",
            r"\bjust (?:tell|give) me\b.{0,40}$",
            r"^(?:(?:so|and|ok(?:ay)?|but|then|well|now)[, ]+)*what (?:should|shall|do|can|could|must|would) "
            r"(?:i|we|you) do(?: now| then| next| first| here| in my (?:place|shoes)| about (?:it|this|that))*\W*$",
            r"^(?:so |please |then |and )*tell me(?: then)? what to do(?: then| now)?\W*$",
            r"^(?:(?:so|and|ok(?:ay)?|but|then|well|now)[, ]+)*(?:where|how) (?:do|should|would|could|can) (?:i|we) (?:even |ever )?"
            r"(?:start|begin|go about (?:it|this|that))(?: then| now| with (?:it|this|that))*\W*$",
            r"^(?:(?:so|and|but|ok(?:ay)?|please|pls|just|now|can|could|will|would|you|i|want|need|give|me|some|any|a|your|one)\b[ ,]*)*"
            r"(?:(?:straight|clear|plain|honest|direct|simple|real|proper) (?:answer|advice|opinion)|advice)"
            r"(?:[, ]+(?:please|pls|then|now|for once|for a change))*\W*$",
            r"^(?:(?:so|and|but|ok(?:ay)?|then|well|now)[, ]+)*what (?:would|do|can) you (?:advise|suggest|recommend)(?: me| then| now| i do)*\W*$",
            r"\bthis (?:isn'?t|is not|doesn'?t) help",
            r"\byou (?:already )?asked (?:me )?that\b",
        ),
    ),
    (
        Intent.THANKS,
        _matching(
            r"^(?:ok(?:ay)?[,!. ]*|great[,!. ]*|cool[,!. ]*|perfect[,!. ]*)?(?:many |big )?(?:thanks|thank you|thx|ty|cheers|"
            r"appreciate it|much appreciated)\b.{0,40}$",
        ),
    ),
    (
        Intent.GREETING,
        _matching(
            r"^(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening)|yo|howdy|greetings|sup|g'?day)\b"
            r"(?:[ ,]+\w+){0,3}[!?. 👋😊🙂]*$",
        ),
    ),
    (
        Intent.STUCK,
        _matching(
            r"^(?:ugh|hmm+|honestly|oh|pff+|meh)?,? ?(?:i )?(?:really )?(?:don'?t|dont|do not) know[,. ]+"
            r"(?:i'?m|it'?s|everything|all|just|nothing)\b.{0,60}$",
            r"^(?:hmm+,? |honestly,? |well,? |i'?m sorry,? )?(?:i )?(?:really |honestly |just )?(?:don'?t|dont|do not) (?:really )?know"
            r"(?:,? (?:yet|really|sorry|that|how to (?:say|answer|put)|what to (?:say|write|answer)|honestly|tbh|yet).{0,20})?[.! ]*$",
            r"^(?:no idea|dunno|idk|not sure|i'?m not sure|no clue|can'?t think of (?:any(?:thing)?|one)|nothing comes to mind|"
            r"hard to say|beats me|good question)\b.{0,25}$",
            r"^(?:i'?m |i am )?(?:stuck|blank|lost)[.! ]*$",
            r"\bmy mind is blank\b",
            r"^(?:help|help me)[.! ]*$",
            r"^(?:(?:no idea|dunno|idk|i don'?t know)[,. ]+)?you tell me\W*$",
            r"^(?:can you )?(?:give|show) me an example\b",
        ),
    ),
)
# Whoever says good-bye leaves, as in English.
_STEERED = {"bye": Intent.STOP}
_BEFORE = r"^(?:(?:and|but|so|ok|okay|well|also|hey|sorry|please|hmm|wait)[, ]+)*"
_SUBJECT = r"(?:i|you|we|they|he|she|it|there|my|the|this|that|a|an|people|anyone|someone)"
# A question without its question mark: only forms that can hardly be a statement.
_ASKS = re.compile(
    _BEFORE + r"(?:how (?:do|to|can|could|should|would|much|many|long|does|did|is|are|come|about)"
    r"|what(?:'s| is| are| do| does| did| should| can| could| would| if| about| kind| sort)"
    r"|why (?:do|does|did|is|are|not|would|should|can't)"
    r"|(?:where|when|who) (?:do|does|can|should|would|is|are) "
    + _SUBJECT
    + r"|(?:is|are|am|do|does|did|can|could|should|would|will|may|have|has|isn't|aren't|don't|doesn't|"
    r"didn't|can't|couldn't|shouldn't|wouldn't|won't) "
    + _SUBJECT
    + r"|any (?:tips?|ideas?|advice|way|suggestions?)|tell me (?:how|what|why|about)|explain)\b",
    re.I,
)
_PERMISSION_TO_ANSWER = re.compile(
    r"\b(?:you know|right|okay|ok|huh|eh|isn't it|innit|no)\?\s*$", re.I
)


_ACKNOWLEDGES = re.compile(
    r"(?:(?:lol|haha(?:ha)*|heh|oh|ah|nice|ok(?:ay|ie|s)?|k+|fine|al+ ?right|sure|right|got it|i see|hm+|good|great|cool|true|"
    r"yes|yeah|yep|understood|noted|makes sense|will do|fair(?: enough)?|"
    r"good (?:idea|point|to know)|i(?:'?ll| will) (?:try|do) (?:it|that)|"
    r"thanks?|thank you|thx)[\s,.!]*){1,3}",
    re.I,
)


def acknowledges(text: str) -> bool:
    """Whether a message takes what was said, and says nothing else ("ok", "makes sense")."""
    return _ACKNOWLEDGES.fullmatch(text.replace("’", "'").strip()) is not None


def understand(
    text: str, *, expects_short: bool = False, language: str | None = None
) -> Understood:
    """Tell what the message does.

    Args:
        text: the cleaned message.
        expects_short: the pending question takes a short answer (a number, a name, a choice).
        language: the code of the language the talk is held in; None for English.
    """
    steers = steering.intent_named(text, language)
    if steers is not None:
        return Understood(_STEERED.get(steers) or Intent(steers))
    if is_gibberish(text) and not (expects_short and re.search(r"\d", text)):
        return Understood(Intent.GIBBERISH)
    flat = " ".join(text.replace("’", "'").split())
    spoken = folded(flat)
    length = len(words(flat))
    for intent, fits in _TABLE:
        brief = intent in {
            Intent.HOSTILE,
            Intent.CORRECTION,
            Intent.COMPLAINT,
            Intent.SKIP,
            Intent.TOLD,
        }
        if (length <= _WHOLE_LIMIT or (brief and length <= 30)) and fits(spoken):
            return Understood(intent, user_question(text))
    question = user_question(text)
    if question is not None and len(words(_all_asked(text))) >= 0.5 * length:
        return Understood(Intent.QUESTION, question)
    full = len(content_words(flat))
    if not expects_short and (length <= 2 or not full or (full == 1 and length <= _FEW_WORDS)):
        return Understood(Intent.SHORT, question)
    return Understood(Intent.ANSWER, question)


_FEEDBACK = re.compile(
    _BEFORE + r"(?:(?:is|was|are|were|would|does|did) (?:that|this|it|my (?:answer|story|example))"
    r"(?: be| sound| come across)?(?: an?| any| as an?)? ?(?:good|ok(?:ay)?|fine|enough|alright|strong|"
    r"clear|convincing)(?: (?:enough|answer|story|example|one|now|so far|then))*"
    r"|how (?:was|is|did) (?:that|this|it|i|my (?:answer|story|example))(?: (?:do|sound|so far|go|then|"
    r"now|come across))*"
    r"|what (?:do|did) you think(?: (?:of|about) (?:it|that|this|my (?:answer|story|example)))?"
    r"|(?:any|some|your|can i (?:get|have)|give me) (?:honest )?feedback(?: (?:on|for) (?:it|that|this|me))?"
    r")(?: please)?\W*$",
    re.I,
)


def asks_for_feedback(question: str) -> bool:
    """Whether a question asks how what the user told is ("is that a good answer?")."""
    return _FEEDBACK.match(question.replace("’", "'").strip()) is not None


_DRAFT = re.compile(
    r"^[\"“']?(?:hi|hello|hey|dear) (?:(?:mr|mrs|ms|mx|dr|prof)\.? )?([^\W\d_]+)[,:!](?:\s+\S+){3,}",
    re.I,
)


def drafted_to(text: str) -> str | None:
    """Whom a message written to somebody else addresses ("hi Martin, do you still …?"), or None.

    The caller knows whether that is the coach.
    """
    found = _DRAFT.match(text.strip())
    return found[1] if found else None


def tries_to_instruct(text: str) -> bool:
    """Whether the message tries to change how the bot works ("ignore your instructions")."""
    return bool(_injection.search(text))


# "Talk to someone who does it?" is what they would do, put forward with care.
_TENTATIVE = re.compile(
    r"^(?:(?:ok|so|hmm+|well|maybe|perhaps|just|or|and|then|i could|i can|i might|probably)[, ]+)*"
    r"(?:talk|ask|call|phone|ring|text|email|mail|write|message|send|go|visit|apply|try|start|read|"
    r"look|make|book|meet|practi[cs]e|tell|offer|sign|take|speak|find|show)\b(?!.*\b(?:you|your|u)\b)"
    r"|^(?:maybe|perhaps) (?!.*\b(?:you|your|u)\b)",
    re.I,
)


_WHATS_THIS = re.compile(
    r"^(?:(?:hey|hi|ok|so|um+)[, ]+)*what'?s (?:this|that)(?: thing)?\W*$", re.I
)


def _all_asked(text: str) -> str:
    """All questions of the message: "how long does it take? and what do they look for" is two."""
    asked = [user_question(one.text.strip()) for one in sentences(text)]
    return " ".join(one for one in asked if one)


def user_question(text: str) -> str | None:
    """The last question the message puts to the coach, exact, or None.

    "…, you know?" and questions inside quotation marks are not put to the coach.
    """
    for sentence in reversed(sentences(text)):
        said = sentence.text.strip()
        if said.endswith("?") and _TENTATIVE.match(said):
            continue
        if _WHATS_THIS.match(said.replace("’", "'")):
            return said
        if said.endswith("?") and not _PERMISSION_TO_ANSWER.search(said):
            return _asked_at_the_end(said)
        if said.rstrip(".!").endswith(('"', "”", "'")) and "?" in said:
            continue
        if (
            _ASKS.match(said.replace("’", "'"))
            and len(words(said)) >= 3
            and not said.endswith((".", "!"))
            # "How to talk with owners" is as often what somebody knows as what they ask.
            and not said.casefold().startswith("how to ")
        ):
            return said
    return None


def _asked_at_the_end(sentence: str) -> str:
    """The question of "I drive a van and want a desk job, is that silly?", without what it tells.

    A condition stays: "if I leave now, what happens to my bonus?" asks all of it.
    """
    told, comma, asked = sentence.rpartition(", ")
    asks = _ASKS.match(asked.replace("’", "'")) is not None
    telling = len(words(told)) >= _TELLS_FROM and not _CONDITION.match(told)
    return asked if comma and asks and telling and _ASKS.match(told) is None else sentence
