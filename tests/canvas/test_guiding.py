"""The guide's answer: what always holds, and that what the artist says is followed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gp_canvas.regions.guiding import Guidance, guide
from gp_canvas.regions.spread import SURE, Evidence, probabilities
from gp_client.types import LEVELS, Level
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray


def evidence(given: list[int], colors: int | None = None) -> Evidence:
    """Pieces that all teach, none of them closed or skipped; no cast."""
    count = max(given, default=-1) + 1 if colors is None else colors
    palette = np.stack([np.arange(count)] * 3, axis=1).astype(np.uint8)
    yes, no = np.ones(len(given), np.bool_), np.zeros(len(given), np.bool_)
    return Evidence(palette, np.array(given, np.int32), yes, no, no)


def matrix(count: int, pairs: dict[tuple[int, int], float], rest: float = -6) -> NDArray:
    """Affinities: those named, both ways, and one for all the rest."""
    affinity = np.full((count, count), rest, np.float32)
    for (one, other), value in pairs.items():
        affinity[one, other] = affinity[other, one] = value
    return affinity


class Drawn:
    """A page drawn by a seed: sizes, affinities with merges and splits, and some evidence."""

    def __init__(self, seed: int, cast: bool = True) -> None:
        rng = np.random.default_rng(seed)
        self.count = count = int(rng.integers(1, 30))
        colors = int(rng.integers(0, 6))
        half = rng.normal(0, 4, (count, count))
        said = rng.random((count, count)) < 0.03
        half[said] = np.where(rng.random(said.sum()) < 0.5, np.inf, -np.inf)
        half = np.triu(half, 1)
        self.affinity = (half + half.T).astype(np.float32)
        self.sizes = rng.integers(1, 5000, count)
        colored = (rng.random(count) < 0.3) & (colors > 0)
        self.evidence = Evidence(
            palette=rng.integers(0, 256, (colors, 3)).astype(np.uint8),
            given=np.where(colored, rng.integers(0, max(1, colors), count), -1).astype(np.int32),
            teaches=rng.random(count) < 0.8,
            closed=(rng.random(count) < 0.1) & ~colored,
            skipped=rng.random(count) < 0.2,
        )
        if cast and colors and rng.random() < 0.5:
            known = int(rng.integers(1, 9))
            self.evidence = replace(
                self.evidence,
                cast_affinity=rng.normal(-1, 3, (count, known)).astype(np.float32),
                cast_color=rng.integers(0, colors, known).astype(np.int32),
            )

    def guide(self, level: Level) -> Guidance:
        return guide(self.sizes, self.affinity, self.evidence, level)

    def renumbered(self, order: NDArray) -> Guidance:
        """The answer with piece `order[k]` as piece k."""
        known, cast = self.evidence, self.evidence.cast_affinity
        moved = Evidence(
            palette=known.palette,
            given=known.given[order],
            teaches=known.teaches[order],
            closed=known.closed[order],
            skipped=known.skipped[order],
            cast_affinity=None if cast is None else cast[order],
            cast_color=known.cast_color,
        )
        return guide(self.sizes[order], self.affinity[np.ix_(order, order)], moved, "bold")


seeds = st.integers(0, 2**32)


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from(LEVELS))
def test_every_piece_without_a_color_of_the_artist_is_in_one_region(
    seed: int, level: Level
) -> None:
    page = Drawn(seed)

    found = page.guide(level)

    free = (page.evidence.given < 0) & ~page.evidence.closed
    inside = np.concatenate([group.pieces for group in found.groups] or [np.zeros(0, int)])
    assert sorted(inside.tolist()) == np.flatnonzero(free).tolist()
    assert (found.group[~free] == -1).all()
    for place, group in enumerate(found.groups):
        assert (found.group[group.pieces] == place).all()
        assert (found.proposed[group.pieces] == group.proposed).all()
    assert len(found.regions) + len(found.doubtful) == len(found.groups)


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_renumbered_pieces_get_the_renumbered_answer(seed: int) -> None:
    page = Drawn(seed)
    order = np.random.default_rng(seed + 1).permutation(page.count)

    before, after = page.guide("bold"), page.renumbered(order)

    assert (after.proposed == before.proposed[order]).all()
    np.testing.assert_allclose(after.probability, before.probability[order], atol=1e-6)
    np.testing.assert_allclose(after.doubt, before.doubt[order], rtol=1e-4, atol=1e-3)
    mapped = [sorted(order[group.pieces].tolist()) for group in after.groups]
    assert sorted(mapped) == sorted(group.pieces.tolist() for group in before.groups)
    np.testing.assert_allclose(  # so their order is the same, where no two are worth the same
        [group.worth for group in after.groups],
        [group.worth for group in before.groups],
        rtol=1e-4,
        atol=1e-3,
    )


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_careful_proposes_part_of_what_bold_proposes_and_off_nothing(seed: int) -> None:
    page = Drawn(seed)

    off, careful, bold = (page.guide(level).proposed for level in LEVELS)

    assert (off < 0).all()
    assert (careful[careful >= 0] == bold[careful >= 0]).all()


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from(LEVELS))
def test_proposes_nothing_over_the_artist_and_nothing_unsure(seed: int, level: Level) -> None:
    page = Drawn(seed)

    found = page.guide(level)

    proposed = found.proposed >= 0
    assert not (proposed & ((page.evidence.given >= 0) | page.evidence.closed)).any()
    assert (found.probability[proposed] >= SURE[level]).all()
    assert (found.doubt[~proposed] == 0).all()


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from(LEVELS))
def test_worth_falls_along_the_order_and_what_was_skipped_ends_it(seed: int, level: Level) -> None:
    found = Drawn(seed).guide(level)

    keys = [(group.skipped, -group.worth) for group in found.groups]
    assert keys == sorted(keys)


@settings(max_examples=40, deadline=None)
@given(seeds, st.sampled_from(LEVELS))
def test_merged_pieces_are_never_in_two_groups_and_split_ones_never_in_one(
    seed: int, level: Level
) -> None:
    page = Drawn(seed)
    found = page.guide(level)
    group = found.group
    bound = np.isposinf(page.affinity) | np.eye(page.count, dtype=bool)
    for _ in range(page.count):
        bound = bound @ bound
    free = group >= 0

    apart = np.isneginf(page.affinity) & ~bound
    assert (group[:, None] == group)[bound & free[:, None] & free].all()
    assert not (group[:, None] == group)[apart & free[:, None] & free].any()


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_probabilities_are_the_formula(seed: int) -> None:
    scores = np.random.default_rng(seed).normal(0, 5, (7, 4))
    odds = np.exp(scores)

    found = probabilities(scores.astype(np.float32))

    expected = odds / (1 + odds.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_certainty_is_whole_and_shared_and_exclusion_is_nothing() -> None:
    inf = np.inf
    scores = np.array([[inf, 5, -inf], [inf, 3, inf], [-inf, -inf, -inf], [800, -800, 0]])

    found = probabilities(scores.astype(np.float32))

    assert found.tolist() == [[1, 0, 0], [0.5, 0, 0.5], [0, 0, 0], [1, 0, 0]]


def test_a_color_spreads_to_what_is_alike() -> None:
    affinity = matrix(3, {(0, 1): 4})

    found = guide(np.array([50, 40, 30]), affinity, evidence([0, -1, -1]), "careful")

    assert found.proposed.tolist() == [-1, 0, -1]
    assert found.probability[1] == pytest.approx(1 / (1 + np.exp(-4)), abs=1e-6)
    assert found.doubt[1] == pytest.approx(40 / (1 + np.exp(4)), rel=1e-3)
    assert [group.pieces.tolist() for group in found.regions] == [[2]]


def test_what_was_filled_alone_teaches_nothing() -> None:
    known = replace(evidence([0, -1]), teaches=np.array([False, True]))

    found = guide(np.array([50, 40]), matrix(2, {(0, 1): 9}), known, "bold")

    assert found.proposed.tolist() == [-1, -1]


def test_what_stays_blank_teaches_staying_blank() -> None:
    affinity = matrix(3, {(0, 2): 2, (1, 2): 4})
    known = replace(evidence([0, -1, -1]), closed=np.array([False, True, False]))

    found = guide(np.array([50, 40, 30]), affinity, known, "bold")

    assert found.proposed.tolist() == [-1, -1, -1]
    assert found.groups[0].blank > found.groups[0].probability > 0
    assert found.groups[0].worth < 30 / 2


def test_a_correction_teaches_what_followed_for_the_same_reason() -> None:
    # 1 to 3 follow 0, but 2 and 3 are nearer to 1 than to 0.
    affinity = matrix(4, {(0, 1): 4, (0, 2): 4, (0, 3): 4, (1, 2): 8, (1, 3): 8, (2, 3): 8})
    sizes = np.array([50, 40, 30, 20])
    wrong = guide(sizes, affinity, evidence([0, -1, -1, -1]), "careful")
    assert wrong.proposed.tolist() == [-1, 0, 0, 0]
    assert [group.pieces.tolist() for group in wrong.doubtful] == [[1, 2, 3]]

    mended = guide(sizes, affinity, evidence([0, 1, -1, -1]), "careful")

    assert mended.proposed.tolist() == [-1, -1, 1, 1]


def test_the_cast_gives_colors_before_the_artist_does() -> None:
    known = replace(
        evidence([-1, -1], colors=2),
        cast_affinity=np.array([[5, -5], [-5, -5]], np.float32),
        cast_color=np.array([1, 0], np.int32),
    )

    found = guide(np.array([50, 40]), matrix(2, {}), known, "careful")

    assert found.proposed.tolist() == [1, -1]
    assert found.regions[0].chances.argmax() == 0


def test_asks_first_about_what_many_follow() -> None:
    # 0 is the largest; 1 and what would follow it are larger together.
    affinity = matrix(5, {(1, 2): 3.5, (1, 3): 3.5, (1, 4): 3.5})
    sizes = np.array([100, 60, 30, 30, 30])

    alone = guide(sizes, affinity, evidence([-1] * 5), "off")
    spreading = guide(sizes, affinity, evidence([-1] * 5), "bold")

    assert 0 in alone.groups[0].pieces or 1 in alone.groups[0].pieces
    assert 1 in spreading.groups[0].pieces
    assert spreading.groups[0].worth > 60


def test_a_skipped_region_comes_last_and_is_not_done() -> None:
    sizes, affinity = np.array([90, 50, 20]), matrix(3, {})
    known = replace(evidence([-1] * 3), skipped=np.array([True, False, False]))

    found = guide(sizes, affinity, known, "bold")

    assert [group.pieces.tolist() for group in found.groups] == [[1], [2], [0]]


def test_a_large_doubt_is_asked_before_a_small_piece_and_a_small_one_after() -> None:
    affinity = matrix(4, {(0, 1): 1, (0, 2): 2})
    sizes = np.array([50, 400, 10, 20])

    found = guide(sizes, affinity, evidence([0, -1, -1, -1]), "bold")

    assert [group.pieces.tolist() for group in found.groups] == [[1], [3], [2]]
    assert [group.proposed for group in found.groups] == [0, -1, 0]
    # The chance that it is wrong counts one and a half times, see `worth`.
    assert found.groups[0].worth == pytest.approx(400 / (1 + np.e) ** 1.5, rel=1e-3)
    wrong = 1 - found.probability[1]
    assert found.groups[0].worth == pytest.approx(found.doubt[1] * wrong**0.5)


def test_a_large_piece_is_asked_before_many_that_hardly_belong_together() -> None:
    heap = {(one, other): 0.3 for one in range(1, 13) for other in range(one)}
    heap = {pair: link for pair, link in heap.items() if 0 not in pair}
    sizes = np.array([150] + 12 * [20])

    first = guide(sizes, matrix(13, heap), evidence([-1] * 13), "careful").groups[0]
    sure = guide(sizes, matrix(13, dict.fromkeys(heap, 6.0)), evidence([-1] * 13), "careful")

    assert first.pieces.tolist() == [0]
    assert sure.groups[0].pieces.tolist() == list(range(1, 13))


def test_what_is_surely_right_is_not_asked_about_though_much_would_follow() -> None:
    affinity = matrix(5, {(0, 1): 5, (1, 2): 5, (1, 3): 5, (0, 2): 5, (0, 3): 5})
    sizes = np.array([50, 400, 300, 300, 40])

    found = guide(sizes, affinity, evidence([0, -1, -1, -1, -1]), "bold")

    assert found.groups[0].pieces.tolist() == [4]


def test_a_page_without_pieces_and_a_finished_page_ask_nothing() -> None:
    empty = guide(np.zeros(0, int), np.zeros((0, 0), np.float32), evidence([]), "bold")
    done = guide(np.array([5]), np.zeros((1, 1), np.float32), evidence([0]), "bold")

    assert empty.next is None
    assert done.next is None


def test_what_stays_white_is_asked_about_last_and_takes_no_colour() -> None:
    sizes = np.array([500, 400, 300])
    affinity = matrix(3, {(1, 2): 1.0})
    said = evidence([-1, -1, -1])
    assert guide(sizes, affinity, said, "bold").groups[0].pieces.tolist() == [1, 2]
    white = replace(said, blank=np.array([-9, 3, 3], np.float32))
    first = guide(sizes, affinity, white, "bold").groups[0]
    assert first.pieces.tolist() == [0]
    assert first.blank < 0.01
    given = replace(evidence([-1, 0, -1]), blank=np.array([-9, -9, 2.5], np.float32))
    found = guide(sizes, affinity, given, "bold")
    assert found.proposed.tolist() == [-1, -1, -1]
    assert found.groups[-1].blank > found.groups[-1].probability > 0.1
    given = replace(given, blank=np.array([-9, -9, -9], np.float32))
    assert guide(sizes, affinity, given, "bold").proposed.tolist() == [-1, -1, 0]
