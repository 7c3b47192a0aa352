"""An artist in front of GIMP, and what of hers no control may change."""

from __future__ import annotations

from collections.abc import Callable

from gimp_hands import Hands, acts

PICTURE = (972, 52, 376, 292)  # the dialog's, on the screen
BLUE, YELLOW = [10, 100, 200], [255, 255, 0]
TAKE = "Gimp.context_set_foreground(Gegl.Color.new('#{:02x}{:02x}{:02x}'))"
SETUP = """
Gimp.context_set_background(Gegl.Color.new("#123456"))
Gimp.context_set_opacity(87.0)
Gimp.context_set_paint_mode(Gimp.LayerMode.MULTIPLY)
Gimp.context_set_brush_size(23.0)
line.set_name("Ink")
mine = Gimp.Layer.new(
    image, "Mine", 608, 472, Gimp.ImageType.RGBA_IMAGE, 70.0, Gimp.LayerMode.SCREEN)
image.insert_layer(mine, None, 0)
image.insert_layer(line.copy(), None, 1)
image.get_layers()[1].set_name("Second")
buffer = mine.get_buffer()
buffer.set(Gegl.Rectangle.new(300, 200, 40, 40), "R'G'B'A u8", bytes((9, 80, 170, 90)) * 1600)
buffer.flush()
image.select_ellipse(Gimp.ChannelOps.REPLACE, 4, 4, 600, 464)
image.set_selected_layers([mine])
"""
HERS = """
from zlib import crc32
result = {
    "layers": [
        (one.get_name(), one.get_visible(), one.get_opacity(), one.get_mode().value_nick,
         list(one.get_offsets())[1:], crc32(pixels(one)))
        for one in image.get_layers() if one.get_name() != "GuidingPainter"
    ],
    "chosen": [one.get_name() for one in image.get_selected_layers()],
    "foreground": foreground(),
    "context": [
        [round(255 * one) for one in Gimp.context_get_background().get_rgba()],
        Gimp.context_get_opacity(),
        Gimp.context_get_paint_mode().value_nick, Gimp.context_get_brush_size(),
        Gimp.context_get_brush().get_name(),
    ],
}
"""


class Artist:
    """An artist with a selection, a layer, a brush and colours of her own, and the dialog.

    Attributes:
        hands: hers.
    """

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        hands.gimp.run(SETUP)
        self._selected = hands.gimp.bytes("selection(image)")
        self._hers = hands.gimp.run(HERS)
        hands.open()
        self.came(lambda: self.changed() == {}, "opening changes what is hers")

    def changed(self) -> dict[str, object]:
        """Return what of hers is another than at first."""
        now = self.hands.gimp.run(HERS)
        return {name: now[name] for name in now if now[name] != self._hers[name]}

    def came(self, reached: Callable[[], bool], trouble: str) -> None:
        """Wait for something; tell what of hers is another where it does not come."""
        try:
            self.hands.wait(reached, trouble)
        except AssertionError as error:
            raise AssertionError(f"{trouble}: {self.changed()}") from error

    def click(self, x: int, y: int) -> Callable[[], None]:
        """Return what clicks into the dialog, as a hand does: tooltips go when it comes."""

        def clicks() -> None:
            self.hands.screen.hover(self.hands.window, x, y)
            self.hands.screen.rest(0.4)
            self.hands.screen.click(self.hands.window, x, y)

        return clicks

    def uses(
        self, name: str, do: Callable[[], None], effect: str | Callable[[], bool], **hers: object
    ) -> None:
        """Use a control, wait for its effect, and see that what is hers stayed.

        Args:
            name: of the control; its label, where it has one.
            do: uses it.
            effect: the kind of the act that it does, or whether it has come about.
            hers: what of hers she asked to be changed, and to what.
        """
        before = acts(self.hands.gimp)

        def acted() -> bool:
            now = acts(self.hands.gimp)
            return now != before and now[-1]["op"] == effect

        do()
        self.came(acted if isinstance(effect, str) else effect, f"{name} has no effect")
        self.came(lambda: self.changed() == hers, f"{name} changes what is hers")
        if hers:
            self.takes(BLUE)

    def close(self, do: Callable[[], None]) -> None:
        """Close the dialog, and see that all is hers again."""
        do()
        self.hands.wait(lambda: not self.hands.dialog, "the dialog stays")
        assert self.hands.gimp.bytes("selection(image)") == self._selected
        assert self.changed() == {}

    def takes(self, color: list[int]) -> None:
        """Make a colour the foreground colour, elsewhere in GIMP."""
        self.hands.gimp.run(TAKE.format(*color))

    def pick(self, place: tuple[int, int], steps: int | str, button: int = 1) -> Callable[[], None]:
        """Return what chooses from a menu of the dialog."""
        return lambda: self.hands.screen.pick(self.hands.window, *place, steps, button=button)

    def shown(self) -> object:
        """Return a pixel of the region that is shown."""
        return self.hands.gimp.run("result = kept(image)['shown']")

    def acts(self) -> Callable[[], bool]:
        """Return whether the page is another than now."""
        before = acts(self.hands.gimp)
        return lambda: acts(self.hands.gimp) != before

    def fewer(self) -> Callable[[], bool]:
        """Return whether the last act is undone."""
        before = acts(self.hands.gimp)
        return lambda: acts(self.hands.gimp) == before[:-1]

    def draws(self) -> None:
        """Draw a line on the line art."""
        self.hands.gimp.run("""
            buffer = line.get_buffer()
            box = Gegl.Rectangle.new(20, 200, 500, 3)
            buffer.set(box, "R'G'B'A u8", bytes((0, 0, 0, 255)) * 1500)
            buffer.flush()
            line.update(20, 200, 500, 3)
        """)
        self.looks()

    def looks(self) -> None:
        """Take what is hers now for what it has to stay."""
        self._hers = self.hands.gimp.run(HERS)

    def goes(self) -> Callable[[], bool]:
        """Return whether another region is shown than now."""
        before = self.shown()
        return lambda: self.shown() != before

    def looks_new(self, box: tuple[int, int, int, int] = PICTURE) -> Callable[[], bool]:
        """Return whether a part of the screen is another than now."""
        before = self.hands.screen.pixels(box)
        return lambda: self.hands.screen.pixels(box) != before

    def is_true(self, code: str) -> Callable[[], bool]:
        """Return whether something is true in GIMP."""
        return lambda: bool(self.hands.gimp.run(f"result = {code}"))
