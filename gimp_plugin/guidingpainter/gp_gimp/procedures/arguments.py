"""What each of our procedures takes and returns, as GIMP's database is told. Each adds to one."""

from __future__ import annotations

from gp_client.page_options import MAX_GAP, MAX_INK
from gp_client.types import LEVELS
from gp_client.wire import MAX_SIDE
from gp_guide.saved import OUTPUTS

from ..editor.host import Gegl, Gimp, GObject, tr
from . import names

_MOST = 1_000_000  # regions: more than any page has
_FLAGS = GObject.ParamFlags.READWRITE


def colorize(made: Gimp.Procedure) -> None:
    """Add what ``batch.colorize`` takes and returns."""
    kinds = Gimp.Choice.new()
    labels = (tr("Flats"), tr("Soft colours"), tr("A layer for each colour"))
    for number, (output, label) in enumerate(zip(OUTPUTS, labels, strict=True)):
        kinds.add(output, number, label, "")
    made.add_string_argument(
        "hints-json",
        tr("Hints"),
        tr('Colours of regions, {"hints": {"1": "#c81e0a"}}; empty for none'),
        "",
        _FLAGS,
    )
    made.add_choice_argument("kind", tr("Output"), tr("What is painted"), kinds, "flats", _FLAGS)
    made.add_int_argument(
        "n-colors",
        tr("Colours"),
        tr("Regions to colour as suggested, in priority order, beside the hints; -1: all"),
        -1,
        _MOST,
        -1,
        _FLAGS,
    )
    made.add_double_argument(
        "gap",
        tr("Gaps"),
        tr("Gaps in the lines up to so many pixels count as closed; -1: by canvas size"),
        -1.0,
        float(MAX_GAP),
        -1.0,
        _FLAGS,
    )
    made.add_int_argument(
        "ink",
        tr("Ink"),
        tr("Pixels darker than this are ink; -1: measured"),
        -1,
        MAX_INK,
        -1,
        _FLAGS,
    )
    made.add_boolean_argument(
        "convert",
        tr("Convert"),
        tr("Turn an image with a fixed set of colours into an RGB image"),
        False,
        _FLAGS,
    )
    made.add_boolean_aux_argument(
        "follow",
        tr("Colour as soon as I pick"),
        tr("A new foreground colour is given to the region when the mouse has moved away."),
        False,
        _FLAGS,
    )
    made.add_string_return_value(
        "regions-json",
        tr("Regions"),
        tr("Each region's number, box, pixels, suggestion and hint, as JSON"),
        "",
        _FLAGS,
    )


def region_value(made: Gimp.Procedure) -> None:
    """Add what all return that select a region."""
    made.add_int_return_value(
        "region",
        tr("Region"),
        tr("The region that is selected; 0: none is left"),
        0,
        _MOST,
        0,
        _FLAGS,
    )


def _color_argument(made: Gimp.Procedure) -> None:
    Gegl.init(None)  # a colour can be named before GIMP has made us run
    made.add_color_argument(
        "color",
        tr("Colour"),
        tr("What to paint; a transparent one: GIMP's foreground colour"),
        True,
        Gegl.Color.new("transparent"),
        _FLAGS,
    )


def _region_argument(made: Gimp.Procedure) -> None:
    made.add_int_argument(
        "region", tr("Region"), tr("Which region; 0: the one that is shown"), 0, _MOST, 0, _FLAGS
    )


def apply(made: Gimp.Procedure) -> None:
    """Add a colour, and a region to give it to."""
    _color_argument(made)
    _region_argument(made)
    region_value(made)


def fill(made: Gimp.Procedure) -> None:
    """Add a colour, and a pixel of the piece to fill."""
    _color_argument(made)
    for name in ("x", "y"):
        made.add_int_argument(name, name, tr("A pixel of the canvas"), 0, MAX_SIDE - 1, 0, _FLAGS)
    region_value(made)


