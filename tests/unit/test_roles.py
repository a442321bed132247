"""Role packs, which role a text aims at, and which of its skills a person's words show."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.roles import labels, role_in, skills_missing, skills_named
from personas.catalogue import HERE, Catalogue
from personas.models import Role

ROLES = Catalogue().roles
BY_KEY = {role.key: role for role in ROLES}

AIMS = [
    ("registered_nurse", "Is it too late for me to become a nurse?"),
    ("registered_nurse", "nurse"),
    ("registered_nurse", "I am nurse from Kenya, I like to find a hospital"),
    ("registered_nurse", "I've decided to go into nursing"),
    ("registered_nurse", "there's an RN job open in Leeds"),
    ("care_assistant", "From kitchen porter to care assistant"),
    ("primary_teacher", "I hope to be a teacher one day"),
    ("primary_teacher", "My nurse told me to become a primary school teacher"),
    ("electrician", "thinking of an electrican apprenticeship"),
    ("renewables_technician", "I'm an electrician and would like to move into heat pumps"),
    ("software_developer", "I was a baker and I want to become a software devloper"),
    ("data_analyst", "Chef now, data analyst next"),
    ("data_analyst", "I'd rather work in data"),
    ("ux_designer", "UI/UX designer"),
    ("ux_designer", "Could I start a career in UX from teaching?"),
    ("project_manager", "They offered me the project manager role"),
    ("store_manager", "I applied for shop manager at the garden centre"),
    ("chef", "I don't want to be a nurse any more, I want to be a chef"),
    ("accountant", "retraining as an acountant"),
    ("hr_officer", "my sister says I should go into HR"),
    ("warehouse_lead", "step up to warehouse supervisor"),
    ("policy_officer", "Civil servant, maybe."),
    ("social_worker", "train as a social worker"),
    ("journalist", "sub-editor at a regional paper"),
    ("mechanical_engineer", "qualify as a design engineer"),
    ("paralegal", "would I make a good paralegal"),
    ("event_manager", "I'd love to be an events manager for festivals"),
    ("chef", "As a chef I am done with split shifts"),
]
NO_AIM = [
    "I teach my dog to sit",
    "I want to nurse my mother at home",
    "I cook for my kids every day",
    "My nurse was kind",
    "The chef shouted at me again",
    "I was a teacher for ten years",
    "I'm tired of being a chef",
    "I left nursing in spring",
    "My son's teacher called",
    "I want to be a dental nurse",
    "a job as a civil engineer",
    "I want better data on pay",
    "call me at 3 pm",
    "so tired rn",
    "HR told me to wait",
    "She teaches, he planned the garden",
    "What should I do with my life?",
    "",
]
# Written after the packs; the signs were not changed for them.
SHOWN = [
    ("registered_nurse", "Handing over between shifts", "I wrote the handover for the night team."),
    ("registered_nurse", "Deciding what comes first", "I did triage on New Year's Eve."),
    ("care_assistant", "Help with food and drink", "I helped nine people with their meals."),
    ("care_assistant", "Dealing with families", "I rang the families every Sunday."),
    ("primary_teacher", "Talking with parents", "I phoned all the parents before the trip."),
    ("electrician", "Fault finding", "I found why the board kept tripping."),
    ("renewables_technician", "Working at height", "I spent three summers on scaffolds."),
    ("software_developer", "Debugging", "I fixed a bug in the booking form."),
    ("data_analyst", "Charts and dashboards", "I made a chart of the waiting times."),
    ("ux_designer", "Writing for screens", "I rewrote the error messages of our ticket machine."),
    ("project_manager", "Suppliers and contracts", "I found a cheaper supplier for the stage."),
    ("store_manager", "Stock and ordering", "I counted the stock and placed the orders."),
    ("chef", "Allergens and diets", "I wrote the allergen list for the canteen."),
    ("accountant", "Payroll", "I ran the wages for a crew of thirty."),
    ("hr_officer", "Bringing new people in", "I planned the first week for every starter."),
    ("warehouse_lead", "Peaks and absences", "I covered the sick calls before Christmas."),
    ("policy_officer", "Committee work", "I took minutes for the parish council meeting."),
    ("social_worker", "Group and community work", "I started a youth club in the old mill."),
    ("journalist", "Editing other people's copy", "I edited the parish magazine for years."),
    ("mechanical_engineer", "Finding causes of failure", "I worked out why the shaft had a crack."),
    ("paralegal", "Watching deadlines", "I kept the court calendar for three lawyers."),
    ("event_manager", "Solving trouble on the day", "The singer cancelled and I found another."),
]
NOT_SHOWN = [
    ("data_analyst", "I never learned SQL."),
    ("data_analyst", "I'd like to learn Python."),
    ("store_manager", "My manager does the rota."),
    ("project_manager", "How do I make a project plan?"),
    ("chef", "We don't do pastry here."),
    ("accountant", "I moved here with my family and I like the sea."),
]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.key)
def test_a_pack_is_complete(role: Role) -> None:
    assert (HERE / "roles" / f"{role.key}.toml").exists()
    assert len(role.aliases) >= 6
    assert [alias for alias in role.aliases if alias != alias.lower()] == []
    assert len(role.summary.split()) <= 35
    assert len(role.skills) >= 10
    assert all(re.fullmatch(r"[^:]+: [^:]+(, [^:]+){2,}", skill) for skill in role.skills)
    assert len(role.vocabulary) >= 12
    assert len(role.questions) >= 5
    for question in role.questions:
        assert len(question.split()) <= 28
        assert not re.search(r"\d|, and (?:how|what|why|who|where|when)\b", question)
    assert len(role.adjacent) >= 4
    for fact in role.facts:
        assert len(fact.text.split()) <= 40
        assert fact.checked == date(2026, 11, 22)


def test_the_packs_differ() -> None:
    assert len(ROLES) >= 16
    assert len({role.sector for role in ROLES}) >= 12
    aliases = [alias for role in ROLES for alias in role.aliases]
    questions = [question for role in ROLES for question in role.questions]
    assert len(aliases) == len(set(aliases))
    assert len(questions) == len(set(questions))


@pytest.mark.parametrize(("key", "text"), AIMS)
def test_the_role_a_text_aims_at(key: str, text: str) -> None:
    found = role_in(text, ROLES)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize("text", NO_AIM)
def test_other_mentions_are_no_aim(text: str) -> None:
    assert role_in(text, ROLES) is None


def test_every_alias_is_found_where_it_is_wanted() -> None:
    missed = [
        alias
        for role in ROLES
        for alias in (role.name, *role.aliases)
        if (found := role_in(f"I want a career as {alias}", ROLES)) is None or found.key != role.key
    ]
    assert missed == []


def test_a_slip_of_one_letter_is_mended_only_in_long_words() -> None:
    assert role_in("I want to become a jornalist", ROLES) is BY_KEY["journalist"]
    assert role_in("I want to become a chfe", ROLES) is None


def test_only_the_given_roles_are_looked_for() -> None:
    assert role_in("I want to become a chef", [BY_KEY["accountant"]]) is None
    assert role_in("I want to become a chef", []) is None


@pytest.mark.parametrize(("key", "label", "text"), SHOWN)
def test_words_that_show_a_skill(key: str, label: str, text: str) -> None:
    shown = dict(skills_named(text, BY_KEY[key]))
    assert label in shown
    assert shown[label] in text
    assert label not in skills_missing([text], BY_KEY[key])


@pytest.mark.parametrize(("key", "text"), NOT_SHOWN)
def test_words_that_show_no_skill(key: str, text: str) -> None:
    assert skills_named(text, BY_KEY[key]) == []
    assert skills_missing([text], BY_KEY[key]) == labels(BY_KEY[key])


def test_the_quote_is_the_clause_alone() -> None:
    text = "The manager was ill, so I did the rota for eleven people, and it rained all week."
    assert skills_named(text, BY_KEY["store_manager"]) == [
        ("Rotas and cover", "so I did the rota for eleven people")
    ]


def test_missing_skills_take_all_texts_together() -> None:
    role = BY_KEY["chef"]
    texts = ["I wrote the menu for the wedding.", "I ordered from two butchers."]
    missing = skills_missing(texts, role)
    assert "Menu writing" not in missing
    assert "Ordering and suppliers" not in missing
    assert len(missing) == len(role.skills) - 2


@given(st.text(max_size=300), st.sampled_from(ROLES))
def test_any_text_is_taken(text: str, role: Role) -> None:
    assert role_in(text, ROLES) in (None, *ROLES)
    assert all(quote in text for _, quote in skills_named(text, role))
