"""The plan and the quotes: twelve real items, and every quoted word really said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from evaluation import wording
from evaluation.sessions import Line, Talk
from evaluation.steps import Problem, steps

OWN_ITEMS = ("goal", "why", "strengths", "obstacles", "if_then", "helper", "target")
_CONDITION = re.compile(r"\b(?:if|when|whenever|once|as soon as|should)\b", re.I)


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
            yield Problem(
                "quote not exact",
                f"{talk.person} · {talk.coach}",
                f"{name}: message {quote['message']}",
                text,
            )


def _kept_quotes(talk: Talk) -> Iterator[tuple[str, Line]]:
    for experience in talk.profile.get("experiences", ()):
        for quote in experience.get("quotes", ()):
            yield "profile", quote
    for name, item in plan_lines(talk):
        for quote in item.get("quotes", ()):
            yield f"plan.{name}", quote


def plan_lines(talk: Talk) -> list[tuple[str, Line]]:
    """Name and object of every line of the plan; an item with several lines comes several times."""
    lines: list[tuple[str, Line]] = []
    for name, value in talk.plan.items():
        entries = cast("list[Line]", value) if isinstance(value, list) else [cast("Line", value)]
        lines += [(name, entry) for entry in entries]
    return lines


def plan_quotes(talk: Talk) -> list[tuple[str, str]]:
    """Item and words of every quote the plan rests on."""
    return [(name, str(quote["text"])) for name, quote in _kept_quotes(talk) if name != "profile"]


def quotes_said(talk: Talk) -> Iterator[Problem]:
    """Words in quotation marks that neither the user said nor a source of the reply holds."""
    before = [str(row["text"]) for row in talk.told_before]
    for step in steps(talk):
        known = [*before, *step.earlier, *(str(source["text"]) for source in step.line["sources"])]
        for quote in wording.quotes(step.text):
            core = quote.rstrip(".!?,;: ")
            if core and not any(core in text for text in known):
                yield step.problem("quoted but not said", quote)


def plan_items(talk: Talk) -> dict[str, bool]:
    """Which of the twelve items of a synthesis hold something real."""
    plan = talk.plan
    said = "\n".join(
        str(row["text"]) for row in (*talk.told_before, *talk.transcript) if row["role"] == "user"
    )
    found = {name: _own(plan.get(name), said) for name in OWN_ITEMS}
    found["meaning"] = _grounded(plan.get("meaning"))
    found["fact"] = _grounded(plan.get("fact"))
    found["example"] = _grounded(plan.get("example"))
    actions = [
        one
        for one in plan.get("actions") or ()
        if _grounded(one) and _CONDITION.search(str(one["text"]))
    ]
    found["actions"] = 1 <= len(actions) <= 3
    target: dict[str, Any] = plan.get("target") or {}
    found["target"] = (
        found["target"] and len(target.get("levels") or ()) == 5 and bool(target.get("date"))
    )
    check_in: dict[str, Any] = plan.get("check_in") or {}
    found["check_in"] = (
        bool(check_in.get("date")) and len(wording.content(str(check_in.get("ask") or ""))) >= 2
    )
    return found


def _own(item: Line | list[Line] | None, said: str) -> bool:
    """Whether the item rests on at least one quote of the user with content."""
    entries = item if isinstance(item, list) else [item or {}]
    quotes = [str(quote["text"]) for entry in entries for quote in entry.get("quotes", ())]
    return any(quote in said and wording.content(quote) for quote in quotes)


def _grounded(item: Line | None) -> bool:
    held = item or {}
    return bool(held.get("sources")) and len(wording.content(str(held.get("text")))) >= 3