def keep(made: Gimp.Procedure) -> None:
    """Add the region in which what is proposed is accepted."""
    made.add_int_argument(
        "region", tr("Region"), tr("Which region; 0: all that is proposed"), 0, _MOST, 0, _FLAGS
    )
    region_value(made)


def split(made: Gimp.Procedure) -> None:
    """Add a region, and how it is divided."""
    _region_argument(made)
    made.add_boolean_argument(
        "along-selection",
        tr("Along selection"),
        tr("Cut along the edge of what is selected; no: into its pieces"),
        False,
        _FLAGS,
    )
    region_value(made)


def merge(made: Gimp.Procedure) -> None:
    """Add the two regions."""
    for name in ("region", "other"):
        made.add_int_argument(name, tr("Region"), tr("Which region"), 1, _MOST, 1, _FLAGS)
    region_value(made)


def spread(made: Gimp.Procedure) -> None:
    """Add how sure a proposal must be."""
    levels = Gimp.Choice.new()
    labels = (tr("Off"), tr("Careful"), tr("Bold"))
    for number, (level, label) in enumerate(zip(LEVELS, labels, strict=True)):
        levels.add(level, number, label, "")
    made.add_choice_argument(
        "level", tr("Spread"), tr("How sure a proposal must be"), levels, "careful", _FLAGS
    )
    region_value(made)


def scribble(made: Gimp.Procedure) -> None:
    """Add the layer with the strokes."""
    made.add_layer_argument(
        "strokes",
        tr("Strokes"),
        tr("A layer with strokes in any colours; at most 16 of them count"),
        True,
        _FLAGS,
    )
    region_value(made)


def panels(made: Gimp.Procedure) -> None:
    """Add the panels that are returned."""
    made.add_string_return_value(
        "panels-json",
        tr("Panels"),
        tr("Each panel's left edge, top, width and height, as JSON"),
        "",
        _FLAGS,
    )


def work_in(made: Gimp.Procedure) -> None:
    """Add a panel, or the selection in its place."""
    made.add_int_argument(
        "panel",
        tr("Panel"),
        tr("Which panel, in the order of reading; 0: the whole page"),
        0,
        _MOST,
        0,
        _FLAGS,
    )
    made.add_boolean_argument(
        "selection",
        tr("Selection"),
        tr("In place of a panel: the box around what is selected"),
        False,
        _FLAGS,
    )
    region_value(made)


def select_color(made: Gimp.Procedure) -> None:
    """Add the region that has the colour."""
    _region_argument(made)
    region_value(made)


def lock(made: Gimp.Procedure) -> None:
    """Add the region that has the colour, and what becomes of it."""
    _region_argument(made)
    states = Gimp.Choice.new()
    labels = (tr("The other of the two"), tr("Locked"), tr("Not locked"))
    for number, (state, label) in enumerate(zip(names.LOCKS, labels, strict=True)):
        states.add(state, number, label, "")
    made.add_choice_argument(
        "state", tr("State"), tr("What becomes of the colour"), states, "toggle", _FLAGS
    )
    made.add_boolean_return_value(
        "locked", tr("Locked"), tr("Whether the colour is locked now"), False, _FLAGS
    )


def cast_file(made: Gimp.Procedure) -> None:
    """Add a cast's file."""
    made.add_string_argument(
        "file", tr("Cast"), tr("Path of a .cast file; empty: the image's own"), "", _FLAGS
    )


def use_cast(made: Gimp.Procedure) -> None:
    """Add a cast's file, and whether what is sure is accepted."""
    cast_file(made)
    made.add_boolean_argument(
        "accept", tr("Accept sure"), tr("Accept what the guide is sure of"), False, _FLAGS
    )
    region_value(made)


def clear(made: Gimp.Procedure) -> None:
    """Add the region whose colour is taken away."""
    made.add_int_argument(
        "region",
        tr("Region"),
        tr("Which region's colour; 0: all that we painted"),
        0,
        _MOST,
        0,
        _FLAGS,
    )
