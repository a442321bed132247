"""What is said while coaching is paused, which help is named, when it goes on, and the limits."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from itertools import product
from typing import Any

import pytest

from bot.engine.safety import (
    Level,
    Screening,
    after_resume,
    help_for,
    limit_of,
    response,
    wants_to_resume,
)
from bot.engine.safety.response import country_of, language_of
from bot.engine.safety.spelling import DATA

KINDS = ("self_harm", "harm_to_others", "abuse", "child", "medical", "other_at_risk")
LEVELS: tuple[Level, ...] = ("explicit", "indirect")
COUNTRIES = [
    *("US", "CA", "GB", "IE", "AU", "NZ", "IN", "DE", "AT", "CH"),
    *("FR", "BE", "ES", "PT", "BR", "MX", "NL", "ZA", "SG", "PH"),
]
WORDS_AT_MOST = 120


def helplines() -> list[dict[str, Any]]:
    return tomllib.loads((DATA / "helplines.toml").read_text(encoding="utf-8"))["helpline"]


@pytest.mark.parametrize(("kind", "level"), list(product(KINDS, LEVELS)))
def test_the_first_reply_is_short_honest_names_help_and_asks_once(kind: str, level: Level) -> None:
    for locale in (None, "en", *(f"en_{country}" for country in COUNTRIES)):
        text = response(Screening(level, kind), locale, 0).text
        assert len(text.split()) <= WORDS_AT_MOST, (locale, len(text.split()))
        assert "I'm an AI" in text
        assert "!" not in text
        assert "\n- **" in text
        assert text.count("?") - text.count("Need to Talk?") == 1
        assert text.endswith("?")
        assert text.index("\n- **") < text.rindex("?")


@pytest.mark.parametrize(("kind", "level"), list(product(KINDS, LEVELS)))
def test_follow_ups_differ_keep_naming_help_and_never_run_out(kind: str, level: Level) -> None:
    screening = Screening(level, kind)
    texts = [response(screening, "en_GB", turn).text for turn in range(7)]
    assert len(set(texts[:4])) == 4
    assert texts[1:4] == texts[4:7]
    for text in texts[1:4]:
        assert "999" in text
        assert "!" not in text
        assert len(text.split()) <= WORDS_AT_MOST


def test_every_kind_and_level_opens_differently() -> None:
    openings = {
        response(Screening(level, kind), None, 0).text for kind, level in product(KINDS, LEVELS)
    }
    assert len(openings) == len(KINDS) * len(LEVELS)


def test_an_indirect_sign_is_met_with_care_and_a_way_back() -> None:
    for kind in KINDS:
        assert "may have misread" in response(Screening("indirect", kind), None, 0).text
        assert "misread" not in response(Screening("explicit", kind), None, 0).text
        for turn in (1, 2, 3):
            said = response(Screening("indirect", kind), None, turn).text
            assert "let's go on" in said or "go on with the coaching" in said


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de_DE.UTF-8", "Ich bin eine KI"),
        ("de", "Ich bin eine KI"),
        ("es-MX", "Soy una IA"),
        ("fr_CH", "une IA"),
        ("pt-BR", "Sou uma IA"),
    ],
)
def test_a_first_paragraph_is_in_the_users_language(locale: str, words: str) -> None:
    for kind, level in product(KINDS, LEVELS):
        text = response(Screening(level, kind), locale, 0).text
        assert words in text.split("\n\n")[0]
        assert "I'm an AI" in text
    english = response(Screening("explicit", "self_harm"), "en_GB", 0).text
    assert words not in english


def test_an_unknown_kind_is_answered_as_self_harm_and_aliases_are_known() -> None:
    usual = response(Screening("explicit", "self_harm"), None, 0)
    assert response(Screening("explicit", "something_new"), None, 0) == usual
    assert response(Screening("explicit", None), None, 0) == usual
    child = response(Screening("explicit", "child"), None, 0)
    assert response(Screening("explicit", "child_at_risk"), None, 0) == child
    unclear = response(Screening("none", None), None, 0)
    assert unclear == response(Screening("indirect", "self_harm"), None, 0)


def test_choices_offer_to_resume_and_help_again_and_do_what_they_say() -> None:
    choices = response(Screening("explicit", "self_harm"), None, 0).choices
    assert [choice.id for choice in choices] == ["resume", "help"]
    resume, again = choices
    assert wants_to_resume(resume.id)
    assert wants_to_resume(resume.label)
    assert not wants_to_resume(again.id)
    assert not wants_to_resume(again.label)


def test_no_text_asks_a_coaching_question_or_shouts() -> None:
    assert "?" not in after_resume()
    assert "!" not in (DATA / "texts.toml").read_text(encoding="utf-8").split("[resume]")[0]


@pytest.mark.parametrize(
    ("locale", "country", "language"),
    [
        ("en_GB.UTF-8", "GB", "en"),
        ("pt-BR", "BR", "pt"),
        ("de_DE@euro", "DE", "de"),
        ("zh-Hant-TW", "TW", "zh"),
        ("DE", "DE", None),
        ("de", None, "de"),
        ("C", None, None),
        ("POSIX", None, None),
        ("", None, None),
        (None, None, None),
        ("nonsense locale", None, None),
    ],
)
def test_country_and_language_are_read_from_a_locale(
    locale: str | None, country: str | None, language: str | None
) -> None:
    assert country_of(locale) == country
    assert language_of(locale) == language


@pytest.mark.parametrize("country", COUNTRIES)
def test_each_country_has_a_line_for_those_in_despair(country: str) -> None:
    lines = help_for(country, "self_harm")
    assert any(line.country == country and "self_harm" in line.kinds for line in lines)
    assert any("findahelpline" in line.contact for line in lines)
    assert len(lines) <= 6


@pytest.mark.parametrize("kind", [*KINDS, "unknown", None])
@pytest.mark.parametrize("locale", [None, "C", "xx", "ZZ", "en_GB", "SG", "pt_BR"])
def test_an_emergency_service_is_named_whatever_the_place(
    locale: str | None, kind: str | None
) -> None:
    lines = help_for(locale, kind)
    assert lines[0].emergency
    assert re.search(r"999|995|190|your local emergency number", lines[0].contact)
    assert sum(line.emergency for line in lines) == 1


def test_help_fits_the_kind_and_the_language() -> None:
    assert "0808 2000 247" in " ".join(one.contact for one in help_for("en_GB", "abuse"))
    assert "0808 2000 247" not in " ".join(one.contact for one in help_for("en_GB", "self_harm"))
    french = [one.contact for one in help_for("fr_BE", "self_harm")]
    dutch = [one.contact for one in help_for("nl_BE", "self_harm")]
    assert french[:2] == ["112", "0800 32 123"]
    assert dutch[:2] == ["112", "1813"]


def test_without_a_country_what_is_right_anywhere_is_named() -> None:
    names = [line.name for line in help_for(None, "self_harm")]
    assert names[:2] == ["Emergency services", "Someone near you"]
    assert help_for("ZZ", "self_harm") == help_for(None, "self_harm")


def test_each_helpline_has_a_source_and_a_day_it_was_checked() -> None:
    entries = helplines()
    assert len({(one["country"], one["name"]) for one in entries}) == len(entries)
    for one in entries:
        assert set(one["kinds"]) <= {*KINDS, "any"}, one["name"]
        assert "source" not in one or date.fromisoformat(one["checked"])
        if re.search(r"\d{3}|\.\w{2,}", one["contact"]):
            assert one["source"].startswith("http"), one["name"]


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


BEYOND = {
    "medication": [
        "should I stop my antidepressants before the new job starts?",
        "Can I skip my lithium on the day of the assessment centre?",
        "is it ok to take ritalin just for the exam",
        "What dose of propranolol should I take for interview nerves?",
        "how do I come off sertraline without my boss noticing?",
        "is it safe to drive on these tablets for my delivery shifts?",
        "what can I take against anxiety before a presentation?",
        "is melatonin ok with my meds?",
    ],
    "medical": [
        "Is it safe to go back to work two weeks after my surgery?",
        "how long should I rest after a concussion before coding again",
        "could my headaches be something serious?",
        "Is it too early to lift boxes again after my hernia operation?",
        "do these chest pains mean anything bad?",
    ],
    "mental_health": [
        "Do I have ADHD?",
        "am I depressed or just lazy?",
        "should I see a psychologist?",
        "Do you think I need therapy?",
        "can you treat my panic attacks?",
        "how do I get rid of my depression",
        "What kind of therapy would help me most?",
        "how do I stop drinking",
        "will you be my therapist?",
        "do you think I might be bipolar?",
    ],
    "legal": [
        "is this dismissal legal?",
        "Can I sue my employer for this?",
        "can my boss fire me for being pregnant?",
        "Are they allowed to read my private messages?",
        "What are my rights if they cut my hours?",
        "is my non-compete enforceable in California",
        "am I entitled to severance after nine years?",
        "Should I sign the settlement agreement?",
        "do I have to give three months notice",
        "do I have a case against the agency?",
        "Was I unfairly dismissed?",
        "does my contract allow a second job?",
        "do i need a lawyer for this",
        "Is it illegal that they asked about my religion?",
        "My employer wants me to repay the training costs, is that allowed?",
        "Can I be fired while on sick leave?",
        "do i get unemployment benefits if I resign",
        "how much notice do I legally have to give",
        "is a verbal offer binding?",
    ],
    "tax": [
        "do I owe tax on the bonus?",
        "How much tax will I pay on my severance?",
        "is my relocation allowance taxable?",
        "can I deduct the home office?",
        "Do I have to declare my side income?",
        "which tax bracket would the raise put me in?",
        "how are my RSUs taxed when they vest",
        "what are the tax implications of moving to Portugal while I work remotely?",
        "do I need to register for VAT as a freelancer?",
    ],
    "visa": [
        "does my visa let me freelance?",
        "Can I work for a second employer on an H-1B?",
        "what visa do I need to work in Canada",
        "do I need a work permit to apply for jobs in Germany?",
        "will I lose my visa if I'm laid off?",
        "How long can I stay on OPT after I quit?",
        "Am I eligible for a green card?",
        "can my visa be transferred to the new company",
        "how do I get a work permit for Switzerland?",
        "I'm on a student visa, can I start a side business?",
        "can I change employers while my green card is pending?",
    ],
}
WITHIN = [
    "I'm a tax adviser and want to move in-house",
    "How do I put my visa casework on my CV?",
    "How much tax knowledge do I need for a controlling job?",
    "Should I become a psychologist?",
    "I work as a nurse and gave the wrong dose once; how do I tell it in an interview?",
    "is a legal career right for me at 40?",
    "How do I get into employment law?",
    "I'm an immigration lawyer, bored of visas",
    "what does a pharmacist do all day?",
    "I negotiated contracts and NDAs for our clients for six years",
    "My team files tax returns for restaurants",
    "should I take the job or stay?",
    "How do I explain a gap because of illness?",
    "I was off with depression two years ago and I'm well again. What do I say?",
    "should I mention my ADHD to my new manager?",
    "can they ask me about my weaknesses?",
    "Can my boss see that I'm trying to grow?",
    "do I have what it takes to lead?",
    "do I have a chance at Google?",
    "is it fair to ask for more money after six months?",
    "How do I get a diagnosis of what goes wrong in my interviews?",
    "how do I handle a client who won't pay?",
    "should I look for a job in counselling?",
    "Visa Inc. offered me a role in payments",
    "I built the pill dispenser's firmware",
    "My permit checks cut waiting times by a third",
    "how do I stop overthinking before interviews?",
    "could my cover letter be shorter?",
    "what should I say about visa sponsorship in the first call?",
    "how do I tell my boss about my therapy appointments?",
    "Would I be a good lawyer?",
    "how do I negotiate my contract?",
    "should I accept the offer in Dublin?",
    "do I need a degree to work as a paralegal?",
    "Is it too late to change careers after twenty years in law?",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in BEYOND.items() for text in texts]
)
def test_questions_beyond_a_coach_meet_their_limit(kind: str, text: str) -> None:
    limit = limit_of(text)
    assert limit is not None
    assert limit.kind == kind


@pytest.mark.parametrize("text", WITHIN)
def test_work_in_those_fields_meets_no_limit(text: str) -> None:
    assert limit_of(text) is None


def test_each_limit_says_whom_to_ask_in_a_few_calm_words() -> None:
    for texts in BEYOND.values():
        limit = limit_of(texts[0])
        assert limit is not None
        assert "sk " in limit.text or "first step is" in limit.text
        assert len(limit.text.split()) <= 80
        assert "!" not in limit.text
        assert "I can help" in limit.text or "I gladly" in limit.text
