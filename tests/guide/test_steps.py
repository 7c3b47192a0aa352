"""The editor's undo is followed by what the document shows."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gp_guide.steps import DEPTH, MARKS, Step, Steps


def view(name: int) -> Any:
    return SimpleNamespace(acts=name)


def walked(*marks: int) -> Steps:
    steps = Steps(view(0))
    for number, mark in enumerate(marks, 1):
        steps.add(Step(view(number), mark))
    return steps


def at(steps: Steps, acts: int, mark: int) -> int | None:
    return steps.find(lambda step: step.view.acts == acts and step.mark == mark)


def test_undo_and_redo_are_found_in_both_directions() -> None:
    steps = walked(0, 1, 1, 2)
    assert at(steps, 3, 1) == -1
    assert steps.go(-1).view.acts == 3
    assert at(steps, 1, 0) == -2
    assert at(steps, 4, 2) == 1
    assert at(steps, 9, 2) is None


def test_the_nearest_step_that_agrees_is_meant() -> None:
    steps = walked(1, 1, 1)
    assert steps.find(lambda step: step.mark <= 1) == -1


def test_what_looks_like_two_steps_is_the_last_where_nothing_is_left_to_do_again() -> None:
    steps = walked(1, 2, 1)
    steps.go(-1)
    assert steps.find(lambda step: step.mark == 1) == -1
    assert steps.find(lambda step: step.mark == 1, newest=True) == 1
    assert steps.find(lambda step: step.mark == 0, newest=True) == -2


def test_a_new_step_takes_the_place_of_undone_ones() -> None:
    steps = walked(0, 1)
    steps.go(-2)
    steps.add(Step(view(7), 0))
    assert steps.now.view.acts == 7
    assert at(steps, 2, 1) is None
    assert at(steps, 0, 0) == -1


def test_marks_go_round_and_old_steps_are_forgotten() -> None:
    steps = Steps(view(0))
    for number in range(1, DEPTH + 50):
        steps.add(Step(view(number), steps.next_mark))
    assert steps.next_mark == (DEPTH + 50) % MARKS
    assert at(steps, 1, 1) is None
    steps.renew(view(5))
    assert steps.now.view.acts == 5


def test_a_step_is_shown_where_what_it_painted_is_there_and_what_comes_next_is_not() -> None:
    red, blue = (200, 10, 20), (10, 20, 200)
    fills = ((red, ((1, 1), (2, 1))), (blue, ((5, 5),)))
    steps = Steps(view(0))
    steps.expect(fills)
    steps.add(Step(view(1), 0, whole=False, done=fills[:1], left=fills[1:]))
    steps.add(Step(view(1), 0, done=fills))
    flats: dict[tuple[int, int], tuple[int, int, int]] = {}

    def stands() -> list[int]:
        agrees = [
            away
            for away in (-2, -1, 0)
            if steps._steps[len(steps._steps) - 1 + away].shown(
                lambda point, color: flats.get(point) == color
            )
        ]
        return agrees

    assert stands() == [-2]
    flats.update({(1, 1): red, (2, 1): red})
    assert stands() == [-1]
    flats[5, 5] = blue
    assert stands() == [0]
    flats[5, 5] = (1, 2, 3)  # somebody has painted there
    assert stands() == [-1]
    steps.forget()
    assert stands() == [-1, 0]
