"""What is said while coaching is paused, which help is named, when it goes on, and the limits."""

from __future__ import annotations

import re
from datetime import date
from itertools import product

import pytest

from bot.engine.safety import (
    Level,
    Screening,
    after_resume,
    country_named,
    help_again,
    help_for,
    response,
    wants_to_resume,
)
from bot.engine.safety.helplines import countries, country_of, emergency_of

KINDS = ("self_harm", "harm_to_others", "abuse", "child", "medical", "other_at_risk")
LEVELS: tuple[Level, ...] = ("explicit", "indirect")
COUNTRIES = [
    *("US", "CA", "GB", "IE", "AU", "NZ", "IN", "DE", "AT", "CH"),
    *("FR", "BE", "ES", "PT", "BR", "MX", "NL", "ZA", "SG", "PH"),
]
WORDS_AT_MOST = 190


@pytest.mark.parametrize(("kind", "level"), list(product(KINDS, LEVELS)))
def test_the_first_reply_is_honest_calm_and_ends_with_one_question(kind: str, level: Level) -> None:
    for locale in (None, "en", *(f"en_{country}" for country in COUNTRIES)):
        text = response(Screening(level, kind), locale, 0).text
        assert len(text.split()) <= WORDS_AT_MOST, (locale, len(text.split()))
        assert "I am an AI" in text
        assert "!" not in text
        assert text.replace("Need to talk?", "").replace("Need to Talk?", "").count("?") == 1
        assert text.endswith("?")
        assert emergency_of(locale) in text
        assert "{" not in text
        assert "\n\n\n" not in text


@pytest.mark.parametrize(("kind", "level"), list(product(KINDS, LEVELS)))
def test_follow_ups_take_turns_and_keep_naming_the_emergency_number(
    kind: str, level: Level
) -> None:
    texts = [response(Screening(level, kind), "en_GB", turn).text for turn in range(7)]
    assert len(set(texts[:4])) == 4
    assert texts[1:4] == texts[4:7]
    for text in texts[1:4]:
        assert "999" in text
        assert "!" not in text


def test_every_kind_and_level_opens_differently() -> None:
    openings = {
        response(Screening(level, kind), None, 0).text for kind, level in product(KINDS, LEVELS)
    }
    assert len(openings) == len(KINDS) * len(LEVELS)


def test_an_indirect_sign_is_met_with_care() -> None:
    for kind in KINDS:
        assert "may have misread" in response(Screening("indirect", kind), None, 0).text
        assert "misread" not in response(Screening("explicit", kind), None, 0).text


def test_nothing_is_said_to_a_message_without_danger() -> None:
    with pytest.raises(ValueError):
        response(Screening("none"), None, 0)


@pytest.mark.parametrize(
    ("language", "words"), [("de", "eine KI"), ("es", "una IA"), ("fr", "une IA"), ("pt", "uma IA")]
)
def test_a_first_paragraph_is_in_the_language_of_the_message(language: str, words: str) -> None:
    for kind, level in product(KINDS, LEVELS):
        text = response(Screening(level, kind, language), None, 0).text  # pyright: ignore[reportArgumentType]
        assert words in text.split("\n\n")[0]
        assert "I am an AI" in text


def test_choices_offer_help_again_and_to_go_on_and_do_what_they_say() -> None:
    again, resume = response(Screening("explicit", "self_harm"), None, 0).choices
    assert (again.id, resume.id) == ("help_lines", "resume")
    assert wants_to_resume(resume.id)
    assert wants_to_resume(resume.label)
    assert not wants_to_resume(again.id)
    assert not wants_to_resume(again.label)
    assert "116 123" in help_again("self_harm", "en_GB").text
    assert "?" not in after_resume()


