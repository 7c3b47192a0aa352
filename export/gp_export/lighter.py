"""Lighter graphs of the colorizer: int8 for CPUs, half precision for GPUs.

Only g: it runs at every hint, while f runs once a page, and rounding flips f's near-ties. Each
graph is measured against the single-precision one before it is kept.
"""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from gp_client import files
from gp_client.errors import BAD_REQUEST, INTERNAL, GuidingPainterError
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.bundle import VARIANTS, Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from gp_training.data.held_out import Scene, read_scenes, region_colors
from gp_training.data.pairs import ScenePack
from gp_training.data.store import SIDE
from gp_training.recipe.metrics import psnr
from numpy.typing import NDArray

Feed = dict[str, NDArray[Any]]

CALIBRATION = 24  # scenes; more change nothing that can be measured
CHECKED = 16  # further scenes, on which the loss is measured
MOST_LOST = 0.3  # dB of PSNR that a variant may cost
# Mean difference of the pictures, 0..1, that a variant may make: PSNR against the true picture
# hardly feels steps in what should be smooth, and eyes see nothing else.
MOST_DIFFERENT = 0.008
# How many regions have their hint, in turn: all that g meets in use.
_HINTS = (0, 1, 3, 6, 12, 30)
# Between convolutions all stays in eight bits; what is not named here is computed in floats.
_IN_INT8 = ["Conv", "MaxPool", "Concat", "Resize", "DepthToSpace"]
# Convolutions at either end that stay in floats: the colours that are given, and the ones that are
# painted, want more than 256 steps, and those at the ends take hardly longer so.
_FIRST, _LAST = 1, 2
_CUBE = 16  # values of each channel, 0..255, within which pieces count as of one colour


def lighten(
    bundle: Bundle, variant: str, packs: Sequence[Path], target: Path, threads: int = 1
) -> dict[str, float]:
    """Writes a lighter graph of a bundle's colorizer.

    Args:
        bundle: with its single-precision graphs.
        variant: "int8", calibrated on scenes and rounded channel by channel, or "fp16", whose
            inputs and outputs stay in single precision.
        packs: scene packs; int8 is calibrated on the first scenes, both are measured on others.
        target: file to write.
        threads: of ONNX Runtime while it measures.

    Returns:
        "psnr": dB lost on the scenes measured, against the single-precision graph; "difference":
        mean absolute difference of the pictures, in 0..1; "scenes": how many.

    Raises:
        GuidingPainterError: BAD_REQUEST for an unknown variant or too few scenes, INTERNAL where
            more than `MOST_LOST` dB would be lost, or the pictures differ by more than
            `MOST_DIFFERENT`; nothing is written then.
    """
    if variant not in VARIANTS:
        raise GuidingPainterError(
            BAD_REQUEST, f"No variant is called {variant!r}.", f"Known: {', '.join(VARIANTS)}."
        )
    check_packs(packs)
    scenes = read_scenes(packs, bundle.grid_side, CALIBRATION + CHECKED)
    feeds = list(_feeds(bundle, scenes))
    master = bundle.file("colorizer")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".lighter-") as work:
        made = Path(work) / target.name
        if variant == "int8":
            _to_int8(master, made, feeds[:CALIBRATION])
        else:
            _to_fp16(master, made)
        measured = _compare(master, made, feeds[CALIBRATION:], scenes[CALIBRATION:], threads)
        if measured["psnr"] > MOST_LOST:
            raise GuidingPainterError(
                INTERNAL,
                f"The {variant} colorizer would lose {measured['psnr']:.2f} dB; the limit is"
                f" {MOST_LOST}.",
                "Leave this variant out.",
            )
        if measured["difference"] > MOST_DIFFERENT:
            raise GuidingPainterError(
                INTERNAL,
                f"The {variant} colorizer's pictures would differ by {measured['difference']:.4f};"
                f" the limit is {MOST_DIFFERENT}.",
                "Leave this variant out.",
            )
        files.write_bytes(target, made.read_bytes())
    return measured


def check_packs(packs: Sequence[Path]) -> None:
    """Finds out before the work begins whether there are scenes enough for a variant.

    Raises:
        GuidingPainterError: BAD_REQUEST.
    """
    count, needed = len(ScenePack(packs, SIDE, None)), CALIBRATION + CHECKED
    if count < needed:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{count} scenes are too few for a lighter colorizer; {needed} are needed.",
            "Make more with gp-train data build, or export without --variants.",
        )


