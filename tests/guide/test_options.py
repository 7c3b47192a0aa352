"""What a page's acts say of its options."""

from __future__ import annotations

from gp_canvas.acts import acts
from gp_canvas.acts.packing import pack
from gp_guide.options import last_find, last_focus

BOX = (4, 5, 60, 70)


def test_the_last_act_that_found_pieces_counts() -> None:
    assert last_find(b"") is None
    assert last_find(pack([acts.Find(3.0, None, 9), acts.Find(None, 90, 12)])) == (None, 90)


def test_the_guide_keeps_to_the_last_focus_and_at_first_to_the_area() -> None:
    assert last_focus(b"", BOX) == BOX
    assert last_focus(pack([acts.Find(3.0, None, 9)]), None) is None
    assert last_focus(pack([acts.Focus(None), acts.Focus(BOX)]), None) == BOX
    assert last_focus(pack([acts.Focus(None)]), BOX) is None
