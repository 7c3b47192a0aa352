"""The arithmetic of a walk; the walk itself is tested through `gp`."""

from __future__ import annotations

import numpy as np
from gp_cli import walk


def two_regions() -> tuple[np.ndarray, np.ndarray]:
    """Labels and paper, 20 x 30: region 2 left, region 1 right, a black line between."""
    labels = np.ones((20, 30), np.uint8)
    labels[:, :10] = 2
    paper = np.full((20, 30, 3), 255, np.uint8)
    paper[:, 8:12] = 0
    return labels, paper


def test_a_reference_gives_each_region_its_own_colour() -> None:
    labels, paper = two_regions()
    reference = np.where(labels[..., None] == 2, (10, 20, 30), (200, 150, 100)).astype(np.uint8)
    assert walk.reference_colors(labels, reference, paper) == {1: (200, 150, 100), 2: (10, 20, 30)}


def test_lines_and_spots_do_not_change_a_references_colour() -> None:
    labels, paper = two_regions()
    reference = np.full((20, 30, 3), (200, 150, 100), np.uint8)
    reference[paper == 0] = 0
    reference[:8, :8] = 255  # under half of region 2's paper
    assert walk.reference_colors(labels, reference, paper)[2] == (200, 150, 100)


def test_a_region_that_is_all_ink_takes_the_references_colour_there() -> None:
    labels, paper = two_regions()
    paper[:, :10] = 0
    reference = np.where(labels[..., None] == 2, (10, 20, 30), (200, 150, 100)).astype(np.uint8)
    assert walk.reference_colors(labels, reference, paper)[2] == (10, 20, 30)


def test_a_reference_of_another_size_is_brought_to_the_pages() -> None:
    labels, paper = two_regions()
    reference = np.where(labels[..., None] == 2, (10, 20, 30), (200, 150, 100)).astype(np.uint8)
    large = reference.repeat(3, 0).repeat(3, 1)
    assert walk.reference_colors(labels, large, paper) == {1: (200, 150, 100), 2: (10, 20, 30)}
