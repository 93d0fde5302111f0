"""Values that stand in one line and in several elements: `<b>Ann</b> <i>Lee</i>`. Joins the line's texts and splits what replaces them.

What is looked for is given by the caller; which elements are asked belongs to second_pass.py.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from lxml import etree

from shopcart_assets.privacy.patterns import Finding, Span
from shopcart_assets.privacy.pseudonyms import Pseudonyms
from shopcart_assets.privacy.slots import INLINE, Slot, get, put

_MOST_LETTERS = 300  # of a line in which somebody is named; a longer one is a page within inline elements


def scrub_line(line: etree._Element, find: Callable[[str], Sequence[Span]], pseudonyms: Pseudonyms) -> list[Finding]:
    """Replaces in an element with inline ones only what begins in one text and ends in another; what was found.

    The placeholder stands where the value began; the elements stay.
    """
    if any(one.tag not in INLINE for one in line.iterdescendants()):
        return []
    slots = list(_slots(line))
    texts = [get(slot) for slot in slots]
    joined = "".join(texts)
    if len(slots) < 2 or len(joined) > _MOST_LETTERS:
        return []
    starts = [sum(map(len, texts[:n])) for n in range(len(texts) + 1)]
    spans = [one for one in find(joined) if not any(a <= one.start and one.end <= b for a, b in pairwise(starts))]
    findings = []
    for span in reversed(spans):
        placeholder = pseudonyms.placeholder(span.kind, span.value)
        findings.append(Finding(span.kind, span.detector, "text", placeholder))
        for n, slot in enumerate(slots):
            start, end = max(span.start - starts[n], 0), min(span.end - starts[n], len(texts[n]))
            if start < end:
                now = get(slot)
                put(*slot, now[:start] + (placeholder if span.start >= starts[n] else "") + now[end:])
    return findings[::-1]


def _slots(line: etree._Element) -> Iterator[Slot]:
    """The line's texts in their order, its own tail apart."""
    for event, element in etree.iterwalk(line, events=("start", "end")):
        if event == "start" and element.text:
            yield element, "text"
        elif event == "end" and element is not line and element.tail:
            yield element, "tail"
