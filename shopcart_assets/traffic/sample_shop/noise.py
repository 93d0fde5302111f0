"""What real pages are full of and nobody reads: style sheets and scripts. The same text on every page of the shop."""

import random
from functools import cache

_BLOCKS = [
    "card",
    "nav",
    "menu",
    "footer",
    "price",
    "badge",
    "rating",
    "modal",
    "banner",
    "grid",
    "list",
    "carousel",
    "promo",
    "tooltip",
    "form",
    "input",
    "button",
    "icon",
]
_PARTS = ["wrap", "inner", "title", "body", "row", "col", "link", "label", "hover", "active", "image"]


@cache
def stylesheet(n_rules: int = 130) -> str:
    """A style sheet of about 70 bytes a rule."""
    rng = random.Random("stylesheet")
    rules = (
        f".{rng.choice(_BLOCKS)}__{rng.choice(_PARTS)}-{n}{{margin:{rng.randrange(32)}px;padding:{rng.randrange(24)}px;"
        f"color:#{rng.randrange(16**6):06x};display:{rng.choice(('block', 'flex', 'grid'))}}}"
        for n in range(n_rules)
    )
    return "\n".join(rules)


@cache
def script(n_functions: int = 60) -> str:
    """A minified script of about 110 bytes a function; it is never run."""
    rng = random.Random("script")
    names = [f"{rng.choice('abcdefghijklmn')}{n}" for n in range(n_functions)]
    bodies = (
        f"function {name}(e,t){{var n=document.querySelector('.{rng.choice(_BLOCKS)}__{rng.choice(_PARTS)}');"
        f"return n&&t<{rng.randrange(999)}?{rng.choice(names)}:e}}"
        for name in names
    )
    return "!function(){" + ";".join(bodies) + "}();"
