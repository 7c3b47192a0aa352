"""What each operation on a page of protocol 2 does; docs/protocol.md describes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from gp_canvas.acts.acts import Act
from gp_canvas.acts.coloring import ARTIST, GUIDE, NOBODY
from gp_canvas.acts.guided import STATES, Region
from gp_canvas.acts.packing import MOST_BYTES, pack, pack_one, unpack
from gp_canvas.acts.runs import runs
from gp_canvas.acts.targets import Target
from gp_canvas.lines import raster
from gp_canvas.paint.color_layers import ColorLayer
from gp_canvas.paint.flats import paint, table
from gp_client import cast as casts
from gp_client.errors import BAD_REQUEST, NO_SUCH_LAYER, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.page_options import gap_of, ink_of
from gp_client.types import LEVELS, Box, Color, Level, View
from gp_client.wire import Frame
from numpy.typing import NDArray

from gp_daemon.pages.guided_page import KINDS, Changes, GuidedPage
from gp_daemon.service import arguments
from gp_daemon.service.jobs import Job

Args = dict[str, Any]
Frames = tuple[Frame, ...]
Result = tuple[dict[str, Any], Frames]
_TARGETS = 1024  # that are merged at once
_ENTRIES = 1024  # of a list that is told in parts; so many fit into a header twice
_BY = {NOBODY: None, ARTIST: "artist", GUIDE: "guide"}
_ALPHA = np.array([0, 255, 128], np.uint8)  # of a piece's colour, by who gave it


def act(page: GuidedPage, job: Job) -> Result:
    """Do what a job asks of a page.

    An operation that fails, or that is cancelled, leaves the page as it was.

    Raises:
        GuidingPainterError: for a wrong argument, or what the page raises.
    """
    op, args, frames = job.request.op, job.request.args, job.request.frames
    if op in _LOOKS:
        parse, look = _LOOKS[op]
        result = look(page, *parse(page, args, frames))
        job.token.check()
        return result
    parse, change = _CHANGES[op]
    given = parse(page, args, frames)
    mark = page.hands.history.mark()
    try:
        done = change(page, *given)
        job.token.check()
        return _told(page, done)
    except BaseException:
        page.hands.history.restore(mark)
        raise


def describe_opened(page: GuidedPage) -> Result:
    """What opening answers: the page's measures, and all of its regions."""
    gap, ink = page.found_with
    about = {
        "width": page.width,
        "height": page.height,
        "grid": list(page.grid),
        "gap": gap,
        "ink": ink,
        "colored": page.colored_already,
    }
    changes = page.changes()
    return {**about, **_summary(page)}, (_rows(changes),)


def _told(page: GuidedPage, done: Act | None) -> Result:
    """What an act answers: what was done, for the client's own list, and which regions changed."""
    changes = page.changes()
    packed = b"" if done is None else pack_one(done)
    gone = np.array(changes.gone, np.int32).reshape(1, -1)
    return (
        {"done": done is not None, **_summary(page)},
        (Frame(packed, (len(packed),), "u1"), _rows(changes), arguments.frame(gone, "i4")),
    )


def _summary(page: GuidedPage) -> dict[str, Any]:
    """What is so now: what to ask next, and how far undo and redo go."""
    hands = page.hands
    found = hands.guided
    return {
        "next": None if found.next is None else found.next.number,
        "asked": found.asked,
        "regions": len(found.regions),
        "pieces": hands.work.pieces.count,
        "map": page.map_version,
        "acts": len(hands.history.acts),
        "undone": len(hands.history.undone),
        "spread": hands.work.spread,
        "cast": 0 if hands.work.cast is None else hands.work.cast.count,
    }


def _rows(changes: Changes) -> Frame:
    """Regions as i4 [n, 11]; see docs/protocol.md."""
    rows = [
        _row(region, color)
        for region, color in zip(changes.regions, changes.suggestions.tolist(), strict=True)
    ]
    return arguments.frame(np.array(rows, np.int32).reshape(-1, 11), "i4")


def _row(region: Region, suggestion: list[int]) -> list[int]:
    color = -1 if region.color is None else _code(region.color)
    state = STATES.index(region.state)
    about = [region.pixels, color, _code(suggestion), int(region.skipped), len(region.pieces)]
    return [region.number, state, *region.box, *about]


def _code(color: Color | list[int]) -> int:
    red, green, blue = color
    return red << 16 | green << 8 | blue


# What requests say.


