"""Acts as bytes and back: what a client keeps in the artist's document and plays again.

msgpack, a map: ``version`` (2), ``acts`` and ``undone`` (lists of maps). docs/protocol.md has the
fields. What is read is checked and bounded before anything is allocated for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgpack
from gp_client import cast_fields
from gp_client.cast import MOST_WIDTH
from gp_client.errors import BAD_REQUEST, TOO_LARGE, VERSION, GuidingPainterError
from gp_client.page_options import gap_of, ink_of
from gp_client.types import LEVELS

from gp_canvas.acts import acts
from gp_canvas.acts.acts import Act, Box, Color, Points
from gp_canvas.acts.history import MOST_ACTS
from gp_canvas.acts.work import MOST_NAME
from gp_canvas.cast.handed import MOST as MOST_CAST

FORMAT = 2
MOST_BYTES = 64 << 20
MOST_POINTS = 1 << 16  # of one act
_MOST_SIDE = 1 << 24


def pack(done: Sequence[Act], undone: Sequence[Act] = ()) -> bytes:
    """Packs lists of acts."""
    fields = {
        "version": FORMAT,
        "acts": [_fields(act) for act in done],
        "undone": [_fields(act) for act in undone],
    }
    packed: Any = msgpack.packb(fields)
    return packed


def pack_one(act: Act) -> bytes:
    """Packs one act as it stands in a list: a map."""
    packed: Any = msgpack.packb(_fields(act))
    return packed


def unpack(data: bytes) -> tuple[list[Act], list[Act]]:
    """Reads what `pack` wrote; unknown fields are ignored.

    Returns:
        The acts, and those that were undone.

    Raises:
        GuidingPainterError: VERSION for a newer list, TOO_LARGE beyond the limits, BAD_REQUEST for
            anything else that is no list of acts.
    """
    if len(data) > MOST_BYTES:
        raise GuidingPainterError(
            TOO_LARGE, f"A list of acts has at most {MOST_BYTES >> 20} MiB.", "Save the layers."
        )
    try:
        fields = msgpack.unpackb(data)
        version = fields["version"]
        if isinstance(version, int) and version > FORMAT:
            raise GuidingPainterError(
                VERSION,
                "These acts were saved by a newer GuidingPainter.",
                "Update the daemon.",
            )
        done, undone = fields["acts"], fields.get("undone", [])
        if not isinstance(done, list) or not isinstance(undone, list):
            raise TypeError("no lists")
        if len(done) + len(undone) > MOST_ACTS:
            raise GuidingPainterError(TOO_LARGE, f"A page remembers {MOST_ACTS} acts.")
        return [_act(one) for one in done], [_act(one) for one in undone]
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as error:
        raise GuidingPainterError(
            BAD_REQUEST, "This is no list of acts, or a damaged one.", "Start the page afresh."
        ) from error


def _fields(act: Act) -> dict[str, Any]:
    fields: dict[str, Any] = {"op": act.op, **vars(act)}
    for name in ("at", "rest", "blank"):
        if name in fields:
            fields[name] = _flat(fields[name])
    if isinstance(act, acts.Keep):
        fields["given"] = [[list(color), _flat(points)] for color, points in act.given]
    if isinstance(act, acts.Several):
        fields["acts"] = [_fields(one) for one in act.acts]
    return fields


def _flat(points: Points) -> list[int]:
    return [side for point in points for side in point]


def _act(fields: Any, nested: bool = False) -> Act:
    op = fields["op"]
    if op == acts.Several.op and not nested:
        return acts.Several(tuple(_act(one, True) for one in _list(fields["acts"], MOST_ACTS)))
    read = _READ.get(op)
    if read is None:
        raise ValueError("no such act")
    return read(fields)


def _cut(fields: Any) -> Act:
    box, bits = _box(fields["box"]), fields["bits"]
    if not isinstance(bits, bytes):
        raise TypeError("no bits")
    rest = _points(fields.get("rest", []))
    return acts.Cut(_points(fields["at"]), box, bits, _name(fields["first"]), rest)


def _keep(fields: Any) -> Act:
    given = [
        (_color(color), _points(points)) for color, points in _list(fields["given"], MOST_POINTS)
    ]
    return acts.Keep(tuple(given), _points(fields["blank"]))


def _spread(fields: Any) -> Act:
    if fields["level"] not in LEVELS:
        raise ValueError("no such level")
    return acts.Spread(fields["level"])


def _find(fields: Any) -> Act:
    return acts.Find(gap_of(fields["gap"]), ink_of(fields["ink"]), _name(fields["first"]))


def _use_cast(fields: Any) -> Act:
    shares = cast_fields.raw(fields["shares"], 4 * MOST_CAST)
    count = len(shares) // 4
    cast_fields.shares(cast_fields.exactly(shares, 4 * count))
    tokens = cast_fields.raw(fields["tokens"], 2 * count * MOST_WIDTH)
    if count and (not tokens or len(tokens) % (2 * count)):
        raise ValueError("tokens of other pieces")
    colors = cast_fields.exactly(fields["colors"], 4 * count)
    return acts.UseCast(cast_fields.digest(fields["segmenter"]), tokens, colors, shares)


_READ: dict[str, Callable[[Any], Act]] = {
    "color": lambda f: acts.Give(_points(f["at"]), _color(f["color"]), _flag(f["teaches"])),
    "split": lambda f: acts.Split(_points(f["at"]), _points(f.get("rest", []))),
    "cut": _cut,
    "merge": lambda f: acts.Merge(_points(f["at"])),
    "keep": _keep,
    "skip": lambda f: acts.Skip(_points(f["at"])),
    "clear": lambda f: acts.Clear(_points(f["at"])),
    "spread": _spread,
    "find": _find,
    "cast": _use_cast,
    "focus": lambda f: acts.Focus(None if f["box"] is None else _box(f["box"])),
}


def _points(value: Any) -> Points:
    flat = [_whole(side, _MOST_SIDE) for side in _list(value, 2 * MOST_POINTS)]
    return tuple(zip(flat[::2], flat[1::2], strict=True))


def _color(value: Any) -> Color:
    red, green, blue = (_whole(part, 255) for part in _list(value, 3))
    return red, green, blue


def _box(value: Any) -> Box:
    x, y, width, height = (_whole(part, _MOST_SIDE) for part in _list(value, 4))
    if not width or not height:
        raise ValueError("an empty box")
    return x, y, width, height


def _name(value: Any) -> int:
    return _whole(value, MOST_NAME)


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > most:
        raise ValueError("no list, or too long a one")
    return list(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("neither true nor false")
    return value


def _whole(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError("no whole number in range")
    return value
