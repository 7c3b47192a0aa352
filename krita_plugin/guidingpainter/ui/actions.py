"""The docker's steps as Krita actions: Tools > Scripts, and shortcuts of the artist's choice."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from krita import Extension

from ..editor.compat import tr
from .docker import controller

STEPS = (
    ("guidingpainter_next", tr("GuidingPainter: next region"), "walk.next"),
    ("guidingpainter_skip", tr("GuidingPainter: skip region"), "walk.skip"),
    ("guidingpainter_back", tr("GuidingPainter: previous region"), "walk.back"),
    (
        "guidingpainter_foreground",
        tr("GuidingPainter: use foreground colour"),
        "walk.apply_foreground",
    ),
    (
        "guidingpainter_suggestion",
        tr("GuidingPainter: use suggested colour"),
        "walk.apply_suggestion",
    ),
    ("guidingpainter_finish", tr("GuidingPainter: colour all that is left"), "walk.finish"),
    ("guidingpainter_zoom", tr("GuidingPainter: zoom to region"), "walk.zoom"),
    ("guidingpainter_correct", tr("GuidingPainter: correct region from selection"), "correct"),
    ("guidingpainter_scribble", tr("GuidingPainter: scribble"), "scribble"),
    ("guidingpainter_cancel", tr("GuidingPainter: cancel"), "jobs.cancel"),
)


class StepActions(Extension):
    """Adds the actions to each window."""

    def setup(self) -> None:
        """Nothing to prepare; Krita wants the method."""

    def createActions(self, window: Any) -> None:
        """Krita calls this for each window."""
        for name, text, method in STEPS:
            action = window.createAction(name, text, "tools/scripts")
            step = attrgetter(method)(controller())
            action.triggered.connect(lambda _checked=False, step=step: step())
