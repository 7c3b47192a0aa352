"""Inputs out of public reports about other programs, and our own, drawn again and tried.

Prints what becomes of each: how many pieces more or fewer than the drawing has, and on how much of
the page flats would differ. docs/notebook/inputs.md has the sources.

    PYTHONPATH=tests/support python -m experiments.inputs
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import cv2
import drawn_inputs as drawn
import numpy as np
from gp_canvas.lines.ink import read_line_art
from gp_canvas.lines.pieces import find_pieces
from gp_cli.files import pictures
from gp_client.errors import GuidingPainterError
from PIL import Image

LINES, FLATS = drawn.figure()
HEIGHT, WIDTH = LINES.shape
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
RANDOM = np.random.default_rng(9)


def saved(pixels: np.ndarray, kind: str, mode: str | None = None, **options: object) -> bytes:
    """A picture file."""
    image = Image.fromarray(pixels)
    file = io.BytesIO()
    (image if mode is None else image.convert(mode)).save(file, kind, **options)
    return file.getvalue()


def palette_with_transparency() -> bytes:
    image = Image.fromarray(np.where(LINES < 128, 1, 0).astype(np.uint8), "P")
    image.putpalette([0, 0, 0, 0, 0, 0])
    file = io.BytesIO()
    image.save(file, "PNG", transparency=0)
    return file.getvalue()


def colors_under_transparency() -> bytes:
    rgba = np.full((HEIGHT, WIDTH, 4), (60, 10, 10, 0), np.uint8)
    rgba[..., 3] = 255 - LINES
    return saved(rgba, "PNG")


def ruled_paper() -> bytes:
    page = drawn.inked(LINES, (40, 40, 45), WHITE)
    for y in range(30, HEIGHT, 28):
        page[y : y + 2] = np.minimum(page[y : y + 2], (170, 200, 235))
    return saved(page, "JPEG", quality=90)


def photographed() -> bytes:
    light = np.linspace(0.55, 1, WIDTH)[None] * np.linspace(1, 0.8, HEIGHT)[:, None]
    page = drawn.inked(LINES, (70, 70, 75), (225, 215, 195)) * light[..., None]
    return saved(np.clip(page + RANDOM.normal(0, 4, page.shape), 0, 255).astype(np.uint8), "JPEG")


def white_lines_of_a_copier() -> bytes:
    page = LINES.copy()
    page[::90] = 255
    return saved(page, "PNG")


def textured_brush() -> bytes:
    grain = cv2.GaussianBlur(RANDOM.normal(0, 1, LINES.shape), (0, 0), 1.2)
    return saved(np.where(grain < 0.25, LINES, 255).astype(np.uint8), "PNG")


def dusty(specks: int = 700) -> bytes:
    page = LINES.copy()
    for _ in range(specks):
        x, y, radius, tone = (int(RANDOM.integers(most)) for most in (WIDTH, HEIGHT, 3, 120))
        cv2.circle(page, (x, y), radius, (tone,), -1)
    return saved(page, "PNG")


def creased() -> bytes:
    page = drawn.inked(LINES, (30,), (240,))[..., 0].astype(float)
    for x in (300, 620):
        page -= 26 * np.exp(-(((np.arange(WIDTH) - x) / 3) ** 2))[None]
    return saved(np.clip(page, 0, 255).astype(np.uint8), "JPEG", quality=92)


def bleeding_through() -> bytes:
    back = cv2.GaussianBlur(LINES[:, ::-1], (0, 0), 2).astype(float)
    page = np.minimum(drawn.inked(LINES, (20,), (245,))[..., 0], 245 - (255 - back) * 0.09)
    return saved(page.astype(np.uint8), "JPEG", quality=92)


def red_across_black() -> bytes:
    page = drawn.inked(LINES, BLACK, WHITE)
    cv2.line(page, (300, 560), (640, 560), (220, 40, 40), 3)
    return saved(page, "PNG")


def aliased_hair_lines() -> bytes:
    thin, _ = drawn.figure(1.0, 1)
    return saved(np.where(thin < 128, 0, 255).astype(np.uint8), "PNG", "1")


def shade_lines() -> bytes:
    page = drawn.inked(LINES, BLACK, WHITE)
    cv2.polylines(page, [np.array([(400, 455), (430, 560), (400, 678)])], False, (60, 120, 250), 2)
    return saved(page, "PNG")


def washed() -> bytes:
    page = LINES.copy()
    dress = drawn.place(FLATS, drawn.DRESS)
    page[dress] = np.minimum(page[dress], 170)
    return saved(page, "PNG")


def nearly_white_background() -> bytes:
    return saved(drawn.inked(LINES, (150, 150, 150), (254, 255, 253)), "PNG")


def cast_shadow() -> bytes:
    page = drawn.inked(LINES, (40,), (240,))[..., 0].astype(float)
    page[:, 520:] *= 0.72
    return saved(cv2.GaussianBlur(page, (0, 0), 0.7).astype(np.uint8), "JPEG", quality=92)


def gray_with_a_transparent_tone() -> bytes:
    return saved(np.where(LINES < 128, 0, 255).astype(np.uint8), "PNG", transparency=255)


def graph_paper() -> bytes:
    page = drawn.inked(LINES, (30, 30, 30), WHITE)
    for at in range(0, WIDTH, 20):
        page[:, at] = np.minimum(page[:, at], (190, 225, 200))
    for at in range(0, HEIGHT, 20):
        page[at] = np.minimum(page[at], (190, 225, 200))
    return saved(page, "JPEG", quality=88)


def watermark() -> bytes:
    marks = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for y in range(80, HEIGHT, 150):
        font, text = cv2.FONT_HERSHEY_SIMPLEX, "SAMPLE COPY  SAMPLE COPY"
        cv2.putText(marks, text, (20, y), font, 1.6, 200, 5, cv2.LINE_AA)
    return saved(np.minimum(LINES, marks), "PNG")


def fading_pen() -> bytes:
    strength = np.linspace(0.25, 1, WIDTH)[None]
    return saved(np.round(255 - (255 - LINES) * strength).astype(np.uint8), "PNG")


def sepia_with_dark_corners() -> bytes:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    light = 1 - 0.7 * (((x - WIDTH / 2) / WIDTH) ** 2 + ((y - HEIGHT / 2) / HEIGHT) ** 2)
    page = drawn.inked(LINES, (110, 60, 20), (240, 220, 180)) * light[..., None]
    return saved(page.astype(np.uint8), "JPEG", quality=85)


def sharpened() -> bytes:
    soft = cv2.GaussianBlur(LINES, (0, 0), 3)
    page = np.clip(LINES * 2.2 - np.asarray(soft) * 1.2, 0, 245)
    return saved(page.astype(np.uint8), "JPEG", quality=60)


def enlarged_without_smoothing() -> bytes:
    small = cv2.resize(LINES, (WIDTH // 4, HEIGHT // 4), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    return saved(np.asarray(large, np.uint8), "PNG")


def two_scans_stitched() -> bytes:
    page = LINES * 0.97
    page[:, WIDTH // 2 :] *= 0.9
    page[:, WIDTH // 2 - 1 : WIDTH // 2 + 1] = 200
    return saved(page.astype(np.uint8), "JPEG", quality=90)


INPUTS: dict[str, Callable[[], bytes]] = {
    "1 transparent palette, all entries black": palette_with_transparency,
    "2 colours under full transparency": colors_under_transparency,
    "3 gray TIFF of CCITT group 4": lambda: saved(LINES, "TIFF", "1", compression="group4"),
    "4 CMYK TIFF": lambda: saved(drawn.inked(LINES, BLACK, WHITE), "TIFF", "CMYK"),
    "5 one-bit scan of the copier, JPEG": lambda: saved(
        np.where(LINES < 128, 0, 255).astype(np.uint8), "JPEG", quality=40
    ),
    "6 ruled notebook paper": ruled_paper,
    "7 photographed pencil": photographed,
    "8 thin white lines across": white_lines_of_a_copier,
    "9 textured brush": textured_brush,
    "10 dust, 700 specks": dusty,
    "11 creases": creased,
    "12 bleeding through": bleeding_through,
    "13 red line across black": red_across_black,
    "14 aliased lines of one pixel": aliased_hair_lines,
    "15 blue lines that bound shadows": shade_lines,
    "16 gray wash": washed,
    "17 nearly white background": nearly_white_background,
    "18 cast shadow of a hand": cast_shadow,
    "19 screentone of 60 lines an inch, JPEG": lambda: saved(
        drawn.tone(LINES, drawn.place(FLATS, drawn.DRESS), 0.4, 5, 45), "JPEG", quality=70
    ),
    "20 coloured page, coloured again": lambda: saved(
        np.minimum(FLATS, drawn.inked(LINES, BLACK, WHITE)), "JPEG", quality=85
    ),
    "21 gray PNG with a transparent tone": gray_with_a_transparent_tone,
    "22 TIFF in which 0 is white": lambda: saved(255 - LINES, "TIFF", tiffinfo={262: 0}),
    "23 CMYK JPEG": lambda: saved(drawn.inked(LINES, BLACK, WHITE), "JPEG", "CMYK", quality=92),
    "24 graph paper": graph_paper,
    "25 watermark": watermark,
    "26 pen that fades to a quarter": fading_pen,
    "27 sepia with dark corners": sepia_with_dark_corners,
    "28 sharpened too much": sharpened,
    "29 enlarged without smoothing": enlarged_without_smoothing,
    "30 two scans stitched": two_scans_stitched,
    "31 blueprint": lambda: saved(
        drawn.inked(LINES, (235, 240, 255), (20, 50, 140)), "JPEG", quality=90
    ),
}


def main() -> None:
    """Tries all and prints a table."""
    usual = find_pieces(LINES).count
    print("| input | pieces | flats that differ | ms |\n|---|---|---|---|")
    for name, make in INPUTS.items():
        data = make()
        start = time.process_time()
        try:
            picture = pictures.decode(data, "page")
            pieces = find_pieces(read_line_art(picture.pixels, picture.format))
        except GuidingPainterError as error:
            print(f"| {name} | {error} | | |")
            continue
        spent = 1000 * (time.process_time() - start)
        wrong = 100 * drawn.wrong(pieces.labels, FLATS)
        print(f"| {name} | {pieces.count - usual:+d} | {wrong:.1f} % | {spent:.0f} |", flush=True)


if __name__ == "__main__":
    main()
