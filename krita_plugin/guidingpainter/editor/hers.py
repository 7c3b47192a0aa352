"""What is the artist's while Krita needs ours in its place to paint with."""

from __future__ import annotations

from typing import Any

from gp_client.types import Mask

from .document import Document, id_of


class Borrowed:
    """Selection, active layer and foreground colour: ours for a moment, hers again afterwards.

    She may choose another one before Krita has painted. That is hers then, and stays.

    Args:
        document: which is in front.
        view: Krita's, that shows it.
    """

    def __init__(self, document: Document, view: Any) -> None:
        self._document, self._view = document, view
        self._selection: Any = None
        self._shape: Mask | None = None
        self._layers: tuple[Any, Any] | None = None  # hers, and ours
        self._colors: tuple[Any, Any] | None = None

    def select(self, shape: Mask) -> None:
        """Select a shape, unless it is what is selected."""
        if not self._selected(shape):
            self._selection, self._shape = self._document.krita.selection(), shape
            self._document.select(shape.bbox, shape.data)

    def activate(self, layer: Any) -> None:
        """Make a layer the active one."""
        self._layers = self._document.krita.activeNode(), layer
        self._document.krita.setActiveNode(layer)

    def take(self, color: Any) -> None:
        """Make a ManagedColor the foreground colour."""
        before = self._view.foregroundColor()
        self._view.setForeGroundColor(color)
        self._colors = before, self._view.foregroundColor()

    def give_back(self) -> None:
        """Put hers in place of ours, where ours still are."""
        doc = self._document.krita
        if self._layers is not None:
            hers, ours = self._layers
            active = doc.activeNode()
            if hers is not None and active is not None and id_of(active) == id_of(ours):
                doc.setActiveNode(hers)
        if self._shape is not None and self._selected(self._shape):
            doc.setSelection(self._selection)
        if self._colors is not None:
            before, set_to = self._colors
            if _numbers(self._view.foregroundColor()) == _numbers(set_to):
                self._view.setForeGroundColor(before)

    def _selected(self, shape: Mask) -> bool:
        """Whether this shape is selected, and we have selected it."""
        found = self._document.krita.selection()
        if found is None or self._shape is not shape:
            return False
        box = (found.x(), found.y(), found.width(), found.height())
        return box == shape.bbox and bytes(found.pixelData(*box)) == shape.data


def _numbers(color: Any) -> tuple[Any, ...]:
    return color.colorModel(), color.colorDepth(), color.colorProfile(), *color.components()
