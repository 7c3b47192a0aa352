"""g on pictures in their artists' colours: samples, hints, and that it learns from them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_training.baselines.building import build_networks
from gp_training.cli import main
from gp_training.data import samples as module
from gp_training.data.samples import (
    Sample,
    SampleFolder,
    load_sample,
    repainted,
    sample_of,
    save_sample,
    varied,
    worth_learning,
)
from gp_training.evaluation.natural import Look
from gp_training.networks.checkpoint import load_checkpoint, read_state
from gp_training.networks.colorizer import Colorizer
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners
from gp_training.recipe.natural import Natural, draw_hints, hinted
from gp_training.recipe.presets import NATURAL, TINY, Phase
from gp_training.recipe.tasks import Pairs
from gp_training.run.fit import Trainer
from PIL import Image

# TensorBoard's own imports, not ours.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

COLORS = np.array([(220, 40, 40), (60, 160, 70), (70, 90, 210), (240, 240, 240)], np.uint8)
PRESET = replace(
    TINY, method="natural", sees_regions=False, sees_places=True,
    phases=(Phase("natural", 64, 64, batch=4, learn=("g",), rate=2e-3, scribbles=0.2,
                  weights=NATURAL.phases[0].weights),),
)  # fmt: skip


def drawing(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Four rooms in the four colours, in any order, with black lines between: RGB and line art."""
    rgb, gray = np.zeros((160, 128, 3), np.uint8), np.full((160, 128), 255, np.uint8)
    column, row = int(rng.integers(40, 90)), int(rng.integers(50, 110))
    for place, color in enumerate(rng.permutation(4)):
        rows = slice(0, row) if place < 2 else slice(row, None)
        rgb[rows, slice(0, column) if place % 2 else slice(column, None)] = COLORS[color]
    for picture in (rgb, gray):
        cv2.line(picture, (column, 0), (column, 159), (0, 0, 0), 4)
        cv2.line(picture, (0, row), (127, row), (0, 0, 0), 4)
    return rgb, gray


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    rng = np.random.default_rng(0)
    for number in range(12):
        split = "train" if number < 8 else "validation"
        sample = sample_of(*drawing(rng), natural=True)
        save_sample(folder / split / "drawn" / f"work-{number % 3}" / f"{number}-clean.npz", sample)
    return folder


def test_a_sample_has_the_pieces_and_the_sides_of_its_page(root: Path) -> None:
    sample = load_sample(next((root / "train").glob("*/*/*.npz")))
    assert sample.line.shape == sample.pieces.shape == sample.rgb.shape[:2] == (256, 205)
    assert len(np.unique(sample.pieces)) == 4
    assert worth_learning(sample)


def test_lines_that_part_no_colours_are_not_worth_learning() -> None:
    rgb, gray = drawing(np.random.default_rng(1))
    assert not worth_learning(sample_of(rgb, np.full_like(gray, 255), natural=True))
    noise = np.random.default_rng(2).integers(0, 255, rgb.shape).astype(np.uint8)
    assert not worth_learning(sample_of(noise, gray, natural=True))


def test_repainted_pieces_keep_their_shade_and_like_ones_stay_alike() -> None:
    pieces = np.repeat(np.arange(3), 4)[None].repeat(6, 0).astype(np.uint16)
    rgb = np.zeros((6, 12, 3), np.uint8)
    rgb[:, :4] = rgb[:, 8:] = 120, 130, 140
    rgb[:, 4:8] = 30, 200, 30
    rgb[:3] -= 20
    new = repainted(rgb, pieces, np.random.default_rng(0)).astype(int)
    assert np.array_equal(new[:, :4], new[:, 8:])
    assert not np.array_equal(new[0, 0], new[0, 5])
    assert np.abs(new[:, :4].mean((0, 1)) - rgb[:, :4].mean((0, 1))).max() > 10
    assert (new[5] - new[0]).mean() == pytest.approx(14, abs=3)


