"""The shipped personas keep their promises, mistakes are named, and a coach is one file."""

from __future__ import annotations

import itertools
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from rapidfuzz import fuzz

from personas.catalogue import HERE, Catalogue, CatalogueError
from personas.models import Coach, Phase, Slot

KEYS = [
    "executive_coach",
    "life_coach",
    "career_psychologist",
    "industry_expert",
    "interview_coach",
    "salary_negotiator",
    "network_builder",
]
NAMES = [
    ("Alexandra Sterling", "Executive Leadership Coach"),
    ("Dr. Maya Wellness", "Holistic Life & Career Coach"),
    ("Dr. James Insight", "Career & Organizational Psychologist"),
    ("Marcus TechFlow", "Industry Intelligence Specialist"),
    ("Sarah Spotlight", "Interview Performance Coach"),
    ("David ValueMax", "Compensation Strategy Advisor"),
    ("Elena Connector", "Strategic Networking Coach"),
]


def test_the_seven_with_their_fixed_names(catalogue: Catalogue) -> None:
    assert list(catalogue.keys) == KEYS
    assert [(coach.name, coach.title) for coach in catalogue.coaches] == NAMES


@pytest.mark.parametrize("key", KEYS)
def test_each_coach_has_what_a_session_needs(catalogue: Catalogue, key: str) -> None:
    coach = catalogue.coach(key)
    assert len(coach.expertise) == 8
    assert len(coach.focus) == 8
    assert len(coach.metrics) == 5
    assert len(coach.objectives) == 5
    assert sum(objective.default for objective in coach.objectives) == 2
    assert len(coach.openings) >= 4
    by_phase = Counter(question.phase for question in coach.questions)
    assert by_phase[Phase.DEEP_DIVE] >= 8
    assert by_phase[Phase.ASSESSMENT] >= 6
    assert by_phase[Phase.SYNTHESIS] >= 4
    assert {question.slot for question in coach.questions} == set(Slot) - {Slot.WHEN}
    cards = catalogue.cards(key)
    assert len(cards) >= 12
    assert all(len(card.utterances) >= 10 for card in cards)
    assert any(card.fact for card in cards)
    themes = {theme.key for theme in coach.focus}
    assert all(set(card.themes) <= themes for card in cards)
    assert (HERE / "avatars" / f"{key}.png").exists()


def test_the_doctors_say_that_they_hold_no_licence(catalogue: Catalogue) -> None:
    for coach in catalogue.coaches:
        assert ("Dr." in coach.name) == (coach.licence_note is not None)


def test_fourteen_distinct_default_objectives(catalogue: Catalogue) -> None:
    texts = [o.text for coach in catalogue.coaches for o in coach.objectives if o.default]
    assert len(texts) == len(set(texts)) == 14


def test_eighty_four_cards_and_no_utterance_twice(catalogue: Catalogue) -> None:
    assert len(catalogue.all_cards) >= 84
    said = [_plain(text) for card in catalogue.all_cards for text in card.utterances]
    assert not [text for text, count in Counter(said).items() if count > 1]


def test_no_question_is_another_coachs_question(catalogue: Catalogue) -> None:
    asked = [(coach.key, _plain(text)) for coach in catalogue.coaches for text in _questions(coach)]
    near = [
        (one, other)
        for one, other in itertools.combinations(asked, 2)
        if fuzz.ratio(one[1], other[1], score_cutoff=90)
    ]
    assert not near


def test_lines_around_the_users_words_bring_no_figures_of_their_own(catalogue: Catalogue) -> None:
    for coach in catalogue.coaches:
        for frame in _frames(coach):
            assert not re.search(r"\d", frame), frame


def test_every_source_has_an_address_and_the_day_it_was_looked_up(catalogue: Catalogue) -> None:
    facts = [card.fact for card in catalogue.all_cards if card.fact]
    facts += [fact for role in catalogue.roles for fact in role.facts]
    assert len(facts) >= 40
    for fact in facts:
        assert fact.url.startswith("http")
        assert fact.checked.year >= 2026


def test_an_eighth_coach_is_one_file(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    text = (root / "coaches" / "life_coach.toml").read_text(encoding="utf-8")
    text = text.replace('key = "life_coach"', 'key = "garden_coach"', 1)
    text = text.replace('name = "Dr. Maya Wellness"', 'name = "Greta Green"', 1)
    (root / "coaches" / "garden_coach.toml").write_text(text, encoding="utf-8")
    catalogue = Catalogue(root)
    assert catalogue.keys[-1] == "garden_coach"
    assert catalogue.coach("garden_coach").first_name == "Greta"
    catalogue.check()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[[openings]]", "[[openings", "life_coach.toml"),
        ('emoji = "', 'emojis = "', "emojis"),
        ('colour = "#', 'colour = "', "colour"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, old: str, new: str, said: str) -> None:
    root = _copy(tmp_path)
    path = root / "coaches" / "life_coach.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogueError, match=said):
        Catalogue(root).coach("life_coach")


def test_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    path = root / "coaches" / "life_coach.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    questions = [n for n, line in enumerate(lines) if line.strip() == "[[questions]]"]
    place = next(n for n in range(questions[4], len(lines)) if lines[n].startswith("text = "))
    lines[place] = 'text = "Tell me more."'
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"life_coach\.toml:{place + 1}: questions\.4\.text"):
        Catalogue(root).coach("life_coach")


def test_a_card_without_front_matter_is_named(tmp_path: Path) -> None:
    root = _copy(tmp_path)
    (root / "playbooks" / "life_coach" / "bad.md").write_text("## Advice\nNone.", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"bad\.md:1: front matter"):
        Catalogue(root).cards("life_coach")


def _copy(tmp_path: Path) -> Path:
    root = tmp_path / "personas"
    for name in ("coaches", "playbooks", "roles"):
        shutil.copytree(HERE / name, root / name)
    return root


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _questions(coach: Coach) -> list[str]:
    probes = coach.probes.model_dump()
    return [
        *(question.text for question in coach.questions),
        *(opening.ask for opening in (*coach.openings, *coach.handovers)),
        *(text for texts in probes.values() for text in texts),
        *coach.lines.ask_back,
        *coach.lines.own_words,
        *coach.lines.when,
        *coach.lines.smaller,
        *coach.lines.check_ins,
        *coach.lines.went_well,
    ]


def _frames(coach: Coach) -> list[str]:
    frames = coach.frames.model_dump()
    return [text for texts in frames.values() for text in texts]
