"""A study's log: which acts, when, where, in which colour, and what they left."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from boxes_art import LEFT, RIGHT, SIDE
from gp_client import GuidedPage, Mask
from gp_client.errors import UNWRITABLE, GuidingPainterError
from gp_guide import acts, book, study
from gp_guide.acts import OTHER, Act, Note, perform
from gp_guide.page_view import view_of
from gp_guide.shown import Shown
from gp_guide.study import COLUMNS, StudyLog, as_clock

RED, BLUE = (200, 10, 20), (10, 20, 200)


class Person:
    """Somebody who colours a page, and is logged."""

    def __init__(self, page: GuidedPage, folder: Path) -> None:
        self.page, self.shown, self.now = page, Shown(), 100.0
        view = view_of(page, (SIDE, SIDE))
        self.shown.take(view, view.next)
        self.log = StudyLog(folder, view, view.next, lambda: self.now)

    def go(self, place: tuple[int, int]) -> int:
        assert self.shown.view is not None
        found = self.shown.view.region_at(*place)
        assert found is not None
        self.shown.go(self.shown.view, found.number)
        return found.number

    def do(self, act: Act | None, seconds: float = 0) -> None:
        assert act is not None
        before = self.shown.view
        assert before is not None
        self.now += seconds
        view = perform(self.page, before, act.do)
        self.shown.go(view, self.shown.after(view, act.then))
        self.log.note(act.note, before, view, self.shown.number)

    @property
    def rows(self) -> list[dict[str, str]]:
        with self.log.path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture
def person(two: GuidedPage, tmp_path: Path) -> Person:
    return Person(two, tmp_path / "logs")


def test_every_act_is_a_row_with_its_second_and_what_it_left(person: Person) -> None:
    number = person.go(LEFT)
    person.do(acts.color(person.shown, RED), 2.5)
    first, second = person.rows
    assert tuple(first) == COLUMNS
    assert (first["seconds"], first["act"], first["region"]) == ("0.00", "start", "")
    assert (second["seconds"], second["act"], second["region"]) == ("2.50", "color", str(number))
    assert (second["color"], second["from"]) == ("#c80a14", "given")
    assert int(second["left"]) == int(first["left"]) - 1
    assert float(first["done"]) == 0
    assert float(second["done"]) > 0
    assert second["shown"] == str(person.shown.number)
    place = (int(second["x"]), int(second["y"]))
    assert person.shown.view is not None
    found = person.shown.view.region_at(*place)
    assert found is not None  # the pixel lies in the region that was coloured
    assert found.color == RED


def test_a_row_says_from_where_a_colour_came(person: Person) -> None:
    person.go(LEFT)
    person.shown.suggestions = (BLUE,)
    person.do(acts.suggested(person.shown))
    person.do(acts.fill(RIGHT, RED))
    person.do(acts.inside(Mask((4, 6, 20, 10), b"\xff" * 200), RED))
    person.do(acts.clear(person.shown))
    assert [(row["act"], row["color"], row["from"]) for row in person.rows[1:]] == [
        ("color", "#0a14c8", "suggested"),
        ("fill", "#c80a14", "given"),
        ("color shape", "#c80a14", "given"),
        ("clear", "", ""),
    ]
    fill, shape = person.rows[2], person.rows[3]
    assert (int(fill["x"]), int(fill["y"])) == RIGHT
    assert fill["region"]
    assert (shape["region"], shape["x"], shape["y"]) == ("", "14", "11")  # the middle of its box


def test_every_act_has_a_name(person: Person) -> None:
    person.go(LEFT)
    shown, mask = person.shown, Mask((0, 0, 1, 1), b"\xff")
    made = [
        acts.color(shown, RED), acts.everywhere(shown, RED), acts.inside(mask, RED),
        acts.fill(LEFT, RED), acts.clear(shown), acts.skip(shown), acts.keep(shown),
        acts.keep_all(), acts.keep_at(LEFT), acts.spread(shown, "bold"), acts.split(shown, None),
        acts.take_out(LEFT), acts.join(shown, RIGHT), acts.find(None, None), acts.focus(None),
        book.use(None), book.keep_sure(),
    ]  # fmt: skip
    names = [None if act is None else act.note.name for act in made]
    assert None not in names
    assert OTHER.name not in names
    assert len(set(names)) == len(names)


def test_two_logs_of_one_second_are_two_files(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, folder = person.shown.view, person.log.path.parent
    assert view is not None
    monkeypatch.setattr(study.time, "strftime", lambda form: "acts-20260102-030405")
    paths = [StudyLog(folder, view, None).path.name for _ in range(2)]
    assert paths == ["acts-20260102-030405.csv", "acts-20260102-030405-2.csv"]


def test_a_log_that_cannot_be_written_says_so(person: Person) -> None:
    view = person.shown.view
    assert view is not None
    person.log.path.unlink()
    person.log.path.mkdir()
    with pytest.raises(GuidingPainterError) as caught:
        person.log.note(Note("go"), view, view, None)
    assert caught.value.code == UNWRITABLE
    assert "switch the log on again" in str(caught.value)
    in_the_way = person.log.path.parent / "a file"
    in_the_way.write_text("")
    with pytest.raises(GuidingPainterError):
        StudyLog(in_the_way, view, None)


def test_a_clock_shows_minutes_and_seconds() -> None:
    assert [as_clock(seconds) for seconds in (0, 59.9, 61, 3600)] == [
        "0:00",
        "0:59",
        "1:01",
        "60:00",
    ]
