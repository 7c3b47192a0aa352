"""A whole page as an artist colours it, in both Kritas; out/krita holds a picture of each stage."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, region, select

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


def press(page: Page, name: str) -> None:
    """A real click of the mouse on a button of the docker."""
    x, y = page.krita.run(f"""
        button = dock.findChild(QPushButton, {name!r})
        scroll_to(button)
        point = button.mapToGlobal(button.rect().center())
        result = [point.x(), point.y()]
    """)
    page.mouse("mousemove", x, y, "click", 1)


def stroke(page: Page) -> None:
    """A stroke of the brush by the mouse, in the middle of the view."""
    x, y = page.krita.run("""
        set_foreground(250, 120, 230)
        view = app.activeWindow().qwindow().findChild(QMdiArea).activeSubWindow()
        point = view.mapToGlobal(view.rect().center())
        result = [point.x(), point.y()]
    """)
    steps: list[object] = ["mousemove", x, y, "mousedown", 1]
    for step in range(1, 9):
        steps += ["mousemove", x + 8 * step, y + 4 * step]
    page.mouse(*steps, "mouseup", 1)


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
    press(page, "next")
    krita.until("result = text('place').startswith('Region 1') and idle()")
    keep("started")
    krita.run(f"set_foreground{COLORS[0]}")
    press(page, "foreground")
    krita.until("result = coloured() and idle()")
    for rgb in COLORS[1:]:
        inside = region(krita)
        page.color(*rgb)
        assert {tuple(pixel) for pixel in flats(krita)[inside]} == {(*rgb, 255)}
    assert set(page.colored().values()) == set(COLORS)
    keep("coloured")
    page.act("choose('spread', 2)")
    keep("proposals")
    page.act("choose('spread', 0)")
    krita.until("result = not any(pixels(doc, 'Proposals'))")
    page.settle()
    krita.run("plain = shown()")

    krita.run("choose('output', 1)")
    page.settle()
    krita.until("result = shown() != plain")  # nobody has to ask Krita for it
    keep("soft")
    krita.run("choose('output', 2)")
    page.settle()
    names = krita.run("result = colors(doc)")
    assert {"#{:02x}{:02x}{:02x}".format(*rgb) for rgb in COLORS} == set(names)
    there = layered(krita, names)
    inside = (there[..., 3] == 255) & ~lines
    krita.until("result = shown() == plain")  # the flats below show the same
    assert (shown(krita)[..., :3] == there[..., :3])[inside].all()
    keep("layers")
    krita.run("choose('output', 0)")
    page.settle()

    krita.run("click('scribble'); before = acts()")
    krita.until("result = doc.activeNode().name() == 'Hints'")
    stroke(page)
    krita.until("result = acts() > before and idle()")
    keep("scribbled")
    krita.run("click('scribble')")
    page.settle()

    krita.run("""
        single = [r for r in controller().session.view.regions.values() if r.pieces == 1]
        controller().walk.go_to(max(single, key=lambda region: region.pixels).number)
    """)
    whole = region(krita)
    part = whole.copy()
    part[:, : int(np.median(np.nonzero(whole)[1]))] = False
    select(krita, part)
    page.act("click('split')")
    krita.run("doc.setSelection(None)")
    keep("split")

    picture, given = flats(krita), page.colored()
    page.undo()
    page.undo(redo=True)
    assert np.array_equal(flats(krita), picture)
    assert page.colored() == given

    path = tmp_path / "page.kra"
    krita.run(f"result = doc.saveAs({str(path)!r}); doc.waitForDone()")
    krita.close_documents()
    again = Page(krita, path)
    again.begin()
    assert again.colored() == given
    krita.run("controller().walk.go_to(controller().session.view.next)")
    for rgb in MORE:
        again.color(*rgb)
    assert set(again.colored().values()) >= {*COLORS, *MORE}
    keep("reopened")
    assert krita.pixels("pixels(doc, 'Background')") == line_art
