"""Equations 10 to 14 against loops and hand-computed values."""

from __future__ import annotations

import pytest
import torch
from gp_training.networks.guidance import geometric_probabilities, mean_colors
from gp_training.networks.pieces import spread_pieces
from gp_training.recipe import losses


def random_case(regions: int = 3, side: int = 5):
    torch.manual_seed(1)
    segments = torch.rand(2, regions, side, side).softmax(1)
    picture = torch.rand(2, 3, side, side) * 2 - 1
    weight = torch.rand(2, 1, side, side)
    return segments, picture, weight


def test_total_variance_equals_a_loop():
    segments, picture, weight = random_case()
    colors = mean_colors(segments, picture, weight)
    expected = 0.0
    for b in range(2):
        total, mass = 0.0, 0.0
        for y in range(5):
            for x in range(5):
                w = float(weight[b, 0, y, x])
                mass += w
                for i in range(3):
                    error = ((picture[b, :, y, x] - colors[b, i]) ** 2).sum() / 3
                    total += w * float(segments[b, i, y, x] * error)
        expected += total / mass / 2
    result = losses.total_variance(segments, picture, colors, weight)
    assert float(result) == pytest.approx(expected, rel=1e-4)


def test_total_variance_teaches_every_region_not_only_the_chosen_one():
    picture = torch.ones(1, 3, 2, 2)
    colors = torch.tensor([[[0.0, 0, 0], [1.0, 1, 1]]])
    segments = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1).expand(1, 2, 2, 2).clone()
    segments.requires_grad_()
    losses.total_variance(segments, picture, colors).backward()
    assert segments.grad is not None
    assert segments.grad[0, 0, 0, 0] > segments.grad[0, 1, 0, 0]


def test_smoothness_of_a_ramp_is_its_slope():
    ramp = torch.arange(6.0).expand(1, 1, 4, 6) * 0.5
    # right and both diagonals differ by 0.5, down by nothing: mean of four
    assert float(losses.smoothness(ramp)) == pytest.approx(0.375)
    assert float(losses.smoothness(torch.ones(1, 2, 4, 4))) == 0


def brute_force_prefix(segments, picture, weight, guess, g):
    total = 0.0
    for b in range(len(segments)):
        s, p, w = segments[b], picture[b], weight[b, 0]
        for n, chance in enumerate(g):
            error = float((((p - guess[b]) ** 2).sum(0) * s[n:].sum(0) * w).sum())
            for mass in s[:n] * w:
                mean = (p * mass).sum((1, 2)) / mass.sum()
                error += float((((p - mean[:, None, None]) ** 2).sum(0) * mass).sum())
            total += float(chance) * error / float(w.sum()) / 3
    return total / len(segments)


