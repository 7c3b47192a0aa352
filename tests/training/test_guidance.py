"""Section 3 of the paper against values worked out by hand."""

from __future__ import annotations

import pytest
import torch
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import (
    Segmenter,
    add_scribbles,
    choose,
    geometric_probabilities,
    hint_maps,
    mean_colors,
    prefix_mask,
    sample_hint_count,
)
from gp_training.networks.pieces import piece_means, spread_pieces


def stripes(*widths: int, height: int = 2) -> torch.Tensor:
    """One-hot segments [1, N, height, sum(widths)]: vertical stripes in channel order."""
    labels = torch.cat([torch.full((w,), i) for i, w in enumerate(widths)])
    hot = torch.nn.functional.one_hot(labels, len(widths)).float()
    return hot.T[None, :, None].expand(1, -1, height, -1).contiguous()


def test_hint_counts_follow_the_bounded_geometric_distribution():
    g = geometric_probabilities(3, 0.25)
    assert g.tolist() == pytest.approx([0.25, 0.1875, 0.140625, 0.421875])
    assert float(geometric_probabilities(30).sum()) == pytest.approx(1.0)


def test_drawn_hint_counts_have_the_distribution_mean():
    torch.manual_seed(0)
    draws = torch.tensor([sample_hint_count(30) for _ in range(4000)], dtype=torch.float64)
    expected = float((geometric_probabilities(30) * torch.arange(31)).sum())
    assert float(draws.mean()) == pytest.approx(expected, abs=0.4)
    assert draws.min() == 0


def test_prefix_mask_hints_the_first_regions_only():
    assert prefix_mask(2, 5).tolist() == [1, 1, 0, 0, 0]
    assert prefix_mask(0, 3).sum() == 0


def test_mean_colour_belongs_to_its_own_region():
    segments = stripes(1, 3)
    picture = torch.zeros(1, 3, 2, 4)
    picture[0, :, :, 0] = torch.tensor([1.0, 0.0, -1.0])[:, None]
    picture[0, 0, :, 1:] = torch.tensor([0.0, 0.3, 0.6])
    colors = mean_colors(segments, picture)
    assert colors[0, 0].tolist() == pytest.approx([1.0, 0.0, -1.0])
    assert colors[0, 1].tolist() == pytest.approx([0.3, 0.0, 0.0], abs=1e-6)


def test_mean_colour_of_an_empty_region_is_zero_not_nan():
    segments = torch.cat((stripes(4), torch.zeros(1, 1, 2, 4)), 1)
    colors = mean_colors(segments, torch.ones(1, 3, 2, 4))
    assert colors[0, 1].tolist() == [0, 0, 0]


def test_ink_does_not_darken_a_paper_weighted_mean_colour():
    picture = torch.ones(1, 3, 2, 4)
    picture[..., 0] = -1  # ink
    paper = torch.ones(1, 1, 2, 4)
    paper[..., 0] = 0
    colors = mean_colors(stripes(4), picture, paper)
    assert colors[0, 0].tolist() == pytest.approx([1, 1, 1])


def test_hint_maps_show_hinted_regions_only():
    segments = stripes(1, 2, 1)
    colors = torch.tensor([[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]])
    color_map, mask = hint_maps(segments, colors, torch.tensor([[1.0, 0.0, 1.0]]))
    assert mask[0, 0, 0].tolist() == [1, 0, 0, 1]
    assert color_map[0, 2, 1].tolist() == pytest.approx([0.3, 0, 0, 0.9])


def test_scribble_wins_over_the_region_hint_under_it():
    color_map, mask = torch.full((1, 3, 1, 2), 0.5), torch.tensor([[[[1.0, 0.0]]]])
    scribble, where = torch.full((1, 3, 1, 2), -1.0), torch.tensor([[[[1.0, 1.0]]]])
    mixed, seen = add_scribbles(color_map, mask, scribble, where)
    assert mixed.unique().tolist() == [-1]
    assert seen.flatten().tolist() == [1, 1]


def test_piece_means_average_over_each_piece_and_no_other():
    logits = torch.tensor([[[[1.0, 3.0, 10.0, 20.0]]]])
    pieces = torch.tensor([[[0, 0, 2, 2]]])
    table = piece_means(logits, pieces, 4)
    assert table.flatten().tolist() == pytest.approx([2, 0, 15, 0])
    assert spread_pieces(table, pieces).flatten().tolist() == pytest.approx([2, 2, 15, 15])


def test_straight_through_choice_is_one_hot_and_still_has_a_gradient():
    logits = torch.tensor([0.2, 0.1, -0.3]).reshape(1, 3, 1, 1).requires_grad_()
    segments = choose(logits, 0.5, "hard")
    assert segments.flatten().tolist() == pytest.approx([1, 0, 0])
    (segments * torch.tensor([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)).sum().backward()
    assert logits.grad is not None
    assert float(logits.grad.abs().sum()) > 0.1


def test_gumbel_choice_is_one_hot():
    torch.manual_seed(0)
    segments = choose(torch.zeros(1, 5, 8, 8), 1.0, "gumbel")
    assert torch.allclose(segments.sum(1), torch.ones(1, 8, 8))
    assert segments.max() == 1
    assert len(segments.argmax(1).unique()) == 5


def test_reconstruction_reaches_the_segmenter_through_the_colorizer():
    torch.manual_seed(0)
    f, g = Segmenter(4, width=4), Colorizer(4, width=4)
    sketch, picture = torch.rand(1, 1, 32, 32), torch.rand(1, 3, 32, 32)
    segments = choose(f(sketch), 1.0, "gumbel")
    colors = mean_colors(segments, picture)
    maps = hint_maps(segments, colors, prefix_mask(2, 4)[None])
    (g(sketch, *maps, segments) - picture).abs().mean().backward()
    gradient = next(f.unet.encoder1.parameters()).grad
    assert isinstance(gradient, torch.Tensor)
    assert float(torch.abs(gradient).sum()) > 0
