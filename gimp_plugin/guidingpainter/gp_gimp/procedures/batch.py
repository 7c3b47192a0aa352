"""What the procedures do when they are called by name: they wait, and change an image once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gp_client
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Color
from gp_guide.acts import Act, Do
from gp_guide.colors import parse_hints, to_hex
from gp_guide.page_view import color_of, view_of
from gp_guide.shown import NEXT, STAY
from gp_guide.tasks import Task

from ..editor.document import foreground, to_rgb
from ..editor.host import Gegl, Gimp, tr
from ..walk import scribbles
from ..walk.asking import give_rest
from ..walk.coloring import Coloring
from . import names
from .waiting import Drawables, Walk

Config = Gimp.ProcedureConfig


def colorize(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Colour a page from hints and suggestions: one undo step."""
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        document = coloring.document
        if not config.get_property("convert"):
            document.check_colors()
        gap, ink = config.get_property("gap"), config.get_property("ink")
        wanted = (None if gap < 0 else gap, None if ink < 0 else ink)
        text = config.get_property("hints-json") or '{"hints": {}}'
        if not coloring.saved.begun:
            coloring.saved = replace(coloring.saved, gap=wanted[0], ink=wanted[1])
        before = document.read_kept()
        with document.one_step():
            document.allow_colors()
            try:
                walk.open(chosen=True)
                if coloring.saved.found != wanted:
                    walk.run(coloring.acting(Act(lambda page: page.find(*wanted), binds=False)))
                listed = _colorize(walk, text, config)
            except GuidingPainterError:
                if not before:
                    coloring.remove_all()
                raise
        return (json.dumps(listed),)


def _colorize(walk: Walk, text: str, config: Config) -> list[dict[str, Any]]:
    coloring, most = walk.coloring, config.get_property("n-colors")
    view = coloring.view
    if view is None:
        return []
    hints = parse_hints(text, max(view.regions, default=0), "hints-json")
    shapes = {number: view.places.mask(view.pieces[number]) for number in hints}
    regions = list(view.regions.values())
    probes = {number: view.probes(number) for number in view.regions}

    def paint(page: gp_client.GuidedPage) -> None:
        for number, color in hints.items():
            page.color(shapes[number], color)
        if most < 0:
            give_rest(page, view_of(page, view.places.picture, view), coloring.panel)
        for _ in range(max(0, most)):
            found = page.next()
            if found is None:
                break
            page.color(found.number, found.color or page.suggest(found.number, draw=0)[0])

    coloring.set_output(config.get_property("kind"))
    walk.act(paint)
    after = coloring.view or view
    listed = []
    for region in regions:
        points = probes[region.number]
        piece = after.places.piece(*points[0]) if points else None
        given = None if piece is None else color_of(after.given, piece)
        listed.append(
            {
                "number": region.number,
                "bbox": list(region.bbox),
                "pixels": region.pixels,
                "suggestion": to_hex(region.suggestion),
                "hint": None if given is None else to_hex(given),
            }
        )
    return listed


