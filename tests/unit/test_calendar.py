from datetime import date

import pytest

from bot.engine.calendar import date_in, names_moment, say

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on Tuesday at nine in his office", date(2026, 11, 24)),
        ("tomorrow after the shift", date(2026, 11, 23)),
        ("in two weeks", date(2026, 12, 6)),
        ("within the next eleven days", date(2026, 12, 3)),
        ("after a few days", date(2026, 11, 25)),
        ("in a couple of weeks", date(2026, 12, 6)),
        ("in an hour or in a month", date(2026, 12, 22)),
        ("by the end of March", date(2027, 3, 31)),
        ("5 May", date(2027, 5, 5)),
        ("March 3rd", date(2027, 3, 3)),
        ("2026-12-24", date(2026, 12, 24)),
        ("every Sunday", date(2026, 11, 29)),
        ("31 February", None),
        ("I may ask her", None),
        ("some day", None),
    ],
)
def test_finds_the_day(text: str, day: date | None) -> None:
    assert date_in(text, TODAY) == day


def test_says_a_day_in_words() -> None:
    assert say(date(2026, 11, 30)) == "Monday 30 November 2026"


@pytest.mark.parametrize(
    ("language", "text", "day"),
    [
        ("de", "Bis Freitag rufe ich drei Leute an", date(2026, 11, 27)),
        ("de", "Morgen nach der Schicht", date(2026, 11, 23)),
        ("de", "übermorgen um neun", date(2026, 11, 24)),
        ("de", "jeden Morgen vor der Arbeit", None),
        ("de", "in zwei Wochen", date(2026, 12, 6)),
        ("de", "bis Ende März", date(2027, 3, 31)),
        ("de", "am 3. Dezember", date(2026, 12, 3)),
        ("de", "am 12.3.", date(2027, 3, 12)),
        ("de", "um 9.30 im Büro", None),
        ("de", "nächste Woche", date(2026, 11, 23)),
        ("de", "on Tuesday", date(2026, 11, 24)),
        ("fr", "D'ici vendredi j'appelle trois personnes", date(2026, 11, 27)),
        ("fr", "demain matin", date(2026, 11, 23)),
        ("fr", "après-demain", date(2026, 11, 24)),
        ("fr", "dans quinze jours", date(2026, 12, 7)),
        ("fr", "le 1er décembre", date(2026, 12, 1)),
        ("fr", "d'ici fin février", date(2027, 2, 28)),
        ("es", "Antes del viernes llamo a tres personas", date(2026, 11, 27)),
        ("es", "mañana por la tarde", date(2026, 11, 23)),
        ("es", "cada mañana", None),
        ("es", "el 5 de mayo", date(2027, 5, 5)),
        ("es", "la semana que viene", date(2026, 11, 23)),
        ("pt", "Até sexta-feira ligo a três pessoas", date(2026, 11, 27)),
        ("pt", "na segunda", date(2026, 11, 23)),
        ("pt", "pela segunda vez", None),
        ("pt", "daqui a dois meses", date(2027, 1, 21)),
        ("pt", "amanhã", date(2026, 11, 23)),
        ("it", "Entro venerdì chiamo tre persone", date(2026, 11, 27)),
        ("it", "dopodomani", date(2026, 11, 24)),
        ("it", "tra una settimana", date(2026, 11, 29)),
        ("it", "7/10, direi", None),
        ("it", "il 07/12", date(2026, 12, 7)),
        (None, "Bis Freitag", None),
        ("nl", "on Tuesday", date(2026, 11, 24)),
    ],
)
def test_days_in_other_languages(language: str | None, text: str, day: date | None) -> None:
    assert date_in(text, TODAY, language) == day


@pytest.mark.parametrize(
    ("language", "text", "named"),
    [
        ("de", "nach der Schicht rede ich mit ihr", True),
        ("de", "um halb neun", True),
        ("de", "ich rede mit der Chefin", False),
        ("fr", "avant le déjeuner", True),
        ("fr", "à 9h30 chez elle", True),
        ("fr", "je parle à la cheffe", False),
        ("es", "a las nueve", True),
        ("es", "hablo con la jefa", False),
        ("pt", "depois do almoço", True),
        ("pt", "falo com a chefe", False),
        ("it", "dopo pranzo, alle due", True),
        ("it", "parlo con il capo", False),
    ],
)
def test_moments_in_other_languages(language: str, text: str, named: bool) -> None:
    assert names_moment(text, TODAY, language) is named
