"""Our procedures in GIMP's database: for the menus, for Script-Fu and for Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, UNSUPPORTED_FORMAT, GuidingPainterError

from ..editor.host import Gimp, GLib, tr
from . import arguments, names

MENU = "<Image>/Filters/GuidingPainter"
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


PROCEDURES = {
    names.COLORIZE: _Entry(
        tr("Colorize _Line Art…"),
        tr("Colours line art from one colour for each region"),
        tr("Finds the regions of the selected layer and paints them on layers of our own."),
        arguments.colorize,
    ),
    names.NEXT_REGION: _Entry(
        tr("_Next Region"),
        tr("Selects the region whose colour would help most"),
        tr("The first call finds the regions; then give it a colour with Apply Foreground Colour."),
        arguments.region_value,
    ),
    names.APPLY: _Entry(
        tr("_Apply Foreground Colour"),
        tr("Gives the region that is shown the foreground colour, and shows the next"),
        tr("Needs no selection: the region is the one that Next Region chose."),
        arguments.apply,
    ),
    names.SKIP: _Entry(
        tr("_Skip Region"),
        tr("Leaves the region that is shown for later, and shows the next"),
        tr("It is passed over until you go there from the dialog's list."),
        arguments.region_value,
    ),
    names.CLEAR: _Entry(
        tr("_Remove All Colouring"),
        tr("Takes away all that GuidingPainter painted"),
        tr("The line art stays; so do all layers but our group."),
        arguments.clear,
    ),
    names.FILL: _Entry(
        "",
        tr("Fills one piece, from which nothing is learned"),
        tr("The piece is that at a pixel of the canvas."),
        arguments.fill,
    ),
    names.KEEP: _Entry(
        tr("_Keep What Is Proposed"),
        tr("Accepts the colours that the guide has proposed"),
        tr("A region without any colour stays white for good."),
        arguments.keep,
    ),
    names.SPLIT: _Entry(
        "",
        tr("Divides a region"),
        tr("Into its pieces, or along the edge of the selection."),
        arguments.split,
    ),
    names.MERGE: _Entry(
        "",
        tr("Makes one region of two"),
        tr("It takes the first colour that one of them has."),
        arguments.merge,
    ),
    names.LEARN: _Entry(
        "",
        tr("Adds what this page teaches to a cast"),
        tr("Other pages with the same figures then get these colours proposed."),
        arguments.cast_file,
    ),
    names.USE_CAST: _Entry(
        "",
        tr("Proposes colours for what is known from other pages"),
        tr("A cast is a file that keeps what finished pages taught."),
        arguments.use_cast,
    ),
    names.SPREAD: _Entry(
        "",
        tr("Says how sure the guide must be to propose a colour"),
        tr("Proposals are shown paler in the dialog until they are kept."),
        arguments.spread,
    ),
    names.SCRIBBLE: _Entry(
        "",
        tr("Gives what strokes run through their colours"),
        tr("The strokes are what is painted on a layer, in colours of their own."),
        arguments.scribble,
    ),
    names.PANELS: _Entry(
        "",
        tr("Tells where the panels of a comic page are"),
        tr("In the order of reading; none where the page is one picture."),
        arguments.panels,
    ),
    names.WORK_IN: _Entry(
        "",
        tr("Says in which part of the page the guide asks and proposes"),
        tr("In one panel, or in the box around the selection."),
        arguments.work_in,
    ),
    names.SELECT_COLOR: _Entry(
        tr("Select All of _This Colour"),
        tr("Selects all that has the colour of the region that is shown"),
        tr("For GIMP's own tools; the next step of the guide selects a region again."),
        arguments.select_color,
    ),
    names.LOCK: _Entry(
        tr("_Lock This Colour, or Unlock It"),
        tr("Has all that has the colour of the region that is shown keep it"),
        tr("What would change it is refused, or passes it by. Called again it is unlocked."),
        arguments.lock,
    ),
}
