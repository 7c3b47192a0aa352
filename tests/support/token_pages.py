"""Pages as f leaves them to the matcher and the suggester, made without f."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gp_client.types import Color
from gp_training.data.answered import AnsweredPage, save_answers
from gp_training.data.tokens import TokenPage, save_tokens

TOKEN = 16
RED, BLUE, GREEN, WHITE = (200, 20, 20), (20, 20, 200), (20, 200, 20), (255, 255, 255)
EVERY = [RED, BLUE, GREEN, WHITE]


def token_page(colors: list[Color], seed: int = 0) -> TokenPage:
    """A piece of each colour; a token says the colour's brightest channel, and noise."""
    rng = np.random.default_rng(seed)
    rgb = np.array(colors, np.uint8)
    seen = rng.normal(0, 0.1, (len(rgb), TOKEN)).astype(np.float32)
    seen[np.arange(len(rgb)), rgb.argmax(1)] += 3 * (rgb.min(1) < 255)
    paper = np.full(len(rgb), 400, np.int32)
    place = rng.uniform(-1, 1, (len(rgb), 2)).astype(np.float32)
    return TokenPage(seen, rgb, paper, np.ones(len(rgb), np.float32), place)


def answered_page(colors: list[Color], seed: int = 0) -> AnsweredPage:
    """A piece of each colour, one of EVERY; a token says of which kind it is, and noise."""
    rng = np.random.default_rng(seed)
    rgb = np.array(colors, np.uint8)
    tokens = rng.normal(0, 0.1, (len(rgb), TOKEN)).astype(np.float32)
    tokens[np.arange(len(rgb)), [EVERY.index(color) for color in colors]] += 3
    same = (rgb[:, None] == rgb).all(2)
    affinity = np.where(same, 4, -4).astype(np.float32)
    sizes = np.full(len(rgb), 400, np.int32)
    return AnsweredPage(tokens, affinity, rgb, sizes, np.ones(len(rgb), np.float32))


def write_token_pages(folder: Path) -> Path:
    """Write six works of three pages, half of them composed; return the folder."""
    rng = np.random.default_rng(3)
    for number in range(6):
        for name in "abc":
            colors = [EVERY[k] for k in rng.integers(0, 4, 8)]
            file = folder / ("cast" if number % 2 else "book") / f"{number}" / f"{name}-0.npz"
            save_tokens(file, token_page(colors, int(rng.integers(99))))
    return folder


def write_answered_pages(folder: Path) -> Path:
    """Write twelve works of one page, half of them composed; return the folder."""
    rng = np.random.default_rng(3)
    for number in range(12):
        colors = [EVERY[k] for k in rng.integers(0, 4, 8)]
        file = folder / ("cast" if number % 2 else "book") / f"{number}" / "a-0.npz"
        save_answers(file, answered_page(colors, number))
    return folder
