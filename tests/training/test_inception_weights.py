"""An open Inception for FID: read without running it, converted without changing a number."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import numpy as np
import onnx
import pytest
from gp_client.errors import GuidingPainterError
from gp_training import cli
from gp_training.evaluation import inception_weights as open_weights
from gp_training.evaluation.inception import open_features
from gp_training.recipe.metrics import kernel_distance

WRAPPED = (
    "!function(a){run()}(function(){return n}({1:[function(a,n,i){n.exports=%s},{}]},{},[1])(1)});"
)


def layer(name: str, kind: str, inputs: list[str], **config: object) -> dict[str, object]:
    return {
        "name": name,
        "class_name": kind,
        "config": config,
        "inbound_nodes": [[[each, 0, 0, {}] for each in inputs]],
    }


LAYERS = [
    {"name": "input", "class_name": "InputLayer", "config": {}, "inbound_nodes": []},
    layer(
        "conv", "Conv2D", ["input"], activation="linear", use_bias=False, padding="valid",
        strides=[2, 2],
    ),
    layer("norm", "BatchNormalization", ["conv"], epsilon=0.001),
    layer("relu", "Activation", ["norm"], activation="relu"),
    layer(
        "mean", "AveragePooling2D", ["relu"], pool_size=[3, 3], strides=[1, 1], padding="same"
    ),
    layer("most", "MaxPooling2D", ["relu"], pool_size=[3, 3], strides=[2, 2], padding="valid"),
    layer("most2", "MaxPooling2D", ["mean"], pool_size=[3, 3], strides=[2, 2], padding="valid"),
    layer("both", "Concatenate", ["most", "most2"], axis=3),
    layer("dense", "Dense", ["both"]),
]  # fmt: skip
# Two filters of 1 x 1: red less green, and blue doubled.
WEIGHTS = {
    "conv/kernel": np.array([[[[1, 0], [-1, 0], [0, 2]]]], np.float32),
    "norm/beta": np.array([0.5, -3.0], np.float32),
    "norm/moving_mean": np.array([0.1, 0.2], np.float32),
    "norm/moving_variance": np.array([0.249, 0.999], np.float32),
}


def test_the_converted_network_computes_what_keras_would(tmp_path: Path) -> None:
    path = tmp_path / "small.onnx"
    onnx.save(open_weights.to_onnx(LAYERS, WEIGHTS, "both"), path)
    picture = np.broadcast_to(np.array([0.8, 0.2, 1.0], np.float32)[:, None, None], (3, 299, 299))
    found = open_features(path)([picture])
    # By hand: (0.8 - 0.2 - 0.1) / sqrt(0.25) + 0.5 = 1.5; (2 - 0.2) / 1 - 3 < 0, so 0. A mean at
    # the rim counts no padding, so it is the same everywhere.
    assert found.tolist() == [pytest.approx([1.5, 0, 1.5, 0], abs=1e-4)]


def test_layers_that_are_unknown_or_missing_are_said() -> None:
    with pytest.raises(GuidingPainterError, match="no layer mixed6"):
        open_weights.to_onnx(LAYERS[:-1], WEIGHTS, "mixed6")
    with pytest.raises(GuidingPainterError, match="Dense"):
        open_weights.to_onnx(LAYERS, WEIGHTS, "mixed6")


def test_weights_come_back_from_8_bits() -> None:
    manifest = [
        {"name": "a", "shape": [2], "quantization": {"min": -1.0, "scale": 0.5}},
        {"name": "b", "shape": [1, 1], "quantization": {"min": 0.0, "scale": 0.01}},
    ]
    found = open_weights.dequantized(manifest, bytes([0, 6, 100]))
    assert found["a"].tolist() == [-1.0, 2.0]
    assert found["b"].tolist() == [[1.0]]
    with pytest.raises(GuidingPainterError, match="not whole"):
        open_weights.dequantized(manifest, bytes([0, 6]))


def test_a_module_is_read_and_nothing_of_it_run(tmp_path: Path) -> None:
    path = tmp_path / "model.min.js"
    path.write_text(WRAPPED % '{name:"x",on:!0,off:!1,small:[.5,-.25],none:null}')
    expected = {"name": "x", "on": True, "off": False, "small": [0.5, -0.25], "none": None}
    assert open_weights.read_module(path) == expected
    path.write_text(WRAPPED % '"YWJj"')
    assert open_weights.read_module(path) == "YWJj"
    path.write_text("alert(1)")
    with pytest.raises(GuidingPainterError, match=r"model.min.js is no module"):
        open_weights.read_module(path)


def test_the_command_converts_a_package_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "here" / "package/dist/models/inception_v3"
    folder.mkdir(parents=True)
    named = [json.loads(json.dumps(each).replace('"both"', '"mixed6"')) for each in LAYERS]
    entries, data = [], b""
    for name, values in WEIGHTS.items():
        entries.append(
            {"name": name, "shape": list(values.shape), "quantization": {"min": 0, "scale": 1}}
        )
        data += bytes(values.size)
    model = {
        "modelTopology": {"model_config": {"config": {"layers": named}}},
        "weightsManifest": [{"paths": ["one", "two"], "weights": entries}],
    }
    (folder / "model.min.js").write_text(WRAPPED % json.dumps(model))
    for name, part in (("one", data[:3]), ("two", data[3:])):
        coded = base64.b64encode(part).decode()
        (folder / f"{name}.min.js").write_text(WRAPPED % f'"{coded}"')
    assert cli.main(["fid-weights", "--from", str(tmp_path / "here")]) == 0
    assert "--inception" in capsys.readouterr().out
    features = open_features(open_weights.weights_file())
    assert features([np.zeros((3, 299, 299), np.float32)]).tolist() == [[0, 0, 0, 0]]


def test_the_kernel_distance_is_that_of_its_formula() -> None:
    true, painted = np.array([[1.0], [0.0]]), np.array([[2.0], [0.0]])
    # By hand, k(x, y) = (x y + 1)^3: within true 1, within painted 1, between (27 + 1 + 1 + 1) / 4.
    assert kernel_distance(true, painted) == pytest.approx(1 + 1 - 2 * 30 / 4)
    alike = np.random.default_rng(0).normal(size=(200, 3))
    assert math.isclose(kernel_distance(alike[:100], alike[100:]), 0, abs_tol=0.2)
