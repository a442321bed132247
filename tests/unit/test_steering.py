"""Words that steer the talk, in the languages a model coaches in besides English."""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from bot import commands
from bot.engine.intents import Intent, understand
from bot.engine.numbers import scale_numbers
from personas import steering
from personas.catalogue import HERE, CatalogueError


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Weiter!", Intent.NEXT),
        ("ok, weiter bitte", Intent.NEXT),
        ("naechste Frage", Intent.NEXT),
        ("Weiß nicht", Intent.STUCK),
        ("Hm, ich weiß es nicht …", Intent.STUCK),
        ("Stopp", Intent.STOP),
        ("Danke, tschüss", Intent.STOP),
        ("Das möchte ich nicht sagen.", Intent.SKIP),
        ("Warum fragst du das?", Intent.WHY_ASK),
        ("Das verstehe ich nicht", Intent.REPEAT_QUESTION),
        ("Das habe ich nicht gesagt.", Intent.CORRECTION),
        ("question suivante, s'il te plaît", Intent.NEXT),
        ("Je ne sais pas…", Intent.STUCK),
        ("j’sais pas", Intent.STUCK),
        ("On s'arrête là", Intent.STOP),
        ("pourquoi cette question ?", Intent.WHY_ASK),
        ("Siguiente, por favor", Intent.NEXT),
        ("pues no se", Intent.STUCK),
        ("¿Por qué preguntas eso?", Intent.WHY_ASK),
        ("Prefiero no decirlo", Intent.SKIP),
        ("Ya te lo dije", Intent.TOLD),
        ("próxima pergunta", Intent.NEXT),
        ("sei lá", Intent.STUCK),
        ("Obrigada!", Intent.THANKS),
        ("avanti", Intent.NEXT),
        ("Non lo so, scusa", Intent.STUCK),
        ("boh", Intent.STUCK),
        ("basta così, grazie", Intent.STOP),
    ],
)
def test_whole_messages_steer(text: str, intent: Intent) -> None:
    assert understand(text).intent is intent


@pytest.mark.parametrize(
    "text",
    [
        "Ich weiß nicht, wie ich es der Chefin sagen soll",
        "Weiter oben im Haus sitzt die Planung, dort will ich hin",
        "Je ne sais pas comment le dire à mon chef",
        "No sé cómo pedir un aumento sin perder el trabajo",
        "Quero parar de trabalhar à noite porque os meus filhos dormem",
        "Basta con una llamada al almacén para arreglarlo",
    ],
)
def test_answers_that_hold_such_words_are_answers(text: str) -> None:
    assert understand(text, language="de").intent is Intent.ANSWER
    assert commands.parse(text) is None


def test_what_english_has_as_well_counts_in_its_own_language_alone() -> None:
    assert understand("fine").intent is Intent.SHORT
    assert understand("Fine.", language="it").intent is Intent.STOP
    assert understand("aide").intent is Intent.SHORT
    assert understand("aide", language="fr").intent is Intent.STUCK


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zusammenfassung", "summary"),
        ("zeig mir bitte den Plan", None),
        ("Zeig mir den Plan, bitte", "plan"),
        ("Hilfe!", "help"),
        ("synthèse", "summary"),
        ("Resumen", "summary"),
        ("ayuda", "help"),
        ("o resumo", "summary"),
        ("riassunto", "summary"),
        ("résumé", None),
        ("resume", None),
    ],
)
def test_commands_in_other_words(text: str, name: str | None) -> None:
    found = commands.parse(text)
    assert (found.name if found is not None else None) == name


def test_the_file_names_what_there_is_and_each_message_once() -> None:
    file = tomllib.loads((HERE / "steering.toml").read_text(encoding="utf-8"))
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for code, spoken in file["languages"].items():
        assert {*spoken["says"]} <= {*Intent, "bye"}, code
        assert {*spoken["commands"]} <= {*commands.BY_NAME}, code
        assert len(spoken["numbers"].split()) == 11, code
        for group in ("says", "commands"):
            for name, phrases in spoken[group].items():
                for one in phrases:
                    meant[steering.plain_form(one)].add(name)
    assert not {one: names for one, names in meant.items() if len(names) > 1}
    # No English command or intent is taken away.
    for one, names in meant.items():
        named = commands._BY_WORD.get(one)  # pyright: ignore[reportPrivateUsage]
        assert named is None or {named} == names, one


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("sieben", "de", [7]),
        ("Sieben von zehn, würde ich sagen", "de", [7]),
        ("eine 8", "de", [8]),
        ("zéro", "fr", [0]),
        ("sept sur dix", "fr", [7]),
        ("un poco, quizá tres", "es", [3]),
        ("uno", "es", [1]),
        ("nove", "pt", [9]),
        ("otto", "it", [8]),
        ("otto", None, []),
        ("drei Kollegen haben mir schon einmal dabei geholfen", "de", []),
    ],
)
def test_numbers_in_words(text: str, language: str | None, found: list[int]) -> None:
    assert scale_numbers(text, 0, 10, language) == found


@pytest.mark.parametrize(
    ("text", "language", "yes"),
    [
        ("Ja, auf jeden Fall", "de", True),
        ("Klar!", "de", True),
        ("Ja, vielleicht", "de", False),
        ("Sicher nicht", "de", False),
        ("Oui, promis", "fr", True),
        ("sí", "es", True),
        ("Sim, com certeza", "pt", True),
        ("certo", "it", True),
        ("Ja", None, False),
    ],
)
def test_a_yes(text: str, language: str | None, yes: bool) -> None:
    assert steering.agrees(text, language) is yes


def test_a_mistake_in_the_file_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "steering.toml"
    wrong.write_text('polite = "x"\n[languages.de]\nyes = "ja"\n')
    with pytest.raises(CatalogueError, match=r"languages\.de\.no"):
        steering.load(wrong)
    wrong.write_text("polite =")
    with pytest.raises(CatalogueError, match=r"steering\.toml"):
        steering.load(wrong)
