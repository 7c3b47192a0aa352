"""Our own layers in the artist's document: the group and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gp_client.errors import UNSUPPORTED_FORMAT, GuidingPainterError
from gp_client.types import Box

from .compat import QtCore, QtWidgets, tr
from .document import FORMATS, GROUP, PIXEL, Document, id_of, walk
from .steps import POLL, Steps, bands

FLATS = "Flats"
PROPOSALS = "Proposals"
SOFT = "Soft colours"
COLORS = "Colours"
HINTS = "Hints"
RENEWAL = "Renewal"
ORDER = (RENEWAL, FLATS, PROPOSALS, SOFT, COLORS, HINTS)  # from the bottom
FAINT = 128  # opacity of proposals, 0..255: they are paler than what was given
# Krita's names; which of them a layer without a pixel has makes no difference to the picture.
_MODES = (
    *("normal", "multiply", "screen", "add", "overlay", "darken", "lighten", "dodge", "burn"),
    *("subtract", "diff", "divide", "hard_light", "soft_light", "linear_burn", "linear_light"),
    *("pin_light", "vivid_light", "exclusion", "grain_merge", "grain_extract", "hue"),
    *("saturation", "color"),
)
_NOTHING = '<svg width="1" height="1"><rect width="1" height="1" fill="none" stroke="none"/></svg>'


def find(document: Document, name: str) -> Any | None:
    """Return our layer of this name, one of ORDER."""
    group = _group(document)
    return None if group is None else _child(group, name)


def ensure(document: Document, line_art_id: str, opaque: bool) -> Any:
    """Return the flats layer; where it is missing, make it, with the group.

    That is an undo step, and Krita holds the GUI until it has composed the picture. The line art
    stays where and what it is.

    Args:
        document: where.
        line_art_id: the layer that the group goes next to.
        opaque: whether the line art hides what lies under it.
    """
    layer = find(document, FLATS)
    if layer is not None:
        return layer
    layer = document.krita.createNode(FLATS, "paintlayer")
    group = _group(document)
    QtWidgets.QApplication.setOverrideCursor(QtCore.Qt.CursorShape.WaitCursor)
    try:
        with _active_kept(document):
            if group is None:
                # Together: an exchange of children right after a group was added crashes 5.1.5.
                _add_group(document, [_made(document, RENEWAL), layer], line_art_id, opaque)
            else:
                group.addChildNode(layer, _below(group, FLATS))
    finally:
        QtWidgets.QApplication.restoreOverrideCursor()
    return layer


def added(
    document: Document, name: str, line_art_id: str, opaque: bool, busy: Callable[[], bool]
) -> Steps[Any]:
    """Return our layer of this name; where it is missing, make it. No undo step, no wait.

    Args:
        document: where.
        name: PROPOSALS, SOFT, COLORS, HINTS or RENEWAL.
        line_art_id: see ``ensure``, for where the group is missing too.
        opaque: see ``ensure``.
        busy: whether we are painting: the layer comes afterwards.
    """
    names = dict.fromkeys((RENEWAL, name))
    missing = [each for each in names if find(document, each) is None]
    made = [_made(document, each) for each in missing]
    while made:
        ensure(document, line_art_id, opaque)
        if busy() or not document.krita.tryBarrierLock():
            yield POLL
            continue
        try:
            _put_in(document, made)
        finally:
            document.krita.unlock()
        break
    return find(document, name)


def renew(document: Document, within: str | None = None) -> None:
    """Have Krita compose its picture anew, for pixels and layers that it was not told of.

    Its own scripting call for this holds the GUI until that is done. A shape that asks to be
    painted has the same done in Krita's other threads: our vector layers keep an invisible one.

    Args:
        document: where.
        within: COLORS where layers in it have changed: Krita composes a group that is in our group
            only for one of its own layers.
    """
    ours = _group(document)
    group = ours if within is None else find(document, within)
    layer = None if group is None else _child(group, RENEWAL)
    shapes = []
    if layer is not None and layer.type() == "vectorlayer":
        seen = all(node.visible() for node in (ours, group, layer))
        shapes = layer.shapes() if seen else []
    if not shapes:
        document.refresh()
        return
    width, height = document.size
    doc = document.krita  # shapes are measured in points
    shapes[0].updateAbsolute(QtCore.QRectF(0, 0, 72 * width / doc.xRes(), 72 * height / doc.yRes()))


def mark_of(document: Document) -> int | None:
    """Return the mark that ``set_mark`` left, None where the artist's hands were on it."""
    layer = find(document, RENEWAL)
    mode = "" if layer is None else layer.blendingMode()
    return _MODES.index(mode) if mode in _MODES else None


