"""The career profile across all sessions of a person: story, bullets and scores.

Everything is put together from the person's own words: fragments are cut and reordered, never
reworded, so no number, name, title or date can appear that they did not write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from bot.engine.experiences import REST
from bot.engine.profile_parts import Fact, FactKind, Line, Lived, Profile, Quote
from bot.engine.retell import capital, retell
from bot.engine.text import Span, content_words, trimmed, words
from bot.engine.verbs import is_past

BULLETS: Final = 5
_OVERVIEW_RESULTS: Final = 2


def career_profile(
    facts: Sequence[Fact],
    experiences: Sequence[Lived],
    said: Sequence[Quote] = (),
    keywords: Sequence[str] = (),
) -> Profile:
    """Put the profile together.

    Args:
        facts: what the sessions hold about the person, newest last.
        experiences: what they told, newest last.
        said: further messages in which they may have said who they are and whom they help.
        keywords: words of the role they aim at (a role pack's); without them the aim's own words.
    """
    lived = tuple(one for one in experiences if one.action or one.result)
    best = sorted(lived, key=_told, reverse=True)
    pool = [
        *(fact.quote for fact in facts),
        *(quote for one in lived for quote in one.quotes),
        *said,
    ]
    who, whom = _first(_WHO, pool, _is_trade), _first(_WHOM, pool) or _first(_PEOPLE, pool)
    achieved = _first(_ACHIEVE, pool) or next((one.result for one in best if one.result), None)
    bullets = _bullets(who or _fact(facts, "strength"), best)
    scores = _scores(facts, lived, (who, whom, achieved), keywords)
    return Profile(
        story=_story(who, whom, achieved),
        fill=tuple(
            line for part, line in zip((who, whom, achieved), _FILL, strict=True) if part is None
        ),
        experiences=lived,
        bullets=bullets,
        missing=_missing(bullets, best),
        scores=scores,
        raises={name: _ENOUGH[name] if scores[name] >= 0.99 else _RAISE[name] for name in scores},
    )


def profile_json(profile: Profile) -> dict[str, Any]:
    """The object of ``rocket profile``."""
    return {
        "story": {**_line_json(profile.story), "fill": list(profile.fill)},
        "experiences": [
            {
                "context": _text(one.context),
                "action": _text(one.action),
                "result": _text(one.result),
                "rest": {name: _text(one.rest.get(name)) for name in REST},
                "quotes": _quotes_json(one.quotes),
            }
            for one in profile.experiences
        ],
        "bullets": [_line_json(bullet) for bullet in profile.bullets],
        "missing": profile.missing,
        "scores": profile.scores,
        "raises": profile.raises,
    }


def _line_json(line: Line) -> dict[str, Any]:
    return {"text": line.text, "quotes": _quotes_json(line.quotes)}


def _quotes_json(quotes: Iterable[Quote]) -> list[dict[str, Any]]:
    return [{"message": quote.message, "text": quote.text} for quote in quotes]


def _text(quote: Quote | None) -> str | None:
    return quote.text if quote else None


# The story ---------------------------------------------------------------------------------------

_NOUNS: Final = r"([^\W\d_][\w'’\-]*(?: (?!{stop})[\w'’\-&/]+){{0,4}})"
_STOP: Final = (
    r"(?:and|but|or|so|who|that|which|because|since|with|for|from|at|in|on|to|by|when|while|if|"
    r"my|our|"
    r"their|the|a|an|i|i'm|we|it|is|was|are|were|have|has|had|now|just|trying|looking|always|never|"
    r"really|very|get|find|feel|be|become|learn|through|into|after|before|until|as|not|than|person|"
    r"bit|little|lot)\b"
)
_NOUN_PHRASE: Final = _NOUNS.format(stop=_STOP)
_ADJECTIVES: Final = (
    r"(?!(?:bit|little|lot|mess|good|great|bad|big|very|really|person|perfectionist|wreck|failure|"
    r"fan|believer|idiot|loser|fraud|joke|nobody|burden|impostor|imposter|coward|disappointment|"
    r"pushover|"
    r"victim|kind|type|sort|way|result|team player|people|born|real|natural)\b)"
)
# "I'm a nurse" tells a trade, "I'm a zombie" does not: the last word has to be one who does things.
_TRADE: Final = re.compile(
    r"(?:(?:er|or|ist|ian|ant|ent|eer|ess|smith|wright|mechanic|medic|nurse|chef|cook|clerk|guide|"
    r"pilot|coach|judge|nanny|(?:wo)?man|keeper|graduate|apprentice|trainee|lead|head|midwife|vet|"
    r"physio|dev|rep|temp|intern|priest|expert|carpenter|sparky|officer|monk|artiste?)s?)$",
    re.I,
)
_NO_TRADE: Final = re.compile(
    r"(?:pleaser|thinker|worrier|quitter|outsider|beginner|sufferer|monster|disaster|prisoner|"
    r"stranger|goner|loner|loser|number|(?:m|f|br)other|father|sister|daughter|procrastinator|"
    r"complainer|underachiever|overachiever|sleeper|talker)s?$",
    re.I,
)
_WHO: Final = (
    re.compile(
        rf"\b(?:i work(?:ed)? as|my (?:job|role|trade) is|working as|employed as|trained as) "
        rf"(?:an?|the) {_ADJECTIVES}{_NOUN_PHRASE}",
        re.I,
    ),
    re.compile(
        rf"\b(?:i['’]?m|i am|im|i['’]?ve been|i have been|i was) (?:an?|the) "
        rf"{_ADJECTIVES}{_NOUN_PHRASE}",
        re.I,
    ),
    re.compile(rf"\bas (?:an?|the) {_ADJECTIVES}{_NOUN_PHRASE}(?=,| i\b)", re.I),
)
_WHOM: Final = (
    re.compile(
        rf"\bhelp(?:s|ed|ing)? (?!(?:me|us|you|him|her|it|them|myself|with|out|to|a bit|at|in|on|"
        rf"by)\b)"
        rf"((?:(?:my|our|the|an?|other) )?{_NOUN_PHRASE[1:-1]})",
        re.I,
    ),
)
_ACHIEVE: Final = (
    re.compile(
        r"\bhelp(?:s|ed|ing)? (?!(?:me|us|"
        r"you)\b)(?:[\w'’\-]+ ){1,4}?to ([\w'’\-]+(?: [\w'’\-]+){0,8})",
        re.I,
    ),
)
_PEOPLE: Final = (
    re.compile(
        r"\b((?:(?:our|my|new|young|older|elderly|deaf|small|local) )?(?:customers|clients|"
        r"guests|students|"
        r"pupils|children|kids|patients|residents|families|parents|users|neighbours|neighbors|"
        r"members|"
        r"volunteers|farmers|readers|passengers|players|apprentices|juniors|newcomers|beginners|"
        r"tenants|"
        r"donors|visitors|colleagues|shops|companies|carers|nurses|teachers|managers|women|"
        r"refugees|"
        r"couples|teams|drivers|learners|trainees|audiences|owners|artists|founders))\b",
        re.I,
    ),
)
_FILL: Final = (
    "[who?] fills when you say what you are or do, as in “I work as a …”.",
    "[whom?] fills when you name the people your work is for.",
    "[what?] fills when you tell how one story ended for them.",
)


def _is_trade(told: str) -> bool:
    last = told.split()[-1]
    return _TRADE.search(last) is not None and _NO_TRADE.search(last) is None


def _anything(told: str) -> bool:
    return bool(told)


def _first(
    patterns: Iterable[re.Pattern[str]],
    quotes: Sequence[Quote],
    fits: Callable[[str], bool] = _anything,
) -> Quote | None:
    """The newest fragment that one of the patterns finds and that fits, the surer pattern first."""
    for pattern in patterns:
        for quote in reversed(quotes):
            found = pattern.search(quote.text)
            if found and fits(found[1].strip()):
                return Quote(quote.message, found[1].strip())
    return None


def _fact(facts: Sequence[Fact], kind: FactKind) -> Quote | None:
    return next((fact.quote for fact in reversed(facts) if fact.kind == kind), None)


def _story(who: Quote | None, whom: Quote | None, achieved: Quote | None) -> Line:
    ended = f"“{achieved.text}”" if achieved else "[what?]"
    helped = whom.text if whom else "[whom?]"
    if achieved and retell(achieved.text):
        # A whole sentence ("he went home two weeks later") is nothing one achieves.
        ended = f"results like this: {ended}"
    return Line(
        f"I'm the {who.text if who else '[who?]'} who helps {helped} achieve {ended}.",
        tuple(quote for quote in (who, whom, achieved) if quote),
    )


# The bullets -------------------------------------------------------------------------------------

_LEADING_I: Final = re.compile(
    r"^i(?:['’](?:ve|d|m)|ve)?(?: (?:have|had|was|am|were|been))*\s+", re.I
)
_INNER_I: Final = re.compile(
    r"((?:,|;|\band|\bthen|\bso|\bbut)\s+)I(?:['’](?:ve|d))?\s+(\w+)", re.I
)
_FIGURE: Final = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|"
    r"forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundred|thousand|half|third|quarter|twice|double\w*|halved|"
    r"all|every|none|nobody|no one|not a|not one)\b",
    re.I,
)
_VAGUE_AMOUNT: Final = re.compile(
    r"\b(?:many|lots of|a lot of|a lot (?:more|less|fewer)|several|a few|plenty of|most of|fewer|"
    r"(?<!no )(?<!any )(?<!once )more(?! or less)(?! than)|(?<!or )less|faster|cheaper|quicker)\b",
    re.I,
)


def _told(one: Lived) -> tuple[int, int]:
    """How complete an experience is: an ending counts most, then the step, then the rest."""
    return (
        4 * bool(one.result) + 2 * bool(one.action) + bool(one.context),
        len(one.rest),
    )


def _bullets(who: Quote | None, best: Sequence[Lived]) -> tuple[Line, ...]:
    points = [line for line in map(_point, best) if line]
    overview = _overview(who, best)
    lines = [overview, *points] if overview else points[: BULLETS - 1]
    return tuple(lines[:BULLETS])


def _overview(who: Quote | None, best: Sequence[Lived]) -> Line | None:
    results = [one.result for one in best if one.result][:_OVERVIEW_RESULTS]
    if who is None or not results:
        return None
    text = "; ".join(_impersonal(quote.text) for quote in results)
    return Line(f"{capital(who.text)}: {text}", (who, *results))


def _point(one: Lived) -> Line | None:
    """ "Action; result (context)" without the first person."""
    parts = [_impersonal(quote.text) for quote in (one.action, one.result) if quote]
    parts = [_with_figure_asked(part) for part in parts if words(part)]
    if not parts:
        return None
    context = _impersonal(one.context.text) if one.context else ""
    text = "; ".join(parts) + (f" ({context})" if words(context) else "")
    told = (one.action, one.result, one.context)
    return Line(capital(text), tuple(quote for quote in told if quote))


def _impersonal(quote: str) -> str:
    """The quote without its "I", at the start and before further steps; a "we" stays."""
    text = _LEADING_I.sub("", quote)
    text = _INNER_I.sub(lambda m: f"{m[1]}{m[2]}" if is_past(m[2].lower()) else m[0], text)
    return re.sub(r"\bi\b", "I", _stripped(text).text)


def _stripped(text: str) -> Span:
    return trimmed(text, 0, len(text), drop=" \t\n.,;:!…–—-()")


def _with_figure_asked(text: str) -> str:
    """Ask for the figure behind an amount that was claimed without one."""
    if _FIGURE.search(text):
        return text
    return _VAGUE_AMOUNT.sub(lambda amount: f"{amount[0]} [number?]", text, count=1)


def _missing(bullets: Sequence[Line], best: Sequence[Lived]) -> str | None:
    if len(bullets) >= BULLETS:
        return None
    if any(one.result is None for one in best):
        return "A story here is still without its ending: tell how it turned out."
    if not best:
        return "Bullets come from stories: tell one time you did something, and how it ended."
    return "More bullets come from more stories: tell another time, what you did and how it ended."


# The scores --------------------------------------------------------------------------------------

_RAISE: Final = {
    "story_coherence": "Say who you are at work, whom it helps, what you aim at and why.",
    "quantification": "Tell of each result how much, how many, how fast, or what anyone could see.",
    "clarity": "Tell of each story where it was, what you did yourself and how it ended.",
    "keywords": "Name the role you aim at, and tell a story that uses the words of that work.",
}
_ENOUGH: Final = {
    "story_coherence": "Every part of the story is told; a newer ending keeps it fresh.",
    "quantification": "Each result has its measure; keep noting them as they happen.",
    "clarity": "Each story has setting, step and ending; a new one adds range.",
    "keywords": "Your stories use the words of the role; check them against a real advert.",
}


def _scores(
    facts: Sequence[Fact],
    lived: Sequence[Lived],
    story: Sequence[Quote | None],
    keywords: Sequence[str],
) -> dict[str, float]:
    told = [*story, _fact(facts, "aim") or _fact(facts, "goal"), _fact(facts, "why")]
    return {
        "story_coherence": sum(part is not None for part in told) / len(told),
        "quantification": _mean(_measured(one) for one in lived),
        "clarity": _mean(
            sum(bool(part) for part in (one.context, one.action, one.result)) / 3 for one in lived
        ),
        "keywords": _covered(facts, lived, keywords),
    }


def _measured(one: Lived) -> float:
    """A result that could be seen is half of it, even without a figure; its measure the rest."""
    if one.result is None:
        return 0.0
    return 0.5 + 0.25 * ("scope" in one.rest) + 0.25 * bool({"efficiency", "time"} & set(one.rest))


def _covered(facts: Sequence[Fact], lived: Sequence[Lived], keywords: Sequence[str]) -> float:
    """Share of the role's words that the stories and strengths use."""
    aim = _fact(facts, "aim") or _fact(facts, "goal")
    wanted = {keyword.lower() for keyword in keywords if keyword.strip()}
    wanted = wanted or set(content_words(aim.text) if aim else ())
    strengths = [fact.quote.text for fact in facts if fact.kind in {"strength", "value"}]
    used = " ".join([*strengths, *(quote.text for one in lived for quote in one.quotes)]).lower()
    stems = {word[:5] for word in words(used)}
    return _mean(
        float(all(part[:5] in stems for part in words(keyword))) for keyword in sorted(wanted)
    )


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
