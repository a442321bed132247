"""Telling other languages from English, and the notices shown in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.language import is_english, language, language_of, load
from personas.catalogue import HERE, CatalogueError

DATA = HERE.parent / "evaluation" / "data"
SCRIPTS = {"cyrillic", "ar", "he", "el", "hi", "th", "zh", "ja", "ko"}

# Written after the word lists, and never used to choose words or thresholds.
FOREIGN = {
    "de": [
        "Meine Ausbildung zum Bäcker habe ich abgebrochen und schäme mich dafür.",
        "Gibt es Berufe, bei denen man nicht den ganzen Tag sitzt?",
        "Ich will kündigen, traue mich aber nicht, es ihm zu sagen.",
        "hab morgen probearbeiten und bin total nervös",
        "Nächste Woche habe ich ein Gespräch bei der Stadt.",
        "Warum fragst du das?",
        "Zu wenig Personal, zu viele Überstunden, und keiner hört zu.",
        "Ich verstehe die Frage nicht.",
    ],
    "es": [
        "Dejé la carrera a medias y me da vergüenza contarlo.",
        "¿Hay oficios donde no haya que estar sentado todo el día?",
        "Quiero renunciar pero no me atrevo a decírselo.",
        "mañana tengo prueba en la cocina y estoy nerviosísimo",
        "La semana que viene hablo con el ayuntamiento.",
        "¿Por qué me preguntas eso?",
        "Poca gente, muchas horas extra y nadie escucha.",
        "No entiendo la pregunta.",
    ],
    "fr": [
        "J'ai arrêté mon apprentissage de boulangère et j'en ai honte.",
        "Y a-t-il des métiers où l'on ne reste pas assis toute la journée ?",
        "Je veux démissionner mais je n'ose pas le lui dire.",
        "demain j'ai un essai en cuisine, je stresse trop",
        "La semaine prochaine, je vois quelqu'un à la mairie.",
        "Pourquoi tu me demandes ça ?",
        "Trop peu de monde, trop d'heures, et personne n'écoute.",
        "Je ne comprends pas la question.",
    ],
    "pt": [
        "Larguei o curso no meio e tenho vergonha de contar.",
        "Existem profissões em que não se fica sentado o dia todo?",
        "Quero pedir demissão mas não tenho coragem de falar com ele.",
        "amanhã tenho teste na cozinha e tô nervoso demais",
        "Na semana que vem vou conversar com a prefeitura.",
        "Por que você me pergunta isso?",
        "Pouca gente, muitas horas extras e ninguém escuta.",
        "Não entendi a pergunta.",
    ],
    "it": [
        "Ho lasciato l'apprendistato da fornaio e me ne vergogno.",
        "Ci sono mestieri in cui non si sta seduti tutto il giorno?",
        "Voglio dare le dimissioni ma non ho il coraggio di dirglielo.",
        "domani ho la prova in cucina e sono agitatissimo",
        "La settimana prossima parlo con il comune.",
        "Perché mi chiedi questo?",
        "Poca gente, troppi straordinari e nessuno ascolta.",
        "Non capisco la domanda.",
    ],
    "nl": [
        "Ik heb mijn opleiding tot bakker niet afgemaakt en schaam me daarvoor.",
        "Zijn er beroepen waarbij je niet de hele dag zit?",
        "Ik wil ontslag nemen, maar durf het hem niet te zeggen.",
        "morgen moet ik proefdraaien in de keuken en ik ben zenuwachtig",
        "Volgende week heb ik een gesprek bij de gemeente.",
        "Waarom vraag je dat aan mij?",
        "Te weinig mensen, te veel overuren en niemand luistert.",
        "Ik begrijp de vraag niet.",
    ],
    "pl": [
        "Rzuciłem naukę w piekarni i wstydzę się o tym mówić.",
        "Czy są zawody, w których nie siedzi się cały dzień?",
        "Chcę odejść, ale boję się mu to powiedzieć.",
        "jutro mam dzień próbny w kuchni i strasznie się denerwuję",
        "W przyszłym tygodniu rozmawiam z urzędem miasta.",
        "Dlaczego mnie o to pytasz?",
        "Za mało ludzi, za dużo nadgodzin i nikt nie słucha.",
        "Nie rozumiem pytania.",
    ],
    "tr": [
        "Fırıncılık eğitimimi yarıda bıraktım ve bundan utanıyorum.",
        "Bütün gün oturmak gerekmeyen meslekler var mı?",
        "İstifa etmek istiyorum ama ona söylemeye cesaretim yok.",
        "yarın mutfakta deneme günüm var ve çok heyecanlıyım",
        "Gelecek hafta belediyeyle görüşeceğim.",
        "Bunu bana neden soruyorsun?",
        "Az kişi, çok mesai ve kimse dinlemiyor.",
        "Soruyu anlamadım, tekrar eder misin?",
    ],
}
OTHER_SCRIPTS = [
    ("cyrillic", "Я пекарь и хочу сменить профессию."),
    ("cyrillic", "Завтра у мене співбесіда"),
    ("ar", "أريد أن أغير مهنتي"),
    ("he", "אני רוצה לעבור מקצוע"),
    ("el", "Θέλω να αλλάξω επάγγελμα."),
    ("hi", "मैं अपना काम बदलना चाहता हूँ"),
    ("th", "ฉันอยากเปลี่ยนอาชีพ"),
    ("zh", "我想换一个职业"),
    ("ja", "面接が怖いです"),
    ("ja", "カフェの仕事を辞めたい"),
    ("ko", "면접이 무서워요"),
]
ENGLISH = [
    "Worked under Chef Étienne Lefèvre at La Belle Époque, then at Zum Löwen in Köln",
    "Señor Ibáñez from Peñarroya says my CV is good",
    "i come from warszawa, my polish boss mr Wiśniewski he dont pay the overtime",
    "im an ausbilder in a german bakery, no idea how to translate that",
    "the german word is Feierabend and I want one",
    "we did kaizen, kanban, gemba and then the plant closed",
    "SELECT name FROM jobs WHERE pay > 30 is what I can do",
    "pls halp me wit my cv i no gud at spel",
    "no. no no no. not me.",
    "Te reo Māori teacher in Rotorua",
    "Per my contract, ad hoc hours are in, pro rata pay is out",
    "Did a de facto lead role, sans title, sans pay",
    "My abuela says trabajo is trabajo but I want more than that",
    "Ich bin tired, sorry, my German and my English are mixed today",
    "Moi? A manager? Ha.",
    "was in the war, man, and in the end I was as good as done",
    "die casting operator, die maker, tool and die, 12 years",
    "Los Angeles or Las Vegas, in a La Quinta or an El Pollo Loco",
    "A to B, B to C, on and on, so on",
    "Am I too old?",
    "ok",
    "he say yes, she say no, i say i go",
    "Du Pont, van der Berg, de la Cruz, al Masri, ten Have: my whole team",
    "B2 Deutsch, C1 English, A2 Español",
    "The client wrote 您好 and I had to guess the rest",
    "αβγ testing, Δt, σ and μ are what I write all day",
    "Анна Петрова runs it all",
    "Привет is the only word I know in Russian",
    "",
    "?!",
    "12 34 56",
]


def test_latin_languages_are_told_by_their_words() -> None:
    pairs = [(code, text) for code, texts in FOREIGN.items() for text in texts]
    found = [(code, language_of(text)) for code, text in pairs]
    assert {(code, got) for code, got in found if got not in (code, None)} == set()
    assert sum(code == got for code, got in found) >= 0.85 * len(found)


@pytest.mark.parametrize(("code", "text"), OTHER_SCRIPTS)
def test_scripts_are_told_by_their_letters(code: str, text: str) -> None:
    assert language_of(text) == code


@pytest.mark.parametrize("text", ENGLISH)
def test_english_with_foreign_bits_stays_english(text: str) -> None:
    assert language_of(text) is None


def test_no_false_alarm_on_what_people_write() -> None:
    files = [DATA / f"{name}.jsonl" for name in ("routing", "safety", "answers")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    rows = [json.loads(line) for line in lines]
    texts = [value for row in rows for key, value in row.items() if key != "id"]
    assert [text for text in texts if isinstance(text, str) and language_of(text)] == []


def test_a_sentence_that_turns_to_english_is_left_alone() -> None:
    assert language_of("Ich suche eine neue Stelle in der Pflege.") == "de"
    mixed = "Ich suche eine neue Stelle. Sorry, I will write it in English so you can read it."
    assert language_of(mixed) is None


def test_two_languages_at_once_are_neither() -> None:
    assert language_of("Quiero cambiar de trabajo.") == "es"
    assert language_of("Quero mudar de trabalho.") == "pt"
    assert language_of("Quiero cambiar de trabajo. Quero mudar de trabalho.") is None


def test_every_language_has_its_notice() -> None:
    languages = load(HERE / "languages.toml")
    assert set(languages) == set(FOREIGN) | SCRIPTS
    for code, entry in languages.items():
        # The Russian and Ukrainian notice share one entry, each with both lines.
        assert language_of(entry.notice) == code
        assert language(code) == entry
        assert "?" not in entry.notice
    assert len({entry.go_on for entry in languages.values()}) == len(languages)


def test_an_unknown_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        language("xx")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("english = ", "languages.toml"),
        ('english = ""\nin_english = ""\n[languages.xx]\nname = "Xx"\ngo_on = "yy"', "xx.notice"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "languages.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=says):
        load(path)


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert language_of(text) is None or language(str(language_of(text)))


@pytest.mark.parametrize(
    ("text", "spoken", "english"),
    [
        ("Let us go on in English from here, please.", "de", True),
        ("I want to talk about my boss and the money", "es", True),
        (
            "En marzo se rompió el horno grande. Repartí la masa en dos hornos pequeños.",
            "es",
            False,
        ),
        ("A mediodía todo estaba vendido ya", "es", False),
        ("Ma sœur Inès, qui tient un magasin.", "fr", False),
        ("Leiter der Backstube in genau diesem Haus.", "de", False),
    ],
)
def test_what_is_not_clearly_another_language_need_not_be_english(
    text: str, spoken: str, english: bool
) -> None:
    assert is_english(text, spoken) is english


@pytest.mark.parametrize(
    "text",
    ["coffee thursday, 10 min", "lunch w sam", "new car, rent, kids", "fast food, male staff"],
)
def test_short_english_notes_are_no_other_language(text: str) -> None:
    assert language_of(text) is None


def test_a_contract_is_signed_in_spanish_and_in_portuguese() -> None:
    assert language_of("Todavía no has firmado el contrato.") == "es"
    assert language_of("O contrato ainda não foi assinado.") == "pt"
