"""Pages of a few boxes, in a daemon without networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from boxes_art import HEIGHT, SIDE, WIDTH, six_boxes, two_boxes
from gp_client import GuidedPage, connect


@pytest.fixture
def two(fake_daemon: Path) -> Iterator[GuidedPage]:
    """A box on the left and one on the right; nothing is proposed."""
    with connect(start=True) as client:
        page = client.open_guided(two_boxes(), SIDE, SIDE)
        page.spread = "off"
        yield page


@pytest.fixture
def six(fake_daemon: Path) -> Iterator[GuidedPage]:
    """Two rows of three boxes."""
    with connect(start=True) as client:
        yield client.open_guided(six_boxes(), WIDTH, HEIGHT)
