"""GuidingPainter's Krita plug-in: a docker, and actions in the Scripts menu."""

from __future__ import annotations

import sys
from pathlib import Path

# gp_client, gp_guide and msgpack travel with the plug-in; Krita's Python has none of them.
_LIB = str(Path(__file__).with_name("lib"))
if _LIB not in sys.path:
    sys.path.insert(0, _LIB)


def _register() -> None:
    from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

    from .ui.actions import StepActions
    from .ui.docker import GuidingPainterDocker

    app = Krita.instance()
    app.addExtension(StepActions(app))
    app.addDockWidgetFactory(
        DockWidgetFactory("guidingpainter", DockWidgetFactoryBase.DockRight, GuidingPainterDocker)
    )


_register()
