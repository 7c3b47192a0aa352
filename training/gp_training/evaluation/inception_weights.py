"""`gp-train fid-weights`: an openly licensed Inception v3, fetched and converted for FID.

The npm package nsfwjs (MIT) carries one in 8 bits. All layers up to mixed5 are frozen from
ImageNet, those of mixed6 went on learning; its features are taken at mixed6, as their means over
the picture (768 numbers). Values are comparable with each other and with nobody else's: relative
only.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.files import make_folder, write_bytes
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from gp_training.data.sources import cache_folder
from gp_training.data.sources.base import Source

PACKAGE = "nsfwjs@4.3.0"
LAYER = "mixed6"
_SIDE = 299
_MODEL = "package/dist/models/inception_v3"
_MOST = 1 << 28  # bytes of weights
_KEY = re.compile(r"([{,])([A-Za-z_]\w*):")
_SOURCE = Source(
    "nsfwjs", "npm", (PACKAGE,), "MIT", "nsfwjs contributors", "features for FID",
    lambda folder: iter(()),
)  # fmt: skip

Layer = Mapping[str, Any]
Weights = Mapping[str, NDArray[np.float32]]


def weights_file() -> Path:
    """Where the converted network is, or will be."""
    return cache_folder() / "inception" / f"nsfwjs-{LAYER}.onnx"


def fetch(progress: Callable[[str], None] = lambda _: None, local: Path | None = None) -> Path:
    """Get the package by npm, convert its network, and return the file.

    Args:
        progress: is told each step.
        local: the unpacked or packed package, where it is here already.

    Raises:
        GuidingPainterError: npm is missing or does not answer, or the package is another than we
            know.
    """
    target = weights_file()
    if target.is_file():
        return target
    folder = _SOURCE.fetch(progress, local) / "nsfwjs" / _MODEL
    progress("converting")
    model = read_module(folder / "model.min.js")
    layers = model["modelTopology"]["model_config"]["config"]["layers"]
    (manifest,) = model["weightsManifest"]
    data = b"".join(
        base64.b64decode(read_module(folder / f"{p}.min.js")) for p in manifest["paths"]
    )
    graph = to_onnx(layers, dequantized(manifest["weights"], data), LAYER)
    make_folder(target.parent)
    write_bytes(target, graph.SerializeToString())
    return target


def read_module(path: Path) -> Any:
    """What a bundled JavaScript module exports, a literal; nothing of it is run.

    Raises:
        GuidingPainterError: the file is missing, or exports something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
        start = re.search(r"\.exports=(?=[\"{])", text[text.index("{1:[") :])
        if start is None:
            raise ValueError
        literal = text[text.index("{1:[") + start.end() :]
        if literal.startswith("{"):
            literal = _KEY.sub(r'\1"\2":', literal).replace(":!0", ":true").replace(":!1", ":false")
            literal = re.sub(r"([:\[,]-?)\.(\d)", r"\g<1>0.\2", literal)
        return json.JSONDecoder().raw_decode(literal)[0]
    except (OSError, ValueError) as error:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{path} is no module with a network.",
            f"gp-train fid-weights knows {PACKAGE}; remove {_SOURCE.folder} and run it again.",
        ) from error


def dequantized(
    manifest: Sequence[Mapping[str, Any]], data: bytes
) -> dict[str, NDArray[np.float32]]:
    """Weights by name, from their list and their bytes one after the other.

    Args:
        manifest: name, shape, and scale and least value of 8 bits, of each.
        data: uint8.

    Raises:
        GuidingPainterError: the bytes are not as many as the list says.
    """
    found, at = {}, 0
    for entry in manifest:
        size = math.prod(entry["shape"])
        raw = np.frombuffer(data[at : at + size], np.uint8)
        at += size
        if len(raw) != size or at > _MOST:
            break
        quantization = entry["quantization"]
        values = raw.astype(np.float32) * quantization["scale"] + quantization["min"]
        found[entry["name"]] = values.astype(np.float32).reshape(entry["shape"])
    if at != len(data):
        raise GuidingPainterError(BAD_REQUEST, "The network's weights are not whole.")
    return found


