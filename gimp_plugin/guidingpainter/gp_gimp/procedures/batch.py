"""What the procedures do without a dialog; they wait for the daemon."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gp_client
from gp_client import Client
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_guide.colors import parse_hints, to_hex
from gp_guide.guide import Guide

from ..editor.document import Document, foreground, to_rgb
from ..editor.host import Gegl, Gimp, tr
from ..editor.reading import drain, reading
from ..walk.asking import open_page, soft
from ..walk.coloring import Action, Coloring
from .names import APPLY, CLEAR, COLORIZE, NEXT, SKIP

Config = Gimp.ProcedureConfig
Drawables = Sequence[Gimp.Drawable]


class Walk:
    """A coloring and the connection that it asks; closes the connection at its end.

    Attributes:
        coloring: the image's.
        first: the step that shows where a walk begins or goes on, once the page is open.
    """

    def __init__(self, image: Gimp.Image, drawables: Drawables) -> None:
        self.coloring = Coloring(Document(image))
        self._drawables = drawables
        self._client: Client | None = None
        self.first: Action = lambda guide: None

    def __enter__(self) -> Walk:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._client is not None:
            self._client.close()

    def open(self, chosen: bool = False) -> bool:
        """Open the page.

        Args:
            chosen: take the selected layer for line art, even where another one was before.

        Returns:
            Whether a walk goes on that the image keeps.
        """
        coloring, document = self.coloring, self.coloring.document
        layer = coloring.line_art(self._drawables, chosen)
        coloring.choose(replace(coloring.saved, line_art=str(layer.get_tattoo())))
        Gimp.progress_init(tr("Looking at the line art"))
        art = drain(reading(document.image, layer))
        self._client = gp_client.connect(start=True)
        same = coloring.take(open_page(self._client, art, coloring.saved, _tell))
        self.fetch(coloring.unknown(same))
        self.first = coloring.begin(same)
        return same

    def step(
        self, action: Action, exact: Gegl.Color | None = None, output: str | None = None
    ) -> None:
        """Do one step: first ask for all that it needs, then change the image, one undo step.

        Args:
            action: changes the guide.
            exact: see ``Coloring.step``.
            output: what is painted from now on; None leaves it.
        """
        coloring, opened, guide = self.coloring, self.coloring.opened, self.coloring.guide
        if opened is None or guide is None:
            return
        output = output or coloring.saved.output
        self.fetch(coloring.needs(action))
        if output != coloring.saved.output:
            self.fetch({*guide.hints, *filter(None, [guide.current])} - set(coloring.masks))
        pixels = b""
        if output == "soft":
            twin = Guide.from_json(guide.to_json())
            action(twin)
            pixels = soft(opened.page, twin.hints, _tell)
        document = coloring.document
        with document.one_step():
            document.allow_colors()
            if output != coloring.saved.output:
                coloring.set_output(output)
            coloring.step(action, exact, pixels)

    def fetch(self, numbers: set[int]) -> None:
        """Fetch the shapes of regions."""
        opened = self.coloring.opened
        if opened is not None:
            for number in numbers:
                self.coloring.masks[number] = opened.page.mask(number)


def colorize(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Colour a page from hints and suggestions: one undo step."""
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        if not config.get_property("convert"):
            coloring.document.check_colors()
        gap, ink = config.get_property("gap"), config.get_property("ink")
        coloring.saved = replace(
            coloring.saved, gap=None if gap < 0 else gap, ink=None if ink < 0 else ink
        )
        walk.open(chosen=True)
        count = len(coloring.regions)
        text = config.get_property("hints-json") or '{"hints": {}}'
        hints = parse_hints(text, count, "hints-json")
        most = config.get_property("n-colors")

        def paint(guide: Guide) -> None:
            for number, color in hints.items():
                guide.go_to(number)
                guide.apply(color)
            left = [region for region in coloring.regions if region.number not in guide.hints]
            for region in left if most < 0 else left[:most]:
                guide.go_to(region.number)
                guide.apply(region.suggestion)

        walk.step(paint, output=config.get_property("kind"))
        guide = coloring.guide
        given = {} if guide is None else guide.hints
        listed = [
            {
                "number": region.number,
                "bbox": list(region.bbox),
                "pixels": region.pixels,
                "suggestion": to_hex(region.suggestion),
                "hint": to_hex(given[region.number]) if region.number in given else None,
            }
            for region in coloring.regions
        ]
        return (json.dumps(listed),)


def next_region(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Go to the next region, the first time to the first one."""
    return _walk_on(image, drawables, Guide.next)


def skip_region(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Pass over the region that is shown."""
    return _walk_on(image, drawables, Guide.skip)


def apply_color(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Give a region a colour."""
    exact = config.get_property("color")
    if exact.get_rgba()[3] == 0:
        exact = foreground()
    region = config.get_property("region")

    def apply(guide: Guide) -> None:
        if region:
            guide.go_to(region)
        if guide.current is None:
            raise GuidingPainterError(
                BAD_REQUEST, tr("All regions are done."), tr("Name one to change its colour.")
            )
        guide.apply(to_rgb(exact))

    with Walk(image, drawables) as walk:
        walk.coloring.document.check_colors()
        walk.open()
        walk.step(apply, exact)
        return (walk.coloring.current or 0,)


def clear(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Take away one colour, or all that we painted."""
    region = config.get_property("region")
    with Walk(image, drawables) as walk:
        if region:
            walk.open()
            walk.step(lambda guide: guide.clear(region))
        else:
            walk.coloring.clear()
    return ()


def _walk_on(image: Gimp.Image, drawables: Drawables, action: Action) -> tuple[Any, ...]:
    with Walk(image, drawables) as walk:
        fresh = not walk.coloring.saved.guide
        walk.coloring.document.check_colors()
        same = walk.open()
        walk.step(walk.first if fresh or not same else action)
        return (walk.coloring.current or 0,)


def _tell(stage: str, fraction: float) -> None:
    Gimp.progress_set_text(stage)
    Gimp.progress_update(fraction)


RUNS: dict[str, Callable[[Gimp.Image, Drawables, Config], tuple[Any, ...]]] = {
    COLORIZE: colorize,
    NEXT: next_region,
    APPLY: apply_color,
    SKIP: skip_region,
    CLEAR: clear,
}
