"""What a page offers where its networks have a suggester: what that is told, and what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from comparing_networks import ComparingNetworks
from gp_canvas.acts.hands import Target
from gp_canvas.paint.suggest import draw, likeliest
from gp_client.types import Color
from gp_daemon.networks.manifest import File
from gp_daemon.pages.guided_page import GuidedPage
from numpy.typing import NDArray

WHITE, RED, BLUE, GREEN = (255, 255, 255), (200, 0, 0), (0, 0, 200), (0, 150, 0)
PALETTE = np.array([WHITE, RED, BLUE, GREEN], np.float32) / np.float32(255)


class SuggestingNetworks(ComparingNetworks):
    """Everything is red, or blue once anybody gave a colour; then green."""

    bundle = replace(
        ComparingNetworks.bundle,
        files={**ComparingNetworks.bundle.files, "suggester": File("s.onnx", "5e" * 32, 1)},
    )

    def __init__(self) -> None:
        self.told: list[tuple[NDArray[np.float32], NDArray[np.float32]]] = []

    def suggest(
        self,
        tokens: NDArray[np.float32],
        affinity: NDArray[np.float32],
        colors: NDArray[np.float32],
        known: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        assert affinity.shape == (len(tokens), len(tokens))
        self.told.append((colors.copy(), known.copy()))
        return np.tile(self.logarithms(bool(known.any())), (len(tokens), 1)), PALETTE

    def logarithms(self, known: bool) -> NDArray[np.float32]:
        """Of the palette's probabilities, for any piece; whether any colour is known."""
        chances = [0.1, 0.2, 0.4, 0.3] if known else [0.1, 0.4, 0.2, 0.3]
        return np.log(np.array(chances, np.float32))

    @property
    def known(self) -> list[Color]:
        """The colours that it was told last, sorted."""
        colors, known = self.told[-1]
        found = np.round(colors[known > 0] * 255).astype(int).tolist()
        return sorted((r, g, b) for r, g, b in found)


