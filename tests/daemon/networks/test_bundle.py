"""Bundles are refused unless they are whole, ours and unchanged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gp_client.errors import BAD_REQUEST, BUNDLE_DAMAGED, UNWRITABLE, GuidingPainterError
from gp_daemon.networks.bundle import MANIFEST, Bundle, default_bundle, write_manifest
from gp_daemon.networks.manifest import SCHEMA


@pytest.fixture
def folder(tmp_path, bundle_maker) -> Path:
    bundle_maker(tmp_path / "b", n_regions=5, grid_side=96)
    return tmp_path / "b"


def _edit(folder: Path, **changes) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest.update(changes)
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _refusal(folder: Path) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        Bundle.load(folder)
    assert caught.value.code == BUNDLE_DAMAGED
    return str(caught.value)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere", "There is no folder"),
        (".", "holds no bundle.json"),
        (f"b/{MANIFEST}", "is a file, not a bundle's folder"),
    ],
)
def test_what_is_no_bundle_is_refused_with_those_that_lie_near(folder, tmp_path, named, said):
    # Deep down, as bundles of other tests lie beside this test's own folder.
    deep = tmp_path / "deep" / "down"
    deep.mkdir(parents=True)
    folder = folder.rename(deep / "b")
    refusal = _refusal(folder.parent / named)
    assert said in refusal
    assert f"Found near it: {folder}." in refusal
    assert "Install" not in refusal


def test_where_no_bundle_lies_near_it_is_said_what_one_is(tmp_path):
    refusal = _refusal(tmp_path / "far" / "from" / "all" / "of" / "them")
    assert "as gp-export writes it: bundle.json and ONNX graphs." in refusal
    assert "Found" not in refusal


def test_what_was_written_is_what_is_loaded(folder):
    bundle = Bundle.load(folder)
    assert (bundle.n_regions, bundle.grid_side, bundle.grid_multiple) == (5, 96, 16)
    assert bundle.pieces
    assert bundle.mode == "color"
    assert bundle.licence == "CC0-1.0"
    assert bundle.file("colorizer").read_bytes()
    assert bundle.files["colorizer"].bytes == bundle.file("colorizer").stat().st_size


def _add_variant(folder: Path, variant: str, role: str) -> None:
    files = json.loads((folder / MANIFEST).read_text())["files"]
    lighter = {**files["colorizer"], "name": "lighter.onnx"}
    (folder / "lighter.onnx").write_bytes((folder / "colorizer.onnx").read_bytes())
    _edit(folder, variants={variant: {role: lighter}})


def test_a_variant_is_taken_where_there_is_one(folder):
    _add_variant(folder, "int8", "colorizer")
    bundle = Bundle.load(folder)
    assert bundle.file("colorizer", "int8").name == "lighter.onnx"
    assert bundle.file("colorizer", "fp16") == bundle.file("colorizer")
    assert bundle.file("segmenter", "int8") == bundle.file("segmenter")


def test_a_damaged_variant_is_refused(folder):
    _add_variant(folder, "int8", "colorizer")
    (folder / "lighter.onnx").write_bytes(b"nothing")
    assert "lighter.onnx" in _refusal(folder)


def test_a_manifest_without_variants_is_read(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    del manifest["variants"]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert Bundle.load(folder).variants == {}


@pytest.mark.parametrize(("variant", "role"), [("int9", "colorizer"), ("int8", "critic")])
def test_an_unknown_variant_or_role_is_refused(folder, variant, role):
    _add_variant(folder, variant, role)
    assert variant in _refusal(folder)


def test_one_flipped_byte_is_refused_with_file_and_checksum(folder):
    graph = folder / "colorizer.onnx"
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    message = _refusal(folder)
    assert "colorizer.onnx" in message
    assert Bundle.load(folder, verify=False).files["colorizer"].sha256 in message


def test_a_truncated_graph_is_refused_even_without_checksums(folder):
    graph = folder / "segmenter.onnx"
    graph.write_bytes(graph.read_bytes()[:-1])
    with pytest.raises(GuidingPainterError, match=r"segmenter\.onnx"):
        Bundle.load(folder, verify=False)


def test_a_missing_graph_is_named(folder):
    (folder / "segmenter.onnx").unlink()
    assert "segmenter.onnx is missing" in _refusal(folder)


def test_a_folder_without_manifest_is_no_bundle(tmp_path):
    assert MANIFEST in _refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{", "null", '"x"', "[" * 100_000, '{"schema": true}'])
def test_a_manifest_that_is_none_is_refused(folder, text):
    (folder / MANIFEST).write_text(text)
    assert MANIFEST in _refusal(folder)


def test_a_newer_schema_asks_for_an_update(folder):
    _edit(folder, schema=SCHEMA + 1)
    assert "Update" in _refusal(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"n_regions": 0},
        {"n_regions": 256},
        {"n_regions": "30"},
        {"n_regions": True},
        {"grid_side": 8},
        {"grid_multiple": 0},
        {"mode": "sepia"},
        {"pieces": 1},
        {"files": {}},
    ],
)
def test_impossible_values_are_refused(folder, change):
    _edit(folder, **change)
    assert next(iter(change)) in _refusal(folder) or "segmenter" in _refusal(folder)


@pytest.mark.parametrize("name", ["../segmenter.onnx", "/etc/passwd", "..", "", "a\\b", "c:x"])
def test_a_manifest_cannot_point_outside_its_folder(folder, name):
    files = json.loads((folder / MANIFEST).read_text())["files"]
    files["segmenter"]["name"] = name
    _edit(folder, files=files)
    assert "file name" in _refusal(folder)


def test_a_manifest_of_missing_graphs_is_not_written(tmp_path):
    with pytest.raises(GuidingPainterError, match=r"a\.onnx is missing"):
        write_manifest(
            tmp_path,
            name="x",
            version="1",
            n_regions=5,
            grid_side=64,
            grid_multiple=16,
            files={"segmenter": "a.onnx", "colorizer": "b.onnx"},
        )
    assert not list(tmp_path.iterdir())


def test_a_manifest_that_no_loader_accepts_is_not_written(folder, bundle_maker):
    before = (folder / MANIFEST).read_bytes()
    with pytest.raises(GuidingPainterError) as caught:
        bundle_maker(folder, n_regions=5, grid_side=8)
    assert caught.value.code == BAD_REQUEST
    assert (folder / MANIFEST).read_bytes() == before


def test_a_folder_that_cannot_be_written_says_so(folder, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gp_client.files.tempfile.mkstemp", full)
    with pytest.raises(GuidingPainterError, match="No space left") as caught:
        write_manifest(
            folder,
            name="x",
            version="1",
            n_regions=5,
            grid_side=64,
            grid_multiple=16,
            files={"segmenter": "segmenter.onnx", "colorizer": "colorizer.onnx"},
        )
    assert caught.value.code == UNWRITABLE


def test_writing_leaves_no_temporary_files(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        MANIFEST,
        "colorizer.onnx",
        "segmenter.onnx",
    ]


def test_the_default_bundle_lies_in_the_package():
    assert default_bundle().parts[-3:] == ("gp_daemon", "bundles", "default")
