"""Whole sessions in the person's language over the local provider: phases move, and the plan says
what was said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.engine.sessions import state_of
from bot.engine.turned import Turned
from personas.models import Slot
from storage.queries import Row, table
from tests.conftest import Talk
from tests.modelserver.server import Server
from tests.modelserver.speech import Prompt, Said
from tests.modelserver.talking import with_notes
from tests.talking import row_of

Talker = Callable[..., Any]
# What somebody tells, by what was asked; the first line is the first message.
TOLD: dict[str, dict[Slot, str]] = {
    "de": {
        Slot.GOAL: "Ich möchte die Leitung der Backstube übernehmen.",
        Slot.WHY: "Weil ich seit Jahren alle Lehrlinge anlerne und mich niemand fragt.",
        Slot.AIM: "Leiter der Backstube in genau diesem Haus.",
        Slot.EXPERIENCE: "Im März fiel der große Ofen aus. Ich habe den Teig auf zwei kleine "
        "verteilt und die Kunden angerufen. Am Mittag war alles verkauft.",
        Slot.OBSTACLE: "Ich finde nie den richtigen Moment, um es dem Chef zu sagen.",
        Slot.STRENGTH: "Die Lehrlinge vertrauen mir, weil ich ruhig bleibe, wenn es heiß wird.",
        Slot.STEP: "Bis Freitag rufe ich drei Leute an und rede danach mit dem Chef.",
        Slot.PLAN_B: "Wenn er lacht, zeige ich ihm die Liste der Lehrlinge.",
        Slot.HELPER: "Meine Schwester Ines, die selbst einen Laden führt.",
        Slot.MEASURE: "Bis Ende März habe ich zwei Wochenenden selbst geplant.",
    },
    "fr": {
        Slot.GOAL: "Je voudrais prendre la direction de la boulangerie.",
        Slot.WHY: "Parce que je forme tous les apprentis et que personne ne me demande mon avis.",
        Slot.AIM: "Chef de la boulangerie, dans cette maison et pas ailleurs.",
        Slot.EXPERIENCE: "En mars le grand four est tombé en panne. J'ai réparti la pâte sur deux "
        "petits fours et j'ai appelé les clients. À midi tout était vendu.",
        Slot.OBSTACLE: "Je ne trouve jamais le bon moment pour en parler au patron.",
        Slot.STRENGTH: "Les apprentis me font confiance parce que je reste calme.",
        Slot.STEP: "D'ici vendredi j'appelle trois personnes et je parle au patron.",
        Slot.PLAN_B: "S'il rit, je lui montre la liste des apprentis.",
        Slot.HELPER: "Ma sœur Inès, qui tient un magasin.",
        Slot.MEASURE: "D'ici fin mars j'ai planifié deux week-ends moi-même.",
    },
    "es": {
        Slot.GOAL: "Quiero llevar la dirección de la panadería.",
        Slot.WHY: "Porque formo a todos los aprendices y nadie me pregunta qué quiero.",
        Slot.AIM: "Jefe de la panadería, en esta misma casa.",
        Slot.EXPERIENCE: "En marzo se rompió el horno grande. Repartí la masa en dos hornos "
        "pequeños y llamé a los clientes. A mediodía todo estaba vendido.",
        Slot.OBSTACLE: "Nunca encuentro el momento para hablarlo con el jefe.",
        Slot.STRENGTH: "Los aprendices confían en mí porque mantengo la calma.",
        Slot.STEP: "Antes del viernes llamo a tres personas y hablo con el jefe.",
        Slot.PLAN_B: "Si se ríe, le enseño la lista de aprendices.",
        Slot.HELPER: "Mi hermana Inés, que tiene una tienda.",
        Slot.MEASURE: "A finales de marzo ya he planificado dos fines de semana.",
    },
}
SPOKEN = {
    "de": ("Das hast du klar gesagt.", "Was kommt dir dazu noch in den Sinn?", "sieben", "Weiter"),
    "fr": (
        "Tu l'as dit clairement.",
        "Qu'est-ce qui te vient encore à l'esprit ?",
        "huit",
        "suite",
    ),
    "es": ("Lo has dicho con claridad.", "¿Qué más te viene a la cabeza?", "ocho", "Siguiente"),
}


def attentive(code: str) -> Callable[[Prompt], Said]:
    """A model that speaks a language and notes which open point a message answers."""
    slots = {text: slot.value for slot, text in TOLD[code].items()}
    says, asks, *_ = SPOKEN[code]

    def speaker(prompt: Prompt) -> Said:
        heard = prompt.said_by("user")[-1]
        noted = {slots[text]: text.rstrip(".") for text in slots if text in heard}
        return Said(with_notes(prompt, f"{says} {asks}", {"slots": noted, "risk": "none"}))

    return speaker


async def answered(talk: Talk, code: str, used: set[Slot]) -> Turned:
    pending = state_of(await row_of(talk.engine, talk)).pending
    kind = pending.kind if pending is not None else ""
    if kind == "scale":
        return await talk("3 2 4 3 2")
    if kind == "commit":
        return await talk(SPOKEN[code][2])
    slot = pending.slot if pending is not None else None
    if slot in TOLD[code] and slot not in used:
        used.add(slot)
        return await talk(TOLD[code][slot])
    left = next((one for one in TOLD[code] if one not in used), None)
    if left is None or left in {Slot.STEP, Slot.PLAN_B, Slot.HELPER, Slot.MEASURE}:
        return await talk(SPOKEN[code][3])
    used.add(left)
    return await talk(TOLD[code][left])


@pytest.mark.parametrize("code", sorted(TOLD))
@pytest.mark.parametrize("coach", ["executive_coach", "network_builder"])
async def test_a_session_in_another_language_ends_in_a_plan_of_what_was_said(
    server: Server, talker: Talker, code: str, coach: str
) -> None:
    talk = await talker()
    await talk.open(coach)
    server.speaker = attentive(code)
    used: set[Slot] = set()
    phases: list[str] = []
    turned = await talk(TOLD[code][Slot.GOAL])
    used.add(Slot.GOAL)
    while not turned.done:
        phases.append(turned.phase)
        assert len(phases) < 22, turned.reply.text
        turned = await answered(talk, code, used)
    assert list(dict.fromkeys(phases)) == [
        "introduction",
        "deep_dive",
        "assessment",
        "synthesis",
    ]
    plan = turned.reply.text
    for slot in (Slot.GOAL, Slot.STEP, Slot.PLAN_B, Slot.HELPER, Slot.MEASURE):
        assert TOLD[code][slot].rstrip(".")[:40] in plan, (slot, plan)
    assert "When it is Friday" in plan
    assert "looked at on" in plan
    assert "31 March" in plan
    assert "If this gets in the way" not in plan

    def work(connection: Any) -> list[Row]:
        return [dict(row) for row in connection.execute(select(table("commitments"))).mappings()]

    kept = await talk.engine.database.read(work)
    assert [one["text"] for one in kept] == [TOLD[code][Slot.STEP].rstrip(".")]
    assert kept[0]["check_in"].weekday() == 5


async def test_words_that_steer_do_so_with_a_model(server: Server, talker: Talker) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    server.speaker = attentive("de")
    await talk(TOLD["de"][Slot.GOAL])
    calls = len(server.log.succeeded)
    stuck = await talk("Weiß nicht")
    asked = server.log.succeeded[-1].prompt
    assert asked is not None
    assert "They find it hard." in asked.text
    assert stuck.phase == "introduction"
    moved = await talk("Weiter, bitte")
    assert moved.phase == "deep_dive"
    assert len(server.log.succeeded) == calls + 2
    asks = await talk("Stopp")
    assert "/coach end" in [one.id for one in asks.reply.choices]
    told = await talk("Hilfe")
    assert "`/coach plan`" in told.reply.text
    assert len(server.log.succeeded) <= calls + 3
    state = state_of(await row_of(talk.engine, talk))
    assert state.language == "de"


async def test_an_answer_that_is_not_plainly_in_the_language_does_not_end_it(
    server: Server, talker: Talker
) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    server.speaker = attentive("es")
    await talk(TOLD["es"][Slot.GOAL])
    await talk(TOLD["es"][Slot.EXPERIENCE])
    assert state_of(await row_of(talk.engine, talk)).language == "es"
    prompt = server.log.succeeded[-1].prompt
    assert prompt is not None
    assert "Write in Español" in prompt.text or "Write in Spanish" in prompt.text


async def test_danger_the_model_sees_is_answered_in_the_language_first(
    server: Server, talker: Talker
) -> None:
    talk = await talker()
    await talk.open("executive_coach")
    server.speaker = lambda prompt: Said(with_notes(prompt, "", {"risk": "explicit"}))
    turned = await talk(TOLD["de"][Slot.GOAL])
    assert turned.paused
    assert turned.reply.text.startswith("Danke")


async def test_where_the_model_fails_words_of_another_language_are_given_back_as_they_are(
    server: Server, talker: Talker
) -> None:
    talk = await talker(model_tries=1)
    await talk.open("network_builder")
    server.speaker = attentive("fr")
    await talk(TOLD["fr"][Slot.GOAL])
    server.faults.always("fail")
    turned = await talk(TOLD["fr"][Slot.STRENGTH])
    assert turned.voice == "offline"
    assert "“Les apprentis me font confiance" in turned.reply.text
    assert "apprentis you" not in turned.reply.text
    assert turned.reply.notice is not None
    assert "anglais" in turned.reply.notice
