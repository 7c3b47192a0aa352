"""What line art says about pieces and pairs of pieces, without a network."""

from __future__ import annotations

import cv2
import numpy as np
from gp_canvas.regions.relations import RELATION, SHAPE, find_relations


def _page() -> tuple[np.ndarray, np.ndarray]:
    """A gray page of 96 x 128 with four pieces: two boxes alike, a ring, and the paper."""
    labels = np.zeros((96, 128), np.int32)
    labels[20:40, 10:30] = 1
    labels[20:40, 98:118] = 2
    cv2.circle(labels, (64, 60), 18, 3, -1)
    gray = np.full((96, 128), 255, np.uint8)
    border = np.zeros(labels.shape, bool)
    border[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    border[1:] |= labels[1:] != labels[:-1]
    gray[border] = 0
    gray[55:65, 30:60] = 255  # the ring is open here
    labels[:2, :2] = -1
    return gray, labels


def test_shapes_and_ranges() -> None:
    shape, relation = find_relations(*_page(), 4)
    assert shape.shape == (4, SHAPE)
    assert relation.shape == (4, 4, RELATION)
    assert shape.dtype == relation.dtype == np.float32
    assert np.isfinite(shape).all()
    assert np.isfinite(relation).all()
    assert np.abs(shape).max() < 10
    assert np.abs(relation).max() < 10


def test_a_pair_is_the_same_both_ways_round() -> None:
    _, relation = find_relations(*_page(), 4)
    np.testing.assert_array_equal(relation, relation.transpose(1, 0, 2))


def test_another_numbering_gives_the_same_numbers_renumbered() -> None:
    gray, labels = _page()
    shape, relation = find_relations(gray, labels, 4)
    order = np.array([2, 0, 3, 1])
    table = np.append(np.argsort(order), -1).astype(np.int32)
    other_shape, other_relation = find_relations(gray, table[labels], 4)
    np.testing.assert_allclose(other_shape, shape[order], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(other_relation, relation[np.ix_(order, order)], rtol=1e-5, atol=1e-6)


def test_a_mirrored_page_has_the_same_pairs() -> None:
    gray, labels = _page()
    _, relation = find_relations(gray, labels, 4)
    _, mirrored = find_relations(gray[:, ::-1], labels[:, ::-1], 4)
    np.testing.assert_allclose(mirrored, relation, rtol=1e-4, atol=1e-4)


def test_a_page_twice_as_large_has_nearly_the_same_numbers() -> None:
    gray, labels = _page()
    shape, relation = find_relations(gray, labels, 4)
    larger = np.kron(gray, np.ones((2, 2), np.uint8))
    other_shape, other_relation = find_relations(larger, labels.repeat(2, 0).repeat(2, 1), 4)
    assert np.abs(other_shape - shape).max() < 0.15
    free = np.arange(RELATION) != 6  # an open length in pixels
    assert np.abs(other_relation - relation)[..., free].max() < 0.15


def test_what_touches_without_ink_and_what_is_alike_shows() -> None:
    gray, labels = _page()
    _, relation = find_relations(gray, labels, 4)
    paper, box, twin, ring = range(4)
    assert relation[paper, ring, 6] > 1 > relation[paper, box, 6]
    assert relation[paper, box, 5] == 1
    assert relation[box, twin, 5] == 0
    assert relation[box, twin, 10] > 0.9 > relation[box, ring, 10]
    # The twins stand about the middle of the page, at one height.
    assert relation[box, twin, 13] > 0.8 > relation[box, paper, 13]


def test_pieces_without_a_pixel_and_a_page_of_one_piece_are_no_trouble() -> None:
    gray, labels = _page()
    for count in (1, 9):
        shape, relation = find_relations(gray, np.minimum(labels, count - 1), count)
        assert np.isfinite(shape).all()
        assert np.isfinite(relation).all()
        assert relation.shape == (count, count, RELATION)
