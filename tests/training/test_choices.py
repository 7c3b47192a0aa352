"""The colours that a region might have."""

from __future__ import annotations

import pytest
import torch
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.networks.choices import (
    COUNT,
    choice_error,
    nearness,
    palette,
)
from gp_training.networks.colorizer import Colorizer


def number(*color: float) -> int:
    """The palette's colour nearest to one in [-1, 1]."""
    return int(nearness(torch.tensor(color), palette(), 20.0).argmax())


def learned(pictures: list[tuple[float, tuple[float, float, float]]]) -> torch.Tensor:
    """The logits that fit pieces which have these colours so often."""
    pieces = torch.zeros(1, 4, 4, dtype=torch.int64)
    unhinted = torch.ones(1, 1, 4, 4)
    logits = torch.zeros(1, COUNT, 2, 2, requires_grad=True)
    descent = torch.optim.Adam([logits], 0.1)
    for _ in range(150):
        descent.zero_grad()
        total = torch.zeros(())
        for often, color in pictures:
            picture = torch.tensor(color).view(1, 3, 1, 1).expand(1, 3, 4, 4)
            total = total + often * choice_error(logits, picture, pieces, unhinted)
        total.backward()
        descent.step()
    return logits.detach()


def test_where_a_piece_is_red_or_blue_the_commoner_is_likelier_than_purple():
    red, blue = (0.9, -0.7, -0.7), (-0.7, -0.7, 0.9)
    logits = learned([(0.6, red), (0.4, blue)])
    means = logits.mean((2, 3))[0]
    assert int(means.argmax()) == number(*red)
    assert means[number(*blue)] > means[number(0.1, -0.7, 0.1)]


def test_only_what_has_no_hint_is_judged():
    picture = torch.full((1, 3, 4, 4), 1.0)
    picture[:, 1:, :, 2:] = -1
    pieces = torch.zeros(1, 4, 4, dtype=torch.int64)
    pieces[:, :, 2:] = 1
    unhinted = torch.zeros(1, 1, 4, 4)
    unhinted[..., 2:] = 1
    logits = torch.full((1, COUNT, 2, 2), -9.0)
    logits[:, number(1, -1, -1)] = 9
    even = torch.zeros(1, COUNT, 2, 2)
    assert choice_error(logits, picture, pieces, unhinted) < choice_error(
        even, picture, pieces, unhinted
    )
    assert choice_error(logits, picture, pieces, 1 - unhinted) > 10
    assert choice_error(even, picture, pieces, torch.zeros_like(unhinted)) == 0


def test_logits_of_half_the_size_are_judged_over_the_same_pieces():
    torch.manual_seed(0)
    pieces = torch.zeros(2, 8, 8, dtype=torch.int64)
    pieces[:, :, 4:] = 1
    small = torch.rand(2, COUNT, 4, 4)
    picture, unhinted = torch.rand(2, 3, 8, 8) * 2 - 1, torch.ones(2, 1, 8, 8)
    large = small.repeat_interleave(2, 2).repeat_interleave(2, 3)
    half, full = (choice_error(x, picture, pieces, unhinted) for x in (small, large))
    assert float(half) == pytest.approx(float(full), rel=1e-5)


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
