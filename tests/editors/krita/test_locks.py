"""All of one colour selected, and a colour locked, in the real Krita."""

from __future__ import annotations

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, layer, select

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

RED, GREEN = (201, 33, 47), (18, 150, 86)


def two_red(krita: KritaProcess, page: Page) -> tuple[int, int]:
    """Give the first two regions the same colour, go to the first; return their numbers."""
    page.begin()
    page.act("choose('spread', 0)")
    numbers = []
    for _ in range(2):
        numbers.append(krita.run("result = region()"))
        page.color(*RED)
    krita.run(f"controller().walk.go_to({numbers[0]})")
    page.settle()
    return numbers[0], numbers[1]


def test_all_of_one_colour_is_selected(krita: KritaProcess, page: Page) -> None:
    two_red(krita, page)
    assert krita.run("result = doc.selection() is None")
    krita.run("click('selectColor')")
    chosen = np.frombuffer(krita.pixels("selected(doc)"), np.uint8).reshape(SIZE)
    assert np.array_equal(chosen == 255, layer(krita, "Flats")[..., 3] == 255)
    krita.screenshot("select-colour")


def test_a_locked_colour_is_kept_by_all_that_would_change_it(
    krita: KritaProcess, page: Page
) -> None:
    one, other = two_red(krita, page)
    krita.run("click('lock')")
    assert "locked" in page.place()
    krita.screenshot("locked-colour")
    before, acts = layer(krita, "Flats"), krita.run("result = acts()")
    krita.run(f"set_foreground{GREEN}")
    x, y = page.piece(one)
    for code in (
        *("click('foreground')", "click('everywhere')", "click('clear')"),
        f"controller().walk.click({x}, {y}, 'fill')",
    ):
        krita.run(f"controller().session.message = ''; {code}")
        krita.until("result = 'locked' in text('message') and idle()")
        assert krita.run("result = acts()") == acts, code
    assert np.array_equal(layer(krita, "Flats"), before)
    select(krita, np.ones(SIZE, np.uint8))  # everything
    page.act("click('inside')")
    after = layer(krita, "Flats")
    red = before[..., 3] == 255
    assert np.array_equal(after[red], before[red])
    assert {tuple(pixel) for pixel in after[~red] if pixel[3]} == {(*GREEN, 255)}
    page.undo()
    krita.run(f"controller().walk.go_to({other})")
    krita.run("click('lock')")  # unlocked, by any region of the colour
    assert "locked" not in page.place()
    page.color(*GREEN)
    assert page.colored()[other] == GREEN


def test_a_drag_passes_a_locked_colour_by(krita: KritaProcess, page: Page) -> None:
    two_red(krita, page)
    krita.run("click('lock')")
    before = layer(krita, "Flats")
    krita.run(f"set_foreground{GREEN}")
    passed = krita.run(f"""
        from gp_guide.drags import Drag
        from gp_guide.locks import pieces_of
        view = controller().session.view
        drag = Drag(view.places, 0, 0)
        drag.to(doc.width() - 1, doc.height() - 1)
        result = [len(drag.pieces), len(set(drag.pieces) & set(pieces_of(view, ({RED},))))]
    """)
    assert 0 < passed[1] < passed[0]
    page.act("controller().walk.fill(drag)")
    after = layer(krita, "Flats")
    red = before[..., 3] == 255
    assert np.array_equal(after[red], before[red])
    assert (after[~red] == (*GREEN, 255)).all(axis=1).any()


def test_the_document_keeps_what_is_locked(krita: KritaProcess, page: Page) -> None:
    two_red(krita, page)
    krita.run("click('lock')")
    assert krita.run("result = saved()['locked']") == [list(RED)]
