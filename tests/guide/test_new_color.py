"""A new foreground colour counts when it rests and the mouse has gone from where it was made."""

from __future__ import annotations

from gp_client.types import Color
from gp_guide.new_color import STILL, NewColor

RED, BLUE, GREEN = (200, 10, 20), (10, 20, 200), (10, 200, 20)


class Artist:
    """Somebody with a mouse, which is over a selector or elsewhere."""

    def __init__(self) -> None:
        self.watch, self.place = NewColor(), "selector"

    def looks(self, color: Color | None, times: int = 1, held: bool = False) -> int:
        """Look so often; return how often the colour was taken."""
        return sum(
            self.watch.look(color, self.place, lambda made: made != self.place, held)
            for _ in range(times)
        )


def test_a_colour_that_was_there_is_no_choice() -> None:
    assert Artist().looks(RED, 20) == 0


def test_a_new_colour_is_taken_once_when_the_mouse_has_left() -> None:
    artist = Artist()
    artist.looks(RED)
    assert artist.looks(BLUE, 20) == 0
    artist.place = "canvas"
    assert artist.looks(BLUE, 20) == 1


def test_it_must_have_come_to_rest() -> None:
    artist = Artist()
    artist.looks(RED)
    artist.looks(BLUE)
    artist.place = "canvas"
    assert artist.looks(BLUE, STILL - 2) == 0
    assert artist.looks(BLUE) == 1


def test_several_clicks_in_one_selector_are_one_choice() -> None:
    artist = Artist()
    artist.looks(RED)
    assert artist.looks(BLUE, 5) + artist.looks(GREEN, 5) == 0
    artist.place = "canvas"
    assert artist.looks(GREEN, 5) == 1


def test_while_the_button_is_held_the_colour_is_still_being_made() -> None:
    artist = Artist()
    artist.looks(RED)
    artist.looks(BLUE)
    artist.place = "canvas"
    assert artist.looks(BLUE, 20, held=True) == 0
    assert artist.looks(BLUE, 20) == 0  # made where the button was let go
    artist.place = "elsewhere"
    assert artist.looks(BLUE, 20) == 1


def test_a_colour_taken_by_a_click_on_the_page_is_no_choice() -> None:
    artist = Artist()
    artist.looks(RED)
    artist.watch.forget()
    artist.place = "canvas"
    assert artist.looks(BLUE, 20) == 0


def test_what_cannot_be_told_for_a_moment_changes_nothing() -> None:
    artist = Artist()
    artist.looks(RED)
    artist.looks(None, 3)
    artist.looks(BLUE)
    artist.place = "canvas"
    assert artist.looks(BLUE, 20) == 1
