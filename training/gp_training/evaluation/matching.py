"""Page 2 with page 1 as its cast: `python -m gp_training.evaluation.matching --help`.

Of the coloured paper whose colour is on the first page: how much gets the right first suggestion,
how much has its colour among five; what a careful spread dares and how much of that is right; and
how many clicks the page costs with and without. Two plain ways stand beside it: the first page's
most common colours, and the colour of the nearest piece by size and place.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gp_canvas.regions.spread import SURE, probabilities
from numpy.typing import NDArray

from gp_training.data.tokens import (
    TokenPage,
    color_classes,
    page_pairs,
    token_page,
)
from gp_training.data.truth import NEAR, Page, kind_of, load_page, same_color
from gp_training.evaluation.clicks import LEVELS, clicks, course
from gp_training.networks.affinity import Affinity
from gp_training.networks.answers import inputs_of as seen_by_f
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.networks.matcher import Matcher
from gp_training.recipe import matching as recipe

_WHITE = 255 - NEAR
_FIVE = 5
_SURE = (0.5, 0.8, SURE["careful"])
Scores = Callable[[TokenPage, TokenPage], NDArray[np.float32]]
"""A page and its cast to how likely each of `color_classes` of the cast is, float [n, k]."""


@dataclass(frozen=True)
class PagePair:
    """Two pages of one work, and what f says of the second.

    Attributes:
        kind: "real" or "composed".
        cast: the first, as the matcher sees it.
        page: the second, likewise.
        whole: the second page.
        affinity: float32 [n, n], of the second.
        blank: float32 [n], likewise.
    """

    kind: str
    cast: TokenPage
    page: TokenPage
    whole: Page
    affinity: NDArray[np.float32]
    blank: NDArray[np.float32]


def look(f: Affinity, files: Iterable[tuple[Path, Path]]) -> list[PagePair]:
    """Asks f about pairs of pages."""
    f.eval()
    known: dict[Path, tuple[TokenPage, Page, NDArray[np.float32], NDArray[np.float32]]] = {}
    found = []
    for pair in files:
        for file in pair:
            if file not in known:
                page = load_page(file)
                given = seen_by_f(page)
                with torch.no_grad():
                    tokens, affinity, blank = f(*given)
                about = token_page(page, tokens.numpy(), given[2].numpy())
                known[file] = about, page, affinity.numpy(), blank.numpy()
        cast, page = known[pair[0]], known[pair[1]]
        found.append(PagePair(kind_of(pair[1]), cast[0], page[0], *page[1:]))
    return found


def by_matcher(matcher: Matcher) -> Scores:
    """What the matcher says; the best piece of a class counts."""

    def scores(page: TokenPage, cast: TokenPage) -> NDArray[np.float32]:
        kind, classes = color_classes(cast.colors, cast.sizes)
        with torch.no_grad():
            logits = matcher(*recipe.inputs_of(page, cast))
        return recipe.class_scores(logits, kind, len(classes)).numpy()

    return scores


def by_paper(page: TokenPage, cast: TokenPage) -> NDArray[np.float32]:
    """The most common colours of the first page."""
    kind, classes = color_classes(cast.colors, cast.sizes)
    paper = np.bincount(kind, cast.sizes, len(classes)).astype(np.float32)
    return np.repeat(paper[None], page.count, 0)


def by_place(page: TokenPage, cast: TokenPage) -> NDArray[np.float32]:
    """The nearest piece of the first page by size and place."""

    def where(one: TokenPage) -> NDArray[np.floating]:
        return np.column_stack([np.log(one.sizes / one.sizes.sum()), 3 * one.place])

    kind, classes = color_classes(cast.colors, cast.sizes)
    apart = np.linalg.norm(where(page)[:, None] - where(cast)[None], axis=-1)
    nearest = [-apart[:, kind == one].min(1) for one in range(len(classes))]
    return np.stack(nearest, axis=1).astype(np.float32)


def suggested(pairs: Iterable[PagePair], scores: Scores) -> dict[str, float]:
    """Shares of paper, means over pages.

    Returns:
        "exists": of the coloured paper, what has its colour on the first page; of that: "first"
        and "five", what is right by the first suggestion and among five; "first of all": what is
        right by the first suggestion of all coloured paper.
    """
    rows = []
    for pair in pairs:
        page, cast = pair.page, pair.cast
        _, classes = color_classes(cast.colors, cast.sizes)
        offered = classes.min(1) <= _WHITE
        paper = page.sizes * page.flats * (page.colors.min(1) <= _WHITE)
        if not offered.any() or not paper.sum():
            continue
        right = same_color(page.colors, classes) & offered
        ranks = np.argsort(-np.where(offered, scores(page, cast), -np.inf), axis=1, kind="stable")
        ranked = np.take_along_axis(right, ranks, 1)
        exists = paper * right.any(1)
        hit = (exists @ ranked[:, 0], exists @ ranked[:, :_FIVE].any(1))
        rows.append((exists.sum() / paper.sum(), *hit, exists.sum(), hit[0] / paper.sum()))
    values = np.array(rows, np.float64).reshape(-1, 5)
    there = values[values[:, 3] > 0]
    return {
        "pages": len(values), "exists": float(values[:, 0].mean()),
        "first": float((there[:, 1] / there[:, 3]).mean()),
        "five": float((there[:, 2] / there[:, 3]).mean()),
        "first of all": float(values[:, 4].mean()),
    }  # fmt: skip


def spread(pairs: Iterable[PagePair], matcher: Matcher) -> dict[str, dict[str, float]]:
    """What the cast alone colours, by how sure the guide must be.

    Returns:
        By threshold: "paper", the share of coloured paper that gets a colour, mean over pages; and
        "right", how much of all paper that got one got its own.
    """
    found: dict[float, list[tuple[float, float, float]]] = {sure: [] for sure in _SURE}
    score = by_matcher(matcher)
    for pair in pairs:
        page, cast = pair.page, pair.cast
        _, classes = color_classes(cast.colors, cast.sizes)
        white = classes.min(1) > _WHITE
        scores = np.column_stack([score(page, cast), pair.blank])
        scores[:, -1] = np.maximum(scores[:, -1], scores[:, :-1][:, white].max(1, initial=-1e4))
        scores[:, :-1][:, white] = -np.inf
        chances = probabilities(scores)
        best = chances[:, :-1].argmax(1)
        likely = chances[np.arange(page.count), best]
        right = np.abs(classes[best].astype(np.int16) - page.colors.astype(np.int16)).max(1) < NEAR
        colored = float(page.sizes[page.colors.min(1) <= _WHITE].sum())
        for sure, rows in found.items():
            shown = page.sizes * ((likely >= sure) & (likely > chances[:, -1]))
            rows.append((float(shown.sum()), float((shown * right).sum()), max(colored, 1.0)))
    result = {}
    for sure, rows in found.items():
        values = np.array(rows)
        result[str(sure)] = {
            "paper": float((values[:, 0] / values[:, 2]).mean()),
            "right": float(values[:, 1].sum() / max(values[:, 0].sum(), 1)),
        }
    return result


def clicked(pairs: Iterable[PagePair], matcher: Matcher) -> dict[str, list[float]]:
    """Mean clicks to each of `LEVELS`, bold, by eye: "without" the cast, "with", and "perfect"."""
    rows: dict[str, list[list[int]]] = {"without": [], "with": [], "perfect": []}
    for pair in pairs:
        page, cast = pair.page, pair.cast
        colored = cast.colors.min(1) <= _WHITE
        known = cast.chosen(np.flatnonzero(colored))
        if not known.count:
            continue
        with torch.no_grad():
            links = matcher(*recipe.inputs_of(page, known)).numpy()
        true = np.where(same_color(page.colors, known.colors), 30, -30).astype(np.float32)
        same = np.where(same_color(page.colors, page.colors), 30, -30).astype(np.float32)
        for name, within, across in (
            ("without", pair.affinity, None),
            ("with", pair.affinity, links),
            ("perfect", same, true),
        ):
            given = None if across is None else (across, known.colors)
            shares = course(pair.whole, within, "bold", "eye", cast=given, blank=pair.blank)
            rows[name].append(clicks(shares))
    return {name: np.mean(values, 0).round(2).tolist() for name, values in rows.items()}


def report(pairs: list[PagePair], matcher: Matcher) -> dict[str, Any]:
    """All measures of pairs of one kind."""
    ways = {"matcher": by_matcher(matcher), "common colours": by_paper, "size and place": by_place}
    return {
        "suggested": {name: suggested(pairs, way) for name, way in ways.items()},
        "spread": spread(pairs, matcher),
        "clicks": clicked(pairs, matcher),
    }


def as_text(kind: str, found: dict[str, Any]) -> str:
    """A report in Markdown."""
    lines = [f"**{kind}**", "", "| | colour is there | first | of five | first, of all |"]
    lines.append("|---|--:|--:|--:|--:|")
    for name, row in found["suggested"].items():
        keys = ("exists", "first", "five", "first of all")
        lines.append(f"| {name} | " + " | ".join(f"{row[key]:.1%}" for key in keys) + " |")
    lines += ["", "| sure | coloured | right |", "|---|--:|--:|"]
    for sure, row in found["spread"].items():
        lines.append(f"| {sure} | {row['paper']:.1%} | {row['right']:.1%} |")
    lines += ["", "| clicks to | " + " | ".join(f"{level:.0%}" for level in LEVELS) + " |"]
    lines.append("|---|" + "--:|" * len(LEVELS))
    for name, row in found["clicks"].items():
        lines.append(f"| {name} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("matcher", type=Path, help="weights file or run folder")
    parser.add_argument("-f", type=Path, required=True, help="weights file or run of its f")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--split", default="test")
    parser.add_argument("--pairs", type=int, default=6, help="of each work")
    parser.add_argument("-o", "--output", type=Path, help="JSON to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    f = Affinity()
    load_checkpoint(arguments.f, {"f": f})
    matcher = Matcher(f.sizes.token)
    load_checkpoint(arguments.matcher, {"matcher": matcher})
    matcher.eval()
    pairs = look(f, page_pairs(arguments.data / arguments.split, arguments.pairs))
    results = {}
    for kind in ("real", "composed"):
        chosen = [pair for pair in pairs if pair.kind == kind]
        if chosen:
            results[kind] = report(chosen, matcher)
            print(as_text(kind, results[kind]), "\n", flush=True)
    if arguments.output:
        arguments.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
