"""Work on canvases ends soon after its job is cancelled, and leaves the page as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from gp_canvas import cancellation
from gp_canvas.cancellation import Token
from gp_client.errors import CANCELLED, GuidingPainterError
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.page import Page


class Countdown(Token):
    """Lets so many safe points pass, then cancels."""

    def __init__(self, points: int) -> None:
        super().__init__()
        self.left = points

    def check(self) -> None:
        self.left -= 1
        if self.left < 0:
            self.cancel()
        super().check()


@pytest.fixture
def in_job() -> Iterator[Callable[[int], Countdown]]:
    """Makes the test a job that is cancelled at its n-th safe point from now."""

    def start(points: int) -> Countdown:
        token = Countdown(points)
        cancellation.current.set(token)
        return token

    yield start
    cancellation.current.set(None)


@pytest.fixture
def page(engine: Engine, boxes: np.ndarray) -> Page:
    large = np.ascontiguousarray(boxes.repeat(6, axis=0).repeat(6, axis=1))  # 2.8 MP
    return Page(engine, large.tobytes(), large.shape[1], large.shape[0])


@pytest.mark.parametrize(
    ("kind", "format"), [("flats", "RGBA8"), ("soft", "RGBA8"), ("hints", "BGRA16")]
)
def test_a_picture_has_a_safe_point_every_half_megapixel_or_region(
    page: Page, in_job: Callable[[int], Countdown], kind: str, format: str
) -> None:
    page.render(kind)  # the network has run
    token = in_job(1000)
    page.render(kind, format)
    assert 1000 - token.left >= 5
    in_job(2)
    with pytest.raises(GuidingPainterError) as caught:
        page.render(kind, format)
    assert caught.value.code == CANCELLED


def test_layers_have_safe_points(page: Page, in_job: Callable[[int], Countdown]) -> None:
    token = in_job(1000)
    page.color_layers()
    assert 1000 - token.left >= 5


@pytest.mark.parametrize("points", [0, 1, 2, 4, 8, 16])
def test_a_cancelled_correction_is_done_wholly_or_not_at_all(
    page: Page, in_job: Callable[[int], Countdown], points: int
) -> None:
    before = [region.pixels for region in page.regions]
    mask = np.zeros((page.height, page.width), np.uint8)
    mask[100:700, 100:900] = 255
    in_job(points)
    with contextlib.suppress(GuidingPainterError):
        page.correct(2, mask)
    cancellation.current.set(None)
    sizes = [int(np.count_nonzero(page.mask(region.number)[1])) for region in page.regions]
    assert sizes == [region.pixels for region in page.regions]
    assert page.uncorrect() == (sizes != before)
    assert [region.pixels for region in page.regions] == before
