"""Fixtures: a hand-made bundle whose networks do something simple, and pages drawn by code.

The segmenter gives piece mod N_c with margin 1. The colorizer gives the hint's colour where there
is a hint, a scribble's colour where there is one, else 0.5 gray, and paints ink black as a trained
one does: so whatever takes colours from ink pixels shows. Both take several pages at once.

A bundle of affinities has another segmenter: a piece's token is its shape, and the affinity of two
pieces is the first number of their relation. Its matcher multiplies tokens and adds what
light the cast's colours have. Its suggester chooses from black and white: log-likelihoods are the
light of a piece's own colour where that is known, and the sum of its affinities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from gp_daemon.networks.bundle import Bundle, write_manifest
from gp_daemon.networks.engine import Engine
from onnx import TensorProto, helper
from serving import Rig, rigs

N_REGIONS = 6


def _save(graph: onnx.GraphProto, path: Path) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    path.write_bytes(model.SerializeToString())


def _constant(name: str, values: object, dtype: int = TensorProto.INT64) -> onnx.TensorProto:
    array = np.asarray(values)
    return helper.make_tensor(name, dtype, array.shape, array.ravel().tolist())


def make_segmenter(path: Path, n_regions: int) -> None:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Mod", ["pieces", "n"], ["rest"]),
            helper.make_node("Cast", ["rest"], ["labels"], to=TensorProto.UINT8),
            helper.make_node("Squeeze", ["sketch", "axis"], ["plane"]),
            helper.make_node("Mul", ["plane", "zero"], ["nothing"]),
            helper.make_node("Add", ["nothing", "one"], ["margin"]),
        ],
        "segmenter",
        [
            info("sketch", TensorProto.FLOAT, ["B", 1, "H", "W"]),
            info("pieces", TensorProto.INT32, ["B", "H", "W"]),
        ],
        [
            info("labels", TensorProto.UINT8, ["B", "H", "W"]),
            info("margin", TensorProto.FLOAT, ["B", "H", "W"]),
        ],
        [
            _constant("n", [n_regions], TensorProto.INT32),
            _constant("axis", [1]),
            _constant("zero", 0.0, TensorProto.FLOAT),
            _constant("one", 1.0, TensorProto.FLOAT),
        ],
    )
    _save(graph, path)


def make_colorizer(path: Path, n_regions: int) -> None:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Unsqueeze", ["hinted", "last"], ["hinted_row"]),
            helper.make_node("Where", ["hinted_row", "colors", "half"], ["known"]),
            helper.make_node("Cast", ["labels"], ["wide"], to=TensorProto.INT64),
            helper.make_node("Unsqueeze", ["wide", "deep"], ["index"]),
            helper.make_node("GatherND", ["known", "index"], ["picture"], batch_dims=1),
            helper.make_node("Transpose", ["picture"], ["planes"], perm=[0, 3, 1, 2]),
            helper.make_node("Greater", ["scribble_mask", "half"], ["scribbled"]),
            helper.make_node("Where", ["scribbled", "scribble_rgb", "planes"], ["painted"]),
            helper.make_node("Mul", ["painted", "sketch"], ["image"]),
        ],
        "colorizer",
        [
            info("sketch", TensorProto.FLOAT, ["B", 1, "H", "W"]),
            info("labels", TensorProto.UINT8, ["B", "H", "W"]),
            info("colors", TensorProto.FLOAT, ["B", n_regions, 3]),
            info("hinted", TensorProto.BOOL, ["B", n_regions]),
            info("scribble_rgb", TensorProto.FLOAT, ["B", 3, "H", "W"]),
            info("scribble_mask", TensorProto.FLOAT, ["B", 1, "H", "W"]),
        ],
        [info("image", TensorProto.FLOAT, ["B", 3, "H", "W"])],
        [
            _constant("half", 0.5, TensorProto.FLOAT),
            _constant("last", [2]),
            _constant("deep", [3]),
        ],
    )
    _save(graph, path)


def make_affinity(path: Path) -> None:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Identity", ["shape"], ["tokens"]),
            helper.make_node("Gather", ["relation", "first"], ["affinity"], axis=2),
            helper.make_node("Gather", ["shape", "first"], ["size"], axis=1),
            helper.make_node("Sub", ["size", "ten"], ["blank"]),
        ],
        "segmenter",
        [
            info("sketch", TensorProto.FLOAT, [1, 1, "H", "W"]),
            info("pieces", TensorProto.INT32, [1, "H", "W"]),
            info("shape", TensorProto.FLOAT, ["n", "F"]),
            info("relation", TensorProto.FLOAT, ["n", "n", "Q"]),
        ],
        [
            info("tokens", TensorProto.FLOAT, ["n", "F"]),
            info("affinity", TensorProto.FLOAT, ["n", "n"]),
            info("blank", TensorProto.FLOAT, ["n"]),
        ],
        [_constant("first", 0), _constant("ten", 10, TensorProto.FLOAT)],
    )
    _save(graph, path)


def make_matcher(path: Path) -> None:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("Transpose", ["cast"], ["turned"], perm=[1, 0]),
            helper.make_node("MatMul", ["tokens", "turned"], ["alike"]),
            helper.make_node("ReduceSum", ["colors", "last"], ["light"], keepdims=0),
            helper.make_node("Add", ["alike", "light"], ["affinity"]),
        ],
        "matcher",
        [
            info("tokens", TensorProto.FLOAT, ["n", "F"]),
            info("cast", TensorProto.FLOAT, ["m", "F"]),
            info("colors", TensorProto.FLOAT, ["m", 3]),
        ],
        [info("affinity", TensorProto.FLOAT, ["n", "m"])],
        [_constant("last", [1])],
    )
    _save(graph, path)


def make_suggester(path: Path) -> None:
    info = helper.make_tensor_value_info
    graph = helper.make_graph(
        [
            helper.make_node("ReduceSum", ["colors", "last"], ["light"], keepdims=1),
            helper.make_node("Unsqueeze", ["known", "last"], ["told"]),
            helper.make_node("Mul", ["light", "told"], ["seen"]),
            helper.make_node("ReduceSum", ["affinity", "last"], ["liked"], keepdims=1),
            helper.make_node("Concat", ["seen", "liked"], ["likelihood"], axis=1),
            helper.make_node("Identity", ["paint"], ["palette"]),
        ],
        "suggester",
        [
            info("tokens", TensorProto.FLOAT, ["n", "F"]),
            info("affinity", TensorProto.FLOAT, ["n", "n"]),
            info("colors", TensorProto.FLOAT, ["n", 3]),
            info("known", TensorProto.FLOAT, ["n"]),
        ],
        [
            info("likelihood", TensorProto.FLOAT, ["n", 2]),
            info("palette", TensorProto.FLOAT, [2, 3]),
        ],
        [_constant("last", [1]), _constant("paint", [[0.0] * 3, [1.0] * 3], TensorProto.FLOAT)],
    )
    _save(graph, path)


def make_bundle(
    folder: Path,
    n_regions: int = N_REGIONS,
    grid_side: int = 128,
    grid_multiple: int = 16,
    affinity: bool = False,
    suggester: bool = False,
) -> Bundle:
    """Writes the hand-made bundle into the folder; with a matcher where it is of affinities."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {"segmenter": "segmenter.onnx", "colorizer": "colorizer.onnx"}
    if affinity:
        make_affinity(folder / "segmenter.onnx")
        make_matcher(folder / "matcher.onnx")
        files["matcher"] = "matcher.onnx"
        if suggester:
            make_suggester(folder / "suggester.onnx")
            files["suggester"] = "suggester.onnx"
    else:
        make_segmenter(folder / "segmenter.onnx", n_regions)
    make_colorizer(folder / "colorizer.onnx", n_regions)
    return write_manifest(
        folder,
        name="tiny",
        version="1",
        n_regions=n_regions,
        grid_side=grid_side,
        grid_multiple=grid_multiple,
        files=files,
        affinity=affinity,
        licence="CC0-1.0",
    )


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hand-made bundle; do not change it."""
    folder = tmp_path_factory.mktemp("bundle")
    make_bundle(folder)
    return folder


@pytest.fixture
def bundle_maker() -> Callable[..., Bundle]:
    """`make_bundle`, for tests that need a bundle of their own to break."""
    return make_bundle


@pytest.fixture(scope="session")
def engine(bundle_folder: Path) -> Engine:
    """The hand-made bundle on the CPU."""
    return Engine(Bundle.load(bundle_folder), cpu=True)


@pytest.fixture
def make_rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Rig]]:
    """Makes servers in threads, given limits by name."""
    with rigs(tmp_path_factory.mktemp("s")) as make:
        yield make


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """A server in a thread."""
    return make_rig()
