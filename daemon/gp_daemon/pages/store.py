"""The pages that the daemon holds: whose they are, and which go when memory runs short."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from weakref import WeakKeyDictionary

from gp_canvas.paint.layers import ColorLayers
from gp_client.errors import CANCELLED, NO_SUCH_PAGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.page_options import PageOptions
from gp_client.types import Color, Tell
from gp_client.wire import Buffer
from numpy.typing import NDArray

from gp_daemon.pages.guided_page import GuidedPage

P_co = TypeVar("P_co", covariant=True)
_PRISTINE = 16  # untouched pages at most


class RegionLike(Protocol):
    """What the server reads of a region."""

    @property
    def number(self) -> int: ...
    @property
    def bbox(self) -> tuple[int, int, int, int]: ...
    @property
    def pixels(self) -> int: ...
    @property
    def suggestion(self) -> Color: ...


class PageLike(Protocol):
    """What the server asks of a page; ``gp_daemon.pages.page.Page`` is one."""

    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def grid(self) -> tuple[int, int]: ...
    @property
    def regions(self) -> Sequence[RegionLike]: ...
    @property
    def hints(self) -> Mapping[int, Color]: ...
    @property
    def nbytes(self) -> int: ...
    def mask(self, number: int) -> tuple[tuple[int, int, int, int], NDArray[Any]]: ...
    def hint(self, number: int, color: Color, /) -> None: ...
    def unhint(self, number: int) -> None: ...
    def suggest(self, number: int) -> Color: ...
    def alternatives(self, number: int) -> list[Color]: ...
    def render(self, kind: str, format: str = ..., preview: bool = ...) -> NDArray[Any]: ...
    def correct(self, number: int, mask: NDArray[Any], /) -> None: ...
    def uncorrect(self) -> bool: ...
    def scribble(self, mask: NDArray[Any], rgb: Color, /) -> int: ...
    def unscribble(self, scribble: int, /) -> None: ...
    def color_layers(self) -> ColorLayers: ...
    def fresh(self) -> PageLike:
        """A page of the same line art without hints, which shares what opening found."""
        ...


AnyPage = PageLike | GuidedPage
"""A page of protocol 1, or of protocol 2."""


class PageFactory(Protocol[P_co]):
    """Makes a page of line art; ``gp_daemon.pages.page.Page`` with its networks bound is one."""

    def __call__(
        self,
        pixels: Buffer,
        width: int,
        height: int,
        format: str,
        options: PageOptions,
        progress: Tell | None,
        /,
    ) -> P_co: ...


@dataclass(eq=False)
class _Entry:
    owner: str
    page: AnyPage
    nbytes: int
    content: str = ""  # of what it is a twin


class PageStore:
    """Pages by unguessable id, each bound to the session that opened it. Thread-safe.

    Args:
        budget: bytes; beyond it the least recently used pages go, down to the newest alone.
        per_owner: pages of one session; beyond it that session's least recently used page goes.
    """

    def __init__(self, budget: int, per_owner: int) -> None:
        self._budget, self._per_owner = budget, per_owner
        self._entries: OrderedDict[str, _Entry] = OrderedDict()  # least recently used first
        self._pristine: OrderedDict[str, _Entry] = OrderedDict()  # by content, never handed out
        self._contents: WeakKeyDictionary[AnyPage, str] = WeakKeyDictionary()  # of twins
        self._owners: set[str] = set()
        self._lock = threading.Lock()

    def pristine(self, content: str) -> AnyPage | None:
        """Return the untouched page of a content, for a twin to be made of it."""
        with self._lock:
            entry = self._pristine.get(content)
            if entry is None:
                return None
            self._pristine.move_to_end(content)
            return entry.page

    def keep_pristine(self, content: str, page: AnyPage) -> None:
        """Keep an untouched page; it goes before any page that a client has."""
        with self._lock:
            self._pristine[content] = _Entry("", page, page.nbytes)
            while len(self._pristine) > _PRISTINE:
                self._pristine.popitem(last=False)
            self._shrink()

    def twin(self, content: str, page: AnyPage) -> None:
        """Note of which content a page is that a client will have."""
        with self._lock:
            self._contents[page] = content

    def admit(self, owner: str) -> None:
        """Allow a session to have pages."""
        with self._lock:
            self._owners.add(owner)

    def drop(self, owner: str) -> None:
        """Forget a session and its pages, and the untouched ones of which nobody has a twin."""
        with self._lock:
            self._owners.discard(owner)
            for page_id in [i for i, entry in self._entries.items() if entry.owner == owner]:
                del self._entries[page_id]
            used = {entry.content for entry in self._entries.values()}
            for content in self._pristine.keys() - used:
                del self._pristine[content]

    def add(self, owner: str, page: AnyPage) -> str:
        """Keep a page and return its id.

        Raises:
            GuidingPainterError: CANCELLED where the session has left meanwhile.
        """
        with self._lock:
            if owner not in self._owners:
                raise GPError(CANCELLED, "The client has left.")
            page_id = secrets.token_hex(16)
            content = self._contents.get(page, "")
            self._entries[page_id] = _Entry(owner, page, page.nbytes, content)
            own = [i for i, entry in self._entries.items() if entry.owner == owner]
            for old in own[: -self._per_owner]:
                del self._entries[old]
            self._shrink()
            return page_id

    def get(self, owner: str, page_id: str) -> AnyPage:
        """Return a session's page, which is the most recently used from then on.

        Raises:
            GuidingPainterError: NO_SUCH_PAGE; also for another session's page, so that an id
                tells nothing.
        """
        with self._lock:
            entry = self._entries.get(page_id)
            if entry is None or entry.owner != owner:
                raise GPError(NO_SUCH_PAGE, "The daemon holds no such page.", "Open it again.")
            self._entries.move_to_end(page_id)
            return entry.page

    def measure(self, page_id: str) -> None:
        """Ask a page for its size again after work on it; the page's own thread calls this."""
        with self._lock:
            entry = self._entries.get(page_id)
            if entry is not None:
                entry.nbytes = entry.page.nbytes
                self._shrink()

    def remove(self, owner: str, page_id: str) -> None:
        """Forget a page.

        Raises:
            GuidingPainterError: NO_SUCH_PAGE.
        """
        self.get(owner, page_id)
        with self._lock:
            self._entries.pop(page_id, None)

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    @property
    def nbytes(self) -> int:
        """Bytes that all pages hold, as last measured; shared arrays count for each page."""
        with self._lock:
            return self._total()

    def _total(self) -> int:
        held = (*self._entries.values(), *self._pristine.values())
        return sum(entry.nbytes for entry in held)

    def _shrink(self) -> None:
        total = self._total()
        while total > self._budget and self._pristine:
            _, entry = self._pristine.popitem(last=False)
            total -= entry.nbytes
        # The newest stays even where it is over the budget alone: it is what the user looks at.
        while total > self._budget and len(self._entries) > 1:
            _, entry = self._entries.popitem(last=False)
            total -= entry.nbytes
