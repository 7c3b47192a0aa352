"""How a colourist might colour samples, closed area by closed area: what `krita_job` plays."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from gp_client.types import Color
from numpy.typing import NDArray
from PIL import Image

INK = 230  # tone: what is lighter is paper
LEAST = 20  # pixels: smaller areas do not count
NONE, WHITE = -1, -2  # in place of a colour: whatever comes of it; it stays as it is

Table = dict[str, tuple[Color, tuple[tuple[int, int], ...]]]

# Back to front, as one paints; each area by a pixel well inside it.
TUXPAINT_17: Table = {
    "sky": ((196, 222, 240), ((114, 72),)),
    "mountains": (
        (122, 150, 170),
        (
            *((330, 195), (539, 196), (76, 198), (169, 210), (181, 168), (152, 170)),
            *((140, 206), (142, 219), (122, 223), (212, 204), (212, 218)),
        ),
    ),
    "water": (
        (92, 168, 200),
        (
            *((142, 313), (353, 292), (459, 244), (546, 254), (19, 331)),
            *((123, 233), (142, 231), (213, 229), (122, 248), (213, 245)),
        ),
    ),
    "ground": ((206, 190, 140), ((535, 401), (73, 393))),
    "bushes": ((96, 140, 76), ((80, 383), (99, 395), (103, 376))),
    "gate": (
        (206, 62, 40),
        (
            *((167, 162), (222, 175), (193, 177), (108, 179), (205, 248), (133, 250)),
            *((192, 252), (220, 246), (114, 230), (147, 249)),
            *((185, 198), (110, 201), (139, 201)),
        ),
    ),
    "gate's roof": ((70, 62, 66), ((200, 145), (247, 142))),
    "windows": (
        (250, 226, 130),
        ((37, 278), (60, 281), (291, 264), (304, 268), (482, 239), (497, 240)),
    ),
    "stone": (
        (168, 168, 160),
        (
            *((51, 224), (52, 234), (42, 241), (53, 242), (71, 252), (30, 253), (91, 259)),
            *((34, 262), (51, 295), (34, 269), (29, 305), (54, 305), (56, 313), (53, 362)),
            *((31, 401), (74, 400)),
            *((298, 233), (300, 244), (287, 250), (310, 250), (324, 254), (274, 255)),
            *((310, 260), (290, 276), (286, 282), (313, 281), (306, 286), (300, 302)),
            *((491, 204), (485, 216), (495, 215), (479, 222), (503, 222), (517, 226)),
            *((479, 228), (501, 232), (485, 248), (479, 254), (502, 254), (510, 260)),
            *((470, 260), (484, 269), (504, 269), (485, 304), (512, 309), (456, 320)),
            *((518, 327), (477, 328)),
        ),
    ),
    "wood": (
        (140, 100, 66),
        ((210, 354), (154, 379), (124, 381), (447, 131), (446, 136), (448, 220)),
    ),
    "umbrella": (
        (226, 110, 92),
        (
            *((460, 93), (357, 143), (352, 154), (355, 162), (364, 165), (379, 163)),
            *((380, 175), (401, 149), (442, 149), (454, 181), (458, 188)),
        ),
    ),
    "umbrella's cap": ((246, 216, 190), ((448, 110), (464, 109), (469, 115), (464, 127))),
    "kimono": (
        (98, 92, 160),
        ((422, 191), (410, 249), (395, 382), (427, 270), (440, 170), (445, 182)),
    ),
    "lining": ((244, 226, 232), ((434, 206), (417, 215), (390, 426), (438, 195))),
    "sash": ((232, 180, 70), ((376, 202), (434, 237), (440, 224))),
    "hair": ((48, 40, 44), ((421, 117), (423, 144))),
    "skin": ((250, 214, 184), ((448, 205), (424, 159), (422, 166), (434, 168), (451, 168))),
    "sandals": ((120, 60, 50), ((406, 448), (425, 440))),
}


TUXPAINT_02: Table = {
    "morning": ((250, 232, 196), ((374, 149),)),
    "feathers": ((238, 206, 150), ((203, 108),)),
    "belly": ((250, 240, 220), ((239, 286),)),
    "wings": ((214, 160, 96), ((348, 305), (50, 261))),
    "comb": ((200, 52, 56), ((144, 65),)),
    "beak": ((240, 160, 50), ((280, 81), (267, 102), (286, 99))),
}
TUXPAINT_18: Table = {
    "wall": ((196, 190, 204), ((60, 60), (544, 408))),
    "glass": (
        (176, 208, 224),
        (
            *((155, 229), (415, 119), (448, 213), (332, 286), (328, 321), (289, 289)),
            *((154, 349), (219, 350)),
        ),
    ),
    "window's frame": (
        (120, 85, 60),
        (
            *((296, 19), (156, 72), (479, 113), (96, 167), (515, 257), (86, 210)),
            *((466, 374), (129, 368), (387, 434), (226, 440), (283, 452)),
        ),
    ),
    "leaves": (
        (110, 152, 98),
        (
            *((390, 304), (431, 356), (240, 289), (219, 301), (195, 313), (284, 328)),
            *((163, 327), (185, 356), (216, 327), (250, 311), (255, 369), (358, 385)),
            *((212, 396), (262, 415), (300, 369), (309, 279), (300, 288)),
        ),
    ),
    "buds": (
        (212, 120, 140),
        ((150, 139), (200, 116), (170, 163), (464, 156), (435, 174), (409, 196)),
    ),
    "petals": (
        (238, 132, 150),
        ((288, 102), (329, 144), (224, 209), (266, 266), (220, 164)),
    ),
    "petals within": (
        (250, 196, 206),
        ((288, 151), (329, 179), (261, 198), (290, 228), (296, 199)),
    ),
}


class Truth(NamedTuple):
    """What a page shall look like.

    Attributes:
        areas: int [H,W]; the number of each closed area that counts, from 1; 0 elsewhere.
        colors: of each area, its place in ``palette``, or WHITE; 0 has NONE.
        palette: names and colours, back to front.
    """

    areas: NDArray[np.int32]
    colors: NDArray[np.int64]
    palette: tuple[tuple[str, Color], ...]


def areas_of(tones: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the closed areas of line art that count, see ``Truth.areas``."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (tones >= INK).astype(np.uint8), connectivity=4
    )
    kept = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] > LEAST]
    table = np.zeros(count, np.int32)
    table[kept] = np.arange(1, 1 + len(kept))
    return table[np.asarray(labels, np.int64)]


def truth(path: Path, table: Table) -> Truth:
    """Return what a sample shall look like.

    Raises:
        ValueError: an area has no colour, or two, or a point lies in none.
    """
    with Image.open(path) as image:
        areas = areas_of(np.asarray(image.convert("L")))
    colors = np.full(1 + int(areas.max()), NONE)
    for place, (name, (_, points)) in enumerate(table.items()):
        for x, y in points:
            area = areas[y, x]
            if area == 0 or colors[area] not in (NONE, place):
                raise ValueError(f"{name}: ({x}, {y}) lies in no area, or in one of another colour")
            colors[area] = place
    missing = [
        np.argwhere(areas == area)[0].tolist() for area in range(1, len(colors)) if colors[area] < 0
    ]
    if missing:
        raise ValueError(f"no colour for the areas at (y, x) {missing}")
    return Truth(areas, colors, tuple((name, color) for name, (color, _) in table.items()))
