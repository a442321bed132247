"""``python -m evaluation.transcripts``: writes whole talks as the engine holds them, for reading.

The people are scripted users, the clock is fixed: a change in a file is a change in the coaching.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.engine.engine import Engine
from evaluation.sessions import Driver, Exchange, Talk, engine_on, live
from evaluation.understanding import Understanding
from evaluation.users import PEOPLE, Life, read_life
from personas.catalogue import Catalogue

FOLDER = Path("docs") / "transcripts"


@dataclass(frozen=True, slots=True)
class Scene:
    """A talk to show: who, with which coaches, and how they are."""

    file: str
    person: str
    coaches: Sequence[str]
    mood: str
    summary: bool = False


SCENES = (
    Scene("interview.md", "maureen_nurse", ("interview_coach",), "willing, and hard on herself"),
    Scene("few_words.md", "pete_oneword", ("life_coach",), "says as little as he can"),
    Scene(
        "angry.md", "rita_hostile", ("executive_coach",), "was sent, and would rather be elsewhere"
    ),
    Scene(
        "two_coaches.md",
        "kayla_barista",
        ("salary_negotiator", "network_builder"),
        "open and a little scared; sees a second coach, then asks for the summary",
        summary=True,
    ),
)


def shown(exchange: Exchange, coach: str) -> list[str]:
    """One turn in Markdown: the person's line, the reply, its choices."""
    line = exchange.line
    out: list[str] = []
    if line["notice"]:
        out += [f"*{line['notice']}*", ""]
    if exchange.user is not None:
        out += [f"> {exchange.user}", ""]
    out += [f"**{coach}:** {str(line['text']).strip()}", ""]
    if line["choices"] and len(line["choices"]) <= 7:
        out += [*(f"- [{choice['id']}] {choice['label']}" for choice in line["choices"]), ""]
    return out


def chapter(talk: Talk, catalogue: Catalogue) -> list[str]:
    """A talk with headings where the phase changes."""
    coach = catalogue.coach(talk.coach)
    out = [f"## {coach.name}, {coach.title}", ""]
    phase = None
    for exchange in talk.exchanges:
        if exchange.line["phase"] != phase:
            phase = exchange.line["phase"]
            out += [f"### {str(phase).replace('_', ' ').capitalize()}", ""]
        out += shown(exchange, coach.first_name)
    return out


async def transcript(scene: Scene) -> str:
    """The text of one file."""
    life = read_life(PEOPLE / f"{scene.person}.toml")
    catalogue = Catalogue()
    with tempfile.TemporaryDirectory(prefix="rocket-transcripts-") as folder:
        async with engine_on(Path(folder)) as engine:
            biography = await live(engine, life, scene.coaches, Understanding(engine.meaning))
            out = [
                f"# {life.trade[0].upper()}{life.trade[1:]}",
                "",
                f"A scripted person ({life.english} English): {scene.mood}. The offline voice, "
                "no language model. "
                "Lines with a bar are the person's.",
                "",
            ]
            for talk in biography.talks:
                out += chapter(talk, catalogue)
            if scene.summary:
                out += await _summary(engine, life, scene)
    return "\n".join(out).rstrip() + "\n"


async def _summary(engine: Engine, life: Life, scene: Scene) -> list[str]:
    driver = Driver(engine, f"{life.key}@{'+'.join(scene.coaches)}", before="summary")
    return ["## The summary", "", *shown(await driver.say("/coach summary"), "rocket-coach")]


async def write(folder: Path) -> list[Path]:
    """Write all files; returns their places."""
    folder.mkdir(parents=True, exist_ok=True)
    places: list[Path] = []
    for scene in SCENES:
        place = folder / scene.file
        place.write_text(await transcript(scene), encoding="utf-8")
        places.append(place)
    return places


def main() -> None:
    """Write the files and say where they are."""
    for place in asyncio.run(write(FOLDER)):
        print(place)


if __name__ == "__main__":
    main()
