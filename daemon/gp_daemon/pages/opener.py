"""Content-addressed pages: line art that was opened before opens at once.

What opening finds is kept under the hash of the line art and its options, untouched; each client
gets a twin of its own, which shares the arrays and has its own hints.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Generic, TypeVar

from gp_canvas import cancellation
from gp_client.page_options import PageOptions
from gp_client.types import Tell
from gp_client.wire import Frame

from gp_daemon.pages.store import AnyPage, PageFactory, PageStore

P = TypeVar("P", bound=AnyPage)
_WAIT = 0.05  # seconds between two looks at the token while another client opens the same page


class Opener(Generic[P]):
    """Opens pages, or finds them. Thread-safe.

    Args:
        make: makes a page of line art.
        store: where untouched pages are kept, within its budget.
        kind: tells pages of one kind from others of the same line art.
    """

    def __init__(self, make: PageFactory[P], store: PageStore, kind: str = "") -> None:
        self._make, self._store, self._kind = make, store, kind
        self._opening: set[str] = set()
        self._changed = threading.Condition()

    def open(
        self,
        picture: Frame,
        options: PageOptions,
        progress: Tell,
    ) -> P:
        """Return a page of its own for the caller, without hints.

        Raises:
            GuidingPainterError: what making the page raises, CANCELLED, TIMEOUT.
        """
        key = self._kind + content_key(picture, options)
        self._claim(key)
        try:
            # What lies under a key with our kind is a page that we made.
            known: Any = self._store.pristine(key)
            if known is None:
                height, width = picture.shape
                known = self._make(picture.data, width, height, picture.kind, options, progress)
                self._store.keep_pristine(key, known)
            fresh = known.fresh()
            self._store.twin(key, fresh)
            return fresh
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


def content_key(picture: Frame, options: PageOptions) -> str:
    """Return the name of what opening this line art with these options finds."""
    digest = hashlib.sha256(repr((picture.kind, picture.shape, options)).encode())
    digest.update(picture.data)
    return digest.hexdigest()
