"""Flats, layers, masks and previews are one truth, whatever the artist has done."""

from __future__ import annotations

import numpy as np
from drawn_pages import STEPS, Page, Steps, step
from gp_canvas.acts.coloring import ARTIST, GUIDE
from gp_canvas.acts.hands import Hands
from gp_canvas.paint.color_layers import color_layers
from gp_canvas.paint.flats import paint, table
from gp_client.types import PROPOSALS, Proposals
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray


def flats(hands: Hands, proposals: Proposals = "full") -> NDArray[np.uint8]:
    return paint(hands.work.pieces.labels, table(hands.coloring, proposals))


def put(canvas: NDArray[np.uint8], box: tuple[int, int, int, int], part, color) -> None:
    x, y, width, height = box
    canvas[y : y + height, x : x + width][part] = color


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), STEPS)
def test_pictures_agree_pixel_by_pixel(seed: int, steps: Steps) -> None:
    hands = Page(seed).hands()
    for one in steps:
        step(hands, *one)
    whole, pieces = flats(hands), hands.work.pieces
    from_layers, from_masks = np.zeros_like(whole), np.zeros_like(whole)
    for layer in color_layers(hands.coloring, pieces):
        box, inside = pieces.mask(layer.pieces)
        assert box == layer.box
        assert np.count_nonzero(inside) == layer.pixels
        x, y, width, height = box
        assert not from_layers[y : y + height, x : x + width][inside].any()
        put(from_layers, box, inside, (*layer.color, 255))
    for region in hands.guided.regions:
        box, inside = pieces.mask(region.pieces)
        assert box == region.box
        assert np.count_nonzero(inside) == region.pixels
        if region.color is not None:
            put(from_masks, box, inside, (*region.color, 255))
    assert (from_layers == whole).all()
    assert (from_masks == whole).all()
    for y, x in ((0, 0), (40, 30), (71, 95)):
        pick = hands.pick(x, y)
        assert whole[y, x].tolist() == ([*pick.color, 255] if pick.color else [0, 0, 0, 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), STEPS)
def test_proposals_are_told_apart_from_what_was_given(seed: int, steps: Steps) -> None:
    hands = Page(seed).hands()
    for one in steps:
        step(hands, *one)
    by = hands.coloring.by[hands.work.pieces.labels]
    views = {name: flats(hands, name) for name in PROPOSALS}
    for view in views.values():
        assert (view[by == 0] == 0).all()
    for name in PROPOSALS[0], PROPOSALS[2]:
        assert (views[name][by == ARTIST] == views["full"][by == ARTIST]).all()
    assert (views["only"][by == ARTIST] == 0).all()
    assert (views["none"][by == GUIDE] == 0).all()
    assert (views["only"][by == GUIDE] == views["full"][by == GUIDE]).all()
    light = views["full"][by == GUIDE].astype(int)
    assert (abs(views["pale"][by == GUIDE] - (light + 255) / 2) <= 0.5).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), STEPS)
def test_flats_change_colour_only_at_ink_or_where_the_artist_cut(seed: int, steps: Steps) -> None:
    """Piece by piece one colour: no seam runs through what nothing divides."""
    hands = Page(seed).hands()
    for one in steps:
        step(hands, *one)
    whole, labels = flats(hands), hands.work.pieces.labels
    for axis in (0, 1):
        differ = (np.diff(whole.astype(int), axis=axis) != 0).any(axis=2)
        assert not (differ & (np.diff(labels, axis=axis) == 0)).any()
