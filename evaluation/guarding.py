"""How well the guard tells what no coach may say: ``python -m evaluation.guarding``.

``data/guarding.toml`` holds talks of invented people, good replies to them and bad ones. Half of
both, by a checksum of the text, is held out: patterns are made with the other half in view.
"""

from __future__ import annotations

import argparse
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypedDict

from bot.replies import Source
from bot.voices.grounds import LONG, SHORT, Grounds, about
from bot.voices.guard import Verdict, guarded
from evaluation.sessions import Talk
from evaluation.steps import Problem, asked_by_user, steps
from personas.catalogue import Catalogue

DATA: Final = Path(__file__).parent / "data" / "guarding.toml"
LANGUAGES: Final = DATA.with_name("guarding_languages.toml")


class Figures(TypedDict):
    """Shares, 0 to 1: bad replies caught, good ones refused wrongly."""

    caught: float
    refused: float


@dataclass(frozen=True, slots=True)
class Case:
    """A reply to try; ``reason`` is why it is bad, None where it is good."""

    scene: str
    grounds: Grounds
    text: str
    reason: str | None

    @property
    def held_out(self) -> bool:
        """Whether it is kept for the check at the end."""
        return zlib.crc32(self.text.encode()) % 2 == 1

    @property
    def right(self) -> bool:
        """Whether the guard changes a bad reply, and refuses nothing of a good one.

        A figure of the user in another spelling is put right, and that takes nothing away.
        """
        shown, verdicts = guarded(self.text, self.grounds)
        if self.reason is not None:
            return shown != self.text
        return not any(map(takes_away, verdicts))


def takes_away(verdict: Verdict) -> bool:
    """Whether something of a sentence is lost."""
    return verdict.refused or (verdict.mended and verdict.reason != "figure")


def cases(path: Path = DATA) -> list[Case]:
    """All replies of the file."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    catalogue = Catalogue()
    return [
        case
        for name, scene in data["scenes"].items()
        for case in _scene(name, scene, tuple(data["prompt"]), catalogue)
    ]


def _scene(
    name: str, scene: dict[str, Any], prompt: tuple[str, ...], catalogue: Catalogue
) -> Iterator[Case]:
    coach = catalogue.coach(scene["coach"])
    grounds = Grounds(
        texts=tuple(scene["texts"]),
        sources=tuple(Source(*one) for one in scene.get("sources", ())),
        told=(*about(coach), scene["ask"]),
        prompt=prompt,
        names=(coach.name, *scene.get("names", ())),
        language=scene.get("language", "en"),
        words=scene.get("words", 90),
    )
    for text in scene["good"]:
        yield Case(name, grounds, text, None)
    for reason, text in scene["bad"]:
        yield Case(name, grounds, text, reason)


def figures(chosen: Iterable[Case]) -> Figures:
    """The figures of some cases."""
    listed = list(chosen)
    bad = [one for one in listed if one.reason is not None]
    good = [one for one in listed if one.reason is None]
    return {
        "caught": sum(one.right for one in bad) / max(1, len(bad)),
        "refused": sum(not one.right for one in good) / max(1, len(good)),
    }


def measure(path: Path = DATA) -> dict[str, Figures]:
    """The figures of each half: "dev" and "held out"."""
    known = cases(path)
    return {
        "dev": figures(one for one in known if not one.held_out),
        "held out": figures(one for one in known if one.held_out),
    }


def wrong(chosen: Sequence[Case]) -> Iterator[Problem]:
    """What the guard gets wrong, for reading."""
    for one in chosen:
        if not one.right:
            verdicts = guarded(one.text, one.grounds)[1]
            told = ", ".join(verdict.reason for verdict in verdicts if verdict.reason)
            yield Problem("guard", f"{one.scene} · {one.reason or 'good'}", told, one.text)


def offline_refusals(talks: Iterable[Talk]) -> Iterator[Problem]:
    """What the guard would take away from the replies of the offline voice, which are all right."""
    catalogue = Catalogue()
    cited = tuple(
        text
        for card in catalogue.all_cards
        if (fact := card.fact)
        for text in (fact.url, fact.source, fact.published)
    )
    names = tuple(coach.name for coach in catalogue.coaches)
    for talk in talks:
        coach = catalogue.coach(talk.coach)
        told = (*about(coach), *coach.lines.when, *names, *cited)
        before = tuple(str(row["text"]) for row in talk.told_before)
        for step in steps(talk):
            if step.about_safety or step.line["error"]:
                continue
            long = asked_by_user(step) or step.shows_plan
            grounds = Grounds(
                texts=(*before, *step.earlier),
                sources=tuple(Source(**one) for one in step.line["sources"]),
                told=told,
                words=LONG if long else SHORT,
            )
            for verdict in guarded(step.text, grounds)[1]:
                if takes_away(verdict):
                    yield step.problem("guard", verdict.reason or "")


def main() -> None:
    """Print the table, and with ``--wrong`` what is wrong in the half that is not held out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wrong", action="store_true", help="list the errors that may be seen")
    shown = parser.parse_args().wrong
    known = cases()
    print(f"{'half':10}{'bad':>5}{'caught':>8}{'good':>6}{'refused':>9}")
    for name, held_out in (("dev", False), ("held out", True)):
        half = [one for one in known if one.held_out == held_out]
        found = figures(half)
        bad = sum(one.reason is not None for one in half)
        print(
            f"{name:10}{bad:>5}{found['caught']:>8.3f}{len(half) - bad:>6}{found['refused']:>9.3f}"
        )
    if shown:
        for problem in wrong([one for one in known if not one.held_out]):
            print(f"- {problem.where}: **{problem.found}** {problem.text}")


if __name__ == "__main__":
    main()