def _nothing(page: GuidedPage, args: Args, frames: Frames) -> tuple[()]:
    return ()


def _one(page: GuidedPage, args: Args, frames: Frames) -> tuple[Target]:
    return (_target(page, args, frames),)


def _one_and_draw(page: GuidedPage, args: Args, frames: Frames) -> tuple[Target, int | None]:
    target = _target(page, args, frames)
    if args.get("draw") is None:
        return target, None
    number = arguments.whole(args, "draw")
    if not 0 <= number < 1 << 32:
        raise GPError(BAD_REQUEST, "draw is a number from 0 to 4294967295.")
    return target, number


def _one_and_color(page: GuidedPage, args: Args, frames: Frames) -> tuple[Target, Color]:
    return _target(page, args, frames), arguments.color(args)


def _one_and_shape(
    page: GuidedPage, args: Args, frames: Frames
) -> tuple[Target, NDArray[np.bool_] | None]:
    return _target(page, args, ()), _shape(page, args, frames) if frames else None


def _several(page: GuidedPage, args: Args, frames: Frames) -> tuple[list[Target]]:
    given = args.get("targets")
    if not isinstance(given, list) or len(given) > _TARGETS:
        raise GPError(BAD_REQUEST, f"targets is a list of up to {_TARGETS} targets.")
    return ([_target(page, {"target": one}, ()) for one in given],)


def _level(page: GuidedPage, args: Args, frames: Frames) -> tuple[Level]:
    for level in LEVELS:
        if args.get("level") == level:
            return (level,)
    raise GPError(BAD_REQUEST, "level is off, careful or bold.")


def _gap_and_ink(page: GuidedPage, args: Args, frames: Frames) -> tuple[float | None, int | None]:
    return gap_of(args.get("gap")), ink_of(args.get("ink"))


def _area(page: GuidedPage, args: Args, frames: Frames) -> tuple[Box | None]:
    return (arguments.crop("area", args.get("area"), page.width, page.height),)


def _picture_and_colors(
    page: GuidedPage, args: Args, frames: Frames
) -> tuple[NDArray[np.uint8], list[Color] | None]:
    wanted = (page.height, page.width)
    if len(frames) != 1 or frames[0].kind != "RGBA8" or frames[0].shape != wanted:
        raise GPError(
            BAD_REQUEST, f"The colours are one frame of RGBA8, {wanted[1]} x {wanted[0]} pixels."
        )
    colors = args.get("colors")
    if colors is not None:
        if not isinstance(colors, list) or len(colors) > _TARGETS:
            raise GPError(BAD_REQUEST, f"colors is a list of up to {_TARGETS} colours.")
        colors = [arguments.color({"color": color}) for color in colors]
    return np.frombuffer(frames[0].data, np.uint8).reshape(*wanted, 4), colors


def _packed(page: GuidedPage, args: Args, frames: Frames) -> tuple[list[Act], list[Act]]:
    if len(frames) != 1 or frames[0].kind != "u1" or len(frames[0].shape) != 1:
        raise GPError(BAD_REQUEST, "The acts are one frame of bytes, as acts gave it.")
    if frames[0].nbytes > MOST_BYTES:
        raise GPError(TOO_LARGE, f"A list of acts has at most {MOST_BYTES >> 20} MiB.")
    return unpack(bytes(frames[0].data))


def _cast(page: GuidedPage, args: Args, frames: Frames) -> tuple[casts.Cast | None]:
    if not frames:
        return (None,)
    if len(frames) != 1 or frames[0].kind != "u1" or len(frames[0].shape) != 1:
        raise GPError(BAD_REQUEST, "The cast is one frame of bytes, as its file has it.")
    if frames[0].nbytes > casts.MOST_BYTES:
        raise GPError(TOO_LARGE, f"A cast has at most {casts.MOST_BYTES >> 20} MiB.")
    return (casts.Cast.unpack(bytes(frames[0].data), "The cast"),)


def _whether_pictures(page: GuidedPage, args: Args, frames: Frames) -> tuple[bool]:
    return (args.get("pictures", True) is True,)


def _one_point(page: GuidedPage, args: Args, frames: Frames) -> tuple[int, int]:
    return _point(args.get("point"))


def _first(page: GuidedPage, args: Args, frames: Frames) -> tuple[int | None]:
    if args.get("first") is None:
        return (None,)
    first = arguments.whole(args, "first")
    if first < 0:
        raise GPError(BAD_REQUEST, "first is a place in a list, from 0 on.")
    return (first,)


