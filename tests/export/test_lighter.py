"""Lighter colorizers paint what the single-precision one paints, or are not written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from gp_client.errors import GuidingPainterError
from gp_daemon.networks.bundle import Bundle
from gp_export import lighter
from gp_export.bundling import exchange_segmenter, export_bundle
from gp_export.lighter import CALIBRATION, CHECKED, lighten
from gp_training.data.held_out import Scene
from gp_training.networks.affinity import Affinity
from gp_training.run.affinity import write_affinity_weights


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Enough scenes of three coloured fields with lines between them."""
    rng = np.random.default_rng(5)
    scenes = np.empty((CALIBRATION + CHECKED, 256, 256, 4), np.uint8)
    for scene in scenes:
        first, second = sorted(rng.integers(20, 236, 2))
        scene[..., :3] = rng.integers(0, 256, 3)
        scene[first:, :, :3] = rng.integers(0, 256, 3)
        scene[:, second:, :3] = rng.integers(0, 256, 3)
        scene[..., 3] = 255
        scene[first - 4 : first + 4, :, 3] = 0
        scene[:, second - 4 : second + 4, 3] = 0
    path = tmp_path_factory.mktemp("packs") / "validation-0.bin"
    path.write_bytes(scenes.tobytes())
    return path


@pytest.mark.parametrize(("variant", "smaller"), [("int8", 0.5), ("fp16", 0.7)])
def test_a_variant_is_smaller_and_paints_nearly_the_same(
    bundle: Bundle, pack: Path, tmp_path: Path, variant: str, smaller: float
):
    target = tmp_path / "light.onnx"
    measured = lighten(bundle, variant, [pack], target)
    assert abs(measured["psnr"]) < lighter.MOST_LOST
    assert measured["difference"] < 0.05
    assert measured["scenes"] == CHECKED
    assert target.stat().st_size < smaller * bundle.files["colorizer"].bytes
    graph = onnx.load(target).graph
    kinds = {node.op_type for node in graph.node}
    assert variant == "fp16" or "DequantizeLinear" in kinds
    weights = [one.raw_data for one in graph.initializer if len(one.raw_data) > 1000]
    assert len(weights) == len(set(weights))  # both of g's passes use the same


def test_the_ends_of_an_int8_colorizer_stay_in_floats(bundle: Bundle, pack: Path, tmp_path: Path):
    lighten(bundle, "int8", [pack], tmp_path / "light.onnx")
    graph = onnx.load(tmp_path / "light.onnx").graph
    made_by = {name: node.op_type for node in graph.node for name in node.output}
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    weights = [made_by.get(node.input[1]) for node in convolutions]
    assert weights[:2] == [None, "DequantizeLinear"]
    assert weights[-3:] == ["DequantizeLinear", None, None]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_a_variant_is_made_anew_for_a_bundle_that_compares(
    bundle: Bundle, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    learned = {"steps": 7, "pages": 14, "hours": 0.1, "data": []}
    # Random weights: their pictures differ as they like.
    monkeypatch.setattr(lighter, "MOST_DIFFERENT", 1.0)
    write_affinity_weights(tmp_path / "f", Affinity(), learned)
    wanted = {"variants": ["int8"], "packs": [pack], "report": lambda _: None}
    made = exchange_segmenter(bundle, tmp_path / "f", tmp_path / "made", **wanted)
    again = exchange_segmenter(made, tmp_path / "f", tmp_path / "again", **wanted)
    for one in (made, again):
        assert one.affinity
        assert one.metrics["int8"]["scenes"] == CHECKED
        assert one.variants["int8"]["colorizer"].name == "colorizer.int8.onnx"
    # The f of the first was the paper's: its colorizer was calibrated on other channels.
    assert made.metrics["int8"] != again.metrics["int8"]


def test_what_the_colours_decide_is_calibrated_on_channels_by_colour():
    pieces = np.repeat(np.arange(4, dtype=np.int32), 3).reshape(1, 12)
    picture = np.zeros((3, 1, 12), np.float32)
    picture[0, 0, 3:9] = 1.0  # the two in the middle
    scene = Scene(0, np.ones((1, 12), np.float32), picture, pieces)
    assert lighter.channels_by_color(scene, 30)[0, ::3].tolist() == [0, 1, 1, 0]
    picture[1, 0, 9:] = 1.0
    assert lighter.channels_by_color(scene, 30)[0, ::3].tolist() == [1, 0, 0, 2]
    assert lighter.channels_by_color(scene, 2)[0, ::3].tolist() == [1, 0, 0, 1]


@pytest.mark.parametrize(
    ("limit", "said"), [("MOST_LOST", "would lose"), ("MOST_DIFFERENT", "would differ")]
)
def test_a_variant_that_loses_too_much_is_not_written(
    bundle: Bundle,
    pack: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    said: str,
):
    monkeypatch.setattr(lighter, limit, -100.0)
    with pytest.raises(GuidingPainterError, match=said):
        lighten(bundle, "fp16", [pack], tmp_path / "light.onnx")
    assert not list(tmp_path.iterdir())


def test_too_few_scenes_are_refused(bundle: Bundle, pack: Path, tmp_path: Path):
    few = tmp_path / "few.bin"
    few.write_bytes(pack.read_bytes()[: 3 * 256 * 256 * 4])
    with pytest.raises(GuidingPainterError, match="3 scenes are too few"):
        lighten(bundle, "int8", [few], tmp_path / "light.onnx")


def test_too_few_scenes_are_refused_before_anything_is_exported(
    checkpoint: Path, pack: Path, tmp_path: Path
):
    few = tmp_path / "few.bin"
    few.write_bytes(pack.read_bytes()[: 256 * 256 * 4])
    said: list[str] = []
    with pytest.raises(GuidingPainterError, match="1 scenes are too few"):
        export_bundle(
            checkpoint, tmp_path / "b", variants=["int8"], packs=[few], report=said.append
        )
    assert not said


def test_an_unknown_variant_is_refused(bundle: Bundle, pack: Path, tmp_path: Path):
    with pytest.raises(GuidingPainterError, match="int4"):
        lighten(bundle, "int4", [pack], tmp_path / "light.onnx")
