"""The suggester: what it is told and taught, and that it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gp_training.data.answered import load_answers
from gp_training.data.truth import page_of, save_page
from gp_training.networks.affinity import Affinity, Sizes
from gp_training.networks.suggester import COLORS, Suggester
from gp_training.recipe import suggesting as recipe
from gp_training.run.on_tokens import Options
from gp_training.run.suggester import Trainer, write_answers
from token_pages import BLUE, EVERY, GREEN, RED, TOKEN, WHITE, answered_page, write_answered_pages


def painted(colors: list[tuple[int, int, int]]) -> Suggester:
    """A suggester whose palette begins with some colours."""
    torch.manual_seed(0)
    suggester = Suggester(TOKEN, width=32).eval()
    palette = np.random.default_rng(0).uniform(0, 1, (COLORS, 3))
    palette[: len(colors)] = np.array(colors) / 255
    suggester.palette.copy_(torch.from_numpy(palette))
    return suggester


def test_every_piece_gets_a_distribution_whatever_their_order() -> None:
    suggester = painted(EVERY)
    suggester.trust.data.normal_()
    tokens, affinity, colors = recipe.tensors_of(answered_page(EVERY))
    known = torch.tensor([1.0, 0, 0, 1])
    found = suggester(tokens, affinity, colors, known)
    torch.testing.assert_close(found.exp().sum(1), torch.ones(4))
    back = [3, 2, 1, 0]
    turned = suggester(tokens[back], affinity[back][:, back], colors[back], known[back])
    torch.testing.assert_close(turned, found[back], rtol=1e-4, atol=1e-4)


def test_only_colours_that_are_known_say_anything() -> None:
    suggester = painted(EVERY)
    tokens, affinity, colors = recipe.tensors_of(answered_page(EVERY))
    known = torch.tensor([1.0, 0, 0, 0])
    found = suggester(tokens, affinity, colors, known)
    other = colors.clone()
    other[1:] = 0.3
    torch.testing.assert_close(suggester(tokens, affinity, other, known), found)
    other[0] = 0.3
    assert (suggester(tokens, affinity, other, known) - found).abs().max() > 1e-3


def test_the_loss_is_that_of_what_is_not_known_and_white_counts_less() -> None:
    suggester = painted(EVERY)
    # Each colour of the palette is near itself alone: others of the palette lie far from them.
    suggester.palette[4:] = 0.5
    logits = torch.zeros(2, COLORS)
    logits[0, 0] = 3.0  # red for the red one
    one = answered_page([RED, WHITE])
    right = -torch.log_softmax(logits, 1)[0, 0]
    wrong = -torch.log_softmax(logits, 1)[1, 3]
    none = np.zeros(2, np.bool_)
    found = recipe.likelihood_loss(suggester, logits, one, none)
    assert float(found) == pytest.approx(float(right + 0.4 * wrong) / 1.4, rel=1e-3)
    found = recipe.likelihood_loss(suggester, logits, one, np.array([True, False]))
    assert float(found) == pytest.approx(float(wrong), rel=1e-3)


def test_often_nothing_is_known_and_else_whole_colours_or_parts_of_them() -> None:
    one = answered_page([RED] * 5 + [BLUE] * 3 + [GREEN])
    draws = [recipe.known_pieces(one, np.random.default_rng(seed)) for seed in range(300)]
    none = np.mean([not known.any() for known in draws])
    assert 0.3 < none < 0.5
    assert any(known.tolist() == [True] * 5 + [False] * 4 for known in draws)
    assert any(0 < known[:5].sum() < 5 for known in draws)
    assert any(known.all() for known in draws)


def test_the_palette_is_white_and_what_pages_have() -> None:
    palette = recipe.make_palette([answered_page(EVERY * 4)], 4)
    assert palette[0].tolist() == [1, 1, 1]
    found = sorted(np.round(palette[1:] * 255).astype(int).tolist())
    np.testing.assert_allclose(found, sorted([list(RED), list(BLUE), list(GREEN)]), atol=2)


def test_it_learns_which_kind_has_which_colour_and_what_goes_with_what(tmp_path: Path) -> None:
    trainer = Trainer(Options("f", steps=150, rate=3e-3), write_answered_pages(tmp_path))
    first = np.mean([trainer.learn() for _ in range(10)])
    while trainer.step < 140:
        trainer.learn()
    assert np.mean([trainer.learn() for _ in range(10)]) < 0.6 * first
    trainer.mean.eval()
    log = trainer.mean(*recipe.tensors_of(answered_page(EVERY[:3], 77)), torch.zeros(3))
    offered = trainer.mean.palette[log.argmax(1)] * 255
    np.testing.assert_allclose(offered, np.array(EVERY[:3]), atol=6)


def test_calibration_takes_back_what_is_too_sure() -> None:
    """One that is right half of the time, and says that it is nearly always, learns to doubt."""
    suggester = painted([WHITE, RED, BLUE])

    def consider(tokens: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.one_hot(torch.ones(len(tokens), dtype=torch.long), COLORS) * 20.0

    suggester.consider = consider  # type: ignore[method-assign]
    pages = [answered_page([color] * 4) for color in (RED, BLUE)]
    scale = recipe.calibrate(suggester, pages)
    assert scale < 0.6
    suggester.scale.data.fill_(1.0)
    before = recipe.mean_loss(suggester, pages)
    suggester.scale.data.fill_(scale)
    assert recipe.mean_loss(suggester, pages) < before


def test_f_looks_once_at_each_page_in_its_artists_colours(tmp_path: Path) -> None:
    torch.manual_seed(0)
    f = Affinity(Sizes(width=8, token=TOKEN))
    gray = np.full((96, 96), 255, np.uint8)
    gray[::24] = gray[:, ::24] = 0
    rgb = np.where(gray[..., None] == 0, 0, 200).repeat(3, 2).astype(np.uint8)
    for name, natural in (("a", True), ("b", False)):
        file = tmp_path / "pages" / "train" / "book" / "tale" / f"{name}-0.npz"
        save_page(file, page_of(gray, rgb, natural=natural))
    write_answers(f, tmp_path / "pages", tmp_path / "answers")
    (found,) = (tmp_path / "answers").glob("*/*/*/*.npz")
    assert found.name == "a-0.npz"
    kept = load_answers(found)
    assert kept.tokens.shape == (kept.count, TOKEN)
    assert kept.affinity.shape == (kept.count, kept.count)
    before = found.stat().st_mtime_ns
    write_answers(f, tmp_path / "pages", tmp_path / "answers")
    assert found.stat().st_mtime_ns == before
