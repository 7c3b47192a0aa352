"""The docker as a widget among Krita's: any height, what is seen of it, how sharp it is."""

from __future__ import annotations

import pytest
from krita_harness import KritaProcess, Page

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]


def test_every_height_and_width_will_do(krita: KritaProcess, page: Page) -> None:
    """Qt's scroll areas can resize to and fro until Krita's stack is full."""
    page.begin()
    krita.run("dock.setFloating(True)")
    try:
        for width in (280, 320, 400):
            assert krita.run(f"""
                for height in range(200, 950, 3):
                    dock.resize({width}, height)
                    QApplication.sendPostedEvents()
                result = dock.width() >= {width}
            """)
    finally:
        krita.run("dock.setFloating(False)")


def test_a_low_docker_shows_what_went_wrong_until_the_next_step(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    krita.run("dock.setFloating(True); dock.resize(300, 300)")
    try:
        krita.run("nodes(doc)['Flats'].setVisible(False); click('suggestion')")
        krita.until("result = 'hidden' in text('message')")
        krita.until("""
            label = dock.findChild(QLabel, "message")
            result = label.visibleRegion().boundingRect() == label.rect()
        """)
        krita.run("nodes(doc)['Flats'].setVisible(True); click('scribble')")
        krita.until("result = not text('message')")
        krita.until("result = doc.activeNode().name() == 'Hints'")
        krita.run("click('scribble')")
    finally:
        krita.run("dock.setFloating(False)")


def test_the_docker_has_the_lines_sharper_than_the_networks_see_them(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    sizes = krita.run("""
        session = controller().session
        result = [session.preview.width(), session.preview.height(), *session.page.grid]
    """)
    assert sizes[:2] == [608, 472]  # the page's own, as it is a small one
    assert sizes[2] < 608
