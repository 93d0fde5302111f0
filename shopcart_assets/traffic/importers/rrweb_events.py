"""One recording's rrweb events, in their order, as events of the drop contract. Knows the recorder's codes; reads no files.

An action's page is the last full snapshot with all mutations before the action; a search's is the page before the first key, since
the field's text would give the answer away. Where an event is lost the page is unknown until the next full snapshot.
"""

from collections import Counter
from typing import Any

from shopcart_assets.traffic.importers.deliver import DropWriter
from shopcart_assets.traffic.importers.rrweb_dom import Mirror
from shopcart_assets.traffic.importers.rrweb_html import to_html
from shopcart_assets.traffic.importers.rrweb_nodes import Node, is_masked
from shopcart_assets.traffic.importers.rrweb_targets import acting, control_of, target_of
from shopcart_assets.traffic.importers.rrweb_typing import Typing
from shopcart_assets.traffic.times import from_milliseconds

_FULL_SNAPSHOT, _INCREMENTAL, _META, _CUSTOM = 2, 3, 4, 5
_TYPES = {
    0: "dom_content_loaded", 1: "load", 2: "full_snapshot", 4: "meta", 5: "custom", 6: "plugin", 7: "asset", 8: "annotation",
}  # fmt: skip
_MUTATION, _MOUSE, _INPUT = 0, 2, 5
SOURCES = {
    1: "mouse_move", 3: "scroll", 4: "viewport_resize", 6: "touch_move", 7: "media", 8: "style_sheet_rule", 9: "canvas",
    10: "font", 11: "log", 12: "drag", 13: "style_declaration", 14: "selection", 15: "adopted_style_sheet",
    16: "custom_element",
}  # fmt: skip
_CLICK = 2
_MOUSE_TYPES = {
    0: "mouse_up", 1: "mouse_down", 3: "context_menu", 4: "double_click", 5: "focus", 6: "blur", 7: "touch_start",
    8: "touch_move", 9: "touch_end", 10: "touch_cancel",
}  # fmt: skip
# Written as rows, so that the traffic stage counts them, a run of them as one; everything else is only counted in the report.
_ROWS = frozenset(("scroll", "focus", "blur", "selection", "double_click", "context_menu", "media"))
# A click on a label comes again as a click on its control, at once.
_LABEL_MS = 100


