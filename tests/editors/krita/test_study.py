"""A study's log in Krita: off until it is switched on, and then each act with its time."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from gp_guide.study import FOLDER
from krita_harness import KritaProcess, Page

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]


@pytest.fixture(autouse=True)
def off(krita: KritaProcess) -> Iterator[None]:
    """As it is when nobody has switched it on."""
    yield
    krita.run("dock.findChild(QCheckBox, 'study').setChecked(False)")


def logs(krita: KritaProcess) -> list[Path]:
    return sorted((krita.home / FOLDER).glob("*.csv"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def switch(krita: KritaProcess, on: bool) -> None:
    krita.run(f"dock.findChild(QCheckBox, 'study').setChecked({on})")


def test_nothing_is_logged_until_it_is_switched_on(krita: KritaProcess, page: Page) -> None:
    page.begin()
    page.act("click('suggestion')")
    assert not logs(krita)
    assert not krita.run("result = dock.findChild(QLabel, 'clock').isVisible()")


def test_acts_are_logged_from_start_and_a_clock_shows_it(krita: KritaProcess, page: Page) -> None:
    known = len(logs(krita))
    switch(krita, True)
    assert krita.run("result = text('clock')") == "Study log: begins with Start"
    page.begin()
    krita.until("result = text('clock')[-1].isdigit()")
    region = krita.run("result = controller().session.region.number")
    page.act("click('suggestion')")
    page.color(10, 20, 200)
    krita.run("click('back')")
    page.undo()
    (path,) = logs(krita)[known:]
    found = rows(path)
    assert [row["act"] for row in found] == ["start", "color", "color", "go", "undo"]
    assert [row["from"] for row in found] == ["", "suggested", "given", "", ""]
    assert found[1]["region"] == str(region)
    assert found[1]["color"].startswith("#")
    seconds = [float(row["seconds"]) for row in found]
    assert seconds == sorted(seconds)
    assert seconds[0] < 1 < seconds[-1] + 1
    left = [int(row["left"]) for row in found]
    assert left[0] > left[1] > left[2]
    assert left[4] > left[2]
    krita.screenshot("study")
    switch(krita, False)
    page.act("click('suggestion')")
    assert len(rows(path)) == len(found)


def test_switched_on_later_a_log_begins_there(krita: KritaProcess, page: Page) -> None:
    known = len(logs(krita))
    page.begin()
    switch(krita, True)
    page.act("click('skip')")
    (path,) = logs(krita)[known:]
    assert [row["act"] for row in rows(path)] == ["start", "skip"]
