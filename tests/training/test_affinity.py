"""f learns which pieces have one colour, stops and goes on exactly, and says the same both ways."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gp_training.data.truth import (
    LEAST,
    MOST,
    Page,
    load_page,
    page_of,
    same_color,
    save_page,
    with_truth,
)
from gp_training.evaluation.affinity import report
from gp_training.networks.affinity import Affinity, Sizes, pool
from gp_training.networks.answers import answers, auc, inputs_of
from gp_training.recipe import affinity as recipe
from gp_training.run.affinity import Options, Pages, Trainer, measure, thinned, varied

TINY = Sizes(width=8, token=32, layers=2, heads=2, pair=8)
RED, BLUE = (200, 40, 40), (40, 60, 200)


def draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Red disks and blue boxes on white, 128 x 160: line art and picture."""
    rng = np.random.default_rng(seed)
    rgb = np.full((128, 160, 3), 255, np.uint8)
    gray = np.full((128, 160), 255, np.uint8)
    for number in range(12):
        x, y = 20 + 40 * (number % 4), 22 + 42 * (number // 4)
        size = int(rng.integers(9, 15))
        if rng.random() < 0.5:
            cv2.circle(rgb, (x, y), size, RED, -1)
            cv2.circle(gray, (x, y), size, 0, 2)
        else:
            cv2.rectangle(rgb, (x - size, y - size), (x + size, y + size), BLUE, -1)
            cv2.rectangle(gray, (x - size, y - size), (x + size, y + size), 0, 2)
    return gray, rgb


@pytest.fixture
def page() -> Page:
    return page_of(*draw(0), natural=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two works of two pictures each, one of them composed."""
    for work, source in enumerate(("books", "cast")):
        for name in ("a", "b"):
            made = page_of(*draw(2 * work + (name == "b")), natural=work == 0)
            save_page(tmp_path / source / str(work) / f"{name}-0.npz", made)
    return tmp_path


def test_a_page_knows_the_colours_of_its_pieces(page: Page) -> None:
    assert page.count == 13
    apart = {tuple(color) for color in page.colors.tolist()}
    assert apart == {RED, BLUE, (255, 255, 255)}
    assert page.flats.min() > 0.9
    assert same_color(page.colors, page.colors).sum() < page.count**2


def test_pieces_too_small_or_too_many_are_nobody() -> None:
    labels = np.arange(64 * 64, dtype=np.int32).reshape(64, 64) // 2
    gray = np.full(labels.shape, 255, np.uint8)
    rgb = np.zeros((64, 64, 3), np.uint8)
    assert with_truth(gray, labels, rgb, True).count == 0
    labels = labels // 8  # 16 pixels each
    assert LEAST <= 16
    found = with_truth(gray, labels, rgb, True)
    assert found.count == 256 <= MOST
    assert found.labels.max() == 255


def test_a_page_comes_back_from_its_file(page: Page, tmp_path: Path) -> None:
    save_page(tmp_path / "a" / "page-0.npz", page)
    again = load_page(tmp_path / "a" / "page-0.npz")
    for name in ("gray", "labels", "colors", "sizes", "flats"):
        np.testing.assert_array_equal(getattr(again, name), getattr(page, name))
    assert again.natural


def test_a_thinned_and_varied_page_keeps_the_truth_of_its_pieces(page: Page) -> None:
    rng = np.random.default_rng(1)
    fewer = thinned(page, 6, rng)
    assert fewer.count == 6
    for piece in range(6):
        where = np.argwhere(fewer.labels == piece)[0]
        before = page.labels[tuple(where)]
        np.testing.assert_array_equal(fewer.colors[piece], page.colors[before])
    changed = varied(fewer, rng, final=True)
    assert max(changed.gray.shape) == 448
    assert set(np.unique(changed.labels)) <= set(range(-1, 6))
    np.testing.assert_array_equal(changed.colors, fewer.colors)


def test_pooling_gives_mean_and_deviation_over_each_piece() -> None:
    features = torch.arange(24.0).reshape(2, 3, 4)
    grid = torch.tensor([[0, 0, 1, 1], [0, -1, 1, 1], [3, 3, 3, 3]])
    found = pool(features, grid, 4)
    inside = features[:, grid == 1]
    torch.testing.assert_close(found[1, :2], inside.mean(1))
    expected = inside.var(1, unbiased=False).add(1e-4).sqrt()
    torch.testing.assert_close(found[1, 2:], expected, atol=1e-4, rtol=1e-4)
    assert (found[2, :2] == 0).all()


def test_affinity_is_the_same_both_ways_and_follows_the_numbering(page: Page) -> None:
    torch.manual_seed(0)
    f = Affinity(TINY).eval()
    with torch.no_grad():
        tokens, affinity, blank = f(*inputs_of(page))
        torch.testing.assert_close(affinity, affinity.T, atol=1e-5, rtol=1e-5)
        order = np.random.default_rng(2).permutation(page.count)
        table = np.append(np.argsort(order), -1).astype(np.int16)
        turned = Page(
            page.gray, table[page.labels], page.colors[order], page.sizes[order],
            page.flats[order], True,
        )  # fmt: skip
        other_tokens, other, other_blank = f(*inputs_of(turned))
    torch.testing.assert_close(other_tokens, tokens[order], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(other, affinity[order][:, order], atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(other_blank, blank[order], atol=1e-4, rtol=1e-4)


def test_it_learns_one_page(page: Page) -> None:
    torch.manual_seed(0)
    f = Affinity(TINY)
    inputs = inputs_of(page)
    same = torch.from_numpy(same_color(page.colors, page.colors))
    weights = recipe.pair_weights(page, page)
    optimizer = torch.optim.AdamW(f.parameters(), 3e-3)
    for _ in range(60):
        _, affinity, *_ = f.consider(*inputs)
        optimizer.zero_grad()
        recipe.pair_loss(affinity, same, weights).backward()
        optimizer.step()
    upper = np.triu_indices(page.count, 1)
    with torch.no_grad():
        _, affinity, *_ = f.consider(*inputs)
    assert auc(affinity.numpy()[upper], same.numpy()[upper]) > 0.95


def test_training_and_evaluation_measure_the_same(folder: Path) -> None:
    torch.manual_seed(3)
    f = Affinity(TINY)
    found = list(answers(f, sorted(folder.glob("*/*/*.npz"))))
    assert not f.training
    assert {one.kind for one in found} == {"real", "composed"}
    measured = measure(f, [one.file for one in found])
    assert f.training
    for kind, mean in measured.items():
        curves = [one.auc for one in found if one.kind == kind]
        assert mean == pytest.approx(np.mean(curves))
        assert mean == pytest.approx(report([one for one in found if one.kind == kind])["auc"])


def test_a_pair_counts_by_class_and_not_with_itself() -> None:
    same = torch.eye(4, dtype=torch.bool)
    same[0, 1] = same[1, 0] = True
    weights = torch.ones(4, 4)
    right = torch.where(same, 9.0, -9.0)
    assert recipe.pair_loss(right, same, weights) < 1e-3
    wrong = right.clone()
    wrong[0, 1] = wrong[1, 0] = -9.0
    assert recipe.pair_loss(wrong, same, weights) == pytest.approx(9 * recipe.ALIKE, rel=1e-2)
    wrong = right.clone()
    wrong[range(4), range(4)] = -9.0
    assert recipe.pair_loss(wrong, same, weights) < 1e-3


def test_the_spread_loss_wants_the_colour_given_or_none(page: Page) -> None:
    same = torch.from_numpy(same_color(page.colors, page.colors))
    weights = recipe.weights_of(page)
    given = recipe.give_colors(page, np.random.default_rng(0))
    assert (page.colors[given].min(1) < 240).all()
    perfect = torch.where(same, 12.0, -12.0)
    white = torch.where(recipe.is_blank(page), 12.0, -12.0)
    assert recipe.spread_loss(perfect, white, page, given, weights) < 1e-2
    assert recipe.spread_loss(-perfect, white, page, given, weights) > 5
    assert recipe.spread_loss(perfect, -white, page, given, weights) > 1


def test_white_is_learned_as_one_more_answer(page: Page) -> None:
    colors = page.colors.copy()
    colors[0] = 255
    other = replace(page, colors=colors)
    weights = torch.ones(page.count)
    right = torch.where(recipe.is_blank(other), 9.0, -9.0)
    assert recipe.is_blank(other)[0]
    assert recipe.blank_loss(right, other, weights) < 1e-3
    assert recipe.blank_loss(-right, other, weights) == pytest.approx(9, rel=1e-3)


def test_weights_from_before_there_was_a_white_head_are_taken_all_the_same(folder: Path) -> None:
    old = {f"f.{key}": value for key, value in Affinity(TINY).state_dict().items()}
    trainer = Trainer(Options(steps=20, sizes=TINY, bf16=False), Pages(folder))
    trainer.begin_with({key: value for key, value in old.items() if ".blank." not in key})
    torch.testing.assert_close(trainer.f.leave.weight, old["f.leave.weight"])
    with pytest.raises(SystemExit):
        trainer.begin_with({key: value for key, value in old.items() if ".leave." not in key})


def test_a_run_stopped_and_gone_on_with_is_one_run(folder: Path, tmp_path: Path) -> None:
    options = Options(steps=20, sizes=TINY, bf16=False, shares=("cast=0.5",))
    pages = Pages(folder, {"cast": 0.5})

    def state(trainer: Trainer) -> dict[str, torch.Tensor]:
        return {
            f"{name}.{key}": value.clone()
            for name, network in trainer.networks.items()
            for key, value in network.state_dict().items()
        }

    whole = Trainer(options, pages)
    for _ in range(4):
        whole.learn()
    stopped = Trainer(options, pages)
    for _ in range(2):
        stopped.learn()
    run = tmp_path / "run"
    run.mkdir()
    stopped.save(run, [{"step": 2}])
    torch.manual_seed(99)
    again = Trainer(options, pages)
    assert again.load(run) == [{"step": 2}]
    for _ in range(2):
        again.learn()
    assert again.step == whole.step
    expected = state(whole)
    for key, value in state(again).items():
        torch.testing.assert_close(value, expected[key], rtol=0, atol=0, msg=key)
