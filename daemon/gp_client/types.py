"""What client, plug-ins and guide speak of: colours, boxes, masks, regions, layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

Color = tuple[int, int, int]  # red, green, blue, 0..255
Box = tuple[int, int, int, int]  # x, y, width, height in pixels
Tell = Callable[[str, float], None]  # takes a stage's name and its fraction, 0..1
Level = Literal["off", "careful", "bold"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""How freely the guide proposes colours: never, where it is sure, or wherever it has a guess."""
Proposals = Literal["pale", "full", "none", "only"]
PROPOSALS: tuple[Proposals, ...] = get_args(Proposals)
"""How colours of the guide's are shown: halfway to white, as if given, not at all, or alone."""


@dataclass(frozen=True)
class Region:
    """A guided region.

    Attributes:
        number: its priority, 1 first.
        bbox: (x, y, width, height) in canvas pixels.
        pixels: canvas pixels in it.
        suggestion: (red, green, blue), 0..255, the colour that the daemon would give it.
    """

    number: int
    bbox: Box
    pixels: int
    suggestion: Color


@dataclass(frozen=True)
class GuidedRegion:
    """Pieces of a page that belong together.

    Attributes:
        number: no other region of the page ever has it.
        state: "open" (nobody gave it a colour), "proposed" (the guide did), "colored" (the artist
            did) or "blank" (it stays without).
        bbox: (x, y, width, height) in canvas pixels.
        pixels: canvas pixels in it.
        color: (red, green, blue), 0..255, or None.
        suggestion: a colour to offer.
        skipped: whether the artist has put it off.
        pieces: how many there are in it.
    """

    number: int
    state: str
    bbox: Box
    pixels: int
    color: Color | None
    suggestion: Color
    skipped: bool
    pieces: int


@dataclass(frozen=True)
class Pick:
    """What lies at a point of a page.

    Attributes:
        piece: its place in the map of pieces.
        region: the number of its region.
        color: (red, green, blue), 0..255, or None.
        by: "artist", "guide" where the colour is proposed, or None.
    """

    piece: int
    region: int
    color: Color | None
    by: str | None


@dataclass(frozen=True)
class GivenLayer:
    """All of a page that was given one colour, or is proposed one.

    Attributes:
        name: "#rrggbb", with a question mark where it is proposed.
        color: (red, green, blue), 0..255.
        by: "artist" or "guide".
        bbox: (x, y, width, height) in canvas pixels.
        pixels: canvas pixels in it.
    """

    name: str
    color: Color
    by: str
    bbox: Box
    pixels: int


@dataclass(frozen=True)
class View:
    """Which picture of a page is wanted.

    Attributes:
        kind: "flats" (transparent where nobody gave a colour), "soft", or "shade": gray to be
            multiplied onto flats; in protocol 1 "hints" and no "shade".
        format: pixel format, see ``wire.FORMATS``.
        preview: grid size instead of canvas size; quicker.
        crop: (x, y, width, height), the part that is wanted, in pixels of the picture.
        proposals: how flats show what the guide proposes.
    """

    kind: str = "flats"
    format: str = "RGBA8"
    preview: bool = False
    crop: Box | None = None
    proposals: Proposals = "pale"


@dataclass(frozen=True)
class Panel:
    """One picture of a comic page or strip.

    Attributes:
        id: its place in the order of reading, from 1.
        bbox: (x, y, width, height) in canvas pixels.
    """

    id: int
    bbox: Box


@dataclass(frozen=True)
class Mask:
    """A shape: ``data`` has one byte a pixel, 0 or 255, bbox's width times height."""

    bbox: Box
    data: bytes


@dataclass(frozen=True)
class Layer:
    """What has one colour in the flats; the layers of a page cover it without overlapping.

    Attributes:
        name: "#rrggbb", with the numbers of the regions that were given it.
        color: (red, green, blue), 0..255; no other layer of the page has it.
        regions: those numbers; none where the colour is the daemon's own choice.
        bbox: (x, y, width, height) in canvas pixels.
        pixels: canvas pixels in it.
    """

    name: str
    color: Color
    regions: tuple[int, ...]
    bbox: Box
    pixels: int
