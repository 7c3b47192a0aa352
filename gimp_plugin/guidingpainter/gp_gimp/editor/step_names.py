"""How GIMP's history calls an undo step of ours.

It calls each by the label of the procedure that made it. So a step is made within a procedure that
is there only for it, and has the step's name for a label.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from .host import Gimp

_NAME = f"guidingpainter-step-{os.getpid()}"  # dialogs of other images are other processes


def make_step(name: str, make: Callable[[], None]) -> None:
    """Make an undo step that has this name.

    Args:
        name: shown in the history and behind Edit > Undo.
        make: makes it; what it raises is raised again.
    """
    raised: list[Exception] = []

    def run(
        procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, data: object
    ) -> Gimp.ValueArray:
        try:
            make()
        except Exception as error:  # it would be lost on its way through GIMP
            raised.append(error)
        return procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)

    plug_in = Gimp.get_plug_in()
    made = Gimp.Procedure.new(plug_in, _NAME, Gimp.PDBProcType.TEMPORARY, run, None)
    made.set_menu_label(name)
    plug_in.add_temp_procedure(made)
    try:
        found = Gimp.get_pdb().lookup_procedure(_NAME)
        found.run(found.create_config())
    finally:
        plug_in.remove_temp_procedure(_NAME)
    if raised:
        raise raised[0]