def _whether_map(page: GuidedPage, args: Args, frames: Frames) -> tuple[bool]:
    return (args.get("map", True) is True,)


def _view(page: GuidedPage, args: Args, frames: Frames) -> tuple[View]:
    return (arguments.view(args, KINDS, (page.width, page.height), page.grid),)


def _layer_and_format(
    page: GuidedPage, args: Args, frames: Frames
) -> tuple[Color, bool, str | None]:
    by = args.get("by", "artist")
    if by not in ("artist", "guide"):
        raise GPError(BAD_REQUEST, "by is artist or guide.")
    return arguments.color(args), by == "guide", arguments.layer_format(args)


# What a page does, where that is more than one call of its hands.


def _play(page: GuidedPage, done: list[Act], undone: list[Act]) -> None:
    page.hands.history.play(done, undone)
    page.forget_told()


def _regions(page: GuidedPage) -> Result:
    page.forget_told()
    return _summary(page), (_rows(page.changes()),)


def _next(page: GuidedPage) -> Result:
    found = page.hands.guided.next
    worth = 0 if found is None else round(found.worth)
    return {**_summary(page), "worth": worth}, ()


def _pick(page: GuidedPage, x: int, y: int) -> Result:
    pick = page.hands.pick(x, y)
    color = None if pick.color is None else arguments.rgb(pick.color)
    about = {"piece": pick.piece, "region": pick.region.number, "state": pick.region.state}
    return {**about, "color": color, "by": _BY[pick.by]}, ()


def _pieces(page: GuidedPage, with_map: bool) -> Result:
    hands = page.hands
    found, coloring = hands.guided, hands.coloring
    numbers = np.array([region.number for region in found.regions], np.int32)[found.region]
    colors = table(coloring, "full")
    colors[:, 3] = _ALPHA[coloring.by]
    tables = (arguments.line(numbers, "i4"), arguments.frame(colors, "u1"))
    if not with_map:
        return _summary(page), tables
    starts, ends, pieces = runs(hands.work.pieces.labels)
    shapes = (
        arguments.line(starts, "i4"),
        arguments.line(ends, "u2"),
        arguments.line(pieces, "i4"),
    )
    return _summary(page), (*tables, *shapes)


def _learn(page: GuidedPage, pictures: bool) -> Result:
    found = page.learn(pictures)
    packed = casts.pack_page(found)
    about = {"pieces": found.count, "segmenter": found.segmenter}
    return about, (Frame(packed, (len(packed),), "u1"),)


def _acts(page: GuidedPage) -> Result:
    history = page.hands.history
    packed = pack(history.acts, history.undone)
    return _summary(page), (Frame(packed, (len(packed),), "u1"),)


def _mask(page: GuidedPage, target: Target) -> Result:
    box, mask = page.mask(target)
    return {"bbox": list(box)}, (arguments.frame(mask, "u1"),)


def _suggest(page: GuidedPage, target: Target, draw: int | None) -> Result:
    return {"colors": [arguments.rgb(color) for color in page.suggest(target, draw)]}, ()


def _render(page: GuidedPage, view: View) -> Result:
    return {}, (arguments.frame(page.render(view), view.format),)


def _panels(page: GuidedPage) -> Result:
    boxes = enumerate(page.panels, 1)
    return {"panels": [{"id": number, "bbox": list(box)} for number, box in boxes]}, ()


def _layers(page: GuidedPage, first: int | None) -> Result:
    layers = page.layers()
    part = layers if first is None else layers[first : first + _ENTRIES]
    return {"layers": [_layer_entry(layer) for layer in part], "count": len(layers)}, ()


def _layer(page: GuidedPage, color: Color, proposed: bool, format: str | None) -> Result:
    layer = page.layer(color, proposed)
    if layer is None:
        raise GPError(
            NO_SUCH_LAYER, "There is no layer of this colour any more.", "Ask for the layers again."
        )
    pieces = page.hands.work.pieces
    x, y, width, height = layer.box
    inside = pieces.labels[y : y + height, x : x + width]
    colors = np.zeros((pieces.count, 4), np.uint8)
    colors[layer.pieces] = (*layer.color, 255)
    picture = paint(inside, colors)
    if format is None:
        return _layer_entry(layer), (arguments.frame(picture[..., 3], "u1"),)
    return _layer_entry(layer), (arguments.frame(raster.encode(picture, format), format),)