def test_pages_and_samples_are_drawn_of_pictures_by_a_command_that_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "cache"))
    pictures = tmp_path / "pictures"
    rows = ["file,work,source,licence,author"]
    for name in ("book/a.png", "book/b.png"):
        (pictures / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(drawing(np.random.default_rng(len(rows)))[0]).save(pictures / name)
        rows.append(f"{name},tale,somewhere,CC0-1.0,somebody")
    command = ["data", "samples", "--pictures", str(pictures)]
    assert main(command) == 2
    assert "manifest.csv cannot be read" in capsys.readouterr().err
    (pictures / "manifest.csv").write_text("\n".join(rows))
    assert main(command) == 0
    made = sorted((tmp_path / "cache" / "samples").glob("train/book/tale/*.npz"))
    assert [file.name for file in made if "clean" in file.name] == ["a-clean.npz", "b-clean.npz"]
    assert {load_sample(file).natural for file in made} == {True}
    before = {file: file.stat().st_mtime_ns for file in made}
    assert main(command) == 0
    assert {file: file.stat().st_mtime_ns for file in made} == before
    assert main(["data", "pages", "--pictures", str(pictures)]) == 0
    assert len(list((tmp_path / "cache" / "pages").glob("train/book/tale/?-?.npz"))) > 2
    assert main(["data", "pages"]) == 2
    assert "--pictures DIR" in capsys.readouterr().err


def test_what_is_repainted_is_not_natural(monkeypatch: pytest.MonkeyPatch) -> None:
    sample = sample_of(*drawing(np.random.default_rng(1)), natural=True)
    for share in (0.0, 1.0):
        monkeypatch.setattr(module, "_RECOLORED", share)
        found = varied(sample, 64, np.random.default_rng(0))
        assert found.natural == (share == 0)
        assert found.line.shape == found.pieces.shape == found.rgb.shape[:2] == (64, 64)
        assert found.pieces.max() + 1 == len(np.unique(found.pieces))


def test_an_item_depends_on_the_seed_and_its_number_alone(root: Path) -> None:
    one, other = (SampleFolder(root / "train", 64, seed) for seed in (3, 4))
    assert all(torch.equal(a, b) for a, b in zip(one[5], one[5], strict=True))
    assert not torch.equal(one[5][1], other[5][1])
    sketch, picture, pieces, natural = one[5]
    assert (sketch.shape, picture.shape, pieces.shape) == ((1, 64, 64), (3, 64, 64), (64, 64))
    assert natural.dtype == torch.bool


def test_a_folder_without_samples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuidingPainterError, match="no samples"):
        SampleFolder(tmp_path, 64, 0)


def test_hints_are_of_every_kind_and_each_is_the_mean_of_its_pieces() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([400, 100, 50, 30, 20], np.float32)
    means = np.array([(1, 0, 0), (1, 0, 0), (-1, 0, 0.5), (0, 1, 0), (0, -1, 0)], np.float32)
    found = [hinted(means * sizes[:, None], sizes, rng) for _ in range(300)]
    given = [one for one in found if one is not None]
    assert 0.3 < 1 - len(given) / len(found) < 0.5
    counts = np.array([one[:, 3].sum() for one in given])
    assert set(counts.astype(int).tolist()) == {1, 2, 3, 4, 5}
    exact = [np.abs(one[:, :3] - means)[one[:, 3] > 0].max() < 1e-5 for one in given]
    assert 0.6 < np.mean(exact) < 1  # else colours that were taken for one
    for one in given:
        assert not one[one[:, 3] == 0].any()
    alike = [one for one, true in zip(given, exact, strict=True) if true]
    assert any(one[0, 3] and one[1, 3] and one[:, 3].sum() == 2 for one in alike)
    assert any(one[0, 3] and not one[1, 3] for one in alike)


def test_hints_lie_on_their_pieces_and_are_the_same_again() -> None:
    pieces = torch.arange(4).repeat_interleave(16).view(1, 8, 8).repeat(6, 1, 1)
    picture = torch.rand(6, 3, 8, 8) * 2 - 1
    paper = torch.ones(6, 1, 8, 8)
    color_map, mask = draw_hints(picture, paper, pieces, Draws.of(0, 0, 0, 6))
    again = draw_hints(picture, paper, pieces, Draws.of(0, 0, 0, 6))
    assert torch.equal(color_map, again[0])
    assert torch.equal(mask, again[1])
    rows = mask.view(6, 4, 16)
    assert ((rows == 0).all(2) | (rows == 1).all(2)).all()
    assert 0 < rows.mean() < 1
    assert not (color_map * (1 - mask)).any()


