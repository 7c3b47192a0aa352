#!/usr/bin/env python3
"""GuidingPainter for GIMP 3. GIMP runs this file; all else is in gp_gimp beside it."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Not from the folder of whoever started GIMP, and not from a GuidingPainter installed elsewhere.
sys.path[:0] = [str(HERE), str(HERE / "lib")]
sys.dont_write_bytecode = True  # the plug-in's folder stays as `gp install gimp` left it

from gp_gimp.editor.host import Gimp  # noqa: E402
from gp_gimp.procedures.database import PROCEDURES, create  # noqa: E402


class GuidingPainter(Gimp.PlugIn):
    """Tells GIMP which procedures there are."""

    def do_set_i18n(self, name: str) -> bool:
        """Say that GIMP has no catalogue to bind for us: gp_gimp reads its own."""
        return False

    def do_query_procedures(self) -> list[str]:
        """Return the names of our procedures."""
        return list(PROCEDURES)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """Describe one of them."""
        return create(self, name)


Gimp.main(GuidingPainter.__gtype__, sys.argv)
