"""The parts of the benchmarks that say what is right, and how it is shown."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import actions, report
from benchmarks.actions import Scene
from benchmarks.report import Curve, Row


@pytest.fixture
def scene() -> Scene:
    """A red square and a blue one on a white page; the lines are black."""
    gray = np.full((100, 200), 255, np.uint8)
    truth = np.full((100, 200, 3), 255, np.uint8)
    for left, side, color in ((10, 80, (200, 30, 30)), (120, 50, (30, 30, 200))):
        corner, end = (left, 10), (left + side, 10 + side)
        cv2.rectangle(truth, corner, end, color, -1)
        cv2.rectangle(gray, corner, end, 0, 2)
    return Scene(gray, truth)


def test_each_bucket_fill_makes_the_largest_wrong_area_right(scene: Scene) -> None:
    areas = np.asarray(cv2.connectedComponents((scene.gray > 200).view(np.uint8))[1], np.int64)
    shares = actions.bucket(scene, areas)
    assert len(shares) == 3
    assert shares[-1] == 1
    assert shares[1] - shares[0] > shares[2] - shares[1] > 0


def test_strokes_lie_inside_the_flats_whose_colour_they_have(scene: Scene) -> None:
    dots = actions.strokes(scene, 3)
    assert len(dots) == 3
    for x, y, half, color in dots:
        part = slice(y - half, y + half + 1), slice(x - half, x + half + 1)
        assert (scene.truth[part] == color).all()
        assert (scene.gray[part] > 200).all()


def test_a_curve_tells_how_many_actions_reach_a_share_and_where_none_do() -> None:
    *_, line = report.counts([Curve("way", 4, (0, 1, 2), (0.1, 0.6, 0.65))], (0.6, 0.7)).split("\n")
    assert line == "| way | 1 | - | 65.0% after 2 | 4 |"


def test_a_row_shows_its_median_and_its_extremes() -> None:
    cells = Row("open", "1 MP", "ms", (30.0, 10.0, 200.0)).cells()
    assert cells[2:5] == ("30 ms", "10 to 200", "3")
    missing = Row("open", "1 MP", "ms", note="no daemon")
    assert math.isnan(missing.median)
    assert missing.cells()[2:] == ("not measured", "", "0", "no daemon")


def test_the_plot_shows_times_and_curves(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = [Row("open", "1 MP", "ms", (30.0,)), Row(f"{report.PEER}G'MIC", "1 MP", "ms", (900.0,))]
    path = tmp_path / "images" / "plot.png"
    report.plot(rows, [Curve("way", 1, (0, 1), (0.2, 0.9))], path)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 4
