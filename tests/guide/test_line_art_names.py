"""A layer is line art by its name."""

from __future__ import annotations

import pytest
from gp_guide.line_art_names import named_line_art


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["Colours", "Ink", "Paper"], 1),
        (["SKETCH", "Line art"], 1),  # lines say it more plainly than a sketch does
        (["Ink 2", "Ink 1"], 0),
        (["Colours", "Background"], None),
        ([], None),
    ],
)
def test_the_plainest_word_wins_and_then_the_topmost(names: list[str], chosen: int | None) -> None:
    marks = [(str(10 * place), name) for place, name in enumerate(names)]
    assert named_line_art(marks) == (None if chosen is None else str(10 * chosen))
