"""What a simulated shopper says before each move: what it makes of the page, then what it wants. Invented, as all of the shop is.

The first sentence names the shopper's situation: the page and the session so far hold it, so a model that reads both could say it
too. The second is the shopper's own choice, told before it is made. No real rationale names so exactly what decides a move.
"""

from collections.abc import Mapping

from shopcart_assets.traffic.sample_shop.shopper import Step

SITUATIONS: Mapping[str, str] = {
    "start": "I look for",
    "misspelt": "Nothing found, I mistyped it.",
    "fresh": "These results are new to me.",
    "returned": "I have looked into these results already.",
    "bargain": "Many stars and a low price.",
    "product": "This is no bargain.",
    "tired": "I have searched often enough.",
}
WISHES: Mapping[str, str] = {
    "suggestion": "I take the suggestion.",
    "broaden": "I search more widely.",
    "open_first": "I open the first one that I have not seen.",
    "open_other": "I open another one.",
    "filter": "I narrow the list.",
    "next": "I want more results.",
    "buy": "I buy it.",
    "back": "I go back to the results.",
    "related": "I look at a related one.",
    "list": "I keep it on my list.",
    "close": "I leave.",
}


def say(step: Step) -> str:
    """The shopper's words for one step, in the first person.

    >>> from shopcart_assets.traffic.sample_shop.views import click, search
    >>> say(Step(None, search("steel kettle"), search("oak desk"), 0.1, "start", "first"))
    'I look for steel kettle.'
    >>> say(Step(None, click("buy"), click("buy"), 0.7, "bargain", "buy"))
    'Many stars and a low price. I buy it.'
    """
    opening = SITUATIONS[step.situation]
    return f"{opening} {step.move.text}." if step.situation == "start" else f"{opening} {WISHES[step.wish]}"
