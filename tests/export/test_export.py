"""Checkpoint to bundle: the graphs compute what torch computes, or nothing is written."""

from __future__ import annotations

import dataclasses
import json
import logging
import shutil
import subprocess
import sys
from logging.handlers import BufferingHandler
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from gp_client.errors import GuidingPainterError
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from gp_export import bundling, cli, parity
from gp_export.bundling import exchange_segmenter, export_bundle
from gp_export.graphs import ColorizerGraph, SegmenterGraph, export_graph
from gp_training.baselines.building import build_networks
from gp_training.data import card
from gp_training.data.truth import page_of, save_page
from gp_training.networks.affinity import Affinity
from gp_training.networks.checkpoint import load_checkpoint, read_state
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import Segmenter
from gp_training.networks.matcher import Matcher
from gp_training.networks.suggester import Suggester
from gp_training.recipe.presets import TINY
from gp_training.run.affinity import (
    Options,
    Pages,
    Trainer,
    learned_from,
    write_affinity_weights,
)
from gp_training.run.on_tokens import fingerprint, write_weights

pytestmark = [
    # The exporter's own notices; nothing here can act on them.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


def networks_of(checkpoint: Path) -> tuple[Segmenter, Colorizer]:
    networks = build_networks(TINY)
    load_checkpoint(checkpoint, networks)
    f, g = networks["f"].eval(), networks["g"].eval()
    assert isinstance(f, Segmenter)
    assert isinstance(g, Colorizer)
    return f, g


def test_engine_segments_as_torch_does(checkpoint: Path, bundle: Bundle):
    rng = np.random.default_rng(0)
    sketch = (rng.random((64, 96)) > 0.2).astype(np.float32)
    pieces = (np.arange(64)[:, None] // 9 * 20 + np.arange(96)[None] // 7).astype(np.int32)
    labels, margin = Engine(bundle, cpu=True).segment(sketch, pieces)
    graph = SegmenterGraph(networks_of(checkpoint)[0])
    with torch.no_grad():
        expected, probability = graph(
            torch.from_numpy(sketch)[None, None], torch.from_numpy(pieces)[None]
        )
    assert len(np.unique(labels)) > 3
    assert np.array_equal(labels, expected[0].numpy())
    assert np.allclose(margin, probability[0].numpy(), atol=1e-4)


def test_engine_paints_as_torch_does_with_hints_and_scribbles(checkpoint: Path, bundle: Bundle):
    rng = np.random.default_rng(1)
    sketch = (rng.random((96, 64)) > 0.2).astype(np.float32)
    labels = (np.arange(96)[:, None] // 24 * 2 + np.arange(64)[None] // 32).astype(np.uint8)
    colors = rng.random((30, 3)).astype(np.float32)
    hinted = np.arange(30) < 3
    scribble = rng.random((3, 96, 64)).astype(np.float32)
    where = (rng.random((96, 64)) > 0.9).astype(np.float32)
    engine = Engine(bundle, cpu=True)
    given = ColorizerInput(sketch, labels, colors, hinted, scribble, where)
    image = engine.colorize(given)
    graph = ColorizerGraph(networks_of(checkpoint)[1])
    with torch.no_grad():
        expected = graph(
            torch.from_numpy(sketch)[None, None],
            torch.from_numpy(labels)[None],
            torch.from_numpy(colors)[None],
            torch.from_numpy(hinted)[None],
            torch.from_numpy(scribble)[None],
            torch.from_numpy(where)[None, None],
        )
    assert np.allclose(image, expected[0].numpy(), atol=1e-3)
    swapped = engine.colorize(dataclasses.replace(given, colors=colors[:, ::-1].copy()))
    assert np.abs(swapped - image).max() > 0.01


def test_manifest_says_what_the_checkpoint_was(bundle: Bundle):
    assert bundle.n_regions == TINY.regions
    assert bundle.grid_multiple == 16
    assert bundle.pieces
    assert bundle.training["hours"] == 2.0
    assert bundle.metrics["parity"]["segmenter"] <= parity.LIMIT
    assert "tiny" in (bundle.path / "README.md").read_text()


def test_graphs_hold_no_path_of_the_exporting_machine(bundle: Bundle):
    for role in bundle.files:
        text = bundle.file(role).read_bytes()
        assert str(Path.cwd()).encode() not in text
        assert b".py" not in text


def test_graphs_take_any_size_of_the_multiple(bundle: Bundle):
    model = onnx.load(bundle.file("colorizer"))
    sides = [d.dim_param for d in model.graph.input[0].type.tensor_type.shape.dim[2:]]
    assert all("16" in side for side in sides)


@pytest.mark.parametrize("role", ["segmenter", "colorizer"])
def test_graphs_take_several_pages_at_once(bundle: Bundle, role: str):
    model = onnx.load(str(bundle.file(role)), load_external_data=False)
    values = [*model.graph.input, *model.graph.output]
    assert {value.type.tensor_type.shape.dim[0].dim_param for value in values} == {"batch"}


def test_segmenter_without_pieces_is_exported_too(tmp_path: Path):
    torch.manual_seed(0)
    network = Segmenter(regions=3, width=4)
    for parameter in network.parameters():  # an untrained network's near-ties are no difference
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0, 0.3)
    export_graph(network, tmp_path / "paper.onnx")
    assert parity.parity(network, tmp_path / "paper.onnx")["error"] < 1e-4


def test_graph_that_differs_from_torch_is_refused_and_leaves_nothing(
    checkpoint: Path, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def export_other(network: Segmenter | Colorizer, file: Path) -> None:
        """A graph of the network as it was, which is another than it is from now on."""
        shutil.copyfile(bundle.path / file.name, file)
        bias = network.unet.output.bias
        assert bias is not None
        with torch.no_grad():
            bias.add_(torch.linspace(0, 0.5, len(bias)))

    monkeypatch.setattr(bundling, "export_graph", export_other)
    target = tmp_path / "bundle"
    with pytest.raises(GuidingPainterError, match="differs from torch"):
        export_bundle(checkpoint, target, report=lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_a_colorizer_with_a_stem_paints_as_torch_does_without_unfolding_the_picture(tmp_path: Path):
    torch.manual_seed(0)
    network = Colorizer(regions=5, width=4, stem=True).eval()
    for parameter in network.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, 0, 0.15)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    target = tmp_path / "colorizer.onnx"
    export_graph(network, target)
    assert parity.parity(network, target)["error"] < 1e-5
    # Operations of their own for the stem and for the hints' maps cost more than the convolutions.
    nodes = onnx.load(target).graph.node
    assert {node.op_type for node in nodes}.isdisjoint({"Einsum", "SpaceToDepth"})
    turned = [len(node.attribute[0].ints) for node in nodes if node.op_type == "Transpose"]
    assert all(axes <= 3 for axes in turned)  # a table of colours, no picture
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.fixture(scope="module")
def commanded(
    checkpoint: Path, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[str]]:
    """What `gp-export` makes of a run that saw real works and began with `bundle`'s weights.

    Returns:
        The bundle's folder, and what the exporter had to say about operators.
    """
    folder = tmp_path_factory.mktemp("commanded")
    run, made = folder / "run", folder / "made"
    shutil.copytree(checkpoint, run)
    state = json.loads((run / "state.json").read_text())
    state["history"].append({**state["history"][-1], "pictures": ["a book: 3 pictures of 1 works"]})
    (run / "state.json").write_text(json.dumps(state))
    handler = BufferingHandler(1000)
    registry = logging.getLogger("torch.onnx._internal.exporter._registration")
    registry.addHandler(handler)
    try:
        assert cli.main([str(run), "-o", str(made), "--began-with", str(bundle.path)]) == 0
    finally:
        registry.removeHandler(handler)
    return made, [record.getMessage() for record in handler.buffer]


def test_the_exporter_is_quiet_about_operators_that_we_do_without(
    commanded: tuple[Path, list[str]],
):
    assert not [message for message in commanded[1] if "torchvision" in message]


def test_the_card_names_the_pictures_of_real_works_and_the_data_of_the_weights_before(
    commanded: tuple[Path, list[str]], bundle: Bundle
):
    card = (commanded[0] / "README.md").read_text()
    assert "- a book: 3 pictures of 1 works" in card
    assert "| old | CC0-1.0 | A | 7 |" in card
    assert "their artists' colours" not in (bundle.path / "README.md").read_text()


@pytest.fixture(scope="module")
def whole(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle with a matcher and a suggester; beside it their weights and f's."""
    folder = tmp_path_factory.mktemp("whole")
    f = Affinity()
    learned = {"steps": 7, "pages": 14, "hours": 0.1, "data": []}
    about = {"steps": 9, "hours": 0.2, "data": ["a tale: 5 pictures"], "f": fingerprint(f)}
    write_affinity_weights(folder / "f", f, learned)
    write_affinity_weights(folder / "other", Affinity(), learned)
    write_weights(folder / "matcher", "matcher", Matcher(f.sizes.token), about)
    write_weights(folder / "suggester", "suggester", Suggester(f.sizes.token), about)
    command = [str(bundle.path), "-o", str(folder / "made")]
    for name in ("affinity", "matcher", "suggester"):
        command += [f"--{name}", str(folder / ("f" if name == "affinity" else name))]
    assert cli.main(command) == 0
    return Bundle.load(folder / "made")


def test_other_terms_than_the_data_asks_for_are_written_and_said(
    checkpoint: Path, bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    run = tmp_path / "run"
    shutil.copytree(checkpoint, run)
    state = json.loads((run / "state.json").read_text())
    for entry in state["history"]:
        entry["began_with"] = "default.safetensors"
    state["history"] += [{**state["history"][0], "packs": ["train-pairs-comic"]}]
    del state["history"][-1]["began_with"]
    (run / "state.json").write_text(json.dumps(state))
    own = {"name": "pairs-comic", "licence": "yours", "author": "", "figures": {"train": 7}}
    other = {**own, "name": "pairs-other"}
    monkeypatch.setattr(card, "training_data", lambda names: [own, other])
    made = tmp_path / "made"
    terms = ["--name", "comic", "--licence", "all rights reserved"]
    assert cli.main([str(run), "-o", str(made), *terms]) == 0
    assert "seen data that asks for GPL-3.0-or-later" in capsys.readouterr().err
    written = (made / "README.md").read_text()
    assert written.startswith("# GuidingPainter bundle: comic")
    assert "- Licence of the weights: all rights reserved." in written
    assert "| pairs-comic | yours |  | 7 |" in written
    assert "pairs-other" not in written
    assert "| default.safetensors, on from which these networks learned |" in written


def test_the_card_names_what_the_weights_that_f_began_with_had_learned(
    whole: Bundle, tmp_path: Path
):
    f, pages = Affinity(), tmp_path / "pages"
    first = {"steps": 7, "pages": 14, "hours": 0.1, "data": ["an old book: 3 pictures of 1 works"]}
    write_affinity_weights(tmp_path / "first", f, first)
    gray = np.full((64, 64), 255, np.uint8)
    gray[::16] = gray[:, ::16] = 0
    rgb = np.repeat(gray[..., None], 3, 2)
    save_page(pages / "book" / "tale" / "a-0.npz", page_of(gray, rgb, natural=True))
    trainer = Trainer(Options(steps=1), Pages(pages))
    trainer.begin_with_file(tmp_path / "first")
    (tmp_path / "run").mkdir()
    trainer.save(tmp_path / "run", [])
    learned = learned_from(read_state(tmp_path / "run"))
    assert learned["began"] == first
    write_affinity_weights(tmp_path / "second", f, learned | {"data": ["new"]})
    made = exchange_segmenter(whole, tmp_path / "second", tmp_path / "made", report=lambda _: None)
    # Of another segmenter's tokens the matcher and the suggester know nothing.
    assert made.roles == ("segmenter", "colorizer")
    card = (made.path / "README.md").read_text()
    assert card.index("  - new") < card.index("those began with: 7 steps on 14 pages")
    assert "  - an old book: 3 pictures of 1 works" in card


def test_a_matcher_and_a_suggester_go_with_the_segmenter_that_they_learned_on(
    whole: Bundle, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder, target = whole.path.parent, tmp_path / "made"
    for name in ("matcher", "suggester"):
        command = [str(whole.path), "-o", str(target), f"--{name}", str(folder / name)]
        assert cli.main([*command, "--affinity", str(folder / "other")]) == 2
        assert f"The {name} of" in capsys.readouterr().err
        with pytest.raises(SystemExit):
            cli.main(command)
    assert not target.exists()
    assert whole.roles == ("segmenter", "colorizer", "matcher", "suggester")
    card = (whole.path / "README.md").read_text()
    for name in ("matcher", "suggester"):
        assert whole.metrics["parity"][name] < 1e-3
        assert f"- {name.capitalize()}: 9 steps" in card


def test_existing_bundle_is_not_replaced_unasked(checkpoint: Path, bundle: Bundle):
    with pytest.raises(GuidingPainterError, match="--force"):
        export_bundle(checkpoint, bundle.path, report=lambda _: None)


def test_exporting_needs_no_training_board():
    program = (
        "import sys, gp_export.cli, gp_export.bundling, gp_export.affinity, gp_export.lighter\n"
        "sys.exit('tensorboard' in sys.modules or 'gp_training.run.fit' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
