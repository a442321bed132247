"""What the JSON lines of a talk are held to. Every check returns the offending lines.

The checks know the command line contract and the rules of the product, nothing of the engine's
inside: they would judge another engine in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.fuzz import ratio

from evaluation import wording
from evaluation.sessions import Biography, Exchange, Line, Talk

EXPLORING = ("introduction", "deep_dive")
REST_TURNS = 20
ALIKE = 90.0
LONGEST, LONGEST_ASKED = 90, 450
_RECENT = 3
KEYS = frozenset(
    "session coach phase progress text question quality insights choices safety paused done voice sources notice error".split()
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that breaks a rule."""

    rule: str
    where: str
    found: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A reply with what led to it."""

    talk: Talk
    number: int
    user: str
    line: Line
    earlier: Sequence[str]

    @property
    def text(self) -> str:
        """The whole reply."""
        return str(self.line["text"])

    @property
    def where(self) -> str:
        """Person, coach and turn."""
        return f"{self.talk.person} · {self.talk.coach} · turn {self.number}"

    def problem(self, rule: str, found: str, text: str | None = None) -> Problem:
        """A broken rule in this reply."""
        reply = self.text if text is None else text
        return Problem(rule, self.where, found, f"“{self.earlier[-1][:120]}” → {reply}")


_ASKS = re.compile(
    r"^(?:(?:and|but|so|ok|well) )?(?:what|how|why|who|where|when|which|do|does|did|are|is|can|could|should|would|will|am) |"
    r"\bstraight answer\b|\b(?:just )?tell me (?:how|what|why)\b", re.I,
)


def steps(talk: Talk) -> Iterator[Step]:
    """The replies to messages, in order; the opening is left out."""
    said: list[str] = []
    for number, exchange in enumerate(talk.exchanges[1:], start=1):
        assert exchange.user is not None
        said.append(heard(exchange, talk.exchanges[number - 1]))
        yield Step(talk, number, exchange.user, exchange.line, tuple(said))


def heard(exchange: Exchange, before: Exchange) -> str:
    """What the user said: the words of the choice where one was picked."""
    typed = (exchange.user or "").strip()
    for number, choice in enumerate(before.line["choices"], start=1):
        if typed in (choice["id"], choice["label"], str(number)):
            return str(choice["label"])
    return typed


def asked_by_user(step: Step) -> bool:
    """Whether the user put a question (with or without its mark), or picked to be told straight."""
    said = step.earlier[-1]
    return "?" in said or bool(_ASKS.search(said))


def exploring(talk: Talk, phases: Sequence[str] = EXPLORING) -> list[Step]:
    """The replies while exploring: openings, safety and answers to the user's questions left out."""
    return [
        step for step in steps(talk)
        if step.line["phase"] in phases and not step.line["safety"] and not step.line["paused"]
        and not step.line["error"] and not asked_by_user(step)
    ]


# Reaching the plan ---------------------------------------------------------------------------------


def turn_of_phase(talk: Talk, phase: str) -> int | None:
    """The turn at which the phase was entered."""
    return next((step.number for step in steps(talk) if step.line["phase"] == phase), None)


def turn_done(talk: Talk) -> int | None:
    """The turn at which the plan was shown and the commitment given."""
    return next((step.number for step in steps(talk) if step.line["done"]), None)


# Shape of a reply ----------------------------------------------------------------------------------


def reflections(step: Step) -> int:
    """How many statements of the reply give back words of the user's last three messages."""
    recent = step.earlier[-_RECENT:]
    return sum(wording.is_reflection(sentence, recent) for sentence in wording.statements(step.text))


def questions(step: Step) -> int:
    """How many sentences of the reply are questions."""
    return sum(wording.is_question(sentence) for sentence in wording.sentences(step.text))


# An unfilled blank, an empty quote, doubled or stray punctuation, a lower-case start.
_BROKEN = re.compile(r"\{\w*\}|“”|\bNone\b|(?<=\S)  +(?=\S)|\s[.,?!](?!\d)|[.?!][.,?!]|[.?!]”\.|^[a-z]")


def shape(talk: Talk) -> Iterator[Problem]:
    """One question, which is part of the text; short; all keys; no error; no empty reply."""
    for step in steps(talk):
        line = step.line
        long_text = asked_by_user(step) or bool(line["done"])
        # Titles of studies and the user's words in a plan may hold a question mark of their own.
        marks = questions(step) if long_text else step.text.count("?")
        lacking = KEYS - set(line)
        if lacking:
            yield step.problem("keys", ", ".join(sorted(lacking)))
        if marks > 1:
            yield step.problem("one question", f"{marks} question marks")
        if line["question"] is not None and str(line["question"]) not in step.text:
            yield step.problem("question in text", str(line["question"]))
        if line["error"] is not None:
            yield step.problem("error", str(line["error"]))
        if not step.text.strip():
            yield step.problem("empty reply", "")
        limit = LONGEST_ASKED if long_text else LONGEST
        count = len(step.text.split())
        if count > limit:
            yield step.problem("length", f"{count} words, {limit} allowed")
        plain = wording.plain(step.text)
        broken = _BROKEN.search(plain)
        if broken:
            yield step.problem("broken text", plain[max(0, broken.start() - 20) : broken.end() + 20])


