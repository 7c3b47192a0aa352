"""A bundle measured as users meet it: the daemon's regions, in the order in which it asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_training.cli import main
from gp_training.data.held_out import Scene
from gp_training.evaluation.served import Served, methods_of

SIDE = 128


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Bundle.load(default_bundle()), cpu=True)


def boxes(lines: bool = True) -> Scene:
    """A red and a blue box with outlines, on green."""
    picture = np.zeros((3, SIDE, SIDE), np.float32)
    picture[1] = 1
    sketch = np.ones((SIDE, SIDE), np.float32)
    for left, channel in ((12, 0), (72, 2)):
        picture[:, 30:90, left : left + 44] = 0
        picture[channel, 30:90, left : left + 44] = 1
        if lines:
            sketch[28:92, left - 2 : left + 46] = 0
            sketch[30:90, left : left + 44] = 1
    return Scene(0, sketch, picture, np.zeros((SIDE, SIDE), np.int32))


def test_hints_alone_are_flat_and_white_elsewhere(engine: Engine) -> None:
    scene, method = boxes(), Served(engine, "flats")
    none, one, all_given = method.paint(scene, [0, 1, 30])
    assert np.array_equal(none, np.repeat(scene.sketch[None], 3, 0))
    # Three areas, each asked for once and told its true colour; lines stay lines.
    colors = {tuple(one[:, row, column]) for row, column in ((5, 5), (60, 30), (60, 90))}
    assert (1, 1, 1) in colors
    assert len(colors) == 2
    paper = scene.sketch == 1
    assert np.abs(all_given - scene.picture)[:, paper].max() < 0.01
    assert all_given[:, ~paper].max() == 0


def test_soft_colours_are_painted_where_nobody_gave_a_hint(engine: Engine) -> None:
    scene = boxes()
    (soft,) = Served(engine, "soft").paint(scene, [0])
    assert soft[:, scene.sketch == 1].min() < 0.99
    given, again = Served(engine, "soft").paint(scene, [30, 100])
    assert given is again  # nothing more was asked
    assert given[0, 60, 30] > given[2, 60, 30]  # the red box
    assert given[2, 60, 90] > given[0, 60, 90]  # the blue one


def test_a_page_without_lines_stays_as_it_is(engine: Engine) -> None:
    scene = boxes(lines=False)
    painted = Served(engine, "flats").paint(scene, [0, 5])
    assert [picture.min() for picture in painted] == [1, 1]


def test_the_bundle_that_ships_can_be_evaluated(
    packs: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert [method.name for method in methods_of(default_bundle())] == [
        "as served, flats", "as served, soft"
    ]  # fmt: skip
    options = ["--data", str(packs["validation"]), "--scenes", "1", "--side", "64"]
    assert main(["evaluate", str(default_bundle()), *options]) == 0
    assert "| as served, soft |" in capsys.readouterr().out
