"""A small store of drawn figures, so that no test needs a download."""

from __future__ import annotations

import json
import os
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from gp_training.data.scenes import Composer, build_scenes
from gp_training.data.store import SIDE, Store, split_of
from onnx import TensorProto, helper

# PyTorch spins its threads otherwise, and two cores are all there is.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def draw_figure(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A head over a body, outlined: RGBA and its line art."""
    rgba = np.zeros((SIDE, SIDE, 4), np.uint8)
    line = np.full((SIDE, SIDE), 255, np.uint8)
    shapes = [((128, 180), (70, 60)), ((128, 80), (50, 45)), ((110, 75), (9, 9))]
    for centre, axes in shapes:
        jitter = rng.integers(-10, 11, 2)
        place = (int(centre[0] + jitter[0]), int(centre[1] + jitter[1]))
        color = [int(c) for c in rng.integers(80, 256, 3)]
        cv2.ellipse(rgba, place, axes, 0, 0, 360, (*color, 255), -1)
        cv2.ellipse(line, place, axes, 0, 0, 360, 255, -1)
        cv2.ellipse(rgba, place, axes, 0, 0, 360, (0, 0, 0, 255), 5)
        cv2.ellipse(line, place, axes, 0, 0, 360, 0, 5)
    return rgba, line


@pytest.fixture(scope="session")
def store_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("store")
    folder = root / "openmoji"
    folder.mkdir()
    rng = np.random.default_rng(0)
    figures = [draw_figure(rng) for _ in range(40)]
    (folder / "rgba.bin").write_bytes(b"".join(rgba.tobytes() for rgba, _ in figures))
    (folder / "line.bin").write_bytes(b"".join(line.tobytes() for _, line in figures))
    index = [
        {"work": f"w{i}", "split": split_of(f"w{i}"), "true_line": True}
        for i in range(len(figures))
    ]
    (folder / "index.json").write_text(json.dumps({"side": SIDE, "figures": index}))
    return root


@pytest.fixture(scope="session")
def packs(store_root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("scenes")
    return {
        split: build_scenes(
            Composer(Store(split, root=store_root)), count, seed, folder / f"{split}-0.bin"
        )
        for split, count, seed in (("train", 48, 0), ("validation", 12, 1000))
    }


@pytest.fixture
def tiny_features(tmp_path: Path) -> Path:
    """A file with an ONNX graph that gives a picture's mean colour as its features."""
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["x"], ["y"])], "mean",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["b", 3, 299, 299])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["b", 3, 1, 1])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    path = tmp_path / "mean-colour.onnx"
    onnx.save(model, path)
    return path