def test_strange_colours_without_a_hint_hardly_count(root: Path) -> None:
    items = [SampleFolder(root / "train", 64, 0)[i] for i in range(2)]
    sketch, picture, pieces, _ = (torch.stack(part) for part in zip(*items, strict=True))
    phase, terms = PRESET.phases[0], []
    learners = Learners(build_networks(PRESET), torch.device("cpu"))
    for natural in (True, False):
        pairs = Pairs(sketch, picture, pieces, torch.full((2,), natural))
        draws = Draws.of(_without_hints(sketch, picture, pieces), 0, 0, 2)
        found = Natural().losses(learners, PRESET, replace(phase, scribbles=0.0), 1.0, pairs, draws)
        terms.append({name: float(value.detach()) for name, value in found.terms.items()})
    assert terms[1]["reconstruction"] < 0.2 * terms[0]["reconstruction"]
    assert terms[0]["choice"] > 1
    assert terms[1]["choice"] == 0


def _without_hints(sketch: torch.Tensor, picture: torch.Tensor, pieces: torch.Tensor) -> int:
    for seed in range(60):
        draws = Draws.of(seed, 0, 0, 2)
        if not draw_hints(picture, (sketch + 1) / 2, pieces, draws)[1].any():
            return seed
    raise AssertionError("no draw without hints")


def test_a_colorizer_that_saw_regions_teaches_one_that_does_not() -> None:
    torch.manual_seed(0)
    seeing = Colorizer(6, 8, stem=True, choices=True).eval()
    blind = Colorizer(6, 8, stem=True, choices=True, seen=False, coordinates=True).eval()
    first = seeing.unet.encoder1[0]
    assert isinstance(first, torch.nn.Conv2d)
    with torch.no_grad():
        # A network that says the same of every region: then it is the same without them.
        first.weight[:, 20:] = 0
        first.weight[:, 20:, 1, 1] = torch.randn(8, 1)
    blind.load_state_dict(seeing.state_dict())
    sketch, hint = torch.rand(1, 1, 64, 64) * 2 - 1, torch.rand(1, 3, 64, 64) * 2 - 1
    mask = (torch.rand(1, 1, 64, 64) > 0.5).float()
    labels = torch.randint(0, 6, (1, 1, 64, 64))
    segments = (labels == torch.arange(6)[None, :, None, None]).float()
    with torch.no_grad():
        one, other = seeing(sketch, hint, mask, segments), blind(sketch, hint, mask, segments)
        assert torch.allclose(one, other, atol=1e-4)
        assert torch.equal(other, blind(sketch, hint, mask, segments.roll(1, 1)))
    blind.load_state_dict(blind.state_dict())


def test_it_learns_is_looked_at_and_goes_on_exactly(root: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    long = replace(PRESET, phases=(replace(PRESET.phases[0], images=160),))

    def run(folder: Path, stop: int | None = None) -> Trainer:
        trainer = Trainer(long, folder, [root / "train"], Look(root / "validation"), 1, 0)
        if stop is not None:
            step = trainer.step

            def counted(*arguments):
                trainer.stopping = trainer.done + 4 >= stop
                return step(*arguments)

            trainer.step = counted  # type: ignore[method-assign]
        trainer.run()
        return trainer

    whole = run(tmp_path / "whole")
    assert run(tmp_path / "parts", stop=72).done == 72
    parts = run(tmp_path / "parts")
    (seen,) = read_state(tmp_path / "parts")["history"]
    assert (seen["images"], seen["pictures"]) == (160, ["drawn: 8 pictures of 3 works"])
    for name, value in whole.networks["g"].state_dict().items():
        assert torch.equal(value, parts.networks["g"].state_dict()[name]), name
    fresh = build_networks(long)["g"].eval()
    assert isinstance(fresh, Colorizer)
    taught = build_networks(long)["g"]
    load_checkpoint(tmp_path / "whole", {"g": taught})
    phase, look = long.phases[0], Look(root / "validation")
    values = []
    for network in (fresh, taught.eval()):
        whole.learners = replace(whole.learners, networks={**whole.networks, "g": network})
        numbers, sheet = look(whole, phase)
        assert sheet.shape[1:] == (6 * 256, 3)
        values.append(numbers)
    for name in ("paper psnr@3", "paper psnr@8"):
        assert values[1][name] > values[0][name] + 1, name


def test_samples_are_whole_or_not_there(tmp_path: Path) -> None:
    sample = Sample(
        np.zeros((4, 5, 3), np.uint8), np.zeros((4, 5), np.uint8), np.zeros((4, 5), np.uint16), True
    )
    save_sample(tmp_path / "a" / "b.npz", sample)
    assert [file.name for file in (tmp_path / "a").iterdir()] == ["b.npz"]
    again = load_sample(tmp_path / "a" / "b.npz")
    assert again.natural
    assert np.array_equal(again.rgb, sample.rgb)
