"""How a scripted user understands a coach's question: from its text alone, as a person would.

The user sees no key of a question bank. Phrases that nearly always mean one thing decide first;
where there is none, the topic whose example questions are nearest in meaning is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from bot.engine.meaning import Matrix, Meaning


class Topic(StrEnum):
    """What a question wants to hear about."""

    GOAL = "goal"
    WHY = "why"
    AIM = "aim"
    STORY = "story"
    OBSTACLE = "obstacle"
    STRENGTH = "strength"
    VALUE = "value"
    TRIED = "tried"
    WEIGH = "weigh"
    RESOURCE = "resource"
    MEASURE = "measure"
    STEP = "step"
    PLAN_B = "plan_b"
    HELPER = "helper"
    SMALLER = "smaller"
    DETAIL = "detail"
    MINE = "mine"
    END = "end"
    RATING = "rating"
    COMMITMENT = "commitment"
    THOUGHT = "thought"


_QUOTED = re.compile(r"[“\"][^”\"]+[”\"]")
# What is asked in these words is asked by nearly every coach in nearly the same words.
_FIRST: Sequence[tuple[Topic, str]] = (
    (Topic.COMMITMENT, r"from 0 to 10\b.*\b(?:sure|certain|confident)|how (?:sure|certain) are you that you will"),
    (Topic.RATING, r"from 1 \(|\bfrom 1 to 5\b"),
    (Topic.WEIGH, r"\bone step up\b|\bdoing differently on a day like that\b"),
    (Topic.HELPER, r"\b(?:who|whom|whose|which (?:person|trainer|teacher|union|easy talker)\b).*\b(?:could|would|tells? you|tell you|"
                   r"already listen|sees you|check|trust more|knows the rules|learn from|knows your work|has sat|sat in|sat on)\b"),
    (Topic.PLAN_B, r"\bfallback\b|\bwhat will be your move against\b|\b(?:if|when|suppose)\b.*\b(?:will|do) you (?:do|say|turn|try|hold|"
                   r"write|reach|still do|ask)\b|\bwill buy you\b|\bwhat will your next sentence\b"),
    (Topic.STEP, r"\b(?:this|coming) week\b.*\b(?:you|one note|rehearsal|you (?:make|run|sit))\b|\bon which (?:day|evening)\b|"
                 r"\bwhen and (?:where|to whom)\b|\bwhich day\b.*\bwill you\b|\bby tomorrow evening\b|\bcoming (?:days|week)\b|"
                 r"\bplant tomorrow\b|\bwill you contact first\b|\bfirst small (?:thing|hello)\b|\bfirst move will you\b"),
    (Topic.MEASURE, r"\bby (?:which|what) (?:date|day|month)\b|\bby when\b|\bhow will you know\b|\bwhat will you (?:see|notice|hold)\b|"
                    r"\bcount in a\b|\bkept a tally\b|\bhow many\b|\bwhen (?:this|the practice) (?:has|counts)\b|\bsmall sign\b|"
                    r"\bwhat reply\b.*\bon course\b|\bshould (?:a test|yours|read)\b|\bhas taken root\b|\bthis question is settled\b|"
                    r"\bthis has worked\b"),
    (Topic.TRIED, r"\balready (?:made|tried|changed|given|conceded)\b|\bwell-meant advice\b|\battempts\b|\bhave you (?:tested|gone through|"
                  r"gathered)\b|\bget ready last time\b|\basked for this before\b|\bso far to the very\b|\bwhat has shifted\b|"
                  r"\buntil it slipped\b|\bthrown out again\b"),
    (Topic.WHY, r"\b(?:what|who)\b.*\b(?:lose|cost you|pays?|price)\b|\bwho (?:looks|else feels|close to you|besides you)\b|"
                r"\bwhat (?:put|happened|passes|in you)\b|\bmatters to you\b|\bfirst thing you do\b|\bwould a yes\b|\bkeeps? your number\b|"
                r"\bhour of your week\b|\bphone call you make\b|\bringing someone to say\b|\bget up for it\b|\bstays shut\b"),
    (Topic.END, r"\bhow did it end\b|\bwhat (?:came of|changed|stayed|was (?:different|handled|the return|the answer))\b|\blast line\b|"
                r"\b(?:afterwards|from then on|once it was over|next morning)\b|\bhow was it settled\b|\bwho (?:noticed|said thank|was the first)\b"),
    (Topic.MINE, r"\bfirst move\b|\bnext move\b|\byour (?:part|share|hands|own hands)\b|\bwere yours\b|\bdid you (?:do|say|turn down|carry|put in|"
                 r"know or notice)\b|\bon your account\b|\bwhat were you trusted\b|\bwithout you\b|\bi and not with we\b"),
    (Topic.DETAIL, r"\bwhich (?:single|small|real|one case|words)\b|\bwhat exactly\b|\bword for word\b|\bfirst shot\b|\bsee or hear\b|"
                   r"\bfreeze the picture\b|\boutsider\b|\boutside your\b|\bwho is who\b|\bon which day did\b|\bplain terms\b"),
    (Topic.STRENGTH, r"\b(?:people|others|colleagues)\b.*\b(?:bring|come|hand|trust)\b|\bwhich of your skills\b|\byour(?: own)? skills?\b.*\bneed|"
                     r"\bif you were (?:gone|away)\b|\bwhat stays steady\b|\bwhat do you know\b|\bdo(?:es)? (?:you )?(?:well|better|best)\b|"
                     r"\bfeels light\b|\bhands now\b|\bremark about\b|\bthe one to ask\b|\bwithout notes\b"),
    (Topic.OBSTACLE, r"\bstop(?:s|ping)? (?:this|you)\b|\b(?:gets|stands|filling) (?:between|in the)\b|\bkeeps? (?:you from|the problem|filling)\b|"
                     r"\byou dread\b|\bhope nobody\b|\bblank\b|\bwilt\b|\bdisappointment\b|\bdrop the idea\b|\bholding back\b|"
                     r"\bassumed rather\b|\bclose the page\b|\bcan you not find out\b|\bwould you have to put down\b|\bdiscount on yourself\b"),
    (Topic.VALUE, r"\bnot (?:sell|cross|for sale|pretend|make again)\b|\bswore never\b|\bself-respect\b|\bdefend\b|\bbelieve about good\b|"
                  r"\bbeing fair\b|\byour values\b|\bwhose way\b|\bgive up last\b|\bmust still be there\b|\bin the right place\b|"
                  r"\blet it go\b|\bthank them and leave\b|\bturn down a\b|\bkind of company\b|\bdecently paid\b|\bbackstage\b"),
    (Topic.STORY, r"\b(?:take me to|tell (?:me )?(?:of|about) (?:one|a)|walk me through|think of (?:one|a|work) (?:day|time|person|message|"
                  r"bargain|yes|you)|recall a|how did (?:it|that|the exchange) (?:go|run|unfold|play)|scene by scene|start to finish|"
                  r"first line to the last|what happened in between|the last time (?:you|a|the)|when did you have to)\b"),
)
_RULES = tuple((topic, re.compile(pattern, re.I | re.S)) for topic, pattern in _FIRST)
_EXAMPLES: dict[Topic, Sequence[str]] = {
    Topic.GOAL: (
        "What do you want from our talks?", "What should be different when we are finished?",
        "What would you like to change about your work?", "What brings you here?",
        "Which wish comes first?", "What have you put off asking for?", "What do you want to get ready for?",
        "Which trouble at work should we look at?", "What do you need to know before you move?",
        "Which conversation is ahead of you?", "What would you like more room for?",
    ),
    Topic.WHY: (
        "Why does this matter to you?", "What would it cost you to leave it as it is?",
        "What would change at home if it came true?", "Why now and not earlier?",
        "Who else feels it as long as nothing changes?", "What do you lose if it fails?",
        "What would a yes mean to you?", "What makes you get up for it?", "What do you tell people when it worked?",
        "Which part would you want even if nobody knew?",
    ),
    Topic.AIM: (
        "Which job are you aiming at?", "What role do you see yourself in?", "Which title would you search for?",
        "What does an ordinary day look like in the work you want?", "Which field pulls you?",
        "Which post are you going for?", "What would you decide in that position?", "Where would you like to be known?",
        "What tasks must the job contain?", "Which contract or client is it about?",
    ),
    Topic.STORY: (
        "How did it go, from beginning to end?", "What happened the last time?", "Which time did you help somebody?",
        "Which day would you show to a stranger?", "When did something go wrong and you were in it?",
        "Which hard choice would you make again?", "How did you come by it?", "Which thing did you have to learn fast?",
        "What were you in the middle of?", "When were people glad about what you did?",
    ),
    Topic.OBSTACLE: (
        "What stands in the way?", "What stops you just before you do it?", "Who could block this?",
        "What do you do instead when you should act?", "Which answer are you afraid of?",
        "What keeps you from it?", "At what point do you give up?", "Which question do you dread?",
        "What would you have to give up for it?", "What can't you find out?", "Which thought holds you back?",
        "What are you protecting yourself from?", "Where do you lose your nerve?",
    ),
    Topic.STRENGTH: (
        "What are you good at?", "What do people come to you for?", "What would colleagues say you do best?",
        "What would go wrong if you were away?", "Which of your skills is rare?", "What comes easily to you?",
        "What do others trust you with?", "What stays calm in you when others get loud?",
        "What do beginners struggle with that you do without thinking?", "What do you know that others do not?",
        "Under which conditions do you work best?",
    ),
    Topic.VALUE: (
        "What is not for sale?", "Which line would you not cross?", "What must any job have for you?",
        "What do you believe about good work?", "Which compromise would you not make again?",
        "What would make you turn a good offer down?", "Whose way of working do you respect?",
        "What do you want to keep whatever happens?", "What would you never pretend?",
        "When did you feel in the right place?", "What kind of people do you want around you?",
    ),
    Topic.TRIED: (
        "What have you tried so far?", "What did you do about it before?", "Which attempts failed?",
        "What has helped a little?", "Which advice did not fit?", "What have you already asked?",
    ),
    Topic.WEIGH: (
        "What speaks against it?", "Which option would you drop first?", "How confident are you?",
        "What is good about leaving it as it is?", "What would a critic say?", "Which part is yours to decide?",
        "What would you do if it fell through?", "Which of the demands do you meet only halfway?",
        "How solid is what you believe about it?", "What costs you most in a week?", "What could you offer in return?",
        "Which proof is hardest to argue with?", "Who loses something if you win?",
        "Which story would you choose?", "Which pile of people could help most?",
    ),
    Topic.RESOURCE: (
        "What do you already have that helps?", "Which papers or certificates are in your drawer?",
        "Who is on your side already?", "What gives you strength?", "Which group do you belong to?",
        "What may you decide without asking?", "What carried you through before?", "What lets you wait?",
        "What already works on good days?", "What steadies you?",
    ),
    Topic.MEASURE: (
        "How would you see that it worked?", "Which number would content you?", "When should the first sign be there?",
        "What will others do differently then?", "What will be on the table when it is done?",
    ),
    Topic.STEP: (
        "What is your first step, and when?", "What will you do on Monday?", "When will you try it?",
        "Which small thing could you do tomorrow?", "Where and when will you begin?",
    ),
    Topic.PLAN_B: (
        "What if it gets hard?", "What will you do if they say no?", "What is plan B?",
        "What do you do when you want to give up?",
    ),
    Topic.HELPER: (
        "Who can help you?", "Whom could you ask?", "Who would tell you the truth?", "Who has done this before?",
    ),
    Topic.SMALLER: (
        "What would a smaller version look like?", "Which half of it would you do on a bad day?",
        "What is the smallest piece?", "How can we make the step easier?",
    ),
    Topic.DETAIL: (
        "Which single day was that?", "What exactly was said?", "What did you see?", "Where was it and who was there?",
        "How would you explain that to an outsider?", "Which example comes to mind?", "What do you mean by that word?",
        "Which customer or shift do you have in mind?",
    ),
    Topic.MINE: (
        "What was your part in it?", "What did you do yourself?", "Which steps were yours?",
        "What did you do next?", "Which decision was yours?", "What would have been missing without you?",
    ),
    Topic.END: (
        "How did it end?", "What came of it?", "What was different afterwards?", "Who noticed?", "What was the result?",
        "What does that show about you?", "What does it mean for your goal?",
    ),
}
_NEAR_ENOUGH = 0.3
_NEIGHBOURS = 5
_ABOUT_STORY = (Topic.DETAIL, Topic.MINE, Topic.END)
_EXPECTED: dict[str, Sequence[Topic]] = {
    "introduction": (Topic.GOAL, Topic.WHY, Topic.AIM),
    "deep_dive": (Topic.STORY, Topic.OBSTACLE, Topic.STRENGTH, Topic.VALUE, Topic.TRIED),
    "assessment": (Topic.RATING, Topic.WEIGH, Topic.RESOURCE),
    "synthesis": (Topic.MEASURE, Topic.STEP, Topic.PLAN_B, Topic.HELPER, Topic.SMALLER, Topic.COMMITMENT),
}
# These are recognised wherever they come.
_ANYWHERE = {Topic.COMMITMENT, Topic.RATING}


class Understanding:
    """Reads questions. The example questions are encoded once."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        pairs = [(topic, text) for topic, texts in _EXAMPLES.items() for text in texts]
        self._topics = [topic for topic, _ in pairs]
        self._rows: Matrix = meaning.encode([text for _, text in pairs])

    def topic(self, question: str, phase: str = "", *, after_story: bool = False) -> Topic:
        """The topic of a question; THOUGHT when it is about nothing the user has ready.

        Args:
            phase: the phase the conversation shows; people expect what belongs to it.
            after_story: a story was just told, so the question may be about it.
        """
        for topic, pattern in _RULES:
            if not pattern.search(question):
                continue
            if topic in _ANYWHERE or topic in _EXPECTED.get(phase, Topic) or (after_story and topic in _ABOUT_STORY):
                return topic
        if _QUOTED.search(question) and not after_story:
            return Topic.THOUGHT
        cosines = self._rows @ self._meaning.encode([question])[0]
        expected = {*_EXPECTED.get(phase, Topic), *(_ABOUT_STORY if after_story else ())}
        if after_story:
            expected.discard(Topic.STORY)
        score = dict.fromkeys(expected, 0.0)
        near = [place for place in np.argsort(-cosines) if self._topics[int(place)] in expected]
        for place in near[:_NEIGHBOURS]:
            score[self._topics[int(place)]] += max(0.0, float(cosines[place]))
        best = max(score, key=lambda one: score[one])
        return best if float(cosines.max()) >= _NEAR_ENOUGH else Topic.THOUGHT
