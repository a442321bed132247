"""Questions of law, tax, medicine and visas meet their limit; work in those fields does not."""

from __future__ import annotations

import pytest

from bot.engine.safety import (
    limit_of,
)

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


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("legal", "they let me go two days before my probation ended, can they do that"),
        ("legal", "What notice do I have to give under German law?"),
        ("legal", "do they have to pay me for the holidays i never took"),
        ("legal", "am i allowed to work for a competitor after i leave"),
        ("tax", "how much will be left net of 52000 gross"),
        ("tax", "should i stay a sole trader for tax reasons"),
        ("tax", "how much of the bonus goes to the taxman"),
        ("visa", "if they lay me off do i have to leave the country"),
        ("visa", "my work permit runs out in june, what happens if i quit"),
        ("visa", "does part time work count toward my residence permit"),
        ("medical", "could my dizziness come from night shifts"),
        ("medical", "am i fit to go back to work after my surgery"),
        ("medical", "should i get signed off sick"),
        ("mental_health", "is it burnout or depression, can you tell"),
        ("mental_health", "how do i know if i'm autistic"),
        ("mental_health", "i have panic attacks in meetings, what treatment works"),
    ],
)
def test_a_question_with_a_topic_of_the_field_meets_its_limit(kind: str, text: str) -> None:
    limit = limit_of(text)
    assert limit is not None
    assert limit.kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "Severance is four weeks for 11 years. What can I get them to add, and how do I word it?",
        "I feel numb after the thirtieth rejection. What would you change about my approach?",
        "my notice period is long and they want me soon, what can i bargain with",
        "I do tax returns for clients all day. Which fields could I move into?",
        "i have an interview on tuesday at the tax office, what do i say about my gap",
        "should I tell them I'm pregnant",
        "how do I get my boss to sponsor me for the programme",
    ],
)
def test_a_question_for_a_coach_meets_no_limit(text: str) -> None:
    assert limit_of(text) is None


def test_each_limit_says_whom_to_ask_in_a_few_calm_words() -> None:
    for texts in BEYOND.values():
        limit = limit_of(texts[0])
        assert limit is not None
        assert "sk " in limit.text or "first step is" in limit.text
        assert len(limit.text.split()) <= 80
        assert "!" not in limit.text
        assert "I can help" in limit.text or "I gladly" in limit.text
