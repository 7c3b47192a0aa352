"""Our own layers in the artist's document: the group and what is in it."""

from __future__ import annotations

from typing import Any

from gp_client.answers import Box
from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError

from .compat import QtCore, tr
from .document import FORMATS, GROUP, PIXEL, Document, id_of, walk
from .steps import Steps, bands

FLATS = "Flats"
SOFT = "Soft colours"
COLORS = "Colours"
HINTS = "Hints"
ORDER = (FLATS, SOFT, COLORS, HINTS)  # from the bottom


def find(document: Document, name: str) -> Any | None:
    """Return our layer of this name, one of ORDER."""
    group = _group(document)
    if group is None:
        return None
    return next((node for node in group.childNodes() if node.name() == name), None)


def ensure(document: Document, name: str, line_art_id: str, opaque: bool) -> Any:
    """Return our layer of this name; where it is missing, make it, with the group.

    That is an undo step, and Krita holds the GUI until it has composed the picture. The line art
    stays where and what it is.

    Args:
        document: where.
        name: one of ORDER.
        line_art_id: the layer that the group goes next to.
        opaque: whether the line art hides what lies under it.
    """
    layer = find(document, name)
    if layer is not None:
        return layer
    doc = document.krita
    layer = doc.createGroupLayer(name) if name == COLORS else doc.createNode(name, "paintlayer")
    group = _group(document)
    with _active_kept(document):
        if group is None:
            _add_group(document, layer, line_art_id, opaque)
        else:
            group.addChildNode(layer, _below(group, name))
    return layer


def show(document: Document, name: str, visible: bool) -> None:
    """Show or hide our layer of this name, where it is. No undo step."""
    layer = find(document, name)
    if layer is not None and layer.visible() != visible:
        layer.setVisible(visible)


def format_of(layer: Any) -> str:
    """Return the wire's format of a layer.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT.
    """
    format = FORMATS.get((layer.colorModel(), layer.colorDepth()))
    if format is None:
        raise GuidingPainterError(
            UNSUPPORTED_FORMAT,
            tr("This needs a document with 8 or 16 bits a channel in RGB or gray."),
            tr("Image > Convert Image Color Space, or use flats."),
        )
    return format


def write(layer: Any, box: Box, pixels: bytes) -> Steps[None]:
    """Replace the pixels in a box of a layer, in steps; Krita's undo does not know of it."""
    x, y, width, height = box
    size = PIXEL[format_of(layer)]
    for top, rows in bands(width, height, size):
        part = pixels[top * width * size : (top + rows) * width * size]
        layer.setPixelData(part, x, y + top, width, rows)
        yield


def replace_children(document: Document, group: Any, children: list[Any]) -> None:
    """Give a group these layers, the bottom one first. Krita's undo does not know of it."""
    present = group.childNodes()
    if [id_of(node) for node in present] == [id_of(node) for node in children]:
        return
    with _active_kept(document):
        for _ in present:  # one call takes out only some of them
            if group.childNodes():
                group.setChildNodes([])
        group.setChildNodes(children)


class _active_kept:
    """Krita makes a new layer the active one, but not at once; the artist's stays it."""

    def __init__(self, document: Document) -> None:
        self._document, self._active = document, document.krita.activeNode()

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, *exception: object) -> None:
        document, active = self._document, self._active

        def restore() -> None:
            if document.is_open:
                document.krita.setActiveNode(active)

        if active is not None:
            QtCore.QTimer.singleShot(0, restore)


def _group(document: Document) -> Any | None:
    for node in walk(document.krita.rootNode(), ours=True):
        if node.type() == "grouplayer" and node.name() == GROUP:
            return node
    return None


def _below(group: Any, name: str) -> Any | None:
    """Return the node that a new one goes above, None for the top."""
    under = ORDER[: ORDER.index(name)]
    below = [node for node in group.childNodes() if node.name() in under]
    return below[-1] if below else None


def _add_group(document: Document, layer: Any, line_art_id: str, opaque: bool) -> None:
    """Add the group with a layer in it, in one undo step."""
    doc = document.krita
    group = doc.createGroupLayer(GROUP)
    group.setChildNodes([layer])
    line_art = document.node(line_art_id)
    if line_art is None:
        doc.rootNode().addChildNode(group, None)
        return
    parent = line_art.parentNode()
    siblings = parent.childNodes()
    place = [id_of(node) for node in siblings].index(line_art_id)
    # Nothing can be put under the bottom layer: Krita reads "above None" as "on top".
    under = place > 0 and (not opaque or line_art.blendingMode() == "multiply")
    if not under:
        group.setBlendingMode("multiply")  # before it is added, or it is an undo step
    parent.addChildNode(group, siblings[place - 1] if under else line_art)