_TO_THE_COACH = re.compile(
    r"^(?:\W*(?:so|then|now|and|or|please|first|just|well|go on|take your time),? )*(?:tell|say|give|show|describe|walk|take me|think of|"
    r"picture|imagine|add|name|list|go (?:on|back)|read that|write (?:me|it)|put (?:it|a|the|that)|read|choose|pick|stay|let|lay|type|try "
    r"(?:that|once|to say)|look|have a look|sketch|copy|draw|bring|keep going|carry on|start|continue|sort|take)\b", re.I,
)
_ORDERS = re.compile(
    r"^(?:\W*(?:so|then|now|and|or|please|first|just|always|never|don't|do not),? )*(?:ask|avoid|be|block|book|build|call|check|choose|consider|contact|"
    r"create|cut|draft|focus|find|get|join|keep|learn|leave|make|message|note|notice|offer|plan|practi[cs]e|prepare|remember|record|rehearse|"
    r"reply|ring|schedule|search|send|set|speak|start|stop|talk|think|try|update|use|wait|write)\b(?! (?:me|it your))", re.I,
)
_ADVICE = re.compile(
    r"\byou (?:should|ought|need to|must|have to|might want|could try|could start|had better|'d better)\b|\bi(?:'d| would) (?:suggest|recommend|advise)\b|"
    r"\bmy advice\b|\bwhy don't you\b|\b(?:it|this) (?:helps|works best) (?:to|if you)\b|\btry to\b|\bthe best (?:way|thing) is\b|\bmake sure\b", re.I,
)


def unasked_advice(step: Step) -> str | None:
    """The sentence of a reply that advises without having been asked; None where there is none.

    An invitation to go on telling is no advice, and words of the user given back are theirs.
    """
    recent = step.earlier[-_RECENT:]
    for sentence in wording.statements(step.text):
        bare = wording.without_quotes(sentence)
        if wording.is_reflection(sentence, recent) or bare.startswith("For example"):
            continue
        if _ADVICE.search(bare) or (_ORDERS.match(bare) and not _TO_THE_COACH.match(bare)):
            return sentence
    for source in step.line["sources"]:
        text = str(source["text"])
        if source["kind"] == "card" and len(text.split()) > 20 and text[:60] in step.text:
            return text[:120]
    return None


# Said twice ----------------------------------------------------------------------------------------

_SCALE = re.compile(r"^from (?:0|1|zero|one)\b|\bfrom 1 to 5\b|\bone step up\b", re.I)
_AGAIN = re.compile(
    r"\b(?:repeat|again|what (?:was|is) the question|what do you mean|come again|pardon|rephrase|don't understand)\b|^(?:sorry|what|huh)\W*$",
    re.I,
)


def questions_twice(biography: Biography) -> Iterator[Problem]:
    """Coaching questions put twice in one person's life, also in nearly the same words."""
    asked: list[tuple[str, str]] = []
    for talk in biography.talks:
        opening = talk.exchanges[0].line
        entries = [(0, "", opening), *((step.number, step.user, step.line) for step in steps(talk))]
        for number, user, line in entries:
            question = str(line["question"] or "")
            if not question or _SCALE.search(question) or _AGAIN.search(user):
                continue
            now = wording.normal(question)
            before = next((where for old, where in asked if old == now or ratio(old, now) >= ALIKE), None)
            if before is not None:
                yield Problem("question twice", f"{talk.person} · {talk.coach} · turn {number}", f"first at {before}", question)
            asked.append((now, f"{talk.coach} · turn {number}"))


# "For example:" and its like introduce what follows; they are no sentence of their own.
_FRAME_WORDS = 3
_LONG_ANSWER = 30


def frame_of(sentence: str, said: Sequence[str]) -> str | None:
    """The coach's own part of a statement; None when the sentence is mostly the user's words."""
    own = wording.without_quotes(sentence)
    head, colon, rest = own.partition(": ")
    if colon and len(wording.words(head)) >= 2:
        own = head
    carried = wording.content(own)
    known = {word for message in said for word in wording.content(message)}
    if not wording.words(own) or (carried and len(carried & known) > len(carried) / 2 and len(wording.words(own)) > 3):
        return None
    return wording.normal(own) if len(wording.words(own)) >= _FRAME_WORDS else None


