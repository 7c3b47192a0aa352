"""The pictures and numbers of `gp-train paper` beside the paper's own tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from gp_training.data.held_out import Scene
from gp_training.evaluation import paper_more, paper_report
from gp_training.evaluation.methods import Guided, GuidingPainter
from gp_training.evaluation.paper import ITEMS, Results, budget_of
from gp_training.evaluation.pictures import region_palette
from numpy.typing import NDArray
from PIL import Image

SIDE = 16


def halves() -> Scene:
    """Red on the right, black on the left, a line between them."""
    picture = np.zeros((3, SIDE, SIDE), np.float32)
    picture[0, :, 8:] = 1
    sketch = np.ones((SIDE, SIDE), np.float32)
    sketch[:, 8] = 0
    return Scene(0, sketch, picture, np.zeros((SIDE, SIDE), np.int32))


class Painter(GuidingPainter):
    """Asks for the right, then for the left; paints gray, and what is hinted as it is told."""

    def __init__(self) -> None:
        self.regions, self.name = 2, "paper"

    def divide(self, scene: Scene) -> Guided:
        labels = np.ones(scene.sketch.shape, np.uint8)
        labels[:, 8:] = 0
        colors = np.array([[1, 0, 0], [0, 0, 0]], np.float32)
        return Guided(labels, [0, 1], colors, np.array([0.5, 0.5]))

    def with_hints(
        self, scene: Scene, guided: Guided, regions: Sequence[int],
        colors: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:  # fmt: skip
        table = np.full((2, 3), 0.5, np.float32)
        given, chosen = list(regions), guided.colors if colors is None else colors
        table[given] = chosen[given]
        return table[guided.labels].transpose(2, 0, 1)


def test_every_item_has_a_section() -> None:
    assert set(paper_report._SECTIONS) == set(ITEMS)


def test_hints_are_shown_flat_under_the_lines() -> None:
    scene, method = halves(), Painter()
    guided = method.divide(scene)
    shown = paper_more.flat_hints(scene, guided, [0], guided.colors)
    assert shown[3, 12].tolist() == [255, 0, 0]
    assert shown[3, 4].tolist() == [255, 255, 255]  # no hint yet
    assert shown[3, 8].tolist() == [0, 0, 0]  # the line


def test_the_walk_shows_region_hints_and_picture_of_each_priority() -> None:
    scene, method = halves(), Painter()
    asked, hints, painted = paper_more.walk_rows(method, scene, (1, 2, 3))
    assert [len(row) for row in (asked, hints, painted)] == [5, 5, 5]
    palette = region_palette(2)
    assert asked[1][3, 12].tolist() == palette[0].tolist()
    assert asked[1][3, 4].tolist() == [255] * 3
    assert asked[2][3, 4].tolist() == palette[1].tolist()
    assert (asked[3] == asked[0]).all()  # there is no third region
    assert hints[1][3, 4].tolist() == [255] * 3
    assert hints[2][3, 4].tolist() == [0] * 3
    assert painted[1][3, 4].tolist() == [128] * 3
    assert painted[2][3, 4].tolist() == [0] * 3
    assert painted[4][3, 12].tolist() == [255, 0, 0]  # the true picture


def test_unusual_colours_stand_beside_what_they_give() -> None:
    tiles = paper_more.unusual_row(Painter(), halves())
    assert len(tiles) == 10
    assert tiles[2][3, 12].tolist() == [255, 0, 0]
    for hints, painted in zip(tiles[4::2], tiles[5::2], strict=True):
        assert hints[3, 12].tolist() == painted[3, 12].tolist() != [255, 0, 0]


def test_shares_of_places_whose_bin_is_among_the_first() -> None:
    order = np.array([[2, 0, 1, *range(3, 12)]] * 4)
    # first; third; fifth; not among the first nine
    assert paper_more.shares_found(order, np.array([2, 1, 4, 11])) == [0.25, 0.5, 0.75]


def test_failures_are_the_worst_scenes_and_say_whether_the_painter_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scene 1 cannot be painted from two mean colours; in scene 0 everything is told."""
    easy, hard = halves(), halves()
    stripes = hard.picture.copy()
    stripes[1, ::2] = 1
    hard = Scene(1, hard.sketch, stripes, hard.pieces)
    monkeypatch.setattr(paper_more, "open_method", lambda name, folder: Painter())
    monkeypatch.setattr(paper_more, "_WORST", 1)
    results = Results(tmp_path, [easy, hard], None, "two scenes")
    text = paper_more.SECTIONS["failures"](results, budget_of("tiny"))
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2
    assert rows[1].startswith("| 1 | ")
    assert "of 2 scenes" in text
    with Image.open(tmp_path / "failures.png") as sheet:
        assert sheet.height == 3 * SIDE  # a row for each method