@pytest.mark.parametrize(
    ("locale", "code"),
    [
        ("en_GB.UTF-8", "GB"),
        ("pt-BR", "BR"),
        ("de_DE@euro", "DE"),
        ("DE", "DE"),
        ("de", None),
        ("C", None),
        ("C.UTF-8", None),
        ("POSIX", None),
        ("zz_ZZ", None),
        ("", None),
        (None, None),
        ("nonsense locale", None),
    ],
)
def test_a_country_is_read_from_a_locale(locale: str | None, code: str | None) -> None:
    country = country_of(locale)
    assert (country.code if country else None) == code


@pytest.mark.parametrize("code", COUNTRIES)
def test_each_country_has_a_line_for_those_in_despair(code: str) -> None:
    lines = help_for(code, "self_harm")
    assert lines
    assert "self_harm" in lines[0].serves
    assert len(lines) <= 4
    assert country_named(f"I am in {countries()[code].name} now") == code


@pytest.mark.parametrize("kind", [*KINDS[:3], "child", "unknown", None])
@pytest.mark.parametrize("locale", [None, "C", "xx", "ZZ"])
def test_without_a_country_directories_and_a_local_number_are_named(
    locale: str | None, kind: str | None
) -> None:
    assert "findahelpline" in help_for(locale, kind)[0].contact
    assert emergency_of(locale).startswith("your local emergency number")
    said = response(Screening("explicit", "self_harm"), locale, 0).text
    assert "Tell me which country" in said


def test_help_fits_the_kind() -> None:
    assert "0808 2000 247" in " ".join(one.contact for one in help_for("en_GB", "abuse"))
    assert "0808 2000 247" not in " ".join(one.contact for one in help_for("en_GB", "self_harm"))
    assert help_for("GB", "medical") == []


def test_each_helpline_has_a_source_and_a_day_it_was_checked() -> None:
    for country in countries().values():
        assert len({line.contact for line in country.lines}) == len(country.lines), country.name
        for line in country.lines:
            assert line.source.startswith("http"), line.name
            assert isinstance(line.checked, date)
            assert line.serves


GOING_ON = [
    "resume",
    "Resume.",
    "let's go on",
    "I'm ok, back to the CV",
    "I'm fine now, can we go back to the CV?",
    "thanks, I talked to my sister. I'd like to continue",
    "I'm ready",
    "can we keep going with the coaching please",
    "You misread me, I'm fine",
    "that was just a figure of speech",
    "Sorry, that's not what I meant. I meant the deadline.",
    "I'm not suicidal, let's move on",
    "don't worry about me, let's go on",
    "I don't want to talk about it, let's continue with the plan",
    "next question",
    "weiter bitte",
    "Lass uns weitermachen",
    "sigamos con el CV",
    "on continue",
    "vamos continuar",
]
STAYING = [
    "",
    "ok",
    "yes",
    "thank you",
    "show help lines again",
    "help",
    "I can't go on like this",
    "how can I go on?",
    "I don't want to continue",
    "I don't know if I can carry on",
    "I don't see a reason to keep going",
    "it's too hard to keep going",
    "let's go on, what's the point anyway",
    "my friends say I should resume my life but I never will",
    "I want to die, but let's go on with the CV",
    "let's continue. I'm going to kill myself tonight",
    "resume: my husband hit me again and says he'll kill me",
    "ich kann nicht mehr weiter",
    "no puedo seguir",
    "je ne peux pas continuer",
    "let's go on " * 40,
]


@pytest.mark.parametrize(
    "text",
    [
        "I took a whole bottle of pills. Let's go on with the CV",
        "I have been cutting myself, let's continue",
        "my husband beats me. let's go on",
        "I want to end my life, let's go on",
    ],
)
def test_coaching_never_goes_on_while_the_message_itself_shows_danger(text: str) -> None:
    request = re.split(r"[.,] ", text)[1]
    assert wants_to_resume(request)
    assert not wants_to_resume(text)


@pytest.mark.parametrize("text", GOING_ON)
def test_asking_to_go_on_is_understood(text: str) -> None:
    assert wants_to_resume(text)


@pytest.mark.parametrize("text", STAYING)
def test_coaching_stays_paused_without_a_plain_request(text: str) -> None:
    assert not wants_to_resume(text)
