"""Average linkage: against the plain rule, joined one pair after the other."""

from __future__ import annotations

import numpy as np
import pytest
from gp_canvas.regions.grouping import average_linkage
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray


def drawn(seed: int, count: int, links: float = 0.0) -> tuple[NDArray, NDArray]:
    """Sizes and affinities of pieces, a share of them bound or parted by the artist."""
    rng = np.random.default_rng(seed)
    half = rng.normal(0.5, 3, (count, count))
    said = rng.random((count, count)) < links
    half[said] = np.where(rng.random(said.sum()) < 0.3, np.inf, -np.inf)
    half = np.triu(half, 1)
    return rng.integers(0, 5000, count), (half + half.T).astype(np.float32)


def plain(sizes: NDArray, affinity: NDArray, threshold: float) -> list[set[int]]:
    """The groups by the rule itself: all means anew after every join."""
    groups = [{piece} for piece in range(len(sizes))]
    weight = np.sqrt(np.maximum(sizes, 1))
    while len(groups) > 1:
        means = {
            (a, b): np.average(
                affinity[np.ix_(sorted(groups[a]), sorted(groups[b]))],
                weights=np.outer(weight[sorted(groups[a])], weight[sorted(groups[b])]),
            )
            for a in range(len(groups))
            for b in range(a)
        }
        (a, b), mean = max(means.items(), key=lambda item: item[1])
        if mean < threshold:
            break
        groups[b] |= groups.pop(a)
    return groups


def sets(group: NDArray) -> list[set[int]]:
    return [set(np.flatnonzero(group == number).tolist()) for number in np.unique(group)]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 16), st.sampled_from([-1.0, 0.5, 2.0]))
def test_joins_what_one_pair_after_the_other_joins(seed: int, count: int, threshold: float) -> None:
    sizes, affinity = drawn(seed, count)

    groups = sets(average_linkage(sizes, affinity, threshold))

    assert sorted(map(sorted, groups)) == sorted(map(sorted, plain(sizes, affinity, threshold)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 30), st.sampled_from([0.02, 0.1, 0.4]))
def test_what_the_artist_bound_is_one_and_what_he_parted_is_not(
    seed: int, count: int, links: float
) -> None:
    sizes, affinity = drawn(seed, count, links)
    bound = average_linkage(sizes, np.where(affinity == np.inf, np.inf, -1), 0)

    group = average_linkage(sizes, affinity, 0.5)

    for one in range(count):
        for other in range(one):
            if bound[one] == bound[other]:
                assert group[one] == group[other]
            elif affinity[one, other] == -np.inf:
                parted = affinity[np.ix_(bound == bound[one], bound == bound[other])]
                assert group[one] != group[other], parted


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 40))
def test_taking_a_whole_group_away_leaves_the_others(seed: int, count: int) -> None:
    sizes, affinity = drawn(seed, count)
    group = average_linkage(sizes, affinity, 0.5)
    stay = np.flatnonzero(group != group[seed % count])

    again = average_linkage(sizes[stay], affinity[np.ix_(stay, stay)], 0.5)

    assert [set(stay[sorted(g)].tolist()) for g in sets(again)] == sets(
        np.where(group == group[seed % count], -1, group)
    )[1:]


def test_equal_affinities_come_to_an_end() -> None:
    sizes, affinity = np.full(50, 9), np.full((50, 50), 2, np.float32)

    assert (average_linkage(sizes, affinity, 1.0) == 0).all()


@pytest.mark.parametrize("count", [0, 1])
def test_few_pieces_are_groups_by_themselves(count: int) -> None:
    group = average_linkage(np.ones(count, int), np.zeros((count, count), np.float32), -1)

    assert group.tolist() == list(range(count))
