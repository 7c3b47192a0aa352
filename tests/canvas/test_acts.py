"""Whatever an artist does in whatever order, the page stays one truth and every act can go back."""

from __future__ import annotations

import numpy as np
from drawn_pages import STEPS, Page, Steps, step, stroke
from gp_canvas.acts.coloring import ARTIST, NOBODY
from gp_canvas.acts.hands import Hands
from gp_canvas.acts.packing import pack, unpack
from gp_canvas.acts.targets import Target
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 10**6)


def state(hands: Hands) -> list:
    """All that there is to see of a page."""
    found = hands.guided
    regions = [{**vars(one), "pieces": one.pieces.tolist()} for one in found.regions]
    coloring = [array.tolist() for array in vars(hands.coloring).values()]
    return [regions, found.asked, coloring, hands.work.pieces.labels.tolist()]


def check(hands: Hands) -> None:
    """What holds on every page."""
    pieces, coloring, found = hands.work.pieces, hands.work.coloring, hands.guided
    labels = pieces.labels
    assert (np.bincount(labels.ravel(), minlength=pieces.count) == pieces.sizes).all()
    assert pieces.sizes.min() > 0
    assert len(set(pieces.names.tolist())) == pieces.count
    for piece in range(pieces.count):
        x, y, width, height = pieces.boxes[piece].tolist()
        rows, columns = np.nonzero(labels == piece)
        assert (columns.min(), rows.min()) == (x, y)
        assert (columns.max(), rows.max()) == (x + width - 1, y + height - 1)
        assert pieces.at((pieces.point(piece),)).tolist() == [piece]
    assert sorted(np.concatenate([one.pieces for one in found.regions])) == list(
        range(pieces.count)
    )
    assert len({one.number for one in found.regions}) == len(found.regions)
    for place, one in enumerate(found.regions):
        assert (found.region[one.pieces] == place).all()
        assert one.number == pieces.names[one.pieces[pieces.sizes[one.pieces].argmax()]]
        assert one.pixels == pieces.sizes[one.pieces].sum()
        assert len(set(found.coloring.codes[one.pieces].tolist())) == 1
        if place < found.asked:
            assert one.state in ("open", "proposed")
    artist = coloring.by == ARTIST
    assert (coloring.color[coloring.by == NOBODY] == 0).all()
    assert not (artist & coloring.kept).any()
    assert not (coloring.decided & (coloring.skipped > 0)).any()
    assert (found.coloring.color[artist] == coloring.color[artist]).all()
    assert (found.coloring.by[artist] == ARTIST).all()
    assert (found.coloring.by[coloring.kept | coloring.refused] == NOBODY).all()


@settings(max_examples=60, deadline=None)
@given(SEEDS, STEPS)
def test_a_page_stays_whole_whatever_is_done(seed: int, steps: Steps) -> None:
    hands = Page(seed).hands()
    check(hands)
    for one in steps:
        if step(hands, *one):
            check(hands)


@settings(max_examples=60, deadline=None)
@given(SEEDS, STEPS)
def test_a_saved_list_plays_again_to_the_same_page(seed: int, steps: Steps) -> None:
    hands = Page(seed).hands()
    for one in steps:
        step(hands, *one)
    done, undone = unpack(pack(hands.history.acts, hands.history.undone))
    assert (tuple(done), tuple(undone)) == (hands.history.acts, hands.history.undone)

    again = Page(seed).hands()
    again.history.play(done, undone)

    assert state(again) == state(hands)
    while hands.redo():
        assert again.redo()
        assert state(again) == state(hands)
    assert again.redo() is None


@settings(max_examples=40, deadline=None)
@given(SEEDS, STEPS)
def test_undoing_everything_gives_the_blank_page_and_redoing_all_of_it(
    seed: int, steps: Steps
) -> None:
    hands = Page(seed).hands()
    blank = state(hands)
    for one in steps:
        step(hands, *one)
    full = state(hands)
    count = len(hands.history.acts)

    while hands.undo():
        pass

    assert state(hands) == blank
    assert not hands.coloring.by.any()
    for _ in range(count):
        assert hands.redo()
    assert state(hands) == full


@settings(max_examples=30, deadline=None)
@given(SEEDS, STEPS)
def test_names_are_never_given_twice(seed: int, steps: Steps) -> None:
    """Not even to pieces of acts that were undone: an editor may still hold their numbers."""
    hands = Page(seed).hands()
    points = {name: hands.work.pieces.point(place) for place, name in enumerate(names(hands))}
    for one in steps:
        before = hands.work
        step(hands, *one)
        if one[0] in ("cut", "find") and hands.work is not before:
            new = set(names(hands)) - set(before.pieces.names.tolist())
            assert not new & set(points)
        points.update(
            (name, hands.work.pieces.point(place)) for place, name in enumerate(names(hands))
        )


@settings(max_examples=60, deadline=None)
@given(SEEDS, STEPS, st.integers(0, 999), st.integers(0, 999))
def test_what_a_shape_holds_of_a_region_is_parted_from_it(
    seed: int, steps: Steps, which: int, shape: int
) -> None:
    hands = Page(seed).hands()
    for one in steps:
        step(hands, *one)
    regions = hands.guided.regions
    whole = regions[which % len(regions)]
    mine = np.isin(hands.work.pieces.labels, whole.pieces)
    drawn = stroke(shape) & mine
    if not step(hands, "cut", which, shape, 0):
        assert not drawn.any() or (drawn == mine).all()
        return

    region = hands.guided.region[hands.work.pieces.labels]
    assert not set(region[drawn].tolist()) & set(region[mine & ~drawn].tolist())
    # A refusal of the artist's, which a region may have in part, lets proposals differ within it;
    # and parts of what is cut may lie within and without the area that is worked on.
    alike = set(hands.coloring.codes[np.unique(hands.work.pieces.labels[drawn])].tolist())
    if len(alike) == 1 and hands.work.focus is None:
        assert len(set(region[drawn].tolist())) == 1


def names(hands: Hands) -> list[int]:
    return hands.work.pieces.names.tolist()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(0, 10**6))
def test_every_colour_keeps_its_place_when_the_gap_moves(seed: int, choice: int) -> None:
    hands = Page(seed).hands()
    random = np.random.default_rng(choice)
    for region in hands.guided.regions:
        if random.random() < 0.6:
            color = tuple(random.integers(0, 256, 3).tolist())
            for piece in region.pieces.tolist():
                step_at = hands.work.pieces.point(piece)
                hands.fill(Target(point=step_at), color)
    before = hands.coloring.color[hands.work.pieces.labels]
    given_to = hands.coloring.by[hands.work.pieces.labels] == ARTIST
    sizes = hands.work.pieces.sizes[hands.work.pieces.labels]

    for gap in (0.0, 12.0, None):
        if hands.find(gap, None) is not None:
            after = hands.coloring.color[hands.work.pieces.labels]
            # What is more than a shifted border keeps its colour to the pixel.
            lost = given_to & (before != after).any(axis=2) & (sizes > 60)
            assert np.count_nonzero(lost) <= 0.05 * given_to.size
