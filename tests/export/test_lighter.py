"""Lighter colorizers paint what the single-precision one paints, or are not written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from gp_client.errors import GuidingPainterError
from gp_daemon.networks.bundle import Bundle
from gp_export import lighter
from gp_export.bundling import export_bundle
from gp_export.lighter import CALIBRATION, CHECKED, lighten


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


def test_a_variant_that_loses_too_much_is_not_written(
    bundle: Bundle, pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lighter, "MOST_LOST", -100.0)
    with pytest.raises(GuidingPainterError, match="would lose"):
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
