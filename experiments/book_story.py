"""A model sheet and four pages: pictures of docs/cast.md. `python -m experiments.book_story OUT`.

Pages are composed of four figures of Streamline's (CC-BY-4.0) that no network was trained on, each
in its own colours on every page; they are then coloured by `gp` as a user would. Printed: how much
of each page got a colour, and how much of that is right.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from gp_training.data import page_parts as parts
from gp_training.data.cast import CastComposer
from gp_training.data.page_parts import Scene
from gp_training.data.scenes import paste, scaled
from gp_training.data.store import Store
from numpy.typing import NDArray
from PIL import Image

SIDE = 768  # pixels of a page
SEED = 7
PAGES = 4
SOURCE, MEMBERS = "streamline", (24, 27, 18, 6)  # a smith, an ape, a fox, a crocodile
ALIKE = 24  # of 255 in every channel: one colour, as in training
_GAP, _SHOWN = 16, 380  # pixels between pictures and of one in the overview


def main() -> int:
    """Compose, colour, and draw the overview."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pages", type=int, default=PAGES)
    options = parser.parse_args()
    out: Path = options.out
    (out / "pages").mkdir(parents=True, exist_ok=True)
    truths = compose(out, options.seed, options.pages)
    cast, done = out / "book.cast", out / "flats"
    cast.unlink(missing_ok=True)
    gp("cast", "learn", cast, out / "sheet.png")
    gp("cast", "show", cast, "-o", out / "cast.png")
    rows = [[read(out / "sheet.png"), *(np.dstack([gray] * 3) for _, gray in truths)]]
    for spread in "careful", "bold":
        start = time.monotonic()
        arguments = ("--cast", cast, "--spread", spread, "--again", "-o", done / spread)
        gp("colorize", out / "pages", *arguments)
        print(f"{spread}: {options.pages} pages in {time.monotonic() - start:.1f} s")
        numbers = range(1, options.pages + 1)
        results = [read(done / spread / f"page-{number}.png") for number in numbers]
        for number, result, (rgb, gray) in zip(numbers, results, truths, strict=True):
            print(json.dumps({"page": number, **judged(result, rgb, gray)}))
        beside = read(out / "cast.png") if spread == "careful" else np.full_like(rows[0][0], 255)
        rows.append([beside, *results])
    Image.fromarray(tiled(rows)).save(out / "story.png")
    return 0


def compose(out: Path, seed: int, count: int) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Write the sheet and the pages; return each page's true colours and its line art."""
    composer = CastComposer(Store("test"), SIDE)
    composer.grounds = []
    rng = np.random.default_rng(seed)
    composer.natural = True
    places = composer.store.figures[SOURCE]
    composer.cast = [[composer.store.get(SOURCE, places[member])] for member in MEMBERS]
    sheet = parts.blank(SIDE, SIDE)
    side = SIDE // 2
    for place, poses in enumerate(composer.cast):
        figure = scaled(poses[0], side)
        at = (place % 2 * side, place // 2 * side)
        paste(sheet, figure, figure.rgba[..., :3], at, False)
    Image.fromarray(painted(sheet)).save(out / "sheet.png")
    truths = []
    for number in range(1, count + 1):
        scene = composer._page(rng) if number == 2 else composer._few(rng, SIDE, SIDE, 3)
        gray = np.clip(np.round(scene.sketch), 0, 255).astype(np.uint8)
        Image.fromarray(gray).save(out / "pages" / f"page-{number}.png")
        truths.append((np.clip(np.round(scene.rgb), 0, 255).astype(np.uint8), gray))
    return truths


def read(path: Path) -> NDArray[np.uint8]:
    """A picture, uint8 [H, W, 3]."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def painted(scene: Scene) -> NDArray[np.uint8]:
    """A scene in its colours, lines on top."""
    rgb = np.clip(np.round(scene.rgb), 0, 255).astype(np.uint8)
    gray = np.clip(np.round(scene.sketch), 0, 255).astype(np.uint8)
    return np.asarray(cv2.multiply(rgb, np.dstack([gray] * 3), scale=1 / 255), np.uint8)


def judged(
    result: NDArray[np.uint8], rgb: NDArray[np.uint8], gray: NDArray[np.uint8]
) -> dict[str, float]:
    """How much of what has a colour got one, and how much of that is right."""
    paper = gray > 200
    meant = paper & (rgb.min(axis=2) < 250)
    given = paper & (np.abs(result.astype(int) - gray[..., None]) > 4).any(axis=2)
    near = (np.abs(result.astype(int) - rgb) <= ALIKE).all(axis=2)
    dared = max(1, int(given.sum()))
    return {
        "coloured": round(float((given & meant).sum() / max(1, meant.sum())), 3),
        "right of it": round(float((given & near).sum() / dared), 3),
    }


def tiled(rows: list[list[NDArray[np.uint8]]]) -> NDArray[np.uint8]:
    """Pictures in rows, each as wide as the others."""
    made = []
    for row in rows:
        cells = []
        for picture in row:
            height = min(_SHOWN, round(_SHOWN * picture.shape[0] / picture.shape[1]))
            width = round(height * picture.shape[1] / picture.shape[0])
            small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            cell = np.full((_SHOWN, _SHOWN, 3), 255, np.uint8)
            cell[:height, :width] = small
            cells += [cell, np.full((_SHOWN, _GAP, 3), 255, np.uint8)]
        made += [np.hstack(cells[:-1])]
        made.append(np.full((_GAP, made[-1].shape[1], 3), 255, np.uint8))
    return np.vstack(made[:-1])


def gp(*arguments: object) -> None:
    """Run `gp`, whose words are ours."""
    command = [sys.executable, "-m", "gp_cli.main", *map(str, arguments)]
    subprocess.run(command, check=True)


if __name__ == "__main__":
    sys.exit(main())
