"""Krita's documents and layers as the plug-in needs them; each quirk is named here once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gp_client.errors import BAD_REQUEST, UNSUPPORTED_FORMAT, GuidingPainterError
from gp_guide.line_art_names import named_line_art
from gp_guide.pixels import LineArt
from krita import Krita, Selection

from .compat import QtCore, tr
from .steps import POLL, Steps, bands

GROUP = "GuidingPainter"
ANNOTATION = "guidingpainter"

# Krita's colour model and depth, and the wire's format for the same bytes.
FORMATS = {
    ("RGBA", "U8"): "BGRA8",
    ("RGBA", "U16"): "BGRA16",
    ("GRAYA", "U8"): "GRAYA8",
    ("GRAYA", "U16"): "GRAYA16",
}
GLANCE = 64  # pixels of the picture by which a page is judged
PIXEL = {"BGRA8": 4, "BGRA16": 8, "GRAYA8": 2, "GRAYA16": 4}  # bytes


@dataclass(frozen=True)
class Bands:
    """A layer's pixels as they were read: bands of rows from the top."""

    bands: tuple[bytes, ...]
    width: int
    height: int
    format: str

    def join(self) -> LineArt:
        """Put them together; on a large canvas too long a work for the GUI thread."""
        pixels = b"".join(self.bands)
        row = PIXEL[self.format] * self.width
        # Alpha is the last sample; its upper byte is the pixel's last. A sample of rows will do.
        opaque = all(
            min(pixels[start + PIXEL[self.format] - 1 : start + row : PIXEL[self.format]]) == 255
            for start in range(0, len(pixels), max(1, self.height // 64) * row)
        )
        return LineArt(pixels, self.width, self.height, self.format, opaque)


@dataclass(frozen=True)
class LayerName:
    """A layer that can be chosen as line art."""

    id: str
    name: str


def active_document() -> Document | None:
    """Return the document in front."""
    found = Krita.instance().activeDocument()
    return None if found is None else Document(found)


def open_documents() -> list[Document]:
    """Return all documents that Krita has."""
    return [Document(found) for found in Krita.instance().documents()]


def redo_left() -> bool:
    """Whether Krita has a step to do again: its action is always enabled, but names that step."""
    return not Krita.instance().action("edit_redo").text().endswith(" ")


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

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the canvas in pixels."""
        return self._doc.width(), self._doc.height()

    @property
    def name(self) -> str:
        """What Krita calls it: its file, or its title."""
        return self._doc.fileName().replace("\\", "/").rpartition("/")[2] or self._doc.name()

    @property
    def path(self) -> str:
        """Its file, "" where it was never saved."""
        return str(self._doc.fileName())

    def refresh(self) -> None:
        """Have Krita compose its picture anew; it holds the GUI until it has."""
        self._doc.refreshProjection()

    # Layers

    def layers(self) -> list[LayerName]:
        """Return the paint layers that are not ours, the top one first."""
        found = [_name(node) for node in walk(self._doc.rootNode()) if node.type() == "paintlayer"]
        return list(reversed(found))

    def guess_line_art(self) -> str:
        """Return the id of the layer that is line art by name, else the active, else the top."""
        layers = self.layers()
        named = named_line_art((layer.id, layer.name) for layer in layers)
        if named is not None:
            return named
        active = self._doc.activeNode()
        known = [layer.id for layer in layers]
        if active is not None and id_of(active) in known:
            return id_of(active)
        return known[0] if known else ""

    def looks_drawn(self, layer_id: str) -> bool:
        """Whether a layer holds line art and nothing else: dark lines on much paper or on nothing.

        A small picture of it is looked at; it says nothing of lines that are too thin for that.
        """
        node = self.node(layer_id)
        if node is None:
            return False
        image = node.thumbnail(GLANCE, GLANCE)
        paper = lines = colored = count = 0
        for y in range(image.height()):
            for x in range(image.width()):
                pixel = image.pixelColor(x, y)
                red, green, blue, alpha = pixel.red(), pixel.green(), pixel.blue(), pixel.alpha()
                count += 1
                paper += alpha < 64 or min(red, green, blue) > 200
                lines += alpha >= 64 and max(red, green, blue) < 200
                colored += alpha >= 64 and max(red, green, blue) - min(red, green, blue) > 60
        return lines > 0 and paper > count / 2 and colored < count / 10

    def to_rgb(self) -> None:
        """Convert the document to RGB; one step of Krita's undo. Krita's window waits for it."""
        depth = self._doc.colorDepth()
        profile = "sRGB-elle-V2-g10.icc" if depth.startswith("F") else "sRGB-elle-V2-srgbtrc.icc"
        self._doc.setColorSpace("RGBA", depth, profile)

    def read_line_art(self, layer_id: str) -> Steps[Bands]:
        """Read a layer's pixels, in steps.

        Raises:
            GuidingPainterError: the layer is gone or animated.
        """
        node = self.node(layer_id)
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
        format = FORMATS.get((node.colorModel(), node.colorDepth()))
        if format is None:
            return (yield from self._read_converted(node))
        return (yield from self._read(node, format))

    def _read(self, node: Any, format: str) -> Steps[Bands]:
        width, height = self.size
        read = []
        for top, rows in bands(width, height, PIXEL[format]):
            read.append(bytes(node.pixelData(0, top, width, rows)))
            yield
        return Bands(tuple(read), width, height, format)

    def _read_converted(self, node: Any) -> Steps[Bands]:
        """Read CMYK, floats and the like through a copy; converting a lone layer crashes Krita."""
        path = _path(node)
        copy = self._doc.clone()
        try:
            copy.setColorSpace("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")
            while not copy.tryBarrierLock():  # still converting
                yield POLL
            copy.unlock()
            twin = copy.rootNode()
            for index in path:
                twin = twin.childNodes()[index]
            return (yield from self._read(twin, "BGRA8"))
        finally:
            copy.close()

    def node(self, layer_id: str) -> Any | None:
        """Return the node of this id."""
        found = (node for node in walk(self._doc.rootNode(), ours=True) if id_of(node) == layer_id)
        return next(found, None)

    # Selection

    def select(self, bbox: tuple[int, int, int, int], mask: bytes) -> None:
        """Select a region: one byte a pixel of bbox. No undo step."""
        x, y, width, height = bbox
        selection = Selection()
        selection.setPixelData(mask, x, y, width, height)
        self._doc.setSelection(selection)

    def read_selection(self) -> Steps[bytes]:
        """Read the selection, in steps: a byte a pixel of the canvas, empty where there is none."""
        selection = self._doc.selection()
        if selection is None:
            return b""
        width, height = self.size
        read = []
        for top, rows in bands(width, height, 1):
            read.append(bytes(selection.pixelData(0, top, width, rows)))
            yield
        return b"".join(read)

    # The plug-in's own state

    def read_annotation(self) -> bytes:
        """Return what write_annotation wrote; empty where nothing was."""
        return bytes(self._doc.annotation(ANNOTATION))

    def write_annotation(self, data: bytes) -> None:
        """Keep data in the document; it is saved with it in Krita's own format."""
        self._doc.setAnnotation(ANNOTATION, "GuidingPainter", QtCore.QByteArray(data))


def id_of(node: Any) -> str:
    return str(node.uniqueId().toString())


def _name(node: Any) -> LayerName:
    return LayerName(id_of(node), str(node.name()))


def _path(node: Any) -> list[int]:
    """Return the indices that lead from the root to a node."""
    path: list[int] = []
    parent = node.parentNode()
    while parent is not None:
        path.insert(0, [id_of(child) for child in parent.childNodes()].index(id_of(node)))
        node, parent = parent, parent.parentNode()
    return path


def walk(node: Any, ours: bool = False) -> Iterator[Any]:
    """All nodes below, the bottom one first; selection masks come along while one is active."""
    for child in node.childNodes():
        if not ours and child.type() == "grouplayer" and child.name() == GROUP:
            continue
        yield child
        yield from walk(child, ours)