def _layer_entry(layer: ColorLayer) -> dict[str, Any]:
    return {
        "name": layer.name,
        "color": arguments.rgb(layer.color),
        "by": _BY[layer.by],
        "bbox": list(layer.box),
        "pixels": layer.pixels,
    }


Parse = Callable[[GuidedPage, Args, Frames], tuple[Any, ...]]
# Each: what its request says, as what is then called with the page.
_CHANGES: dict[str, tuple[Parse, Callable[..., Act | None]]] = {
    "color": (_one_and_color, lambda page, target, color: page.hands.color(target, color)),
    "fill": (_one_and_color, lambda page, target, color: page.hands.fill(target, color)),
    "split": (_one_and_shape, lambda page, target, shape: page.hands.split(target, shape)),
    "merge": (_several, lambda page, targets: page.hands.merge(targets)),
    "keep": (_one, lambda page, target: page.hands.keep(target)),
    "skip": (_one, lambda page, target: page.hands.skip(target)),
    "clear": (_one, lambda page, target: page.hands.clear(target)),
    "spread": (_level, lambda page, level: page.hands.spread(level)),
    "find": (_gap_and_ink, lambda page, gap, ink: page.hands.find(gap, ink)),
    "focus": (_area, lambda page, area: page.hands.focus(area)),
    "cast": (_cast, lambda page, cast: page.use_cast(cast)),
    "adopt": (_picture_and_colors, lambda page, flats, colors: page.hands.adopt(flats, colors)),
    "undo": (_nothing, lambda page: page.hands.undo()),
    "redo": (_nothing, lambda page: page.hands.redo()),
    "play": (_packed, _play),
}
_LOOKS: dict[str, tuple[Parse, Callable[..., Result]]] = {
    "regions": (_nothing, _regions),
    "next": (_nothing, _next),
    "pick": (_one_point, _pick),
    "pieces": (_whether_map, _pieces),
    "acts": (_nothing, _acts),
    "learn": (_whether_pictures, _learn),
    "mask": (_one, _mask),
    "suggest": (_one_and_draw, _suggest),
    "render": (_view, _render),
    "panels": (_nothing, _panels),
    "layers": (_first, _layers),
    "layer": (_layer_and_format, _layer),
}
OPS = frozenset({*_CHANGES, *_LOOKS})
"""The operations on an open page of protocol 2, but for `close`."""


def _target(page: GuidedPage, args: Args, frames: Frames) -> Target:
    """The argument `target`: a map with one of region, point, color, stroke, everything, sure."""
    given = args.get("target")
    if not isinstance(given, dict) or len(given) != 1:
        raise GPError(
            BAD_REQUEST,
            "target is a map with one of region, point, color, stroke, everything, sure.",
        )
    ((kind, value),) = given.items()
    if kind == "region":
        return Target(region=arguments.whole(given, "region"))
    if kind == "point":
        return Target(point=_point(value))
    if kind == "color":
        return Target(color=arguments.color(given))
    if kind == "everything" and value is True:
        return Target(everything=True)
    if kind == "sure" and value is True:
        return Target(sure=True)
    if kind == "stroke" and value is True:
        return Target(stroke=_shape(page, args, frames))
    raise GPError(BAD_REQUEST, f"There is no target {str(kind)[:32]!r} of that kind.")


def _point(value: Any) -> tuple[int, int]:
    if isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value):
        return value[0], value[1]
    raise GPError(BAD_REQUEST, "point is [x, y], whole numbers.")


def _shape(page: GuidedPage, args: Args, frames: Frames) -> NDArray[np.bool_]:
    """A shape on the canvas, from one frame of bytes as large as the canvas or as `box`."""
    box = arguments.crop("box", args.get("box"), page.width, page.height)
    x, y, width, height = box or (0, 0, page.width, page.height)
    fits = len(frames) == 1 and frames[0].kind in ("u1", "GRAY8")
    if not fits or frames[0].shape != (height, width):
        raise GPError(
            BAD_REQUEST,
            f"A shape is one frame of bytes, {width} x {height} pixels as the canvas or its box.",
        )
    shape = np.zeros((page.height, page.width), np.bool_)
    drawn = np.frombuffer(frames[0].data, np.uint8).reshape(height, width)
    shape[y : y + height, x : x + width] = drawn >= 128
    if not shape.any():
        raise GPError(BAD_REQUEST, "The selection is empty.", "Select at least one pixel.")
    return shape
