"""How shops word what two stages must recognise alike: buying, searching, signing in. Words only; which element has them is theirs.

Traffic sees what a recorder said of an element, context the element in its page. Everything here is a guess about unseen sites.
"""

import re
from collections.abc import Iterable

# A purchase in the paper's sense: the person decided to buy. The text must begin so, a help page about carts does not buy.
_PURCHASE_TEXT = re.compile(
    r"\W*(?:buy(?: it)? now|add (?:\w+ ){0,2}to (?:\w+ )?(?:cart|basket|bag|trolley)|in den (?:waren|einkaufs)(?:korb|wagen)|jetzt kaufen|"
    r"ajouter au panier|acheter|añadir a(?:l carrito| la cesta)|comprar|aggiungi al carrello|acquista)\b",
    re.IGNORECASE,
)
_PURCHASE_MARK = re.compile(
    r"add[-_]?(?:item[-_]?)?to[-_]?(?:cart|basket|bag|trolley)|buy[-_]?(?:it[-_]?)?now", re.IGNORECASE
)
SEARCH_BUTTON = re.compile(r"\b(?:search|go|find|submit|suchen?|los|rechercher|buscar|cerca)\b", re.IGNORECASE)
# What recorders and shops call the box that searches the shop.
SEARCH_FIELD = re.compile(
    r"search|such(?:e|begriff)|query|keyword|(?:^|\s)(?:q|_nkw|ntt|k|words)(?:\s|$)|recherche|buscar|cerca",
    re.IGNORECASE,
)
_SIGN_IN = r"(?:sign[-_]?in|log[-_]?in|sso|anmelden|einloggen|connexion|identifiez-vous|iniciar-sesion|accedi)"
SIGN_IN_URL = rf"(?i)^(?:[a-z]+:)?//(?:login|signin|sso|accounts?)\.|^[^?]*?[/#]{_SIGN_IN}(?:\.\w{{2,5}})?(?:[/?#;]|$)"
"""Addresses of sign-in pages, for `re` and for Polars: the host's first label or one whole step of the path says so."""


def says_purchase(marks: str, texts: Iterable[str | None]) -> bool:
    """Whether a control buys, or puts into the cart, by `marks` (what the shop calls it: id, name, class) or by what it shows.

    >>> says_purchase("btn add-to-cart", []), says_purchase("", ["Add to cart", ""]), says_purchase("", ["How to add to cart"])
    (True, True, False)
    """
    folded = marks.lower()
    if ("add" in folded or "buy" in folded) and _PURCHASE_MARK.search(folded):
        return True
    return any(_PURCHASE_TEXT.match(text) for text in texts if text)