class UnsoundNetworks(SuggestingNetworks):
    """Of each piece the same number, which is no probability's logarithm, for all colours."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = number

    def logarithms(self, known: bool) -> NDArray[np.float32]:
        return np.full(len(PALETTE), self.number, np.float32)


@pytest.fixture
def networks() -> SuggestingNetworks:
    return SuggestingNetworks()


@pytest.fixture
def page(networks: SuggestingNetworks, boxes: np.ndarray) -> GuidedPage:
    return GuidedPage(networks, boxes.tobytes(), boxes.shape[1], boxes.shape[0])


def region(number: int) -> Target:
    return Target(region=number)


def test_an_untouched_page_is_offered_what_is_likely_and_colours_apart_from_it(page):
    assert {tuple(color) for color in page.changes().suggestions.tolist()} == {RED}
    offered = page.suggest(region(1))
    assert offered[:3] == [RED, GREEN, BLUE]
    assert len(set(offered)) == len(offered)


def test_what_the_artist_gave_is_told_and_changes_what_is_offered(page, networks):
    page.hands.color(region(2), GREEN)
    assert page.suggest(region(1))[0] == BLUE
    assert networks.known == [GREEN]
    page.hands.keep(region(3))  # blank for good: it is white
    page.suggest(region(1))
    assert networks.known == sorted([GREEN, WHITE])
    page.hands.undo()
    page.hands.undo()
    assert page.suggest(region(1))[0] == RED


def test_a_regions_own_colour_is_not_what_its_offers_come_from(page, networks):
    page.hands.color(region(2), GREEN)
    page.hands.color(region(4), RED)
    page.suggest(region(4))
    assert networks.known == [GREEN]


def test_of_a_piece_that_was_cut_the_largest_part_that_has_a_colour_speaks(page, networks, boxes):
    target = page.hands.guided.find(1)
    x, y, width, height = target.box
    shape = np.zeros(boxes.shape, np.bool_)
    shape[y : y + height, x : x + width // 4] = True
    page.hands.split(region(1), shape)
    page.hands.fill(Target(point=(x + 6, y + height // 2)), GREEN)
    page.suggest(region(2))
    assert networks.known == [GREEN]
    page.hands.fill(Target(point=(x + width - 6, y + height // 2)), BLUE)
    page.suggest(region(2))
    assert networks.known == [BLUE]


def test_the_network_is_asked_once_for_each_coloring(page, networks):
    before = len(networks.told)
    for number in range(1, 7):
        page.suggest(region(number))
    assert len(networks.told) == before
    page.hands.color(region(2), GREEN)
    for number in (1, 3, 4):
        page.suggest(region(number))
    page.changes()
    assert len(networks.told) == before + 1


def test_without_a_suggester_the_colorizers_colour_is_offered(boxes):
    page = GuidedPage(ComparingNetworks(), boxes.tobytes(), boxes.shape[1], boxes.shape[0])
    assert page.suggest(region(1))[0] == (128, 128, 128)


def test_the_middle_of_what_is_likely_is_not_what_is_likely():
    brown = (110, 80, 0)
    palette = np.array([RED, GREEN, brown], np.float32) / np.float32(255)
    chances = np.array([[0.45, 0.4, 0.15]], np.float32)
    assert likeliest(chances, palette, 2)[0].tolist() == [list(RED), list(GREEN)]


def test_colours_that_are_alike_speak_for_each_other():
    reds = [(200, 0, 0), (205, 5, 5), (195, 5, 0)]
    palette = np.array([BLUE, *reds], np.float32) / np.float32(255)
    chances = np.array([[0.4, 0.2, 0.2, 0.2], [0.9, 0.1, 0, 0]], np.float32)
    found = likeliest(chances, palette, 2)
    assert found[0, 0].tolist() in [list(red) for red in reds]
    # The other reds are the same to the eye: blue comes next.
    assert found[0, 1].tolist() == list(BLUE)
    assert found[1, 0].tolist() == list(BLUE)


def test_a_draw_has_each_colour_about_as_often_as_it_is_likely_and_is_the_same_again(page):
    drawn = [page.suggest(region(1), number)[0] for number in range(200)]
    assert drawn == [page.suggest(region(1), number)[0] for number in range(200)]
    shares = {color: drawn.count(color) / 200 for color in (WHITE, RED, BLUE, GREEN)}
    assert shares[RED] > shares[GREEN] > shares[WHITE] > 0
    assert shares[RED] < 0.6
    # Regions of one page are not all given the same.
    assert len({page.suggest(region(number), 5)[0] for number in range(1, 7)}) > 1


def test_a_draw_is_followed_by_what_is_likely(page):
    likely = page.suggest(region(1))
    drawn = page.suggest(region(1), 3)
    assert [color for color in drawn[1:] if color in likely]
    assert len(set(drawn)) == len(drawn)


def test_what_would_swallow_lines_is_drawn_seldom_unless_it_is_the_pages():
    palette = np.array([(20, 20, 20), (250, 200, 100)], np.float32) / np.float32(255)
    chances = np.array([0.5, 0.5], np.float32)

    def dark(own: int) -> int:
        colors = [draw(chances, palette, np.random.default_rng(n), own) for n in range(100)]
        return colors.count((20, 20, 20))

    assert dark(0) < 25 < dark(1)


def test_a_colour_of_the_page_is_as_likely_as_the_guide_says(page):
    """All are apart here: what has been given is not what another region is likely to have."""
    page.hands.color(region(2), BLUE)
    offered = page.suggest(region(1))
    assert offered[0] == GREEN
    assert BLUE not in offered[:2]


@pytest.mark.parametrize("number", [0.0, 1e4, -1e4])
def test_a_suggester_that_is_not_sound_suggests_something(number, boxes):
    """What `gp_daemon.networks.graphs` makes of NaN and of infinities."""
    size = boxes.shape[1], boxes.shape[0]
    page = GuidedPage(UnsoundNetworks(number), boxes.tobytes(), *size)
    drawn = {page.suggest(region(1), draw)[0] for draw in range(40)}
    assert drawn == {WHITE, RED, BLUE, GREEN}
    page.hands.color(region(2), RED)
    assert page.suggest(region(1))[0] in (WHITE, BLUE, GREEN)
