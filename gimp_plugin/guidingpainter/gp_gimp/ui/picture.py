"""The dialog's picture of the page: as large as there is room, and open to the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gp_client.types import Box
from gp_guide.clicks import meaning
from gp_guide.drags import Drag

from ..editor.host import GdkPixbuf, GLib
from ..walk.mouse import Mouse
from ..walk.pixels import compose
from .toolkit import Gdk, Gtk

Point = tuple[int, int]
MOST_ZOOM = 8
_STEP = 1.25  # of zoom, a notch of the wheel
_MARGIN = 0.15  # round a region that is shown large, of its size
_ALL = (0.0, 0.0, 1.0, 1.0)  # left, top, width, height as shares of the page


class PagePicture(Gtk.ScrolledWindow):
    """The page.

    Args:
        mouse: does what it means.
        asked: called with a pixel of the canvas and the event, where a menu is wanted.
    """

    def __init__(self, mouse: Mouse, asked: Callable[[Point, Any], None]) -> None:
        super().__init__()
        # Neither bars nor the picture's own size: the picture follows the window.
        self.set_policy(Gtk.PolicyType.EXTERNAL, Gtk.PolicyType.EXTERNAL)
        self.set_size_request(320, 240)
        self.set_hexpand(True)
        self.set_vexpand(True)
        self._mouse, self._asked = mouse, asked
        self._drag: Drag | None = None
        self._image = Gtk.Image()
        self._ground = Gtk.EventBox()
        masks = Gdk.EventMask
        self._ground.add_events(
            masks.BUTTON_PRESS_MASK
            | masks.BUTTON_RELEASE_MASK
            | masks.POINTER_MOTION_MASK
            | masks.LEAVE_NOTIFY_MASK
            | masks.SCROLL_MASK
        )
        self._ground.connect("button-press-event", self._pressed)
        self._ground.connect("button-release-event", self._released)
        self._ground.connect("motion-notify-event", self._moved)
        self._ground.connect("leave-notify-event", self._left)
        self._ground.connect("scroll-event", self._turned)
        # A quick hand's way round a corner is several places in one frame; none may be lost.
        self._ground.connect("realize", lambda it: it.get_window().set_event_compression(False))
        self._ground.add(self._image)
        self.add(self._ground)
        self._parts: tuple[Any, ...] = (None, None, (None, None), None)
        self._size = (1, 1)  # of the picture on the screen
        self._part: tuple[float, float, float, float] = _ALL
        self._dragged: tuple[float, float] | None = None  # where the middle button holds it
        self._room = (0, 0)
        self._drawing = 0  # what will draw it when there is nothing else to do
        self.connect("size-allocate", self._resized)

    def show_page(
        self,
        colors: GdkPixbuf.Pixbuf | None,
        ink: GdkPixbuf.Pixbuf | None,
        over: Sequence[GdkPixbuf.Pixbuf | None],
        canvas: tuple[int, int] | None,
    ) -> None:
        """Show a page; see ``pixels.compose``. Nothing without ink.

        Args:
            colors, ink, over: the parts.
            canvas: (width, height) of the page.
        """
        parts = (colors, ink, tuple(over), canvas)
        if parts != self._parts:
            other = canvas != self._parts[3]
            self._parts = parts
            if other:
                self._part = _ALL
                self._draw()  # the next click may be on its way, and needs to know where all is
            else:
                self._draw_soon()

    def zoom_to(self, box: Box | None) -> None:
        """Show a box of the canvas with some room round it, None: the whole page."""
        canvas = self._parts[3]
        if canvas is None:
            return
        part = _ALL
        if box is not None:
            x, y, width, height = box
            share = max(width / canvas[0], height / canvas[1]) * (1 + 2 * _MARGIN)
            share = min(1.0, max(1 / MOST_ZOOM, share))
            middle = ((x + width / 2) / canvas[0], (y + height / 2) / canvas[1])
            part = _within(middle[0] - share / 2, middle[1] - share / 2, share)
        if part != self._part:
            self._part = part
            self._draw()

    def _point(self, event: Any) -> Point | None:
        canvas = self._parts[3]
        if canvas is None:
            return None
        ground = self._ground.get_allocation()
        x = event.x - (ground.width - self._size[0]) / 2
        y = event.y - (ground.height - self._size[1]) / 2
        if not (0 <= x < self._size[0] and 0 <= y < self._size[1]):
            return None
        left, top, across, down = self._part
        return (
            min(canvas[0] - 1, int((left + across * x / self._size[0]) * canvas[0])),
            min(canvas[1] - 1, int((top + down * y / self._size[1]) * canvas[1])),
        )

    def _pressed(self, ground: Gtk.Widget, event: Any) -> bool:
        point = self._point(event)
        if point is not None and event.type == Gdk.EventType.BUTTON_PRESS and event.button == 1:
            held, masks = event.state, Gdk.ModifierType
            shift, control = bool(held & masks.SHIFT_MASK), bool(held & masks.CONTROL_MASK)
            meant = meaning(shift, control, bool(held & masks.MOD1_MASK), self._mouse.joining)
            self._drag = self._mouse.drag(point, meant)
            if self._drag is None:
                self._mouse.click(point, meant)
        elif point is not None and event.button == 3:
            self._asked(point, event)
        self._dragged = (event.x, event.y) if event.button == 2 else None
        return True

    def _released(self, ground: Gtk.Widget, event: Any) -> bool:
        if event.button == 1 and self._drag is not None:
            point = self._point(event)
            if point is not None:
                self._mouse.drag_to(self._drag, point)
            drag, self._drag = self._drag, None
            self._mouse.fill(drag)
        return True

    def _moved(self, ground: Gtk.Widget, event: Any) -> bool:
        held = bool(event.state & Gdk.ModifierType.BUTTON2_MASK)
        if held and self._dragged is not None:
            left, top, across, down = self._part
            right = across * (self._dragged[0] - event.x) / self._size[0]
            below = down * (self._dragged[1] - event.y) / self._size[1]
            self._dragged = (event.x, event.y)
            self._part = _within(left + right, top + below, across)
            self._draw_soon()
            return True
        point = self._point(event)
        if self._drag is None:
            self._mouse.hover(point)
        elif point is not None:
            self._mouse.drag_to(self._drag, point)
        return True

    def _turned(self, ground: Gtk.Widget, event: Any) -> bool:
        """Zoom by the wheel; what is under the mouse stays there."""
        steps = {Gdk.ScrollDirection.UP: 1 / _STEP, Gdk.ScrollDirection.DOWN: _STEP}
        factor, point, canvas = steps.get(event.direction), self._point(event), self._parts[3]
        if factor is None or point is None or canvas is None:
            return True
        left, top, across, _ = self._part
        share = min(1.0, max(1 / MOST_ZOOM, across * factor))
        u, v = point[0] / canvas[0], point[1] / canvas[1]
        self._part = _within(u - (u - left) * share / across, v - (v - top) * share / across, share)
        self._draw()
        return True

    def _left(self, ground: Gtk.Widget, event: Any) -> bool:
        if self._drag is None:
            self._mouse.hover(None)
        return True

    def _resized(self, widget: Gtk.Widget, allocation: object) -> None:
        room = (self.get_allocated_width() - 8, self.get_allocated_height() - 8)
        if room != self._room:
            self._room = room
            self._draw_soon()  # not in the middle of a layout

    def _cut(self, ink: GdkPixbuf.Pixbuf) -> Box | None:
        if self._part == _ALL:
            return None
        left, top, across, down = self._part
        width, height = ink.get_width(), ink.get_height()
        x, y = int(left * width), int(top * height)
        wide, high = max(1, round(across * width)), max(1, round(down * height))
        return x, y, min(wide, width - x), min(high, height - y)

    def _draw_soon(self) -> None:
        """Draw once for all that happens until then: a hand may be faster than drawing is."""
        if not self._drawing:
            self._drawing = GLib.idle_add(self._draw, priority=GLib.PRIORITY_HIGH_IDLE)

    def _draw(self) -> bool:
        self._drawing = 0
        colors, ink, over, _ = self._parts
        if ink is None or min(self._room) < 1:
            self._image.clear()
        else:
            page = compose(colors, ink, over, self._room, self._cut(ink))
            self._size = (page.get_width(), page.get_height())
            self._image.set_from_pixbuf(page)
        return GLib.SOURCE_REMOVE


def _within(left: float, top: float, share: float) -> tuple[float, float, float, float]:
    """Return a part of the page of this share of its sides, moved onto the page."""
    most = 1.0 - share
    return max(0.0, min(most, left)), max(0.0, min(most, top)), share, share
