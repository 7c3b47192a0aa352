"""Measures g as daemons use it: `python -m gp_training.evaluation.painting BUNDLE --data PAGES`.

Each page is opened as the daemon opens it. Its regions get their true colours in the order in which
the guide asks; the soft colours under so many hints are compared with the coloured picture, on
paper. Beside that: how far g's own picture is from a hint, true or strange; how large the step is
between pieces of one open area; and how long a page takes.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
from gp_canvas.acts.coloring import ARTIST, Coloring
from gp_canvas.acts.targets import Target
from gp_canvas.paint.fields import NOTHING, open_areas
from gp_client.types import View
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from gp_daemon.pages.guided_page import GuidedPage
from numpy.typing import NDArray

from gp_training.data.books import pictures_of, read_scaled
from gp_training.data.truth import Page, load_page
from gp_training.evaluation.affinity import pages_of
from gp_training.recipe.metrics import delta_e_2000, to_lab

HINT_COUNTS = (0, 1, 3, 8, 30)
_PAPER = 217  # of 255: a cell as light is no ink
_STRANGE = 64  # of 255: how far a strange hint is from the true colour, at most (E.2)


def measure(engine: Engine, page: Page, rgb: NDArray[np.uint8], seed: int) -> dict[str, float]:
    """The measures of one page; nan where there is nothing to measure.

    Args:
        engine: the bundle's networks.
        page: line art and truth.
        rgb: uint8 [H, W, 3], the coloured picture.
        seed: of the strange colours.
    """
    height, width = page.gray.shape
    opened = GuidedPage(engine, page.gray.tobytes(), width, height)
    opened.hands.spread("off")
    grid = opened._art.grid
    true = cv2.resize(rgb, grid.content[::-1], interpolation=cv2.INTER_AREA)
    paper = np.asarray(grid.crop(opened._art.sketch) * 255 > _PAPER)
    values: dict[str, float] = {}
    given = 0
    for count in HINT_COUNTS:
        while given < count and opened.hands.guided.next is not None:
            region = opened.hands.guided.next
            inside = np.isin(opened.hands.work.pieces.labels, region.pieces) & (page.gray > _PAPER)
            color = rgb[inside].mean(0) if inside.any() else np.full(3, 255.0)
            red, green, blue = np.round(color).astype(int).tolist()
            opened.hands.color(Target(region=region.number), (red, green, blue))
            given += 1
        soft = opened.render(View("soft", preview=True))[..., :3].astype(np.uint8)
        error = ((soft.astype(np.float64) - true) / 255)[paper] ** 2
        values[f"PSNR, {count} hints"] = float(-10 * np.log10(max(error.mean(), 1e-10)))
        if count == 0:
            values["step"] = step(opened, soft, paper)
    values |= obeyed(engine, opened, paper, seed)
    return values


def step(opened: GuidedPage, soft: NDArray[np.uint8], paper: NDArray[np.bool_]) -> float:
    """Mean Lab distance between neighbour cells of two pieces of one open area."""
    pieces = opened.hands.work.pieces
    owners = opened._shading.cells(pieces)[0]
    codes = np.full(pieces.count, NOTHING)
    areas = open_areas(codes, owners, opened._art.grid.crop(opened._art.sketch))[owners]
    lab = to_lab(soft / 255)
    found = []
    for one, other in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:])):
        near = (areas[one] == areas[other]) & (owners[one] != owners[other])
        near &= paper[one] & paper[other]
        found.append(np.linalg.norm(lab[one][near] - lab[other][near], axis=1))
    steps = np.concatenate(found)
    return float(steps.mean()) if len(steps) else float("nan")


def obeyed(
    engine: Engine, opened: GuidedPage, paper: NDArray[np.bool_], seed: int
) -> dict[str, float]:
    """Median CIEDE2000 between hints and g's own picture: true hints, and strange ones (E.2)."""
    coloring, pieces = opened.hands.coloring, opened.hands.work.pieces
    values = {}
    rng = np.random.default_rng(seed)
    for name, far in (("true", 0), ("strange", _STRANGE)):
        codes, index = np.unique(coloring.codes[coloring.by == ARTIST], return_inverse=True)
        rgb = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], 1)
        rgb = np.clip(rgb + rng.integers(-far, far + 1, rgb.shape), 0, 255)
        other = _with(coloring, rgb[index])
        cells = opened._shading.cells(pieces)[0]
        channels = opened._shading.channels(other, opened.hands.guided.regions, pieces)
        art = opened._art
        labels = art.grid.pad(channels.channel[cells])
        painted = engine.colorize(
            ColorizerInput(art.sketch, labels, channels.colors, channels.hinted)
        )
        painted = painted[:, : art.grid.content[0], : art.grid.content[1]]
        away = []
        for number in np.flatnonzero(channels.hinted).tolist():
            inside = (channels.channel[cells] == number) & paper
            if inside.sum() >= 4:
                seen = np.median(painted[:, inside], axis=1)
                pair = to_lab(np.stack([seen, channels.colors[number]]))
                away.append(float(delta_e_2000(pair[:1], pair[1:])[0]))
        values[f"hints missed by, {name}"] = float(np.median(away)) if away else float("nan")
    return values


def _with(coloring: Coloring, colors: NDArray[np.integer]) -> Coloring:
    given = np.flatnonzero(coloring.by == ARTIST)
    for color in np.unique(colors, axis=0):
        red, green, blue = color.tolist()
        coloring = coloring.given(given[(colors == color).all(1)], (red, green, blue))
    return coloring


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, required=True, help="what the pages are made of")
    parser.add_argument("--split", default="test")
    parser.add_argument("--every", type=int, default=1, help="only every so many pages")
    parser.add_argument("-o", "--output", type=Path, help="JSON to write")
    arguments = parser.parse_args()
    engine = Engine(Bundle.load(arguments.bundle), cpu=True)
    files = {(p.source, p.work, p.file.stem): p.file for p in pictures_of(arguments.pictures)}
    rows = []
    begun = time.process_time()
    for number, file in enumerate(pages_of(arguments.data, arguments.split, arguments.every)):
        source = files.get((file.parts[-3], file.parts[-2], file.stem.rpartition("-")[0]))
        if source is not None:
            rows.append(measure(engine, load_page(file), read_scaled(source), number))
    means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    means |= {"pages": len(rows), "seconds a page": (time.process_time() - begun) / len(rows)}
    print(", ".join(f"{name} {value:.2f}" for name, value in means.items()))
    if arguments.output:
        arguments.output.write_text(json.dumps(means, indent=1))


if __name__ == "__main__":
    main()
