"""A whole page as an artist colours it, in both Kritas; out/krita holds a picture of each stage."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, selection

pytestmark = [
    pytest.mark.editor,
    pytest.mark.timeout(900),  # the first run makes the root
    pytest.mark.parametrize("krita", ["native", "debian13"], indirect=True),
]

COLORS = (
    (201, 33, 47),
    (18, 150, 86),
    (40, 50, 251),
    (250, 222, 160),
    (120, 85, 60),
    (168, 206, 232),
    (95, 130, 80),
    (212, 120, 140),
)
MORE = ((1, 2, 3), (254, 253, 252))


def flats(krita: KritaProcess) -> np.ndarray:
    data = krita.pixels("pixels(doc, 'Flats')")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)[..., [2, 1, 0, 3]]


def shown(krita: KritaProcess) -> np.ndarray:
    """What Krita's window shows, without having it composed for us."""
    data = krita.pixels("shown()")
    return np.frombuffer(data, np.uint8).reshape(*SIZE, 4)


def layered(krita: KritaProcess, names: list[str]) -> np.ndarray:
    """The layers of the colours put together."""
    whole = np.zeros((*SIZE, 4), np.uint8)
    for name in names:
        data = krita.pixels(f"pixels(doc, {name!r})")
        picture = np.frombuffer(data, np.uint8).reshape(*SIZE, 4)
        whole[picture[..., 3] > 0] = picture[picture[..., 3] > 0]
    return whole


def mouse(krita: KritaProcess, *steps: object) -> None:
    command = ["xdotool", *map(str, steps)]
    subprocess.run(command, env=krita.environment, check=True, timeout=30)


def press(krita: KritaProcess, name: str) -> None:
    """A real click of the mouse on a button of the docker."""
    x, y = krita.run(f"""
        button = dock.findChild(QPushButton, {name!r})
        scroll_to(button)
        point = button.mapToGlobal(button.rect().center())
        result = [point.x(), point.y()]
    """)
    mouse(krita, "mousemove", x, y, "click", 1)


def color(krita: KritaProcess, page: Page, rgb: tuple[int, int, int]) -> np.ndarray:
    """Colour the current region; return where it is."""
    inside = selection(krita)
    page.color(*rgb)
    assert {tuple(pixel) for pixel in flats(krita)[inside]} == {(*rgb, 255)}
    return inside


def stroke(krita: KritaProcess) -> None:
    """A stroke of the brush by the mouse, in the middle of the view."""
    x, y = krita.run("""
        set_foreground(250, 120, 230)
        view = app.activeWindow().qwindow().findChild(QMdiArea).activeSubWindow()
        point = view.mapToGlobal(view.rect().center())
        result = [point.x(), point.y()]
    """)
    steps: list[object] = ["mousemove", x, y, "mousedown", 1]
    for step in range(1, 9):
        steps += ["mousemove", x + 8 * step, y + 4 * step]
    mouse(krita, *steps, "mouseup", 1)


def test_a_whole_page_goes_from_line_art_to_flats_and_on_after_reopening(
    krita: KritaProcess, page: Page, tmp_path: Path
) -> None:
    version = krita.run("result = app.version()").partition("-")[0]
    stages = iter(range(1, 99))

    def keep(name: str) -> None:
        krita.screenshot(f"walk-{version}-{next(stages)}-{name}")

    line_art = krita.pixels("pixels(doc, 'Background')")
    lines = np.frombuffer(line_art, np.uint8).reshape(*SIZE, 4)[..., 0] < 255
    keep("opened")
    press(krita, "next")
    krita.until("result = text('place').startswith('Region 1 of ') and idle()")
    keep("started")
    places = [selection(krita)]
    krita.run(f"set_foreground{COLORS[0]}")
    press(krita, "foreground")
    krita.until("result = text('place').startswith('Region 2 of ') and idle()")
    places += [color(krita, page, rgb) for rgb in COLORS[1:]]
    assert page.hints() == dict(enumerate(COLORS, 1))
    keep("coloured")
    krita.run("plain = shown()")

    krita.run("choose('output', 1)")
    page.settle()
    krita.until("result = shown() != plain")  # nobody has to ask Krita for it
    keep("soft")
    krita.run("choose('output', 2)")
    page.settle()
    names = krita.run("result = colors(doc)")
    assert {"#{:02x}{:02x}{:02x}".format(*rgb) for rgb in COLORS} <= {name[:7] for name in names}
    krita.until("result = shown() != plain")
    assert (shown(krita)[..., :3] == layered(krita, names)[..., :3])[~lines].all()
    keep("layers")
    krita.run("choose('output', 0)")
    krita.until("result = shown() == plain")

    krita.run("click('scribble')")
    krita.until("result = doc.activeNode().name() == 'Hints'")
    stroke(krita)
    krita.until("result = (250, 120, 230) in controller().session.strokes and idle()")
    keep("scribbled")
    krita.run("click('scribble')")

    krita.run("controller().walk.go_to(1)")
    page.settle()
    shape = places[0] & ~places[1]
    _, columns = np.nonzero(shape)
    shape[:, : int(np.median(columns))] = False
    path = krita.base / "mask"
    path.write_bytes((shape * np.uint8(255)).tobytes())
    krita.run(f"select(open({str(path)!r}, 'rb').read()); click('correct')")
    page.settle()
    assert not page.message()
    assert {tuple(pixel) for pixel in flats(krita)[shape]} == {(*COLORS[0], 255)}
    keep("corrected")

    picture = flats(krita)
    krita.run("app.action('edit_undo').trigger()")
    krita.until("result = idle()")
    krita.run("app.action('edit_redo').trigger()")
    krita.until("result = idle()")
    assert np.array_equal(flats(krita), picture)
    assert page.hints() == dict(enumerate(COLORS, 1))

    path = tmp_path / "page.kra"
    krita.run(f"result = doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    assert again.place().startswith("Region 9 of ")
    for rgb in MORE:
        color(krita, again, rgb)
    assert again.hints() == dict(enumerate((*COLORS, *MORE), 1))
    keep("reopened")
    assert krita.pixels("pixels(doc, 'Background')") == line_art
