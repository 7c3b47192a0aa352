"""The suggester: what it is told and taught, that a stopped run is one run, and that it learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gp_training.data.answered import AnsweredPage, load_answers, save_answers
from gp_training.data.truth import page_of, save_page
from gp_training.networks.affinity import Affinity, Sizes
from gp_training.networks.checkpoint import load_checkpoint, read_state
from gp_training.networks.suggester import COLORS, Suggester
from gp_training.recipe import suggesting as recipe
from gp_training.run.on_tokens import Options, learned_on_tokens, write_weights
from gp_training.run.suggester import Trainer, write_answers

TOKEN = 16
RED, BLUE, GREEN, WHITE = (200, 20, 20), (20, 20, 200), (20, 200, 20), (255, 255, 255)
EVERY = [RED, BLUE, GREEN, WHITE]


def page(
    colors: list[tuple[int, int, int]], seed: int = 0, kinds: list[int] | None = None
) -> AnsweredPage:
    """A piece of each colour; a token says of which kind the piece is, and noise."""
    rng = np.random.default_rng(seed)
    rgb = np.array(colors, np.uint8)
    kinds = [EVERY.index(color) for color in colors] if kinds is None else kinds
    tokens = rng.normal(0, 0.1, (len(rgb), TOKEN)).astype(np.float32)
    tokens[np.arange(len(rgb)), kinds] += 3
    same = (rgb[:, None] == rgb).all(2)
    affinity = np.where(same, 4, -4).astype(np.float32)
    sizes = np.full(len(rgb), 400, np.int32)
    return AnsweredPage(tokens, affinity, rgb, sizes, np.ones(len(rgb), np.float32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("answers")
    rng = np.random.default_rng(3)
    for number in range(12):
        colors = [EVERY[k] for k in rng.integers(0, 4, 8)]
        source = "cast" if number % 2 else "book"
        save_answers(root / source / f"{number}" / "a-0.npz", page(colors, number))
    return root


def painted(colors: list[tuple[int, int, int]]) -> Suggester:
    """A suggester whose palette begins with some colours."""
    torch.manual_seed(0)
    suggester = Suggester(TOKEN, width=32).eval()
    palette = np.random.default_rng(0).uniform(0, 1, (COLORS, 3))
    palette[: len(colors)] = np.array(colors) / 255
    suggester.palette.copy_(torch.from_numpy(palette))
    return suggester


def test_answers_come_back_as_they_were_kept(tmp_path: Path) -> None:
    kept = page([RED, BLUE])
    save_answers(tmp_path / "a" / "b-0.npz", kept)
    found = load_answers(tmp_path / "a" / "b-0.npz")
    np.testing.assert_allclose(found.tokens, kept.tokens, atol=2e-3)
    for name in ("affinity", "colors", "sizes", "flats"):
        np.testing.assert_array_equal(getattr(found, name), getattr(kept, name))


def test_every_piece_gets_a_distribution_whatever_their_order() -> None:
    suggester = painted(EVERY)
    suggester.trust.data.normal_()
    tokens, affinity, colors = recipe.tensors_of(page(EVERY))
    known = torch.tensor([1.0, 0, 0, 1])
    found = suggester(tokens, affinity, colors, known)
    torch.testing.assert_close(found.exp().sum(1), torch.ones(4))
    back = [3, 2, 1, 0]
    turned = suggester(tokens[back], affinity[back][:, back], colors[back], known[back])
    torch.testing.assert_close(turned, found[back], rtol=1e-4, atol=1e-4)


def test_only_colours_that_are_known_say_anything() -> None:
    suggester = painted(EVERY)
    tokens, affinity, colors = recipe.tensors_of(page(EVERY))
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
    one = page([RED, WHITE])
    right = -torch.log_softmax(logits, 1)[0, 0]
    wrong = -torch.log_softmax(logits, 1)[1, 3]
    none = np.zeros(2, np.bool_)
    found = recipe.likelihood_loss(suggester, logits, one, none)
    assert float(found) == pytest.approx(float(right + 0.4 * wrong) / 1.4, rel=1e-3)
    found = recipe.likelihood_loss(suggester, logits, one, np.array([True, False]))
    assert float(found) == pytest.approx(float(wrong), rel=1e-3)


def test_often_nothing_is_known_and_else_whole_colours_or_parts_of_them() -> None:
    one = page([RED] * 5 + [BLUE] * 3 + [GREEN])
    draws = [recipe.known_pieces(one, np.random.default_rng(seed)) for seed in range(300)]
    none = np.mean([not known.any() for known in draws])
    assert 0.3 < none < 0.5
    assert any(known.tolist() == [True] * 5 + [False] * 4 for known in draws)
    assert any(0 < known[:5].sum() < 5 for known in draws)
    assert any(known.all() for known in draws)


def test_the_palette_is_white_and_what_pages_have() -> None:
    palette = recipe.make_palette([page(EVERY * 4)], 4)
    assert palette[0].tolist() == [1, 1, 1]
    found = sorted(np.round(palette[1:] * 255).astype(int).tolist())
    np.testing.assert_allclose(found, sorted([list(RED), list(BLUE), list(GREEN)]), atol=2)


def test_it_learns_which_kind_has_which_colour_and_what_goes_with_what(folder: Path) -> None:
    trainer = Trainer(Options("f", steps=150, rate=3e-3), folder)
    first = np.mean([trainer.learn() for _ in range(10)])
    while trainer.step < 140:
        trainer.learn()
    assert np.mean([trainer.learn() for _ in range(10)]) < 0.6 * first
    trainer.mean.eval()
    log = trainer.mean(*recipe.tensors_of(page(EVERY[:3], 77)), torch.zeros(3))
    offered = trainer.mean.palette[log.argmax(1)] * 255
    np.testing.assert_allclose(offered, np.array(EVERY[:3]), atol=6)


def test_a_run_stopped_and_gone_on_with_is_one_run(folder: Path, tmp_path: Path) -> None:
    options = Options("f", steps=20)
    whole = Trainer(options, folder)
    for _ in range(4):
        whole.learn()
    stopped = Trainer(options, folder)
    for _ in range(2):
        stopped.learn()
    stopped.save(tmp_path, [{"step": 2}])
    torch.manual_seed(99)
    again = Trainer(options, folder)
    assert again.load(tmp_path) == [{"step": 2}]
    for _ in range(2):
        again.learn()
    for name, network in again.networks.items():
        for key, value in network.state_dict().items():
            expected = whole.networks[name].state_dict()[key]
            torch.testing.assert_close(value, expected, rtol=0, atol=0, msg=key)
    with pytest.raises(SystemExit, match="another f"):
        Trainer(Options("g"), folder).load(tmp_path)


def test_calibration_takes_back_what_is_too_sure() -> None:
    """One that is right half of the time, and says that it is nearly always, learns to doubt."""
    suggester = painted([WHITE, RED, BLUE])

    def consider(tokens: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.one_hot(torch.ones(len(tokens), dtype=torch.long), COLORS) * 20.0

    suggester.consider = consider  # type: ignore[method-assign]
    pages = [page([color] * 4) for color in (RED, BLUE)]
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


def test_a_weights_file_says_what_it_learned(tmp_path: Path) -> None:
    learned = {"steps": 3, "hours": 0.1, "f": "abc", "data": ["a book"]}
    suggester = painted(EVERY)
    write_weights(tmp_path / "s.safetensors", "suggester", suggester, learned)
    again = Suggester(TOKEN, width=32)
    load_checkpoint(tmp_path / "s.safetensors", {"suggester": again})
    torch.testing.assert_close(again.palette, suggester.palette, atol=1e-3, rtol=0)
    assert learned_on_tokens(read_state(tmp_path / "s.safetensors")) == learned
