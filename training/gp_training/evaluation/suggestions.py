"""Measures suggestions: `python -m gp_training.evaluation.suggestions BUNDLE --data DIR`.

Each page is opened as the daemon opens it, and nobody has coloured anything: how far is what is
offered first for a piece from the colour that the piece has, and how near comes one of all that are
offered? Beside it what offering white for everything gives, and the hue that is best where one hue
is offered for all.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from gp_canvas.acts.hands import Target
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from numpy.typing import NDArray

from gp_training.data.truth import Page, kind_of, load_page
from gp_training.evaluation.affinity import pages_of
from gp_training.recipe.metrics import to_lab

CLEAR = 15.0  # Lab chroma from which a colour has a hue
FAINT = 5.0  # Lab chroma up to which what is offered has none
NEAR_HUE = 30.0  # degrees
NEAR = 20.0  # Lab distance at which a colour offered is nearly right
_HUES = np.arange(0, 360, 10)


def suggested(engine: Engine, page: Page) -> NDArray[np.uint8]:
    """What is offered for each piece of an untouched page, uint8 [n, k, 3], the first first."""
    height, width = page.gray.shape
    opened = GuidedPage(engine, page.gray.tobytes(), width, height)
    found = opened.hands.guided
    offered = [opened.suggest(Target(region=region.number)) for region in found.regions]
    most = max(len(colors) for colors in offered)
    # What is offered once more is no other offer.
    table = np.array([colors + colors[-1:] * (most - len(colors)) for colors in offered], np.uint8)
    region = found.region[opened.hands.work.pieces.labels].ravel()
    _, first = np.unique(page.labels, return_index=True)
    first = first[-page.count :]  # pixels of no piece come before those of piece 0
    return table[region[first]]


def compare(page: Page, offered: NDArray[np.uint8]) -> dict[str, float]:
    """Mean distances and shares over a page's pieces, each by the root of its size.

    Args:
        page: the truth.
        offered: uint8 [n, k, 3], the first first.

    Returns:
        "delta E" (CIE 1976) of what is offered first, over all pieces and over those with a hue of
        their own, the same for white, and the share of pieces with a hue that is met within
        `NEAR_HUE` degrees; nan where a page has no such piece. Then the shares of pieces whose
        colour is within `NEAR` of what is offered first, and of anything that is offered.
    """
    true, given = to_lab(page.colors / 255), to_lab(offered[:, 0] / 255)
    weights = np.sqrt(page.sizes).astype(np.float64)
    white = np.array([100.0, 0, 0])
    clear = np.hypot(true[:, 1], true[:, 2]) > CLEAR
    away = np.linalg.norm(given - true, axis=1)
    blank = np.linalg.norm(white - true, axis=1)
    # White and grays have no hue, though numbers have one.
    hued = np.hypot(given[:, 1], given[:, 2]) > FAINT
    met = hued & (_apart(_hue(given), _hue(true)) < NEAR_HUE)
    return {
        "delta E": float(np.average(away, weights=weights)),
        "delta E of white": float(np.average(blank, weights=weights)),
        "delta E, coloured": _mean(away, weights * clear),
        "delta E of white, coloured": _mean(blank, weights * clear),
        "hue met": _mean(met, weights * clear),
        "near the first": float(np.average(away < NEAR, weights=weights)),
        "near any": float(np.average(_nearest(offered, true) < NEAR, weights=weights)),
        **{
            f"hue met by {hue}": _mean(_apart(hue, _hue(true)) < NEAR_HUE, weights * clear)
            for hue in _HUES.tolist()
        },
    }


def summary(rows: list[dict[str, float]]) -> dict[str, float]:
    """Means over pages; of the constant hues the best."""
    means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
    constant = [means.pop(f"hue met by {hue}") for hue in _HUES.tolist()]
    return {**means, "hue met by the best constant hue": max(constant), "pages": len(rows)}


def _nearest(offered: NDArray[np.uint8], true: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of the nearest of the colours offered, [n, k, 3], from the true ones in Lab."""
    given = to_lab(offered.reshape(-1, 3) / 255).reshape(offered.shape)
    return np.linalg.norm(given - true[:, None], axis=2).min(axis=1)


def _mean(values: NDArray, weights: NDArray[np.float64]) -> float:
    return float(np.average(values, weights=weights)) if weights.sum() > 0 else float("nan")


def _hue(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))


def _apart(one: NDArray[np.float64] | int, other: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.abs((one - other + 180) % 360 - 180)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--every", type=int, default=1, help="only every so many pages")
    parser.add_argument("-o", "--output", type=Path, help="JSON to write")
    arguments = parser.parse_args()
    engine = Engine(Bundle.load(arguments.bundle), cpu=True)
    rows: dict[str, list[dict[str, float]]] = {}
    for file in pages_of(arguments.data, arguments.split, arguments.every):
        page = load_page(file)
        kind = kind_of(file)
        rows.setdefault(kind, []).append(compare(page, suggested(engine, page)))
    results = {kind: summary(found) for kind, found in rows.items()}
    for kind, found in results.items():
        print(kind, ", ".join(f"{name} {value:.2f}" for name, value in found.items()))
    if arguments.output:
        arguments.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
