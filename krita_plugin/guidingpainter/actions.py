"""The docker's steps as Krita actions: Tools > Scripts, and shortcuts of the artist's choice."""

from __future__ import annotations

from typing import Any

from krita import Extension

from .compat import tr
from .docker import controller

STEPS = (
    ("guidingpainter_next", "GuidingPainter: next region", "next"),
    ("guidingpainter_skip", "GuidingPainter: skip region", "skip"),
    ("guidingpainter_back", "GuidingPainter: previous region", "back"),
    ("guidingpainter_foreground", "GuidingPainter: use foreground colour", "apply_foreground"),
    ("guidingpainter_suggestion", "GuidingPainter: use suggested colour", "apply_suggestion"),
)


class StepActions(Extension):
    """Adds the actions to each window."""

    def setup(self) -> None:
        """Nothing to prepare; Krita wants the method."""

    def createActions(self, window: Any) -> None:
        """Krita calls this for each window."""
        for name, text, method in STEPS:
            action = window.createAction(name, tr(text), "tools/scripts")
            step = getattr(controller(), method)
            action.triggered.connect(lambda _checked=False, step=step: step())
