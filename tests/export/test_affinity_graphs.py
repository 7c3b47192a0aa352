"""The graphs of f and of what looks at its tokens compute what torch computes, at any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_daemon.networks import onnx_runtime
from gp_export import affinity
from gp_export.affinity import example_page, export_affinity, export_matcher, export_suggester
from gp_export.pairs import ROWS
from gp_training.networks.affinity import Affinity, Sizes
from gp_training.networks.matcher import Matcher
from gp_training.networks.suggester import Suggester

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

TINY = Sizes(width=8, token=32, layers=2, heads=2, pair=8)


@pytest.fixture(scope="module")
def network() -> Affinity:
    torch.manual_seed(0)
    f = Affinity(TINY)
    f.train()
    with torch.no_grad():
        for seed in range(3):  # norms that have seen something
            f(**example_page(96, 96, 9, seed))
        f.scale.fill_(1.3)
        f.offset.fill_(-0.7)
    return f.eval()


@pytest.fixture(scope="module")
def graph(network: Affinity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("graph") / "segmenter.onnx"
    assert export_affinity(network, file) < affinity.LIMIT
    return file


def test_the_graph_gives_calibrated_log_odds_for_every_pair(network: Affinity, graph: Path) -> None:
    session = onnx_runtime.load().InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    inputs = example_page(128, 64, 23, 5)
    given = {name: value.numpy() for name, value in inputs.items()}
    tokens, found, blank = session.run(None, given)
    with torch.no_grad():
        _, raw, white, *_ = network.consider(**inputs)
    assert np.asarray(tokens).shape == (23, 32)
    np.testing.assert_allclose(np.asarray(found), 1.3 * raw.numpy() - 0.7, atol=1e-3)
    np.testing.assert_allclose(np.asarray(found), np.asarray(found).T, atol=1e-4)
    np.testing.assert_allclose(np.asarray(blank), white.numpy(), atol=1e-3)


def test_pairs_are_looked_at_in_blocks_of_rows_and_once(graph: Path) -> None:
    """Over all pairs at once a page of 1024 pieces takes a gigabyte, and twice the time."""
    model = onnx.load(graph)
    assert {one.name for one in model.functions} == {"Biases", "Head", "HeadOver"}
    assert all("Loop" in {node.op_type for node in one.node} for one in model.functions)
    session = onnx_runtime.load().InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    for count in (2, ROWS - 1, ROWS, ROWS + 1, 3 * ROWS):
        inputs = example_page(64, 64, count, count)
        _, found, _ = session.run(None, {name: one.numpy() for name, one in inputs.items()})
        assert np.array_equal(np.asarray(found), np.asarray(found).T)


def test_no_sum_over_pieces_is_left_to_threads_that_lose_some_of_it(graph: Path) -> None:
    nodes = onnx.load(graph).graph.node
    sums = [node.op_type for node in nodes if node.op_type.startswith("Scatter")]
    assert sums
    assert "ScatterND" not in sums  # ONNX Runtime adds its updates side by side, without a lock


def test_a_graph_that_differs_from_torch_is_refused(
    network: Affinity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(affinity, "LIMIT", -1.0)
    with pytest.raises(GuidingPainterError):
        export_matcher(Matcher(32).eval(), tmp_path / "matcher.onnx")


def test_the_matcher_takes_any_number_of_pieces(tmp_path: Path) -> None:
    torch.manual_seed(0)
    assert export_matcher(Matcher(32).eval(), tmp_path / "matcher.onnx") < affinity.LIMIT


def test_the_suggester_takes_any_number_of_pieces(tmp_path: Path) -> None:
    torch.manual_seed(0)
    suggester = Suggester(32).eval()
    suggester.palette.uniform_()
    suggester.trust.data.normal_()
    assert export_suggester(suggester, tmp_path / "suggester.onnx") < affinity.LIMIT
