"""What a person tells, a line a turn; nothing in them is a figure or a question."""

from __future__ import annotations

LINES = (
    "I want to lead the bakery one day and not only bake in it.",
    "My father never came further than the night shift, and that is on my mind.",
    "Last winter the big oven broke and I shared the dough between two small ovens.",
    "The apprentices come to me when they do not know how to go on.",
    "The owner listens to his son and not to me when plans are made.",
    "I keep quiet in the meetings because the words do not come.",
    "My sister runs a shop of her own and I could ask her.",
    "I wrote the plan for the holidays and everybody kept to it.",
    "I would miss the mornings with my daughter if I worked longer.",
    "I asked for a course once and nobody gave me an answer.",
    "The new machine was my idea, and I showed the others how it works.",
    "On Thursday after the shift I could talk to the owner in the shop.",
    "He may laugh at it, and then I would show him the list of the apprentices.",
    "I feel proud when the bread is out before the market opens.",
    "I have the certificate, it hangs in the kitchen at home.",
    "People from the hotel say they come back for my rye.",
    "I tell the young ones what went wrong without shouting at them.",
    "It would be good to be asked before the orders are signed.",
    "My back tells me that lifting flour will not go on for ever.",
    "I want my daughter to see that it can be done.",
)
