"""Krita's documents and layers as the plug-in needs them; each quirk is named here once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from krita import Krita, Selection

from .compat import QtCore, tr

GROUP = "GuidingPainter"
FLATS = "Flats"
SOFT = "Soft colours"
ANNOTATION = "guidingpainter"
LINE_WORDS = ("line", "ink", "lineart", "sketch", "outline", "draw", "trait", "linie", "線")

# Krita's colour model and depth, and the wire's format for the same bytes.
FORMATS = {
    ("RGBA", "U8"): "BGRA8",
    ("RGBA", "U16"): "BGRA16",
    ("GRAYA", "U8"): "GRAYA8",
    ("GRAYA", "U16"): "GRAYA16",
}
PIXEL = {"BGRA8": 4, "BGRA16": 8, "GRAYA8": 2, "GRAYA16": 4}  # bytes


@dataclass(frozen=True)
class LineArt:
    """The line-art layer's pixels, canvas size, rows from the top."""

    pixels: bytes
    width: int
    height: int
    format: str

    @property
    def opaque(self) -> bool:
        """Whether paper is painted, so that colours under it would not be seen."""
        size = PIXEL[self.format]
        # Alpha is the last sample; its upper byte is the pixel's last. A sample of rows will do.
        step = max(1, self.height // 64) * self.width * size
        return all(
            min(self.pixels[start + size - 1 : start + self.width * size : size]) == 255
            for start in range(0, len(self.pixels), step)
        )


@dataclass(frozen=True)
class LayerName:
    """A layer that can be chosen as line art."""

    id: str
    name: str


def active_document() -> Document | None:
    """Return the document in front."""
    found = Krita.instance().activeDocument()
    return None if found is None else Document(found)


class Document:
    """A document of Krita's; two of these are equal where Krita's are."""

    def __init__(self, krita_document: Any) -> None:
        self._doc = krita_document

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and bool(self._doc == other._doc)

    __hash__ = None  # type: ignore[assignment]

    @property
    def krita(self) -> Any:
        """Krita's own object."""
        return self._doc

    @property
    def is_open(self) -> bool:
        """Whether Krita still has it."""
        return any(self._doc == other for other in Krita.instance().documents())

    @property
    def is_active(self) -> bool:
        """Whether it is the one in front, on which Krita's actions work."""
        return bool(self._doc == Krita.instance().activeDocument())

    @property
    def gray(self) -> bool:
        """Whether colours turn to tones of gray here."""
        return self._doc.colorModel() == "GRAYA"

    # Layers

    def layers(self) -> list[LayerName]:
        """Return the paint layers that are not ours, the top one first."""
        found = [_name(node) for node in _walk(self._doc.rootNode()) if node.type() == "paintlayer"]
        return list(reversed(found))

    def guess_line_art(self) -> str:
        """Return the id of the layer that is line art by name, else the active, else the top."""
        layers = self.layers()
        for word in LINE_WORDS:
            for layer in layers:
                if word in layer.name.lower():
                    return layer.id
        active = self._doc.activeNode()
        known = [layer.id for layer in layers]
        if active is not None and _id(active) in known:
            return _id(active)
        return known[0] if known else ""

    def read_line_art(self, layer_id: str) -> LineArt:
        """Return a layer's pixels.

        Raises:
            GuidingPainterError: the layer is gone or animated.
        """
        node = self._node(layer_id)
        if node is None:
            raise GuidingPainterError(
                BAD_REQUEST,
                tr("The line-art layer is gone."),
                tr("Choose another one at the top of the docker."),
            )
        if node.animated():
            raise GuidingPainterError(
                UNSUPPORTED_FORMAT,
                tr("The line art is animated; GuidingPainter colours single pages."),
                tr("Copy the frame to a layer of its own and choose that."),
            )
        width, height = self._doc.width(), self._doc.height()
        format = FORMATS.get((node.colorModel(), node.colorDepth()))
        if format is not None:
            pixels = bytes(node.pixelData(0, 0, width, height))
            return LineArt(pixels, width, height, format)
        return self._read_converted(node, width, height)

    def _read_converted(self, node: Any, width: int, height: int) -> LineArt:
        """Read CMYK, floats and the like through a copy; converting a lone layer crashes Krita."""
        path = _path(node)
        copy = self._doc.clone()
        try:
            copy.setColorSpace("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
            copy.waitForDone()
            twin = copy.rootNode()
            for index in path:
                twin = twin.childNodes()[index]
            return LineArt(bytes(twin.pixelData(0, 0, width, height)), width, height, "BGRA8")
        finally:
            copy.close()

    def layer(self, name: str) -> Any | None:
        """Return our layer of this name, FLATS or SOFT."""
        group = self._group()
        if group is None:
            return None
        return next((node for node in group.childNodes() if node.name() == name), None)

    def ensure_layer(self, name: str, line_art_id: str, opaque: bool) -> Any:
        """Return our layer of this name; where it is missing, make it, with the group.

        Each new one is an undo step. The line art stays where and what it is.

        Args:
            name: FLATS or SOFT; SOFT lies over FLATS.
            line_art_id: the layer that the group goes next to.
            opaque: whether the line art hides what lies under it.
        """
        group = self._group() or self._add_group(line_art_id, opaque)
        layer = self.layer(name)
        if layer is None:
            active = self._doc.activeNode()
            layer = self._doc.createNode(name, "paintlayer")
            below = self.layer(FLATS) if name == SOFT else None
            group.addChildNode(layer, below)
            if active is not None:
                # Krita makes a new layer the active one, but not at once.
                QtCore.QTimer.singleShot(0, lambda: self._doc.setActiveNode(active))
        return layer

    def _group(self) -> Any | None:
        for node in _walk(self._doc.rootNode(), ours=True):
            if node.type() == "grouplayer" and node.name() == GROUP:
                return node
        return None

    def _add_group(self, line_art_id: str, opaque: bool) -> Any:
        group = self._doc.createGroupLayer(GROUP)
        line_art = self._node(line_art_id)
        if line_art is None:
            self._doc.rootNode().addChildNode(group, None)
            return group
        parent = line_art.parentNode()
        siblings = parent.childNodes()
        place = [_id(node) for node in siblings].index(line_art_id)
        # Nothing can be put under the bottom layer: Krita reads "above None" as "on top".
        under = place > 0 and (not opaque or line_art.blendingMode() == "multiply")
        if not under:
            group.setBlendingMode("multiply")  # before it is added, or it is an undo step
        parent.addChildNode(group, siblings[place - 1] if under else line_art)
        return group

    def _node(self, layer_id: str) -> Any | None:
        found = (node for node in _walk(self._doc.rootNode(), ours=True) if _id(node) == layer_id)
        return next(found, None)

    def write(self, layer: Any, pixels: bytes) -> None:
        """Replace a layer's pixels; Krita's undo does not know of it."""
        layer.setPixelData(pixels, 0, 0, self._doc.width(), self._doc.height())
        self._doc.refreshProjection()

    def layer_format(self, layer: Any) -> str:
        """Return the wire's format of a layer.

        Raises:
            GuidingPainterError: UNSUPPORTED_FORMAT.
        """
        format = FORMATS.get((layer.colorModel(), layer.colorDepth()))
        if format is None:
            raise GuidingPainterError(
                UNSUPPORTED_FORMAT,
                tr("Soft colours need a document with 8 or 16 bits a channel in RGB or gray."),
                tr("Image > Convert Image Color Space, or use flats."),
            )
        return format

    # Selection

    def select(self, bbox: tuple[int, int, int, int], mask: bytes) -> None:
        """Select a region: one byte a pixel of bbox. No undo step."""
        x, y, width, height = bbox
        selection = Selection()
        selection.setPixelData(mask, x, y, width, height)
        self._doc.setSelection(selection)

    def deselect(self) -> None:
        """Select nothing."""
        self._doc.setSelection(None)

    # The plug-in's own state

    def read_annotation(self) -> bytes:
        """Return what write_annotation wrote; empty where nothing was."""
        return bytes(self._doc.annotation(ANNOTATION))

    def write_annotation(self, data: bytes) -> None:
        """Keep data in the document; it is saved with it in Krita's own format."""
        self._doc.setAnnotation(ANNOTATION, "GuidingPainter", QtCore.QByteArray(data))


def _id(node: Any) -> str:
    return str(node.uniqueId().toString())


def _name(node: Any) -> LayerName:
    return LayerName(_id(node), str(node.name()))


def _path(node: Any) -> list[int]:
    """Return the indices that lead from the root to a node."""
    path: list[int] = []
    parent = node.parentNode()
    while parent is not None:
        path.insert(0, [_id(child) for child in parent.childNodes()].index(_id(node)))
        node, parent = parent, parent.parentNode()
    return path


def _walk(node: Any, ours: bool = False) -> Iterator[Any]:
    """All nodes below, the bottom one first; selection masks come along while one is active."""
    for child in node.childNodes():
        if not ours and child.type() == "grouplayer" and child.name() == GROUP:
            continue
        yield child
        yield from _walk(child, ours)