class Interpreter:
    """The state of one recording. `counts` says how often each kind of event came."""

    def __init__(self, drop: DropWriter, user_id: str, session_id: str, window_id: str | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self._drop = drop
        self._ids = {"user_id": user_id, "session_id": session_id} | ({"window_id": window_id} if window_id else {})
        self._name = f"{session_id}.{window_id}" if window_id else session_id
        self._mirror = Mirror()
        self._url: str | None = None
        self._shown: tuple[int, str] | None = None
        self._typing: Typing | None = None
        self._focused: int | None = None
        self._labelled: tuple[int, int] = (-1, 0)
        self._n_rows = 0
        self._last_kind = ""
        self._has_moved = False

    def take(self, event: dict[str, Any], ms: int) -> None:
        """Takes the next event. Raises KeyError, TypeError, AttributeError or ValueError where its data is not what its type says."""
        kind, data = event["type"], event["data"]
        name = _TYPES.get(kind, "unknown")
        if kind == _FULL_SNAPSHOT:
            self._snapshot(data, ms)
        elif kind == _META:
            self._arrive(data["href"], ms)
        elif kind == _CUSTOM:
            self._custom(data, ms)
        elif kind == _INCREMENTAL:
            name = self._incremental(data, ms)
        self.counts[name] += 1

    def lose(self) -> None:
        """An event is missing here, so what the page shows is not known any more."""
        self._mirror.clear()

    def end(self, ms: int) -> None:
        """The recording ends: the window was closed, unless the end is missing."""
        self._settle_typing()
        if self._mirror.root is not None:
            self._row("close", ms, page_id=self._page(ms))

    @property
    def n_lost_nodes(self) -> int:
        """How often a change named a node that the page did not have."""
        return self._mirror.n_lost

    def _snapshot(self, data: Any, ms: int) -> None:
        """A recorder that starts again, with ids from the beginning, is a page that was loaded; else it is a check point."""
        is_load = data["node"]["id"] <= self._mirror.highest_id
        if is_load and not self._has_moved:
            self._leave(ms)
            self._row("navigate", ms)
        self._has_moved = False
        self._mirror.load(data)

    def _arrive(self, href: str, ms: int) -> None:
        if href != self._url:
            self._leave(ms)
            self._url, self._has_moved = str(href), True
            self._row("navigate", ms)

    def _custom(self, data: Any, ms: int) -> None:
        """Recorders tell single-page moves by custom events with the new address."""
        payload = data.get("payload")
        href = payload.get("href") if isinstance(payload, dict) else None
        if isinstance(href, str) and href:
            self._arrive(href, ms)

    def _incremental(self, data: Any, ms: int) -> str:
        """Takes the event and returns its name."""
        source, self._has_moved = data["source"], False
        if source == _MUTATION:
            touched = self._mirror.mutate(data)
            if self._typing is not None:
                self._typing.notice(touched)
            return "mutation"
        if source == _INPUT:
            self._input(data, ms)
            return "input"
        if source == _MOUSE and data["type"] == _CLICK:
            self._click(self._mirror.get(data["id"]), ms)
            return "click"
        name = (_MOUSE_TYPES.get(data["type"]) if source == _MOUSE else SOURCES.get(source)) or "unknown"
        if name == "focus":
            self._focused = data["id"]
        if name in _ROWS and name != self._last_kind:
            self._row(name, ms)
        return name

    def _input(self, data: Any, ms: int) -> None:
        node, text = self._mirror.get(data["id"]), str(data.get("text") or "")
        if node is None:
            self._mirror.n_lost += 1
            return
        if node.is_typed and not node.is_secret:
            typing = self._typing
            if typing is None or typing.node is not node or typing.is_next_search(ms):
                self._settle_typing()
                page_id = self._page(ms)
                typing = self._typing = Typing(node, target_of(node), page_id, self._url, len(self._mirror))
            typing.key(text, ms, data.get("userTriggered") is not False and self._focused == node.id)
        else:
            self._row("choice", ms, node, value=None if node.is_secret or is_masked(text) else text)
        self._mirror.enter(node, text, bool(data.get("isChecked")))

    def _click(self, node: Node | None, ms: int) -> None:
        control = control_of(node) if node else None
        if node is not None and node.id == self._labelled[0] and ms - self._labelled[1] <= _LABEL_MS:
            self._row("label_click", ms)
            return
        if control is not None:
            self._labelled, node = (control.id, ms), control
        node, typing = acting(node) if node else None, self._typing
        if node is not None and node.is_typed:
            if typing is not None and typing.node is not node:
                self._settle_typing()
            self._focused = node.id
            self._row("field_click", ms)
        elif typing is not None and node is not None and typing.is_sent_by(node):
            self._submit(ms)
            self._row("search_click", ms, node)
        else:
            self._settle_typing()
            self._row("click", ms, node, page_id=self._page(ms))

    def _leave(self, ms: int) -> None:
        """The page goes; if somebody has just typed, that is why."""
        if self._typing is not None and self._typing.is_followed_by_page(ms):
            self._submit(self._typing.last_ms)
        self._settle_typing()

    def _settle_typing(self) -> None:
        """What was typed last is finished: it was a search if the page answered it."""
        if self._typing is not None and self._typing.is_answered:
            self._submit(self._typing.last_ms)
        elif self._typing is not None:
            self._write_input(self._typing, self._typing.text)
            self._typing = None

    def _submit(self, ms: int) -> None:
        typing = self._typing
        if typing is not None:
            self._typing = None
            self._write_input(typing, typing.said)
            self._typed("submit", typing, typing.said, ms)

    def _write_input(self, typing: Typing, text: str) -> None:
        self._typed("input", typing, text, typing.last_ms)

    def _typed(self, kind: str, typing: Typing, text: str, ms: int) -> None:
        value = None if is_masked(text) else text
        self._write(kind, ms, {"page_id": typing.page_id, "url": typing.url, "target": typing.target, "value": value})

    def _row(
        self, kind: str, ms: int, node: Node | None = None, *, page_id: str | None = None, value: str | None = None
    ) -> None:
        target = target_of(node) if node is not None else None
        self._write(kind, ms, {"page_id": page_id, "url": self._url, "target": target, "value": value})

    def _write(self, kind: str, ms: int, fields: dict[str, Any]) -> None:
        self._n_rows += 1
        self._last_kind = kind
        ids = {**self._ids, "event_id": f"{self._name}-{self._n_rows:07d}"}
        self._drop.event({**ids, "timestamp": from_milliseconds(ms), "event_type": kind, **fields})

    def _page(self, ms: int) -> str | None:
        """The id of the page as it is now; None where it is not known."""
        if self._mirror.root is None:
            return None
        if self._shown is None or self._shown[0] != self._mirror.version:
            page_id = self._drop.page(from_milliseconds(ms), self._url, to_html(self._mirror))
            self._shown = (self._mirror.version, page_id)
        return self._shown[1]
