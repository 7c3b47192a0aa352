"""Content-addressed pages: line art that was opened before opens at once.

What opening finds is kept under the hash of the line art and its options, untouched; each client
gets a twin of its own, which shares the arrays and has its own hints.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from gp_canvas import cancellation
from gp_client.types import Box
from gp_client.wire import Frame

from gp_daemon.pages.store import PageFactory, PageLike, PageStore

_WAIT = 0.05  # seconds between two looks at the token while another client opens the same page


class Opener:
    """Opens pages, or finds them. Thread-safe.

    Args:
        make: makes a page of line art.
        store: where untouched pages are kept, within its budget.
    """

    def __init__(self, make: PageFactory, store: PageStore) -> None:
        self._make, self._store = make, store
        self._opening: set[str] = set()
        self._changed = threading.Condition()

    def open(
        self,
        picture: Frame,
        gap: float | None,
        ink: int | None,
        area: Box | None,
        progress: Callable[[str, float], None],
    ) -> PageLike:
        """Return a page of its own for the caller, without hints.

        Raises:
            GuidingPainterError: what making the page raises, CANCELLED, TIMEOUT.
        """
        key = content_key(picture, gap, ink, area)
        self._claim(key)
        try:
            known = self._store.pristine(key)
            if known is None:
                height, width = picture.shape
                known = self._make(
                    picture.data,
                    width,
                    height,
                    picture.kind,
                    gap=gap,
                    ink=ink,
                    working_area=area,
                    progress=progress,
                )
                self._store.keep_pristine(key, known)
            return known.fresh()
        finally:
            with self._changed:
                self._opening.discard(key)
                self._changed.notify_all()

    def _claim(self, key: str) -> None:
        """Wait until nobody else opens the same line art: then it is found, not made twice."""
        with self._changed:
            while key in self._opening:
                self._changed.wait(_WAIT)
                cancellation.check()
            self._opening.add(key)


def content_key(picture: Frame, gap: float | None, ink: int | None, area: Box | None) -> str:
    """Return the name of what opening this line art with these options finds."""
    digest = hashlib.sha256(repr((picture.kind, picture.shape, gap, ink, area)).encode())
    digest.update(picture.data)
    return digest.hexdigest()
