"""Cues in a clause that tell what it is about: a wish, an obstacle, a feeling …

The cues are the words people use around such things in any trade, not the things themselves; each
is worth a certainty, and a clause may carry several kinds.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from bot.engine.text import folded

Kind = Literal[
    "wish",
    "reason",
    "obstacle",
    "feeling",
    "strength",
    "value",
    "helper",
    "step",
    "aim",
    "tried",
    "if_then",
    "measure",
    "resource",
]

_PEOPLE = (
    r"(?:mentor|manager|boss|supervisor|friend|mate|wife|husband|partner|girlfriend|boyfriend|spouse|"
    r"sister|brother|mum|mom|mother|dad|father|aunt|uncle|cousin|niece|nephew|son|daughter|colleague|"
    r"co-?worker|tutor|teacher|professor|lecturer|neighbou?r|flatmate|roommate|team ?lead|lead|"
    r"foreman|director|head|recruiter|coach|classmate|study group|union rep|rep|accountant|"
    r"ex-?colleague|ex-?boss|old boss|team|priest|imam|rabbi|matron|sergeant)"
)
# What others find wanting in somebody: "they say I'm too blunt" is nothing to build on.
_CRITICISM = (
    r"(?:i'?m|i am|i was|i come across as|i can be|i'm seen as) (?:an? |just |a bit |a little |often |really "
    r"|very |so |rather |quite |still )*(?:too |not |never |no |abrasive|aggressive|arrogant|blunt|bossy|"
    r"careless|chaotic|clumsy|cold|defensive|difficult|disorgani[sz]ed|distant|emotional|forgetful|hard to|"
    r"harsh|hopeless|impatient|intense|intimidating|invisible|lazy|late|loud|messy|moody|naive|negative|"
    r"pushy|quiet|rude|scattered|sensitive|sharp|shy|slow|soft|stubborn|unapproachable|unfocused|unreliable|"
    r"weak|a perfectionist|a control freak)|"
    r"i (?:don'?t|do not|can'?t|cannot|never|lack|should|need to|must|have to|ought to|talk too|work too|take too)\b"
)
_PATTERNS: dict[Kind, tuple[tuple[str, float], ...]] = {
    "wish": (
        (
            r"\b(?:i|we) (?:really |just |do |also |still |only )*(?:want|wanna|would like|hope|wish|aim|plan|"
            r"intend|dream|long|need)\b",
            0.8,
        ),
        (r"\b(?:i'd|we'd) (?:really |just |also )*(?:like|love|prefer|rather)\b", 0.8),
        (
            r"\b(?:i'm|i am|we're|im) (?:really |just |now )*(?:looking|hoping|trying|aiming|planning|"
            r"aspiring)\b",
            0.75,
        ),
        (r"\bmy (?:goal|aim|dream|plan|target|ambition|wish|hope)\b", 0.9),
        (
            r"^(?:to )?(?:get|become|find|move|land|learn|lead|earn|start|grow|build|change|switch|"
            r"decide|feel|stop|have|be)\b",
            0.5,
        ),
        (r"^(?:want|need|hoping|looking|trying)\b", 0.7),
        (r"\bhow (?:do|can|could|should|would|might) (?:i|we|you)\b", 0.6),
        (r"\bwhat i(?:'d)? (?:really |actually )?(?:want|need|would like|like|am after)\b", 0.85),
        (
            r"\bi(?:'m| am| have|'ve)? (?:keep |been )?(?:thinking|dreaming|toying) (?:of|about|with)\b",
            0.7,
        ),
        (r"\bi'm here (?:because|for|to)\b|\bi came (?:here )?(?:because|for|to)\b", 0.75),
        (r"\bone day\b|\bsome ?day\b|\beventually\b", 0.5),
    ),
    "reason": (
        (r"\bbecause\b|\bsince it\b|\bthat's why\b|\bthe reason\b|\bso that\b", 0.8),
        (r"\bmatters?\b|\bmeans? (?:a lot|so much|everything)\b|\bit would mean\b", 0.8),
        (r"\bfor my (?:kids?|children|family|son|daughter|parents?|health|future|own)\b", 0.8),
        (r"\b(?:i'm|i am|im) (?:tired|sick|fed up) of\b|\bcan't keep\b|\bi owe\b|\bdeserve", 0.6),
    ),
    "obstacle": (
        (r"\b(?:can't|cannot|cant|couldn't|could not|unable to|not able to)\b", 0.7),
        (
            r"\b(?:i'm|i am|im|i was|i get|i got) (?:so |too |just |a bit |really |quite )*(?:stuck|scared|"
            r"afraid|terrified|nervous|anxious|worried|overwhelmed|lost|blocked|late|torn)\b",
            0.8,
        ),
        (
            r"\b(?:don't|dont|do not|didn't|never) (?:really )?(?:know|have|get|dare|feel|trust|listen|find|"
            r"manage|understand|see)\b",
            0.65,
        ),
        (
            r"\b(?:i've|i have|i) never (?:really |ever |even )?(?:used|done|worked|learn(?:ed|t)|been (?:in|on|"
            r"to|a|taught|asked|trained)|tried|managed|finished|led|passed|had)\b",
            0.7,
        ),
        (
            r"(?<!never )(?<!not )(?<!n't )\b(?:stopped half ?way|gave up|given up|dropped out|failed|"
            r"messed (?:it )?up)\b|\bnever finished\b",
            0.7,
        ),
        (
            r"\b(?:struggl|difficult|hard (?:to|for|part)|problem|trouble|challenge|obstacle|barrier|"
            r"hurdle|in the way|hold(?:s|ing)? me back|held me back|worr(?:y|ies)|fear|risk)\w*",
            0.75,
        ),
        (
            # "Nobody complained" ends a story; "nobody knows me here" is in the way.
            r"\b(?:(?:nobody|no one)(?! (?:\w+ed|was|were|had|did|left|lost|knew|got|said|told|went|came)\b)|no time|no money|no experience|no idea|no degree|not enough|too (?:much|"
            r"many|tired|old|young|late|busy|expensive|shy|soft|slow)|lack(?:ing)?)\b",
            0.7,
        ),
        (
            r"\b(?:freeze|froze|go blank|went blank|ramble|panic|procrastinat|put (?:it )?off|avoid|ignored?|"
            r"reject(?:ed|ion)|turned down|ghosted|refus\w+|blocks?|goes? round me|talk over)\w*",
            0.75,
        ),
        (r"\bthe (?:thing|trouble|catch|issue|snag) is\b|\bwhat stops me\b", 0.9),
        (
            rf"\b(?:say|says|said|tell me|tells me|told me|think|thinks|thought) (?:that )?(?:{_CRITICISM})",
            0.7,
        ),
    ),
    "feeling": (
        (r"\b(?:feel|feels|felt|feeling)\b(?! free)", 0.8),
        (r"\b(?:so|all|very|too|pretty|quite|left) alone\b", 0.8),
        (
            r"\b(?:tired|exhausted|drained|worn out|burnt out|burned out|angry|furious|sad|lonely|"
            r"anxious|nervous|proud|happy|relieved|ashamed|embarrassed|guilty|frustrated|bored|"
            r"overwhelmed|stressed|scared|afraid|terrified|miserable|excited|jealous|numb|hurt|hopeless|"
            r"disappointed|grateful|calm|fed up|upset|insulted|invisible|dread\w*|cried|cry|crying|"
            r"sleepless|sick of|worried|gutted|resentful|thrilled|humiliat\w+)\b",
            0.8,
        ),
        (r"\bi (?:love|loved|hate|hated|miss|enjoy|enjoyed|fear)\b", 0.6),
    ),
    "strength": (
        (
            r"\b(?:i'm|i am|im|i was|i've always been) (?:really |pretty |quite |very )*(?:good|great|"
            r"strong|decent|skilled|experienced|patient|reliable|known|quick|organi[sz]ed|calm|trusted|the one|"
            r"able)\b",
            0.8,
        ),
        (r"\bi can\b(?!'t|not)", 0.5),
        (
            r"\b(?:they|people|colleagues|customers|clients|students|patients|everyone|others|my \w+)\s+"
            r"(?:always |often |usually )?(?:come to me|came to me|turn to me|rely on|relies on|trust|trusts|"
            r"ask me|asks me|thank|thanked|praise|praised|"
            rf"(?:say|says|said|tell me|told me|think|thinks|thought) (?:that )?(?!{_CRITICISM})i)\b",
            0.75,
        ),
        (
            r"\bmy strengths?\b|\bgood at\b|\bknack\b|\btalent\b|\bcomes easily\b|\brely on me\b|"
            r"\bcount on me\b",
            0.85,
        ),
    ),
    "value": (
        (r"\b(?:important|matters?|counts?) (?:most )?to me\b|\bmatters? most\b", 0.9),
        (
            r"\bi (?:care|believe|value|won't|refuse|insist|stand)\b|\bi'd never\b|\bnon-?negotiable\b|"
            r"\bprinciple",
            0.8,
        ),
        (r"\bi (?:love|enjoy|like)\b", 0.55),
        (
            r"\b(?:meaningful|meaning|freedom|fair(?:ness)?|honest(?:y)?|respect|security|stability|"
            r"autonomy|creativ\w+|time (?:with|for) my|being useful|independen\w+|helping (?:people|others)|"
            r"worth more than)\b",
            0.65,
        ),
        (r"\b(?:rather|more) than (?:money|status|title|pay)\b", 0.8),
    ),
    "helper": (
        (
            r"\b(?:i (?:can|could|will|might|'ll)|i'll) (?:ask|call|ring|talk to|speak to|message|text|tell|"
            r"show|meet|email)\b",
            0.75,
        ),
        (
            rf"\b(?:my|an?|the|our) (?:\w+ ){{0,2}}{_PEOPLE}\b.{{0,40}}\b(?:help|helps|helped|could|can|would|"
            rf"will|might|knows|offered|supports?|reviews?|reads?|checks?)\b",
            0.7,
        ),
        (
            rf"\bwith (?:my|an?) (?:\w+ )?{_PEOPLE}'?s? help\b|\bwould (?:help|back|support) me\b",
            0.85,
        ),
    ),
    "step": (
        (
            r"\b(?:i'll|i will|i'm going to|i am going to|im going to|gonna|i plan to|i intend to)\s+\w+",
            0.75,
        ),
        (
            r"\bi (?:can|could) (?!n't)(?:start|begin|write|call|ask|send|book|draft|talk|list|sit|"
            r"practi[cs]e|update|apply|sign)\b",
            0.55,
        ),
        (
            r"^(?:write|call|ask|send|book|draft|list|update|apply|talk|block|practi[cs]e|email|message|"
            r"sign up|set up|tell|read|make)\b.{4,}",
            0.55,
        ),
    ),
    "aim": (
        (
            r"\b(?:want(?:ed)?|wanna|like|love|hope|wish|need|aim|plan|dream(?:ing)?|going|hoping|trying)\b"
            r"(?: \w+){0,3}? (?:be|being|work in|work at|working in|back (?:in)?to|return to) "
            r"(?:an? |the |my )?(?!\b(?:able|happy|honest|sure|seen|heard|fine|more|less|there|better)\b)[\w'\-]+",
            0.75,
        ),
        (
            r"\b(?:become|becoming|work as|working as|job as|role as|move into|moving into|get into|"
            r"switch(?:ing)? (?:in)?to|step(?:ping)? up to|promoted to|apply(?:ing)? (?:for|to)|career in|"
            r"job in|interview (?:for|as|at|with)|position (?:as|in|at)|"
            r"role (?:of|in|at)|post (?:as|of|at)|future in|retrain(?:ing)? as)\s+"
            r"(?:an? |the |some )?[\w'\-]+",
            0.75,
        ),
        (
            r"\b(?:head of|director of|team lead|manager|director|nurse|teacher|engineer|designer|analyst|"
            r"developer|consultant|foreman|apprentice|assistant|officer|partner|professor) (?:role|post|job|"
            r"position)\b",
            0.7,
        ),
    ),
    "tried": (
        (
            r"\b(?:i've|i have|i had|ive|i) (?:already |also |once )?tried\b|\balready (?:asked|did|done|sent|"
            r"spoke|talked|applied|went|wrote)\b",
            0.85,
        ),
        (r"\bdidn't (?:work|help)\b|\bit (?:worked|helped) (?:for|until)\b", 0.7),
    ),
    "if_then": (
        (
            r"\b(?:if|when|whenever)\b.{3,}(?:,|\bthen\b).{0,8}\b(?:i'll|i will|i'd|i would|i can|i am going|"
            r"i'm going|i)\b",
            0.85,
        ),
        (r"\bi(?:'ll| will| would)\b.{3,}\b(?:if|when|whenever)\b", 0.7),
    ),
    "measure": (
        (
            r"\b(?:i'd|i'll|i would|i will) (?:know|notice|see|be able)\b|\bby (?:the end|next|january|february|"
            r"march|april|may|june|july|august|september|october|november|december|christmas|summer|spring|"
            r"autumn|easter|then|friday)\b",
            0.6,
        ),
        (
            r"\b(?:\d+|one|two|three|four|five|six|ten|a|once|twice) (?:\w+ )?(?:a|per|each|every) (?:day|week|"
            r"month|year|shift)\b",
            0.6,
        ),
    ),
    "resource": (
        (
            r"\b(?:i have|i've got|i already have|there is|there's|we have)\b.{2,}\b(?:savings?|time|degree|"
            r"certificate|network|contacts?|licen[cs]e|experience|portfolio|support|offer|diploma|training|"
            r"room|budget|list|notes)\b",
            0.65,
        ),
    ),
}
PEOPLE = re.compile(rf"\b{_PEOPLE}\b", re.I)


# Compiled when the first message comes: the opening needs none of them.
@cache
def _any() -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    """Of each kind all cues in one pattern: one search is faster than many."""
    return tuple(
        (kind, re.compile("|".join(f"(?:{pattern})" for pattern, _ in patterns)))
        for kind, patterns in _PATTERNS.items()
    )


@cache
def _each(kind: Kind) -> tuple[tuple[re.Pattern[str], float], ...]:
    """The cues of a kind, the surest first, so that the first that fits tells."""
    ranked = sorted(_PATTERNS[kind], key=lambda pair: -pair[1])
    return tuple((re.compile(pattern), worth) for pattern, worth in ranked)


def kinds_of(clause: str) -> dict[Kind, float]:
    """The kinds a clause carries, each with a certainty in 0–1 (the best of its cues)."""
    text = folded(clause.replace("’", "'"))
    found: dict[Kind, float] = {}
    for kind, cue in _any():
        # Few clauses carry a kind: only then is it told which of its cues it was.
        if cue.search(text):
            found[kind] = next(worth for pattern, worth in _each(kind) if pattern.search(text))
    return found