def test_prefix_variance_equals_brute_force_over_all_hint_counts():
    segments, picture, weight = random_case()
    guess = torch.rand(picture.shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    expected = brute_force_prefix(segments, picture, weight, guess, geometric_probabilities(3))
    value = losses.prefix_variance(segments, picture, weight, guess=guess)
    assert float(value) == pytest.approx(expected, rel=1e-3)


def test_piece_prefix_variance_has_the_value_and_gradients_of_the_pixels():
    make = torch.Generator().manual_seed(2)
    pieces = torch.randint(0, 7, (2, 8, 8), generator=make)
    picture = torch.rand(2, 3, 8, 8, generator=make) * 2 - 1
    weight = torch.rand(2, 1, 8, 8, generator=make)
    logits = torch.randn(2, 3, 7, generator=make).requires_grad_()
    guess = (torch.rand(2, 3, 7, generator=make) * 2 - 1).requires_grad_()
    shares = logits.softmax(1)
    sums = losses.PieceSums.of(picture, weight, pieces, 7)
    by_piece = losses.piece_prefix_variance(shares, sums, guess)
    by_pixel = losses.prefix_variance(
        spread_pieces(shares, pieces), picture, weight, guess=spread_pieces(guess, pieces)
    )
    assert torch.allclose(by_piece, by_pixel, rtol=1e-4)
    gradients = [
        torch.autograd.grad(value, (logits, guess), retain_graph=True)
        for value in (by_piece, by_pixel)
    ]
    for one, other in zip(*gradients, strict=True):
        assert torch.allclose(one, other, rtol=1e-3, atol=1e-6)


def test_piece_total_variance_is_equation_11_by_pixel():
    make = torch.Generator().manual_seed(4)
    pieces = torch.randint(0, 7, (2, 8, 8), generator=make)
    picture = torch.rand(2, 3, 8, 8, generator=make) * 2 - 1
    weight = torch.rand(2, 1, 8, 8, generator=make)
    shares = torch.randn(2, 3, 7, generator=make).softmax(1)
    segments = spread_pieces(shares, pieces)
    colors = mean_colors(segments, picture, weight)
    by_pixel = losses.total_variance(segments, picture, colors, weight)
    sums = losses.PieceSums.of(picture, weight, pieces, 7)
    assert torch.allclose(losses.piece_total_variance(shares, sums), by_pixel, rtol=1e-4)


def test_worth_is_learned_as_the_mean_error_of_the_guess():
    make = torch.Generator().manual_seed(3)
    pieces = torch.zeros(4, 8, 8, dtype=torch.long)
    pieces[:, 5:] = 1
    picture = torch.rand(4, 3, 8, 8, generator=make) * 2 - 1
    weight = torch.ones(4, 1, 8, 8)
    guess = torch.zeros(4, 3, 2)
    sums = losses.PieceSums.of(picture, weight, pieces, 2)
    expected = torch.zeros(1, 2, requires_grad=True)
    for _ in range(400):
        (slope,) = torch.autograd.grad(
            losses.worth_error(expected.expand(4, 2), guess, sums), expected
        )
        expected.data -= 0.3 * slope
    squares = (picture**2).sum(1)
    means = torch.stack([squares[:, :5].mean(), squares[:, 5:].mean()])
    assert torch.allclose(expected.detach()[0], means, atol=1e-3)


def test_prefix_variance_puts_last_what_is_guessed_well():
    picture = torch.full((1, 3, 1, 8), 1.0)
    picture[..., 5:] = -0.5
    labels = torch.tensor([0] * 5 + [1] * 3)
    hot = torch.nn.functional.one_hot(labels, 2).float().T[None, :, None]
    guess = torch.ones_like(picture)  # white, as the large region is
    weight = torch.ones(1, 1, 1, 8)
    large_first = losses.prefix_variance(hot, picture, weight, guess=guess)
    small_first = losses.prefix_variance(hot.flip(1), picture, weight, guess=guess)
    assert float(small_first) < 0.9 * float(large_first)


def test_prefix_variance_prefers_the_large_region_first():
    picture = torch.full((1, 3, 1, 10), 0.8)
    picture[..., 6:9] = -0.8
    picture[..., 9:] = 0.7
    labels = torch.tensor([0] * 6 + [1] * 3 + [2])
    weight = torch.ones(1, 1, 1, 10)

    def cost(order):
        table = torch.tensor(order)[labels]
        hot = torch.nn.functional.one_hot(table, 3).float().T[None, :, None]
        return float(losses.prefix_variance(hot, picture, weight))

    # The order that lowers the error soonest is the cheapest of all six, and only that.
    orders = [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)]
    ranked = sorted((cost(order), order) for order in orders)
    assert ranked[0][1] == (0, 1, 2)
    assert ranked[0][0] < 0.99 * ranked[1][0]


def test_least_squares_adversary_is_zero_when_right():
    ones, zeros = torch.ones(1, 1, 3, 3), torch.zeros(1, 1, 3, 3)
    assert float(losses.lsgan_discriminator(ones, zeros)) == 0
    assert float(losses.lsgan_discriminator(zeros, ones)) == 1
    assert float(losses.lsgan_generator(ones)) == 0
