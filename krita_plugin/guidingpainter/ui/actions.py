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
    ("guidingpainter_keep", tr("GuidingPainter: accept, or leave white"), "walk.keep"),
    ("guidingpainter_keep_piece", tr("GuidingPainter: accept one piece"), "walk.keep_piece"),
    ("guidingpainter_keep_all", tr("GuidingPainter: accept all proposals"), "walk.keep_all"),
    ("guidingpainter_keep_sure", tr("GuidingPainter: accept what is sure"), "book.keep_sure"),
    ("guidingpainter_cast", tr("GuidingPainter: propose from the cast"), "book.use"),
    ("guidingpainter_learn", tr("GuidingPainter: learn from this page"), "book.learn"),
    ("guidingpainter_clear", tr("GuidingPainter: take colour away"), "walk.clear"),
    ("guidingpainter_split", tr("GuidingPainter: split region"), "walk.split"),
    ("guidingpainter_merge", tr("GuidingPainter: join with the next click"), "walk.join"),
    ("guidingpainter_everywhere", tr("GuidingPainter: recolour everywhere"), "walk.everywhere"),
    ("guidingpainter_inside", tr("GuidingPainter: colour the selection"), "walk.color_selection"),
    ("guidingpainter_select", tr("GuidingPainter: select region"), "walk.select"),
    (
        "guidingpainter_select_color",
        tr("GuidingPainter: select all of this colour"),
        "walk.select_color",
    ),
    ("guidingpainter_lock", tr("GuidingPainter: lock this colour"), "walk.switch_lock"),
    ("guidingpainter_zoom", tr("GuidingPainter: zoom to region"), "walk.zoom"),
    ("guidingpainter_canvas", tr("GuidingPainter: clicks on the canvas"), "switch_clicks"),
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