def _feeds(bundle: Bundle, scenes: Sequence[Scene]) -> Iterator[Feed]:
    """The colorizer's inputs for each scene, hints being the true mean colours over paper."""
    count = bundle.n_regions
    told = bundle.affinity or not bundle.sees_regions
    engine = None if told else Engine(bundle, cpu=True)
    for scene, hints in zip(scenes, itertools.cycle(_HINTS), strict=False):
        if engine is None:
            labels = channels_by_color(scene, count)
        else:
            labels = engine.segment(scene.sketch, scene.pieces)[0]
        colors = region_colors(labels, scene.picture, scene.sketch, count)
        yield ColorizerInput(scene.sketch, labels, colors, np.arange(count) < hints).feed()


def channels_by_color(scene: Scene, count: int) -> NDArray[np.uint8]:
    """What g is told where the page's colours decide: pieces of one colour are one channel.

    Args:
        scene: the scene.
        count: channels; colours beyond them share the last.

    Returns:
        uint8 [H, W], the channel of the most pixels first.
    """
    numbers, pieces = np.unique(scene.pieces, return_inverse=True)
    pieces = pieces.reshape(scene.pieces.shape)
    means = region_colors(pieces, scene.picture, scene.sketch, len(numbers))
    cubes = (means * 255).astype(np.int64) // _CUBE @ np.array([1 << 16, 1 << 8, 1])
    kinds, kind = np.unique(cubes, return_inverse=True)
    sizes = np.bincount(kind[pieces.ravel()], minlength=len(kinds))
    place = np.empty(len(kinds), np.int64)
    place[np.argsort(-sizes, kind="stable")] = np.arange(len(kinds))
    return np.minimum(place, count - 1).astype(np.uint8)[kind[pieces]]


_quantization = onnx_runtime.load("quantization")


class _Reader(_quantization.CalibrationDataReader):
    def __init__(self, feeds: Sequence[Feed]) -> None:
        self._left = iter(feeds)

    def get_next(self) -> Feed | None:  # type: ignore[override]
        return next(self._left, None)


def _to_int8(master: Path, target: Path, feeds: Sequence[Feed]) -> None:
    # Its symbolic shapes cannot follow a folded picture; plain inference is enough here.
    prepared = target.with_suffix(".prepared.onnx")
    prepare = onnx_runtime.load("quantization.shape_inference").quant_pre_process
    prepare(str(master), str(prepared), skip_symbolic_shape=True)
    _quantization.quantize_static(
        str(prepared),
        str(target),
        _Reader(feeds),
        quant_format=_quantization.QuantFormat.QDQ,
        op_types_to_quantize=_IN_INT8,
        per_channel=True,
        activation_type=_quantization.QuantType.QUInt8,
        weight_type=_quantization.QuantType.QInt8,
        calibrate_method=_quantization.CalibrationMethod.MinMax,
        nodes_to_exclude=_at_the_ends(onnx.load(prepared)),
    )
    model = onnx.load(target)
    _share_weights(model)
    onnx.save(model, target)


def _at_the_ends(model: onnx.ModelProto) -> list[str]:
    """The nodes up to the first convolutions, and from the last ones on; in order of computing."""
    nodes = model.graph.node
    convolutions = [index for index, node in enumerate(nodes) if node.op_type == "Conv"]
    first, last = convolutions[_FIRST], convolutions[-_LAST]
    return [node.name for index, node in enumerate(nodes) if not first <= index < last]


def _share_weights(model: onnx.ModelProto) -> None:
    """Keeps one of equal weights: g paints twice, and rounding gave each pass its own."""
    graph, kept, names = model.graph, {}, {}
    for tensor in graph.initializer:
        value = (tuple(tensor.dims), tensor.data_type, onnx.numpy_helper.to_array(tensor).tobytes())
        names[tensor.name] = kept.setdefault(value, tensor).name
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
    distinct = list(kept.values())
    del graph.initializer[:]
    graph.initializer.extend(distinct)


def _to_fp16(master: Path, target: Path) -> None:
    convert = onnx_runtime.load("transformers.float16").convert_float_to_float16

    model = convert(onnx.load(master), keep_io_types=True)
    onnx.save(model, target)


def _compare(
    master: Path, lighter: Path, feeds: Sequence[Feed], scenes: Sequence[Scene], threads: int
) -> dict[str, float]:
    runtime = onnx_runtime.load()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    sessions = [
        runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        for path in (master, lighter)
    ]
    lost, differences = [], []
    for feed, scene in zip(feeds, scenes, strict=True):
        one, other = (
            np.clip(np.asarray(session.run(["image"], feed)[0])[0], 0, 1) for session in sessions
        )
        lost.append(psnr(one, scene.picture) - psnr(other, scene.picture))
        differences.append(np.abs(one - other).mean())
    return {
        "psnr": float(np.mean(lost)),
        "difference": float(np.mean(differences)),
        "scenes": len(scenes),
    }