def next_region(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Go to the region to ask about now, the first time to the first one."""
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        coloring.document.check_colors()
        with coloring.document.one_step():
            walk.open()
            view = coloring.view
            coloring.go(None if view is None else view.next)
        return (coloring.current or 0,)


def repeat(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Give the region that is shown the colour that was given last; in a new image show one."""
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        recent = coloring.saved.recent
        with coloring.document.one_step():
            walk.open()
            number = coloring.current
            if recent and number is not None:
                walk.act(lambda page: page.color(number, recent[0]))
        return ("[]",)


def skip_region(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Put the region that is shown off."""
    return _on_region(image, drawables, 0, lambda page, number: page.skip(number))


def apply_color(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Give a region a colour."""
    exact = _color(config)
    number, color = config.get_property("region"), to_rgb(exact)
    return _on_region(
        image, drawables, number, lambda page, number: page.color(number, color), exact
    )


def clear(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Take away one colour, or all that we painted."""
    region = config.get_property("region")
    if region:
        _on_region(image, drawables, region, lambda page, number: page.clear(number), then=STAY)
        return ()
    with Walk(image, drawables) as walk:
        walk.coloring.remove_all()
    return ()


def fill(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Fill the one piece at a pixel, which says nothing about others."""
    exact = _color(config)
    point, color = (config.get_property("x"), config.get_property("y")), to_rgb(exact)
    return _on_page(image, drawables, lambda page: page.fill(point, color), exact)


def keep(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Accept what is proposed, for a region or everywhere."""
    region = config.get_property("region")
    return _on_page(image, drawables, lambda page: page.keep(region or "all"))


def split(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Divide a region into its pieces, or along the selection."""
    region, along = config.get_property("region"), config.get_property("along-selection")
    with Walk(image, drawables) as walk:
        document = walk.coloring.document
        mask = document.own_selection() if along else None
        with document.one_step():
            walk.open()
            number = walk.coloring.named(region or walk.coloring.current or 0).number
            walk.act(lambda page: page.split(number, mask), STAY)
        return (walk.coloring.current or 0,)


def merge(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Make one region of two."""
    one, two = config.get_property("region"), config.get_property("other")
    return _on_page(image, drawables, lambda page: page.merge([one, two]))


def learn(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Add what this page teaches to a cast's file."""
    with Walk(image, drawables) as walk:
        with walk.coloring.document.one_step():
            walk.open()
            walk.book.learn(config.get_property("file"))
        return ()


def use_cast(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Have the guide propose what a cast knows, and perhaps accept what it is sure of."""
    with Walk(image, drawables) as walk:
        coloring, path = walk.coloring, config.get_property("file")
        coloring.document.check_colors()
        with coloring.document.one_step():
            walk.open()
            if path:
                walk.book.choose(path)
            walk.book.use()
            view = coloring.view
            if config.get_property("accept") and view is not None and any(view.proposed):
                walk.book.keep_sure()
        return (coloring.current or 0,)


def spread(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Say how sure the guide must be to propose a colour."""
    level = config.get_property("level")
    return _on_page(image, drawables, lambda page: setattr(page, "spread", level))


def scribble(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Give what the strokes on a layer run through their colours."""
    layer = config.get_property("strokes")
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        coloring.document.check_colors()
        if layer is None or layer.get_image() != image:
            raise GuidingPainterError(
                BAD_REQUEST,
                tr("The strokes are on no layer of this image."),
                tr("Name one as strokes."),
            )
        with coloring.document.one_step():
            walk.open()
            walk.run(_scribbling(coloring, layer))
            walk.soften()
        return (coloring.current or 0,)


def _scribbling(coloring: Coloring, layer: Gimp.Layer) -> Task[None]:
    _, fresh = yield from scribbles.reading(coloring.document.image, layer, {})
    if not fresh:
        raise GuidingPainterError(
            BAD_REQUEST,
            tr("Nothing is painted on the layer {}.").format(layer.get_name()),
            tr("Paint strokes on it, in any colours."),
        )
    yield from scribbles.taking(coloring, fresh, layer)


def panels(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Tell where the panels of a comic page are."""
    with Walk(image, drawables) as walk:
        walk.coloring.document.check_colors()
        with walk.coloring.document.one_step():
            walk.open()
        return (json.dumps([list(box) for box in walk.panels]),)


def work_in(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Ask and propose only in a panel, or in the box of the selection."""
    number, selected = config.get_property("panel"), config.get_property("selection")
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        document = coloring.document
        document.check_colors()
        mask = document.own_selection() if selected else None
        if selected and mask is None:
            raise GuidingPainterError(
                BAD_REQUEST, tr("Nothing is selected."), tr("Select where you want to work.")
            )
        with document.one_step():
            walk.open()
            if number > len(walk.panels):
                raise GuidingPainterError(
                    BAD_REQUEST,
                    tr("This page has {} panels.").format(len(walk.panels)),
                    tr("Name one of them, or 0 for the whole page."),
                )
            box = coloring.saved.area if number == 0 else walk.panels[number - 1]
            if mask is not None:
                box = mask.bbox
            walk.act(lambda page: page.focus(box))
        return (coloring.current or 0,)


def select_color(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Select all that has the colour of a region."""
    with Walk(image, drawables) as walk:
        with walk.coloring.document.one_step():
            walk.open()
            walk.coloring.select_color(_color_of(walk.coloring, config.get_property("region")))
        return (walk.coloring.current or 0,)


def lock(image: Gimp.Image, drawables: Drawables, config: Config) -> tuple[Any, ...]:
    """Have all that has the colour of a region keep it, or no more."""
    wanted = config.get_property("state")
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        with coloring.document.one_step():
            walk.open()
            color = _color_of(coloring, config.get_property("region"))
            if wanted == "toggle" or (wanted == "lock") != (color in coloring.saved.locked):
                coloring.switch_lock(color)
        return (color in coloring.saved.locked,)


def _color_of(coloring: Coloring, number: int) -> Color:
    region = coloring.named(number or coloring.current or 0)
    if region.state != "colored" or region.color is None:
        raise GuidingPainterError(
            BAD_REQUEST,
            tr("Region {} has no colour of yours.").format(region.number),
            tr("Go to a region that you gave a colour, or name one."),
        )
    return region.color


def _color(config: Config) -> Gegl.Color:
    exact = config.get_property("color")
    return foreground() if exact.get_rgba()[3] == 0 else exact


def _on_page(
    image: Gimp.Image, drawables: Drawables, do: Do, exact: Gegl.Color | None = None
) -> tuple[Any, ...]:
    with Walk(image, drawables) as walk:
        walk.coloring.document.check_colors()
        with walk.coloring.document.one_step():
            walk.open()
            walk.act(do, STAY, exact)
        return (walk.coloring.current or 0,)


def _on_region(
    image: Gimp.Image,
    drawables: Drawables,
    number: int,
    do: Callable[[gp_client.GuidedPage, int], object],
    exact: Gegl.Color | None = None,
    then: str = NEXT,
) -> tuple[Any, ...]:
    with Walk(image, drawables) as walk:
        coloring = walk.coloring
        coloring.document.check_colors()
        with coloring.document.one_step():
            walk.open()
            if not (number or coloring.current):
                raise GuidingPainterError(
                    BAD_REQUEST, tr("All regions are done."), tr("Name one to change its colour.")
                )
            region = coloring.named(number or coloring.current or 0)
            walk.act(lambda page: do(page, region.number), then, exact)
        return (coloring.current or 0,)


RUNS: dict[str, Callable[[Gimp.Image, Drawables, Config], tuple[Any, ...]]] = {
    names.COLORIZE: colorize,
    names.NEXT_REGION: next_region,
    names.APPLY: apply_color,
    names.SKIP: skip_region,
    names.CLEAR: clear,
    names.FILL: fill,
    names.KEEP: keep,
    names.SPLIT: split,
    names.MERGE: merge,
    names.LEARN: learn,
    names.USE_CAST: use_cast,
    names.SPREAD: spread,
    names.SCRIBBLE: scribble,
    names.PANELS: panels,
    names.WORK_IN: work_in,
    names.SELECT_COLOR: select_color,
    names.LOCK: lock,
}
