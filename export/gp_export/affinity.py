"""The exported graphs of f and of what looks at its tokens, and whether they agree with torch."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gp_client.errors import BAD_REQUEST, INTERNAL, GuidingPainterError
from gp_daemon.networks import onnx_runtime
from gp_training.networks.affinity import Affinity
from gp_training.networks.answers import tensors_of
from gp_training.networks.checkpoint import load_checkpoint
from gp_training.networks.matcher import Matcher
from gp_training.networks.suggester import Suggester
from gp_training.run.affinity import learned_from
from gp_training.run.on_tokens import fingerprint, learned_on_tokens
from torch import Tensor, nn
from torch.export import Dim

from gp_export.graphs import OPSET
from gp_export.pairs import ByRows, put_in

LIMIT = 1e-3
INPUTS = ("sketch", "pieces", "shape", "relation")  # of the graph, in f's order
_CASES = ((64, 96, 5), (160, 128, 60), (448, 320, 400), (448, 448, 1024))  # height, width, n


FILES = {
    "segmenter": "segmenter.onnx",
    "matcher": "matcher.onnx",
    "suggester": "suggester.onnx",
}


@dataclass(frozen=True)
class Comparing:
    """f and the networks that look at its tokens, and what they learned from.

    Attributes:
        f: compares pieces of a page.
        matcher: compares them with those of other pages; None: nothing does.
        suggester: says which colours they might have; None: nothing does.
        learned: of all, for manifest and card.
    """

    f: Affinity
    matcher: Matcher | None
    suggester: Suggester | None
    learned: dict[str, Any]


def read_comparing(
    run: Path, matching: Path | None = None, suggesting: Path | None = None
) -> Comparing:
    """f of a run of `gp_training.run.affinity`, and what learned on that f.

    Args:
        run: folder, or weights file.
        matching: likewise, of `gp_training.run.matcher`; None: no matcher.
        suggesting: likewise, of `gp_training.run.suggester`; None: no suggester.

    Raises:
        GuidingPainterError: there are none, or one learned on another f.
    """
    f = Affinity()
    learned = learned_from(load_checkpoint(run, {"f": f}))
    matcher = None if matching is None else Matcher(f.sizes.token)
    suggester = None if suggesting is None else Suggester(f.sizes.token)
    if matching is not None and matcher is not None:
        about = learned_on_tokens(load_checkpoint(matching, {"matcher": matcher}))
        _check_learned_on(f, about, "matcher", matching, run)
        learned = {**learned, "matcher": about}
    if suggesting is not None and suggester is not None:
        about = learned_on_tokens(load_checkpoint(suggesting, {"suggester": suggester}))
        _check_learned_on(f, about, "suggester", suggesting, run)
        learned = {**learned, "suggester": about}
    return Comparing(f, matcher, suggester, learned)


def _check_learned_on(f: Affinity, about: dict[str, Any], what: str, own: Path, run: Path) -> None:
    if about["f"] != fingerprint(f):
        raise GuidingPainterError(
            BAD_REQUEST,
            f"The {what} of {own} learned on another segmenter than {run}.",
            f"Train one on this segmenter: python -m gp_training.run.{what} --help.",
        )


def export_comparing(networks: Comparing, folder: Path) -> tuple[dict[str, str], dict[str, float]]:
    """Writes all graphs.

    Returns:
        Role to file name, and role to the largest difference from torch.

    Raises:
        GuidingPainterError: a difference is over `LIMIT`.
    """
    checks = {"segmenter": export_affinity(networks.f, folder / FILES["segmenter"])}
    if networks.matcher is not None:
        checks["matcher"] = export_matcher(networks.matcher, folder / FILES["matcher"])
    if networks.suggester is not None:
        checks["suggester"] = export_suggester(networks.suggester, folder / FILES["suggester"])
    return {role: FILES[role] for role in checks}, checks


class AffinityGraph(nn.Module):
    """Sketch, pieces, shape and relation to tokens, calibrated affinity and what stays white."""

    def __init__(self, network: Affinity) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, sketch: Tensor, pieces: Tensor, shape: Tensor, relation: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As `Affinity.forward`."""
        return self.network(sketch, pieces.long(), shape, relation)


class MatcherGraph(nn.Module):
    """Tokens of a page, and of its cast with its colours, to calibrated affinity."""

    def __init__(self, network: Matcher) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: Tensor, cast: Tensor, colors: Tensor) -> Tensor:
        """As `Matcher.forward`."""
        return self.network(tokens, cast, colors)


