"""The colours that a region might have."""

from __future__ import annotations

import pytest
import torch
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.networks.choices import (
    COUNT,
    PLAIN,
    choice_error,
    likely_colours,
    nearness,
    palette,
)
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import hint_maps
from gp_training.networks.pieces import one_hot

EVEN = torch.full((COUNT,), 1 / COUNT)


def number(*colour: float) -> int:
    """The palette's colour nearest to one in [-1, 1]."""
    return int(nearness(torch.tensor(colour), palette(), 20.0).argmax())


def learned(pictures: list[tuple[float, tuple[float, float, float]]]) -> torch.Tensor:
    """The logits that fit pieces which have these colours so often."""
    pieces = torch.zeros(1, 4, 4, dtype=torch.int64)
    unhinted = torch.ones(1, 1, 4, 4)
    logits = torch.zeros(1, COUNT, 2, 2, requires_grad=True)
    descent = torch.optim.Adam([logits], 0.1)
    for _ in range(150):
        descent.zero_grad()
        total = torch.zeros(())
        for often, colour in pictures:
            picture = torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, 4, 4)
            total = total + often * choice_error(logits, picture, pieces, unhinted)[0]
        total.backward()
        descent.step()
    return logits.detach()


def test_where_a_piece_is_red_or_blue_it_becomes_the_commoner_not_purple():
    red, blue = (0.9, -0.7, -0.7), (-0.7, -0.7, 0.9)
    logits = learned([(0.6, red), (0.4, blue)])
    whole, paper = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    colour = likely_colours(logits, whole, paper, EVEN, step=2)[0, 0]
    assert number(*colour.tolist()) == number(*red)


def test_what_is_common_everywhere_counts_less():
    white, green = number(1, 1, 1), number(-0.7, 0.9, -0.7)
    logits = torch.full((1, COUNT, 2, 2), -9.0)
    logits[:, white], logits[:, green] = PLAIN + 0.5, 0.0
    whole, paper = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    often = EVEN.clone()
    assert number(*likely_colours(logits, whole, paper, often, 2)[0, 0].tolist()) == white
    often[white] = 0.5
    assert number(*likely_colours(logits, whole, paper, often, 2)[0, 0].tolist()) == green


def test_white_and_gray_must_be_much_likelier_than_a_colour():
    gray, orange = number(0, 0, 0), number(0.9, 0.1, -0.7)
    whole, paper = torch.ones(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    for lead, wanted in ((PLAIN - 0.5, orange), (PLAIN + 0.5, gray)):
        logits = torch.full((1, COUNT, 2, 2), -9.0)
        logits[:, gray], logits[:, orange] = lead, 0.0
        assert number(*likely_colours(logits, whole, paper, EVEN, 2)[0, 0].tolist()) == wanted


def test_the_colours_seen_are_those_of_pieces_without_a_hint():
    picture = torch.full((1, 3, 4, 4), 1.0)
    picture[:, 1:, :, 2:] = -1
    pieces = torch.zeros(1, 4, 4, dtype=torch.int64)
    pieces[:, :, 2:] = 1
    unhinted = torch.zeros(1, 1, 4, 4)
    unhinted[..., 2:] = 1
    _, seen = choice_error(torch.zeros(1, COUNT, 2, 2), picture, pieces, unhinted)
    assert float(seen.sum()) == pytest.approx(1)
    assert int(seen.argmax()) == number(1, -1, -1)
    error, nothing = choice_error(
        torch.zeros(1, COUNT, 2, 2), picture, pieces, torch.zeros_like(unhinted)
    )
    assert (float(error), float(nothing.sum())) == (0, 0)


def test_logits_of_half_the_size_are_judged_over_the_same_pieces():
    torch.manual_seed(0)
    pieces = torch.zeros(2, 8, 8, dtype=torch.int64)
    pieces[:, :, 4:] = 1
    small = torch.rand(2, COUNT, 4, 4)
    picture, unhinted = torch.rand(2, 3, 8, 8) * 2 - 1, torch.ones(2, 1, 8, 8)
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    half, full = (choice_error(x, picture, pieces, unhinted)[0] for x in (small, large))
    assert float(half) == pytest.approx(float(full), rel=1e-5)


def decided() -> tuple[Colorizer, list[torch.Tensor]]:
    """A colorizer with choices and its arguments: two regions, the left one has a hint."""
    torch.manual_seed(3)
    g = Colorizer(2, width=4, stem=True, choices=True).eval()
    for weights in g.parameters():
        weights.data *= 8  # a fresh network paints everything gray
    labels = torch.zeros(1, 32, 32, dtype=torch.int64)
    labels[:, :, 16:] = 1
    segments = one_hot(labels, 2)
    colours = torch.tensor([[[0.8, -0.5, 0.1], [0.0, 0.0, 0.0]]])
    maps = hint_maps(segments, colours, torch.tensor([[1.0, 0.0]]))
    return g, [torch.ones(1, 1, 32, 32), *maps, segments]


def test_a_region_without_a_hint_is_painted_as_if_its_likely_colour_were_one():
    g, (sketch, colour_map, mask, segments) = decided()
    painted, logits = g.consider(sketch, colour_map, mask, segments)
    assert torch.equal(painted, g(sketch, colour_map, mask, segments))
    likely = likely_colours(logits, segments, torch.ones_like(sketch), g.often, 2)
    both = torch.stack((torch.tensor([0.8, -0.5, 0.1]), likely[0, 1]))[None]
    by_hand = g(sketch, *hint_maps(segments, both, torch.ones(1, 2)), segments)
    decision = g.decide(sketch, colour_map, mask, segments)
    assert torch.allclose(decision, by_hand, atol=1e-5)
    assert not torch.allclose(decision, painted, atol=1e-3)


def test_weights_from_before_there_were_choices_still_load(tmp_path):
    from gp_training.networks.weights_file import write_weights_file
    from gp_training.recipe.presets import TINY

    old, new = Colorizer(30, 8), Colorizer(30, 8, choices=True)
    tensors = {f"g.{key}": value for key, value in old.state_dict().items()}
    assert new.choice is not None
    fresh = new.choice.weight.clone()
    state = {"preset": {**vars(TINY), "phases": []}, "history": {}}
    write_weights_file(tmp_path / "old", tensors, state, "g")
    load_checkpoint(tmp_path / "old", {"g": new})
    assert torch.equal(new.choice.weight, fresh)
    same = old.unet.output.weight.half().float()
    assert torch.equal(new.unet.output.weight.half().float(), same)
