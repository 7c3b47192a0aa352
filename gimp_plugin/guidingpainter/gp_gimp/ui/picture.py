"""The dialog's picture of the page: as large as there is room, and open to the mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..editor.host import GdkPixbuf, GLib
from ..walk.pixels import compose
from .toolkit import Gdk, Gtk

Point = tuple[int, int]


class PagePicture(Gtk.ScrolledWindow):
    """The page.

    Args:
        clicked: called with a pixel of the canvas, and whether Shift, Ctrl and Alt are held.
        hovered: called with the pixel of the canvas under the mouse, None beside it.
    """

    def __init__(
        self,
        clicked: Callable[[Point, bool, bool, bool], None],
        hovered: Callable[[Point | None], None],
    ) -> None:
        super().__init__()
        # Neither bars nor the picture's own size: the picture follows the window.
        self.set_policy(Gtk.PolicyType.EXTERNAL, Gtk.PolicyType.EXTERNAL)
        self.set_size_request(320, 320)
        self.set_hexpand(True)
        self.set_vexpand(True)
        self._clicked, self._hovered = clicked, hovered
        self._image = Gtk.Image()
        self._ground = Gtk.EventBox()
        masks = Gdk.EventMask
        self._ground.add_events(
            masks.BUTTON_PRESS_MASK | masks.POINTER_MOTION_MASK | masks.LEAVE_NOTIFY_MASK
        )
        self._ground.connect("button-press-event", self._pressed)
        self._ground.connect("motion-notify-event", self._moved)
        self._ground.connect("leave-notify-event", self._left)
        self._ground.add(self._image)
        self.add(self._ground)
        self._parts: tuple[Any, ...] = (None, None, (None, None), None)
        self._size = (1, 1)  # of the picture on the screen
        self._room = (0, 0)
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
            self._parts = parts
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
        return int(x * canvas[0] / self._size[0]), int(y * canvas[1] / self._size[1])

    def _pressed(self, ground: Gtk.Widget, event: Any) -> bool:
        point = self._point(event)
        if point is not None and event.type == Gdk.EventType.BUTTON_PRESS and event.button == 1:
            held, masks = event.state, Gdk.ModifierType
            shift, control = bool(held & masks.SHIFT_MASK), bool(held & masks.CONTROL_MASK)
            self._clicked(point, shift, control, bool(held & masks.MOD1_MASK))
        return True

    def _moved(self, ground: Gtk.Widget, event: Any) -> bool:
        self._hovered(self._point(event))
        return True

    def _left(self, ground: Gtk.Widget, event: Any) -> bool:
        self._hovered(None)
        return True

    def _resized(self, widget: Gtk.Widget, allocation: object) -> None:
        room = (self.get_allocated_width() - 8, self.get_allocated_height() - 8)
        if room != self._room:
            self._room = room
            GLib.idle_add(self._draw)  # not in the middle of a layout

    def _draw(self) -> bool:
        colors, ink, over, _ = self._parts
        if ink is None or min(self._room) < 1:
            self._image.clear()
        else:
            page = compose(colors, ink, over, self._room)
            self._size = (page.get_width(), page.get_height())
            self._image.set_from_pixbuf(page)
        return GLib.SOURCE_REMOVE