class SuggesterGraph(nn.Module):
    """Tokens, affinity and known colours to log-likelihoods and the palette that they are of."""

    def __init__(self, network: Suggester) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, tokens: Tensor, affinity: Tensor, colors: Tensor, known: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As `Suggester.forward`, and `Suggester.palette`."""
        return self.network(tokens, affinity, colors, known), self.network.palette * 1.0


def example_page(height: int, width: int, count: int, seed: int = 0) -> dict[str, Tensor]:
    """Random line art in `count` pieces of random places, and a few pixels of none."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.integers(0, height, count), rng.integers(0, width, count)
    ys, xs = np.indices((height, width))
    nearest = np.zeros((height, width), np.int32)
    best = np.full((height, width), np.inf)
    for piece in range(count):
        away = (ys - rows[piece]) ** 2 + (xs - columns[piece]) ** 2
        closer = away < best
        nearest[closer], best[closer] = piece, away[closer]
    gray = (255 * (rng.random((height, width)) > 0.1)).astype(np.uint8)
    nearest[rng.random((height, width)) < 0.02] = -1
    return dict(zip(INPUTS, tensors_of(gray, nearest, count), strict=True))


def export_affinity(network: Affinity, target: Path) -> float:
    """Writes f as ONNX with dynamic height, width and number of pieces.

    Returns:
        The largest absolute difference from torch.

    Raises:
        GuidingPainterError: that is over `LIMIT`.
    """
    graph = AffinityGraph(copy.deepcopy(network)).eval()
    written = AffinityGraph(ByRows(network)).eval()
    pieces = Dim("n", min=2, max=4096)
    height, width = 32 * Dim("h", min=1, max=128), 32 * Dim("w", min=1, max=128)
    shapes = {
        "sketch": {2: height, 3: width}, "pieces": {1: height, 2: width}, "shape": {0: pieces},
        "relation": {0: pieces, 1: pieces},
    }  # fmt: skip
    _export(written, example_page(96, 160, 17), shapes, ["tokens", "affinity", "blank"], target)
    put_in(target)
    return _compare(graph, target, [example_page(*case) for case in _CASES])


def export_matcher(network: Matcher, target: Path) -> float:
    """Writes the matcher as ONNX; see `export_affinity`."""
    graph = MatcherGraph(copy.deepcopy(network)).eval()
    size = network.token

    def example(count: int, others: int) -> dict[str, Tensor]:
        make = torch.Generator().manual_seed(count)
        return {
            "tokens": torch.randn(count, size, generator=make),
            "cast": torch.randn(others, size, generator=make),
            "colors": torch.rand(others, 3, generator=make),
        }

    many = Dim("m", min=1, max=16384)
    shapes = {"tokens": {0: Dim("n", min=1, max=4096)}, "cast": {0: many}, "colors": {0: many}}
    _export(graph, example(7, 11), shapes, ["affinity"], target)
    return _compare(graph, target, [example(1, 3), example(60, 300), example(400, 5)])


def export_suggester(network: Suggester, target: Path) -> float:
    """Writes the suggester as ONNX; see `export_affinity`."""
    graph = SuggesterGraph(copy.deepcopy(network)).eval()

    def example(count: int) -> dict[str, Tensor]:
        make = torch.Generator().manual_seed(count)
        return {
            "tokens": torch.randn(count, network.token, generator=make),
            "affinity": 4 * torch.randn(count, count, generator=make),
            "colors": torch.rand(count, 3, generator=make),
            "known": (torch.rand(count, generator=make) < 0.3).float(),
        }

    pieces = Dim("n", min=2, max=4096)
    shapes = {
        "tokens": {0: pieces}, "affinity": {0: pieces, 1: pieces}, "colors": {0: pieces},
        "known": {0: pieces},
    }  # fmt: skip
    _export(graph, example(17), shapes, ["likelihood", "palette"], target)
    return _compare(graph, target, [example(count) for count in (1, 60, 400)])


def _export(
    graph: nn.Module, inputs: dict[str, Tensor], shapes: dict, outputs: list[str], target: Path
) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*shares the same shape constraints.*")
        program = torch.onnx.export(
            graph, (), kwargs=inputs, dynamic_shapes=shapes, opset_version=OPSET,
            output_names=outputs, dynamo=True, optimize=True, verbose=False,
        )  # fmt: skip
    assert program is not None
    program.save(target, external_data=False)


def _compare(graph: nn.Module, file: Path, cases: list[dict[str, Tensor]]) -> float:
    session = onnx_runtime.load().InferenceSession(str(file), providers=["CPUExecutionProvider"])
    error = 0.0
    for inputs in cases:
        with torch.no_grad():
            expected = graph(**inputs)
        if isinstance(expected, Tensor):
            expected = (expected,)
        given = session.run(None, {name: value.numpy() for name, value in inputs.items()})
        for wanted, found in zip(expected, given, strict=True):
            error = max(error, float(np.abs(wanted.numpy() - np.asarray(found)).max()))
    if error > LIMIT:
        raise GuidingPainterError(
            INTERNAL,
            f"{file.name} differs from torch by {error:.2e}; the limit is {LIMIT}.",
            "The bundle was not written. Report this with the versions of torch and onnxruntime.",
        )
    return error
