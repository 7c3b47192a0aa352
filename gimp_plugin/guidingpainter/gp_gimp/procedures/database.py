"""Our procedures in GIMP's database: for the menus, for Script-Fu and for Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.page_options import MAX_GAP, MAX_INK
from gp_client.types import LEVELS
from gp_client.wire import MAX_SIDE
from gp_guide.saved import OUTPUTS

from ..editor.host import Gegl, Gimp, GLib, GObject, tr
from . import names

MENU = "<Image>/Filters/GuidingPainter"
_MOST = 1_000_000  # regions: more than any page has
_FLAGS = GObject.ParamFlags.READWRITE
_CALLERS_FAULT = (BAD_REQUEST, NO_SUCH_REGION, UNSUPPORTED_FORMAT)

Run = Callable[[Gimp.Image, Sequence[Gimp.Drawable], Gimp.ProcedureConfig], tuple[Any, ...]]


@dataclass(frozen=True)
class _Entry:
    """A procedure.

    Attributes:
        label: in the menu; "": for scripts only.
        blurb: what it does.
        help: what more there is to know.
        arguments: adds its arguments and return values.
    """

    label: str
    blurb: str
    help: str
    arguments: Callable[[Gimp.Procedure], None]


def create(plug_in: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """Return one of our procedures, ready to be registered or run."""
    entry = PROCEDURES[name]
    made = Gimp.ImageProcedure.new(plug_in, name, Gimp.PDBProcType.PLUGIN, _run, None)
    made.set_image_types("*")
    made.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
    if entry.label:
        made.set_menu_label(entry.label)
        made.add_menu_path(MENU)
    made.set_documentation(entry.blurb, entry.help, name)
    made.set_attribution("The GuidingPainter contributors", "GPL-3.0-or-later", "2026")
    entry.arguments(made)
    return made


def _run(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: list[Gimp.Drawable],
    config: Gimp.ProcedureConfig,
    data: object,
) -> Gimp.ValueArray:
    # Only what runs is loaded: GIMP starts us for every look at its database, too.
    from . import batch

    name = procedure.get_name()
    try:
        if name == names.COLORIZE and mode == Gimp.RunMode.INTERACTIVE:
            from ..ui import dialog

            values: tuple[Any, ...] = dialog.show(image, drawables, config)
        elif name == names.COLORIZE and mode == Gimp.RunMode.WITH_LAST_VALS:
            values = batch.repeat(image, drawables, config)  # Filters > Repeat
        else:
            values = batch.RUNS[name](image, drawables, config)
    except GuidingPainterError as error:
        ours = error.code not in _CALLERS_FAULT
        statuses = Gimp.PDBStatusType
        status = statuses.EXECUTION_ERROR if ours else statuses.CALLING_ERROR
        return procedure.new_return_values(
            status, GLib.Error.new_literal(GLib.quark_from_string(error.code), str(error), 0)
        )
    Gimp.displays_flush()
    result = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
    for index, value in enumerate(values):
        # The status comes first; setting a GValue in place is all that the bindings offer.
        result.remove(index + 1)
        result.insert(index + 1, value)
    return result


def _colorize(made: Gimp.Procedure) -> None:
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


def _region_value(made: Gimp.Procedure) -> None:
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


def _apply(made: Gimp.Procedure) -> None:
    _color_argument(made)
    _region_argument(made)
    _region_value(made)


def _fill(made: Gimp.Procedure) -> None:
    _color_argument(made)
    for name in ("x", "y"):
        made.add_int_argument(name, name, tr("A pixel of the canvas"), 0, MAX_SIDE - 1, 0, _FLAGS)
    _region_value(made)


def _keep(made: Gimp.Procedure) -> None:
    made.add_int_argument(
        "region", tr("Region"), tr("Which region; 0: all that is proposed"), 0, _MOST, 0, _FLAGS
    )
    _region_value(made)


def _split(made: Gimp.Procedure) -> None:
    _region_argument(made)
    made.add_boolean_argument(
        "along-selection",
        tr("Along selection"),
        tr("Cut along the edge of what is selected; no: into its pieces"),
        False,
        _FLAGS,
    )
    _region_value(made)


def _merge(made: Gimp.Procedure) -> None:
    for name in ("region", "other"):
        made.add_int_argument(name, tr("Region"), tr("Which region"), 1, _MOST, 1, _FLAGS)
    _region_value(made)


def _spread(made: Gimp.Procedure) -> None:
    levels = Gimp.Choice.new()
    labels = (tr("Off"), tr("Careful"), tr("Bold"))
    for number, (level, label) in enumerate(zip(LEVELS, labels, strict=True)):
        levels.add(level, number, label, "")
    made.add_choice_argument(
        "level", tr("Spread"), tr("How sure a proposal must be"), levels, "careful", _FLAGS
    )
    _region_value(made)


def _scribble(made: Gimp.Procedure) -> None:
    made.add_layer_argument(
        "strokes",
        tr("Strokes"),
        tr("A layer with strokes in any colours; at most 16 of them count"),
        True,
        _FLAGS,
    )
    _region_value(made)


def _panels(made: Gimp.Procedure) -> None:
    made.add_string_return_value(
        "panels-json",
        tr("Panels"),
        tr("Each panel's left edge, top, width and height, as JSON"),
        "",
        _FLAGS,
    )


def _work_in(made: Gimp.Procedure) -> None:
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
    _region_value(made)


def _select_color(made: Gimp.Procedure) -> None:
    _region_argument(made)
    _region_value(made)


def _lock(made: Gimp.Procedure) -> None:
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


def _cast_file(made: Gimp.Procedure) -> None:
    made.add_string_argument(
        "file", tr("Cast"), tr("Path of a .cast file; empty: the image's own"), "", _FLAGS
    )


def _use_cast(made: Gimp.Procedure) -> None:
    _cast_file(made)
    made.add_boolean_argument(
        "accept", tr("Accept sure"), tr("Accept what the guide is sure of"), False, _FLAGS
    )
    _region_value(made)


def _clear(made: Gimp.Procedure) -> None:
    made.add_int_argument(
        "region",
        tr("Region"),
        tr("Which region's colour; 0: all that we painted"),
        0,
        _MOST,
        0,
        _FLAGS,
    )


PROCEDURES = {
    names.COLORIZE: _Entry(
        tr("Colorize _Line Art…"),
        tr("Colours line art from one colour for each region"),
        tr("Finds the regions of the selected layer and paints them on layers of our own."),
        _colorize,
    ),
    names.NEXT_REGION: _Entry(
        tr("_Next Region"),
        tr("Selects the region whose colour would help most"),
        tr("The first call finds the regions; then give it a colour with Apply Foreground Colour."),
        _region_value,
    ),
    names.APPLY: _Entry(
        tr("_Apply Foreground Colour"),
        tr("Gives the region that is shown the foreground colour, and shows the next"),
        tr("Needs no selection: the region is the one that Next Region chose."),
        _apply,
    ),
    names.SKIP: _Entry(
        tr("_Skip Region"),
        tr("Leaves the region that is shown for later, and shows the next"),
        tr("It is passed over until you go there from the dialog's list."),
        _region_value,
    ),
    names.CLEAR: _Entry(
        tr("_Remove All Colouring"),
        tr("Takes away all that GuidingPainter painted"),
        tr("The line art stays; so do all layers but our group."),
        _clear,
    ),
    names.FILL: _Entry(
        "",
        tr("Fills one piece, from which nothing is learned"),
        tr("The piece is that at a pixel of the canvas."),
        _fill,
    ),
    names.KEEP: _Entry(
        tr("_Keep What Is Proposed"),
        tr("Accepts the colours that the guide has proposed"),
        tr("A region without any colour stays white for good."),
        _keep,
    ),
    names.SPLIT: _Entry(
        "",
        tr("Divides a region"),
        tr("Into its pieces, or along the edge of the selection."),
        _split,
    ),
    names.MERGE: _Entry(
        "",
        tr("Makes one region of two"),
        tr("It takes the first colour that one of them has."),
        _merge,
    ),
    names.LEARN: _Entry(
        "",
        tr("Adds what this page teaches to a cast"),
        tr("Other pages with the same figures then get these colours proposed."),
        _cast_file,
    ),
    names.USE_CAST: _Entry(
        "",
        tr("Proposes colours for what is known from other pages"),
        tr("A cast is a file that keeps what finished pages taught."),
        _use_cast,
    ),
    names.SPREAD: _Entry(
        "",
        tr("Says how sure the guide must be to propose a colour"),
        tr("Proposals are shown paler in the dialog until they are kept."),
        _spread,
    ),
    names.SCRIBBLE: _Entry(
        "",
        tr("Gives what strokes run through their colours"),
        tr("The strokes are what is painted on a layer, in colours of their own."),
        _scribble,
    ),
    names.PANELS: _Entry(
        "",
        tr("Tells where the panels of a comic page are"),
        tr("In the order of reading; none where the page is one picture."),
        _panels,
    ),
    names.WORK_IN: _Entry(
        "",
        tr("Says in which part of the page the guide asks and proposes"),
        tr("In one panel, or in the box around the selection."),
        _work_in,
    ),
    names.SELECT_COLOR: _Entry(
        tr("Select All of _This Colour"),
        tr("Selects all that has the colour of the region that is shown"),
        tr("For GIMP's own tools; the next step of the guide selects a region again."),
        _select_color,
    ),
    names.LOCK: _Entry(
        tr("_Lock This Colour, or Unlock It"),
        tr("Has all that has the colour of the region that is shown keep it"),
        tr("What would change it is refused, or passes it by. Called again it is unlocked."),
        _lock,
    ),
}