def set_mark(document: Document, mark: int) -> None:
    """Leave a step in Krita's undo history for an act that changes no pixel.

    The only change that a script can make undoable at no cost is a layer's blending mode, and
    RENEWAL has nothing to blend. Its mode tells which of our acts was the last.

    Args:
        document: where.
        mark: 0..23, another one than before.
    """
    layer = find(document, RENEWAL)
    if layer is not None:
        layer.setBlendingMode(_MODES[mark])


def show(document: Document, name: str, visible: bool) -> bool:
    """Show or hide our layer of this name, where it is. No undo step; ``renew`` shows it.

    Returns:
        Whether anything changed.
    """
    layer = find(document, name)
    if layer is None or layer.visible() == visible:
        return False
    layer.setVisible(visible)
    return True


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


def read(layer: Any, box: Box) -> Steps[bytes]:
    """Read the pixels in a box of a layer, in steps."""
    x, y, width, height = box
    parts = []
    for top, rows in bands(width, height, PIXEL[format_of(layer)]):
        parts.append(bytes(layer.pixelData(x, y + top, width, rows)))
        yield
    return b"".join(parts)


def write(layer: Any, box: Box, pixels: bytes) -> Steps[None]:
    """Replace the pixels in a box of a layer, in steps; Krita's undo does not know of it."""
    x, y, width, height = box
    size = PIXEL[format_of(layer)]
    for top, rows in bands(width, height, size):
        part = pixels[top * width * size : (top + rows) * width * size]
        layer.setPixelData(part, x, y + top, width, rows)
        yield


def replace_children(
    document: Document, group: Any, children: list[Any], busy: Callable[[], bool]
) -> Steps[None]:
    """Give a group these layers, the bottom one first, over what renews it (see ``renew``).

    Krita's undo does not know of it.
    """
    children = [_child(group, RENEWAL) or _made(document, RENEWAL), *children]
    if [id_of(node) for node in group.childNodes()] == [id_of(node) for node in children]:
        return
    while busy() or not document.krita.tryBarrierLock():
        yield POLL
    try:
        with _active_kept(document):
            _exchange(group, children)
    finally:
        document.krita.unlock()


def _put_in(document: Document, made: Sequence[Any]) -> None:
    """Add new layers of ours; Krita must be locked."""
    group = _group(document)
    children = group.childNodes()  # type: ignore[union-attr]
    for layer in made:
        under = ORDER[: ORDER.index(layer.name())]
        places = [at for at, node in enumerate(children, 1) if node.name() in under]
        children.insert(max(places, default=0), layer)
    with _active_kept(document):
        _exchange(group, children)


def _made(document: Document, name: str) -> Any:
    doc = document.krita
    if name == COLORS:
        return doc.createGroupLayer(name)
    if name == PROPOSALS:
        layer = doc.createNode(name, "paintlayer")
        layer.setOpacity(FAINT)
        layer.setLocked(True)
        return layer
    if name != RENEWAL:
        return doc.createNode(name, "paintlayer")
    layer = doc.createVectorLayer(name)
    layer.addShapesFromSvg(_NOTHING)
    layer.setLocked(True)
    return layer


def _child(group: Any, name: str) -> Any | None:
    return next((node for node in group.childNodes() if node.name() == name), None)


def _exchange(group: Any, children: list[Any]) -> None:
    for _ in group.childNodes():  # one call takes out only some of them
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


def _add_group(document: Document, made: Sequence[Any], line_art_id: str, opaque: bool) -> None:
    """Add the group with layers in it, in one undo step."""
    doc = document.krita
    group = doc.createGroupLayer(GROUP)
    group.setChildNodes(list(made))
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