def frames_twice(biography: Biography) -> Iterator[Problem]:
    """Set sentences said twice to one person within twenty turns."""
    heard_at: dict[str, int] = {}
    turn = 0
    for talk in biography.talks:
        for step in steps(talk):
            turn += 1
            if step.line["safety"] or step.line["error"] or step.user.startswith("/"):
                continue
            for sentence in _frames_to_check(step):
                frame = frame_of(sentence, step.earlier)
                if frame is None:
                    continue
                before = heard_at.get(frame)
                if before is not None and turn - before <= REST_TURNS and before != turn:
                    yield step.problem("sentence twice", f"{turn - before} turns after the first time", sentence)
                heard_at[frame] = turn


def answers_twice(biography: Biography) -> Iterator[Problem]:
    """The same long answer given to one person again."""
    given: list[str] = []
    for talk in biography.talks:
        for step in steps(talk):
            answer = " ".join(wording.statements(step.text))
            if not asked_by_user(step) or step.line["done"] or len(answer.split()) < _LONG_ANSWER:
                continue
            if any(ratio(answer, one) >= ALIKE for one in given):
                yield step.problem("answer twice", f"{len(answer.split())} words")
            given.append(answer)


def _frames_to_check(step: Step) -> list[str]:
    """The statements of a reply that are no plan line, no scale and no part of an answer asked for."""
    if "**Your plan**" in step.text or asked_by_user(step):
        return []
    listed = {wording.normal(one) for one in re.findall(r"^\d+\. (.+)$", step.text, re.M)}
    return [one for one in wording.statements(step.text) if wording.normal(one) not in listed]


# Quotes --------------------------------------------------------------------------------------------


def quotes_exact(talk: Talk) -> Iterator[Problem]:
    """Quotes of insights, plan and profile that are not an exact part of a message of the user."""
    said = [str(row["text"]) for row in talk.told_before]
    for step in steps(talk):
        said.append(step.earlier[-1])
        for insight in step.line["insights"]:
            for quote in insight["quotes"]:
                if not any(str(quote) in message for message in said):
                    yield step.problem("quote not exact", f"insight: {quote}")
    rows = [*talk.told_before, *talk.transcript]
    by_message = {row["message"]: str(row["text"]) for row in rows if row["role"] == "user"}
    for name, quote in _kept_quotes(talk):
        text = str(quote["text"])
        if text not in by_message.get(quote["message"], ""):
            yield Problem("quote not exact", f"{talk.person} · {talk.coach}", f"{name}: message {quote['message']}", text)


def _kept_quotes(talk: Talk) -> Iterator[tuple[str, Line]]:
    for name, value in talk.plan.items():
        for item in value if isinstance(value, list) else [value]:
            for quote in item.get("quotes", ()):
                yield f"plan.{name}", quote
    for experience in talk.profile.get("experiences", ()):
        for quote in experience.get("quotes", ()):
            yield "profile", quote


def quotes_said(talk: Talk) -> Iterator[Problem]:
    """Words in quotation marks that neither the user said nor a source of the reply holds."""
    before = [str(row["text"]) for row in talk.told_before]
    for step in steps(talk):
        known = [*before, *step.earlier, *(str(source["text"]) for source in step.line["sources"])]
        for quote in wording.quotes(step.text):
            core = quote.rstrip(".!?,;: ")
            if core and not any(core in text for text in known):
                yield step.problem("quoted but not said", quote)


# The plan ------------------------------------------------------------------------------------------

OWN_ITEMS = ("goal", "why", "strengths", "obstacles", "if_then", "helper", "target")
_CONDITION = re.compile(r"\b(?:if|when|whenever|once|as soon as|should)\b", re.I)


def plan_items(talk: Talk) -> dict[str, bool]:
    """Which of the twelve items of a synthesis hold something real."""
    plan = talk.plan
    said = "\n".join(str(row["text"]) for row in (*talk.told_before, *talk.transcript) if row["role"] == "user")
    found = {name: _own(plan.get(name), said) for name in OWN_ITEMS}
    found["meaning"] = _grounded(plan.get("meaning"))
    found["fact"] = _grounded(plan.get("fact"))
    found["example"] = _grounded(plan.get("example"))
    actions = [one for one in plan.get("actions") or () if _grounded(one) and _CONDITION.search(str(one["text"]))]
    found["actions"] = 1 <= len(actions) <= 3
    target = plan.get("target") or {}
    found["target"] = found["target"] and len(target.get("levels") or ()) == 5 and bool(target.get("date"))
    check_in = plan.get("check_in") or {}
    found["check_in"] = bool(check_in.get("date")) and len(wording.content(str(check_in.get("ask") or ""))) >= 2
    return found


def _own(item: object, said: str) -> bool:
    """Whether the item rests on at least one quote of the user with content."""
    entries: list[Line] = [one for one in item if one] if isinstance(item, list) else [item] if isinstance(item, dict) else []
    return any(
        str(quote["text"]) in said and len(wording.content(str(quote["text"]))) >= 1
        for entry in entries for quote in entry.get("quotes", ())
    )


def _grounded(item: object) -> bool:
    return isinstance(item, dict) and bool(item.get("sources")) and len(wording.content(str(item.get("text")))) >= 3
