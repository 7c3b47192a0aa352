"""Hints painted by Krita's own fill, one at a time."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.errors import GuidingPainterError
from gp_client.types import Color

from ..editor import layers, paint
from ..editor.compat import QtCore
from .jobs import Jobs
from .session import Session


class Painter:
    """Fills regions on the flats layer.

    Args:
        jobs: told what goes wrong.
    """

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs
        self._fill: paint.Fill | None = None

    @property
    def filling(self) -> bool:
        """Whether Krita paints a hint just now."""
        return self._fill is not None

    def paint(self, session: Session, number: int, color: Color, then: Callable[[], None]) -> None:
        """Fill a region, then call back."""
        shape, document = session.shapes[number], session.document
        layer = layers.ensure(document, session.line_art, session.opaque)
        document.select(shape.bbox, shape.unpack())

        def done(pixel: bytes) -> None:
            self._fill = None
            session.remember(number, pixel, color)
            then()

        def failed(error: GuidingPainterError) -> None:
            self._fill = None
            self._jobs.fail(session, error)

        again = session.painted().get(number) == color
        self._fill = fill = paint.Fill(document, layer, shape.probes, done, failed, again)
        # In a turn of its own: Krita's selection and its colour docks take their time each.
        QtCore.QTimer.singleShot(0, lambda: fill.start(color))