def to_onnx(layers: Sequence[Layer], weights: Weights, last: str) -> onnx.ModelProto:
    """A Keras network up to a layer, and the mean of that layer over the picture.

    Args:
        layers: of the topology, each after those that it stands on.
        weights: by name, as Keras shapes them.
        last: name of the layer whose features are wanted.

    Returns:
        A model from float32 [B, 3, 299, 299], RGB in 0..255, to [B, D].

    Raises:
        GuidingPainterError: there is no such layer, or one of a kind that we do not know.
    """
    nodes: list[onnx.NodeProto] = [
        helper.make_node("Div", ["pictures", "/most"], [str(layers[0]["name"])])
    ]
    kept = {"/most": np.array(255, np.float32)}
    for layer in layers[1:]:
        if layer["class_name"] not in _LAYERS:
            raise GuidingPainterError(
                BAD_REQUEST, f"Layers of the kind {layer['class_name']} are unknown."
            )
        name, config = str(layer["name"]), layer["config"]
        inputs = [str(node[0]) for node in layer["inbound_nodes"][0]]
        own = {
            k.removeprefix(name + "/"): v for k, v in weights.items() if k.startswith(name + "/")
        }
        kind, more, attributes = _LAYERS[layer["class_name"]](config, own)
        for key, values in more.items():
            kept[f"{name}/{key}"] = values
            inputs.append(f"{name}/{key}")
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        if name == last:
            break
    else:
        raise GuidingPainterError(BAD_REQUEST, f"The network has no layer {last}.")
    nodes += [
        helper.make_node("GlobalAveragePool", [last], ["means"]),
        helper.make_node("Flatten", ["means"], ["features"]),
    ]
    batch = ["B", 3, _SIDE, _SIDE]
    graph = helper.make_graph(
        nodes,
        "inception",
        [helper.make_tensor_value_info("pictures", TensorProto.FLOAT, batch)],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", None])],
        [numpy_helper.from_array(values, name) for name, values in kept.items()],
    )
    opset = [helper.make_opsetid("", 18)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9)


Made = tuple[str, dict[str, NDArray[np.float32]], dict[str, Any]]  # kind, inputs, attributes


def _convolution(config: Layer, weights: Weights) -> Made:
    if config["activation"] != "linear" or config["use_bias"]:
        raise GuidingPainterError(BAD_REQUEST, "Convolutions with more than weights are unknown.")
    kernel = np.ascontiguousarray(weights["kernel"].transpose(3, 2, 0, 1))
    return "Conv", {"kernel": kernel}, {"strides": config["strides"], **_padding(config)}


def _normalization(config: Layer, weights: Weights) -> Made:
    mean, variance = weights["moving_mean"], weights["moving_variance"]
    given = {
        "gamma": weights.get("gamma", np.ones_like(mean)),
        "beta": weights.get("beta", np.zeros_like(mean)),
        "mean": mean,
        "variance": variance,
    }
    return "BatchNormalization", given, {"epsilon": config["epsilon"]}


def _activation(config: Layer, weights: Weights) -> Made:
    if config["activation"] != "relu":
        raise GuidingPainterError(BAD_REQUEST, f"{config['activation']} is unknown.")
    return "Relu", {}, {}


def _pooling(kind: str) -> Callable[[Layer, Weights], Made]:
    def make(config: Layer, weights: Weights) -> Made:
        shape = {"kernel_shape": config["pool_size"], "strides": config["strides"]}
        return kind, {}, {**shape, **_padding(config)}

    return make


def _padding(config: Layer) -> dict[str, str]:
    return {"auto_pad": "SAME_UPPER" if config["padding"] == "same" else "VALID"}


_LAYERS: dict[str, Callable[[Layer, Weights], Made]] = {
    "Conv2D": _convolution,
    "BatchNormalization": _normalization,
    "Activation": _activation,
    "MaxPooling2D": _pooling("MaxPool"),
    "AveragePooling2D": _pooling("AveragePool"),
    "Concatenate": lambda config, weights: ("Concat", {}, {"axis": 1}),
}
