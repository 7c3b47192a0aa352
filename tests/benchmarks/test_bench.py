"""The parts of the benchmarks that say what is right, and how it is shown."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import cast_samples
import cv2
import gp_client
import numpy as np
import pytest
from gp_client.piece_map import PieceMap
from gp_client.wire import Frame

from benchmarks import actions, bench, guided, hint_path, jobs, kept, report
from benchmarks.actions import Scene, Walk
from benchmarks.hint_path import Line, Stages
from benchmarks.kept import Part
from benchmarks.report import Row, Way


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
    course = actions.bucket(scene, actions.between_lines(scene))
    assert [step[:2] for step in course] == [(0, 0), (1, 1), (2, 2)]
    assert course[-1][2] == 1
    assert course[1][2] > 0.5


def test_a_colour_picked_before_costs_a_click_and_no_colour(scene: Scene) -> None:
    scene.truth[scene.truth[..., 2] == 200] = (190, 40, 35)  # as good as red
    course = actions.bucket(scene, actions.between_lines(scene))
    assert [step[:2] for step in course] == [(0, 0), (1, 1), (2, 1)]


def test_a_white_region_costs_a_click_and_no_colour(scene: Scene) -> None:
    walk = Walk(scene)
    walk.color(np.flatnonzero((scene.truth == 255).all(axis=2)), whatever=True)
    assert walk.course == [(0, 0, 0.0), (1, 0, 0.0)]


def test_a_fill_that_spoils_more_than_it_mends_is_no_click(scene: Scene) -> None:
    walk = Walk(scene)
    red = np.flatnonzero(scene.truth[..., 0] == 200)
    walk.color(red)
    after = list(walk.course)
    walk.color(np.concatenate([red[: len(red) // 3], np.flatnonzero(scene.truth[..., 2] == 200)]))
    walk.color(red)
    assert walk.course[: len(after)] == after
    assert [step[2] for step in walk.course] == sorted(step[2] for step in walk.course)


def test_strokes_lie_inside_the_flats_whose_colour_they_have(scene: Scene) -> None:
    dots = actions.strokes(scene, 3)
    assert len(dots) == 3
    for x, y, half, color in dots:
        part = slice(y - half, y + half + 1), slice(x - half, x + half + 1)
        assert (scene.truth[part] == color).all()
        assert (scene.gray[part] > 200).all()


WAY = Way("way", (((0, 0, 0.0), (1, 1, 0.6), (2, 1, 0.8)), ((0, 0, 0.0), (1, 1, 0.1))))


def test_a_scene_that_never_comes_so_far_counts_as_more_than_any() -> None:
    assert WAY.needed(0.7, 0) == [2, None]
    assert WAY.needed(0.7, 1) == [1, None]
    three = Way("three", (*WAY.courses, WAY.courses[0]))
    *_, line = report.counts([three], (0.7, 0.9)).split("\n")
    cells = ["three", "2 (2 to -)", "1 (1 to -)", "- (0 of 3 scenes)", "- (0 of 3 scenes)", "3"]
    assert line == f"| {' | '.join(cells)} |"


def test_a_curve_is_the_mean_of_what_each_scene_had_by_then() -> None:
    assert WAY.curve(0, 3) == pytest.approx([0, 0.35, 0.45, 0.45])
    assert WAY.curve(1, 1) == pytest.approx([0, 0.45])


def test_parts_are_read_as_they_were_kept(tmp_path: Path) -> None:
    part = Part(rows=(Row("open", "1 MP", "ms", (30.0, 31.5)),), ways=(WAY,), text="t", table="|")
    kept.keep(tmp_path, "some part", part, "today")
    assert kept.read(tmp_path, "some part") == replace(part, began="today")
    assert kept.read(tmp_path, "another").about == "not measured yet"


def test_panels_that_nothing_can_draw_are_missing_and_not_an_empty_measure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "nothing fetched"))
    bench.measure(bench._QUICK, ["panels", "clicks"], tmp_path)
    for name in ("panels", "clicks"):
        assert "gp-train data fetch" in kept.read(tmp_path, name).missing


def test_the_tables_are_written_of_whatever_was_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    row = Row("ours, by mouse", "Krita", "actions", (46.0,))
    kept.keep(tmp_path / "kept", "jobs", Part(rows=(row,)), "today")
    bench.write(bench._QUICK, tmp_path / "kept", tmp_path, quick=True)
    text = (tmp_path / "benchmarks.md").read_text(encoding="utf-8")
    assert text.count(": not measured yet") == len(bench.PARTS) - 1
    assert "| ours, by mouse | Krita | 46 actions |" in text
    assert (tmp_path / "images/benchmarks.png").exists()


def test_a_stage_is_not_charged_for_the_stage_inside_it() -> None:
    ticks = iter([0.0, 1.0, 4.0, 5.0])
    stages = Stages(lambda: next(ticks))
    inner = stages.timed("inner", lambda: 7)
    assert stages.timed("outer", lambda: inner())() == 7
    assert stages.seconds == {"inner": 3.0, "outer": 2.0}


def test_a_table_of_stages_has_a_column_for_each_size() -> None:
    lines = [
        Line("hint", size, (40.0, 60.0, 50.0), (30.0, 10.0, 20.0), True)
        for size in ("1 MP", "3 MP")
    ]
    lines.insert(1, Line("g", "1 MP", (9.0,), (4.0,), False))
    head, _, hint, stage = hint_path.table(lines).split("\n")
    assert head.count("MP") == 2
    assert hint.count("**50 → 20** (10 to 30)") == 2
    assert stage == "| · g | 9 → 4 |  |"


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
    report.plot(rows, [WAY], path)
    picture = cv2.imread(str(path))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 4


def test_a_jobs_last_words_are_its_row() -> None:
    said = "load 0.3: 190 pieces\n  22 drags\n  50 actions; 1 areas wrong: [7]\n"
    said += " 157 with a fill tool: a click for each of 139 areas, 18 colours\n"
    ours, theirs = jobs.rows_of("Krita", said)
    assert (ours.samples, theirs.samples) == ((50.0,), (157.0,))
    assert ours.note == "139 areas, 1 wrong at the end"
    with pytest.raises(ValueError, match="end"):
        jobs.rows_of("Krita", said.splitlines()[0])


def test_a_job_that_breaks_off_is_a_row_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs.JOBS, "no editor", ("experiments.no_such_job",))
    (row,) = jobs.play(["no editor"])
    assert row.samples == ()
    assert "no_such_job" in row.note


def boxes() -> Scene:
    """Four boxes side by side in four colours on a white page, with lines between them."""
    gray = np.frombuffer(cast_samples.boxes(), np.uint8)
    gray = gray.reshape(cast_samples.HEIGHT, cast_samples.WIDTH).copy()
    truth = np.full((*gray.shape, 3), 255, np.uint8)
    left = 0
    for width in cast_samples.WIDTHS:
        truth[:, left : left + width] = cast_samples.COLORS[width]
        left += width
    return Scene(gray, truth)


@pytest.mark.usefixtures("fake_daemon")
@pytest.mark.parametrize("order", ["eye", "guide"])
def test_a_guided_page_is_walked_until_all_is_right(order: guided.Order) -> None:
    scene = boxes()
    with gp_client.connect(start=True) as client:
        walk = guided.Walk(client, scene, "off")
        assert walk.labels.shape == scene.gray.shape
        course = walk.course(order, 20)
        walk.close()
        client.shutdown()
    if order == "eye":
        assert [step[:2] for step in course] == [(n, n) for n in range(5)]
    assert course[0][2] == 0
    assert course[-1][2] == pytest.approx(1, abs=0.03)


def test_the_pixels_of_a_map_are_those_that_it_picks() -> None:
    starts, ends, pieces = (
        Frame(np.array(values, kind).tobytes(), (len(values),), name)
        for values, kind, name in (
            ([0, 2, 3], np.int32, "i4"), ([1, 4, 4], np.uint16, "u2"), ([0, 1, 2], np.int32, "i4"),
        )
    )  # fmt: skip
    labels = guided.labels_of(PieceMap(4, 2, starts, ends, pieces), 2, 4)
    assert labels.tolist() == [[0, 1, 1, 1], [2, 2, 2, 2]]
