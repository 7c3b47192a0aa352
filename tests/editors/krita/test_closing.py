"""Documents closed in the midst of work, in the real Krita."""

from __future__ import annotations

import time

import pytest
from krita_harness import DOCKER_DELAY, KritaProcess, Page

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN = (201, 33, 47), (18, 150, 86)


def test_nothing_is_painted_behind_the_question_whether_to_save(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.act("choose('spread', 2)")
    page.color(*RED)
    page.color(*GREEN)
    # As an artist closes: Krita asks whether to save, and the driver must be free to answer.
    krita.run("""
        click("keepAll")
        QTimer.singleShot(0, app.action("file_close").trigger)
    """)
    krita.until("result = app_modal() is not None")
    painted = krita.pixels("pixels(doc, 'Flats')")
    time.sleep(0.5)  # several fills
    assert krita.pixels("pixels(doc, 'Flats')") == painted
    krita.run("QTimer.singleShot(0, lambda: answer('No'))")
    krita.until("result = not app.documents()")
    time.sleep(DOCKER_DELAY)
    assert krita.run("result = text('place')") == "Open a document with line art."


def test_krita_outlives_a_close_right_after_layers_changed(krita: KritaProcess, page: Page) -> None:
    """Krita without our docker dies of this: ``bare_close.py``."""
    page.begin()
    krita.run("""
        def change(visible, then):
            nodes(doc)["Flats"].setVisible(visible)
            QTimer.singleShot(30, then)

        def close():
            doc.setModified(False)
            app.action("file_close").trigger()

        QTimer.singleShot(0, lambda: change(False, lambda: change(True, close)))
    """)
    krita.until("result = not app.documents()")
    time.sleep(DOCKER_DELAY)
    assert krita.run("result = text('place')") == "Open a document with line art."


def test_a_close_that_is_called_off_leaves_the_walk_where_it_was(
    krita: KritaProcess, page: Page
) -> None:
    page.begin()
    page.color(*RED)
    krita.run("QTimer.singleShot(0, app.action('file_close').trigger)")
    krita.until("result = app_modal() is not None")
    krita.run("QTimer.singleShot(0, lambda: answer('Cancel'))")
    krita.until("result = app_modal() is None")
    page.color(*GREEN)
    assert list(page.colored().values()) == [RED, GREEN]
