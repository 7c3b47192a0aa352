"""The matcher: what it is taught, and that it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gp_training.data import tokens
from gp_training.data.tokens import TokenPage, color_classes
from gp_training.data.truth import page_of, save_page
from gp_training.evaluation import matching
from gp_training.networks.affinity import Affinity, Sizes
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.networks.matcher import Matcher
from gp_training.recipe import matching as recipe
from gp_training.run.affinity import write_affinity_weights
from gp_training.run.matcher import Trainer, write_tokens
from gp_training.run.on_tokens import Options, fingerprint
from token_pages import BLUE, GREEN, RED, TOKEN, WHITE, token_page, write_token_pages


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_token_pages(tmp_path / "train")


def test_colours_that_are_near_are_one_class_and_the_commonest_comes_first() -> None:
    colors = np.array([RED, BLUE, (40, 30, 190), (210, 30, 10)], np.uint8)
    kind, classes = color_classes(colors, np.array([10, 30, 5, 10]))
    assert kind.tolist() == [1, 0, 0, 1]
    assert classes.tolist() == [list(BLUE), list(RED)]
    kind, classes = color_classes(colors[:0], np.zeros(0, np.int32))
    assert (len(kind), classes.shape) == (0, (0, 3))


def test_the_best_piece_of_a_class_speaks_for_it() -> None:
    logits = torch.tensor([[1.0, -2.0, 3.0], [0.0, 5.0, -1.0]])
    scores = recipe.class_scores(logits, np.array([0, 1, 0]), 2)
    assert scores.tolist() == [[3, -2], [0, 5]]


def test_the_palette_loss_is_the_guides_formula() -> None:
    """P(c) = exp s / (1 + sum exp s); a colour that the cast has not is none of them."""
    one = token_page([RED, GREEN])
    classes = np.array([RED, BLUE], np.uint8)
    scores = torch.tensor([[2.0, 1.0], [0.5, -1.0]])
    first = -np.log(np.exp(2) / (1 + np.exp(2) + np.exp(1)))
    second = -np.log(1 / (1 + np.exp(0.5) + np.exp(-1)))
    found = recipe.palette_loss(scores, one, classes)
    assert float(found) == pytest.approx((first + second) / 2, rel=1e-5)
    # A piece that stays white counts half.
    white = token_page([RED, WHITE])
    found = recipe.palette_loss(scores, white, classes)
    assert float(found) == pytest.approx((first + second / 2) / 1.5, rel=1e-5)


def test_turned_colours_keep_what_is_alike() -> None:
    colors = np.array([RED, RED, WHITE, (120, 120, 120)], np.uint8)
    turned = recipe.turned(colors, 120)
    assert turned[0].tolist() == turned[1].tolist() == [20, 200, 20]
    assert turned[2:].tolist() == colors[2:].tolist()


def test_every_pair_gets_log_odds_whatever_the_order_of_pieces() -> None:
    torch.manual_seed(0)
    matcher = Matcher(TOKEN, width=32).eval()
    matcher.likely.weight.data.normal_()
    mine, cast, colors = torch.randn(5, TOKEN), torch.randn(3, TOKEN), torch.rand(3, 3)
    found = matcher(mine, cast, colors)
    assert found.shape == (5, 3)
    turned = matcher(mine.flip(0), cast.roll(1, 0), colors.roll(1, 0))
    torch.testing.assert_close(turned, found.flip(0).roll(1, 1), rtol=1e-4, atol=1e-4)
    assert (matcher(mine, cast, 1 - colors) - found).abs().max() > 0.01


def test_it_learns_what_has_which_colour(folder: Path) -> None:
    trainer = Trainer(Options("f", steps=150, rate=3e-3), folder)
    first = np.mean([trainer.learn()["palette"] for _ in range(10)])
    while trainer.step < 140:
        trainer.learn()
    assert np.mean([trainer.learn()["palette"] for _ in range(10)]) < 0.6 * first
    trainer.mean.eval()
    logits = trainer.mean(
        *recipe.inputs_of(token_page([RED, BLUE, GREEN], 7), token_page([GREEN, RED, BLUE], 8))
    )
    assert logits.argmax(1).tolist() == [1, 2, 0]


def test_calibration_takes_back_what_is_too_sure() -> None:
    """A matcher that says +-8 and is right three times in four should say about one."""
    matcher = Matcher(TOKEN, width=32)

    def compare(mine: torch.Tensor, cast: torch.Tensor, colors: torch.Tensor) -> torch.Tensor:
        return torch.full((len(mine), len(cast)), 8.0)

    matcher.compare = compare  # type: ignore[method-assign]
    pairs = [("book", token_page([RED]), token_page([color])) for color in (RED, RED, RED, GREEN)]
    scale, offset = recipe.calibrate(matcher, pairs)
    assert 8 * scale + offset == pytest.approx(np.log(3), abs=0.02)
    loss = recipe.mean_loss(matcher, pairs)
    assert loss == {"real": pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25), abs=1e-3)}


def test_weights_that_are_scaled_anew_are_those_of_the_same_f(tmp_path: Path) -> None:
    torch.manual_seed(1)
    first, second = Affinity(Sizes(width=8, token=TOKEN)), Affinity(Sizes(width=8, token=TOKEN))
    assert fingerprint(first) == fingerprint(first) != fingerprint(second)
    write_affinity_weights(tmp_path / "f.safetensors", first, {})
    load_checkpoint(tmp_path / "f.safetensors", {"f": second})
    second.offset.data += 1
    assert fingerprint(second) == fingerprint(first)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """Two pages of a work: boxes of the same colours in other places."""
    rng = np.random.default_rng(0)
    for name in "ab":
        gray = np.full((96, 96), 255, np.uint8)
        gray[::24] = gray[:, ::24] = 0
        palette = np.array([RED, BLUE, GREEN, WHITE], np.uint8)
        rgb = palette[rng.integers(0, 4, (4, 4))].repeat(24, 0).repeat(24, 1)
        made = page_of(gray, np.where(gray[..., None] == 0, 0, rgb).astype(np.uint8), natural=True)
        save_page(tmp_path / "pages" / "test" / "book" / "tale" / f"{name}-0.npz", made)
    return tmp_path / "pages"


def test_f_looks_at_each_page_once(pages: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    f = Affinity(Sizes(width=8, token=TOKEN))
    write_tokens(f, pages, tmp_path / "tokens")
    files = sorted((tmp_path / "tokens").rglob("*.npz"))
    assert [file.name for file in files] == ["a-0.npz", "b-0.npz"]
    files[0].write_bytes(b"kept")
    write_tokens(f, pages, tmp_path / "tokens")
    assert files[0].read_bytes() == b"kept"
    assert tokens.load_tokens(files[1]).tokens.shape[1] == TOKEN


def test_measures_of_page_two_with_page_one_as_cast(pages: Path) -> None:
    torch.manual_seed(0)
    f = Affinity(Sizes(width=8, token=TOKEN))
    (pair,) = matching.look(f, tokens.page_pairs(pages / "test", 3))
    truth = matching.suggested([pair], _true)
    assert truth["exists"] == truth["first"] == truth["five"] == truth["first of all"] == 1
    worst = matching.suggested([pair], lambda page, cast: -_true(page, cast))
    assert (worst["first"], worst["five"]) == (0, 1)  # there are but three colours
    found = matching.report([pair], Matcher(TOKEN).eval())
    assert set(found["clicks"]) == {"without", "with", "perfect"}
    assert max(found["clicks"]["perfect"]) == 0
    assert "| matcher |" in matching.as_text("real", found)


def _true(page: TokenPage, cast: TokenPage) -> np.ndarray:
    _, classes = color_classes(cast.colors, cast.sizes)
    apart = np.abs(page.colors.astype(int)[:, None] - classes.astype(int)).max(-1)
    return -apart.astype(np.float32)
