"""What is asked of the daemon, and what is made of its answers; on the client's thread only."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from gp_client import Client, GuidedPage
from gp_client.types import Box, GivenLayer, Tell
from gp_guide.acts import Do, perform
from gp_guide.opening import open_kept
from gp_guide.page_view import PageView, view_of
from gp_guide.pixels import LineArt, fitted
from gp_guide.places import within
from gp_guide.repaint import repaint, repaint_pixels
from gp_guide.saved import Saved
from gp_guide.tried import tried

from ..editor.compat import QtGui, tr
from ..editor.paint import Fill
from .shapes import PICTURE, colored, sketch_of, with_lines

TIMEOUT = 10.0  # seconds without a sign of life
PROBES = 24  # pixels that are looked at to see that Krita has painted


@dataclass(frozen=True)
class Opened:
    """A page that the daemon knows, with what the docker shows of it.

    Attributes:
        page: the page; asked on the client's thread only.
        view: what it shows.
        sketch: the line art on white, see ``sketch_of``.
        preview: the page in its colours.
        panels: of a comic page, in the order of reading; none where it is one picture.
        acts: the page's list, for the document.
        trouble: what was wrong with what the document kept, "" where nothing was.
    """

    page: GuidedPage
    view: PageView
    sketch: QtGui.QImage
    preview: QtGui.QImage
    panels: tuple[Box, ...]
    acts: bytes
    trouble: str


@dataclass(frozen=True)
class Answer:
    """What an act changed.

    Attributes:
        view: the page as it is now.
        fills: what is to be painted on the flats.
        acts: the page's list, for the document.
    """

    view: PageView
    fills: tuple[Fill, ...]
    acts: bytes


class Engine:
    """The connection to the daemon, which is made on first use.

    Args:
        hand_over: runs a callback on the GUI thread.
    """

    def __init__(self, hand_over: Callable[[Callable[[], None]], object]) -> None:
        self.client = Client(None, True, TIMEOUT, None, None, None, dispatch=hand_over)

    @property
    def running(self) -> bool:
        """Whether a daemon answered when it was last heard of; from any thread."""
        return self.client.alive

    @property
    def about(self) -> str:
        """What runs, for the user: device and bundle."""
        bundle = self.client.info.get("bundle")
        name = f"{bundle.get('name')} {bundle.get('version')}" if isinstance(bundle, dict) else ""
        return f"{self.client.info.get('device', '')}, {name}".strip(", ")

    def connect(self) -> None:
        """Start a daemon where none runs."""
        self.client.ensure_connected()

    def shut_down(self) -> None:
        """End the daemon, for everybody."""
        self.client.shutdown()

    def close(self) -> None:
        """Say goodbye to the daemon."""
        self.client.close()

    def open(self, art: LineArt, saved: Saved, flats: bytes, progress: Tell) -> Opened:
        """Open line art as a page, with all that the document keeps of it.

        Args:
            art: the line art.
            saved: what the document keeps.
            flats: for a document of version 1 what is painted, RGBA8; else b"".
            progress: told how far it is.

        Raises:
            GuidingPainterError: see ``gp_client.connect`` and ``Client.open_guided``.
        """
        progress(tr("Starting"), 0.0)
        page, trouble = open_kept(self.client, art, saved, flats, tell=progress)
        sketch = sketch_of(art)
        view = view_of(page, fitted(art.width, art.height, PICTURE))
        panels = tuple(panel.bbox for panel in page.panels())
        return Opened(page, view, sketch, colored(view, sketch), panels, page.acts, trouble)

    def act(self, page: GuidedPage, before: PageView, do: Do) -> Answer:
        """Do something to a page; return what changed.

        Raises:
            GuidingPainterError: see ``GuidedPage``.
        """
        view = perform(page, before, do)
        return Answer(view, _fills(before, view), page.acts)

    def map_of(
        self, art: LineArt, gap: float | None, ink: int | None, sketch: QtGui.QImage
    ) -> QtGui.QImage:
        """Return a picture of the regions that these options would give, each in its own colour."""
        size = fitted(art.width, art.height, PICTURE)
        return with_lines(tried(self.client, art, gap, ink, size), size, sketch, 0.6)

    def soft(self, page: GuidedPage, sketch: QtGui.QImage) -> QtGui.QImage:
        """Return the softly coloured page with its lines, as large as the sketch."""
        data = page.render("soft", format="RGBA8", preview=True)
        return with_lines(data, page.grid, sketch)

    def layer(self, page: GuidedPage, layer: GivenLayer, format: str) -> tuple[int, bytes]:
        """Return a colour's own layer, as large as its box, with a checksum of its shape."""
        data = page.layer(layer, format)
        return zlib.crc32(data), data


def _fills(before: PageView, after: PageView) -> tuple[Fill, ...]:
    """What is to be painted on flats that show a page as it was; else nothing is touched."""
    if before.places is not after.places:
        shapes = repaint_pixels(before, after).items()
        return tuple(Fill(color, mask, within(mask, PROBES)) for color, mask in shapes)
    fills = []
    for color, pieces in repaint(before, after).items():
        probes = [point for piece in pieces for point in after.places.probes[piece]]
        few = tuple(probes[:: max(1, len(probes) // PROBES)])
        fills.append(Fill(color, after.places.mask(pieces), few, tuple(pieces)))
    return tuple(fills)
