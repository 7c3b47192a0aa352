"""Fetching, and drawings made of what was fetched."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from gp_client.errors import GuidingPainterError
from gp_training.cli import main
from gp_training.data.sources import MISSING_TOOL, SOURCES, Figure, Source
from gp_training.data.sources.base import package_name
from gp_training.data.sources.comicgen import assemble, color_whites, layer_order
from gp_training.data.sources.gcompris import read_rcc
from gp_training.data.sources.mulberry import line_art


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GUIDINGPAINTER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `npm` that packs a folder of its own and writes each call into the returned file."""
    archive = tmp_path / "drawing.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        content = b"<svg/>"
        member = tarfile.TarInfo("package/a.svg")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    tools, calls = tmp_path / "tools", tmp_path / "calls"
    tools.mkdir()
    script = tools / "npm"
    script.write_text(
        f'#!/bin/sh\necho "$@" >> {calls}\n[ -e {tmp_path}/down ] && {{ echo E404 >&2; exit 1; }}\n'
        f"cp {archive} .\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{os.environ['PATH']}")
    return calls


def drawings(folder: Path):
    for path in sorted(folder.rglob("*.svg")):
        yield Figure("made-up", path.stem, path)


def source(**changes) -> Source:
    values = {
        "name": "made-up", "client": "npm", "packages": ("one@1.0", "@scope/two@2.0"),
        "licence": "CC0-1.0", "author": "nobody", "note": "", "figures": drawings,
    }  # fmt: skip
    return Source(**{**values, **changes})


def test_every_source_names_licence_author_and_packages():
    assert len(SOURCES) >= 15
    for name, entry in SOURCES.items():
        assert entry.name == name
        assert entry.licence
        assert entry.author
        assert entry.packages
        assert entry.client in {"npm", "npm install", "apt", "git"}


def test_npm_packages_are_pinned_to_a_version():
    for entry in SOURCES.values():
        if entry.client.startswith("npm"):
            assert all(package_name(package) != package for package in entry.packages)


def test_scoped_package_keeps_its_scope_without_its_version():
    assert package_name("@scope/name@1.2.3") == "@scope/name"
    assert package_name("@scope/name") == "@scope/name"
    assert package_name("name@1.2.3") == "name"


def test_fetch_unpacks_each_package_once(cache: Path, npm: Path):
    made_up = source()
    assert not made_up.fetched
    folder = made_up.fetch()
    assert made_up.fetched
    assert len(list(made_up.figures(folder))) == 2
    made_up.fetch()
    assert len(npm.read_text().splitlines()) == 2


def test_interrupted_fetch_goes_on_with_the_package_that_failed(
    cache: Path, npm: Path, tmp_path: Path
):
    made_up = source(packages=("one@1.0",))
    made_up.fetch()
    both = source()
    (tmp_path / "down").touch()
    with pytest.raises(GuidingPainterError, match="E404"):
        both.fetch()
    assert not both.fetched
    (tmp_path / "down").unlink()
    steps: list[str] = []
    both.fetch(steps.append)
    assert both.fetched
    assert steps == ["made-up: two (2 of 2)"]


def test_prepared_drawings_are_whole_or_absent(cache: Path, npm: Path):
    def fail(_: Path, target: Path) -> None:
        (target / "half.svg").touch()
        raise GuidingPainterError("bad_request", "Power cut.")

    with pytest.raises(GuidingPainterError, match="Power cut"):
        source(prepare=fail).fetch()
    assert not (cache / "sources" / "made-up" / "drawn").exists()


def test_missing_npm_is_named_with_its_package(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GuidingPainterError) as caught:
        source().fetch()
    assert caught.value.code == MISSING_TOOL
    assert "npm is needed" in str(caught.value)
    assert "apt-get install npm" in caught.value.hint


def test_unknown_source_is_refused_with_those_known(
    cache: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["data", "fetch", "nonsense"]) == 2
    complaint = capsys.readouterr().err
    assert "nonsense" in complaint
    assert "openmoji" in complaint


def test_building_before_fetching_says_so(cache: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["data", "build"]) == 2
    assert "gp-train data fetch" in capsys.readouterr().err


def test_card_before_building_says_so(cache: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["data", "card"]) == 2
    assert "gp-train data build" in capsys.readouterr().err


def make_rcc(files: dict[str, bytes], compressed: bool) -> bytes:
    """A Qt resource file, version 1, of one folder."""
    names, data, tree = b"", b"", b""

    def add_name(text: str) -> int:
        nonlocal names
        offset = len(names)
        names += struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")
        return offset

    tree += struct.pack(">IHII", 0, 2, 1, 1)  # the root: one child, number 1
    tree += struct.pack(">IHII", add_name("pictures"), 2, len(files), 2)
    for name, content in files.items():
        if compressed:
            content = struct.pack(">I", len(content)) + zlib.compress(content)
        tree += struct.pack(">IHHHI", add_name(name), int(compressed), 0, 0, len(data))
        data += struct.pack(">I", len(content)) + content
    head = 20
    offsets = (head, head + len(tree), head + len(tree) + len(data))
    return struct.pack(">4s4I", b"qres", 1, *offsets) + tree + data + names


@pytest.mark.parametrize("compressed", [False, True])
def test_qt_resource_gives_its_files_back(tmp_path: Path, compressed: bool):
    files = {"a.svg": b"<svg>a</svg>" * 30, "b.svg": b"<svg>b</svg>"}
    path = tmp_path / "x.rcc"
    path.write_bytes(make_rcc(files, compressed))
    assert dict(read_rcc(path)) == {f"pictures/{name}": data for name, data in files.items()}


def test_damaged_qt_resource_is_an_error_that_names_it(tmp_path: Path):
    whole = make_rcc({"a.svg": b"<svg/>" * 50}, True)
    for damaged in (b"nope" + whole[4:], whole[:30], whole[:16], b""):
        path = tmp_path / "x.rcc"
        path.write_bytes(damaged)
        with pytest.raises(GuidingPainterError, match=r"x\.rcc"):
            list(read_rcc(path))


def test_layers_keep_their_own_masks_when_assembled():
    layer = '<svg viewBox="0 0 500 600"><mask id="a"/><g mask="url(#a)"/></svg>'
    drawn = assemble([layer, layer])
    assert drawn.count('id="l0-a"') == drawn.count("url(#l0-a)") == 1
    assert drawn.count('id="l1-a"') == drawn.count("url(#l1-a)") == 1


def test_layer_order_follows_an_imported_template(tmp_path: Path):
    for name, text in (
        ("dee", '<comic name="{{name}}/{{angle}}/emotion/x"/><comic name="{{name}}/pose/y"/>'),
        ("priya", '<?import "../dee/index.svg"?>'),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.svg").write_text(text)
    assert layer_order(tmp_path / "priya") == ["emotion", "pose"]


def test_only_the_face_of_a_white_head_takes_the_skin():
    head = '<path fill="#fff"/><path fill="#000"/><path fill="#FFFFFF"/>'
    painted = color_whites(head, np.random.default_rng(0), "#123456", face=True)
    assert painted == '<path fill="#123456"/><path fill="#000"/><path fill="#ffffff"/>'


def test_every_white_of_a_body_is_coloured():
    body = '<path fill="#fff"/>' * 12
    painted = color_whites(body, np.random.default_rng(0), "#123456", face=False)
    assert "#fff" not in painted
    assert 2 <= len(set(painted.split("/>"))) - 1 <= 4


def test_icons_of_one_json_become_drawings(cache: Path):
    streamline = SOURCES["streamline"]
    package = cache / "icons" / "@iconify-json" / "streamline-emojis" / "package"
    package.mkdir(parents=True)
    (package / "icons.json").write_text(
        json.dumps({"width": 48, "height": 48, "icons": {"cat": {"body": "<path d='M0 0'/>"}}})
    )
    target = cache / "drawn"
    target.mkdir()
    assert streamline.prepare is not None
    streamline.prepare(cache / "icons", target)
    text = (target / "cat.svg").read_text()
    assert 'viewBox="0 0 48 48"' in text
    assert "<path d='M0 0'/>" in text


def test_a_source_is_taken_from_a_folder_or_an_archive(cache, tmp_path):
    content = tmp_path / "content"
    content.mkdir()
    (content / "a.svg").write_text("<svg/>")
    archive = shutil.make_archive(str(tmp_path / "content"), "zip", content)
    for name, local in (("folder", content), ("archive", Path(archive))):
        entry = source(name=name, client="git", packages=("owner/name",))
        assert (entry.fetch(local=local) / "owner/name" / "a.svg").read_text() == "<svg/>"
        assert entry.fetched
    other = tmp_path / "notes.txt"
    other.write_text("no archive")
    with pytest.raises(GuidingPainterError):
        source(name="broken", client="git", packages=("owner/name",)).fetch(local=other)


def test_a_symbol_without_its_fills_is_line_art():
    drawing = (
        '<svg><path fill="#fbee34" d="M0 0"/><path fill="#231f20" d="M1 1"/>'
        '<path fill="none" stroke="#231f20" d="M2 2"/><path fill="none" stroke="#34a047"/></svg>'
    )
    assert line_art(drawing) == (
        '<svg><path fill="#fff" d="M0 0"/><path fill="#000" d="M1 1"/>'
        '<path fill="none" stroke="#000" d="M2 2"/><path fill="none" stroke="none"/></svg>'
    )
    assert line_art('<svg><path fill="#fbee34"/></svg>') is None
    assert line_art('<svg><style>.a{}</style><path stroke="#000"/></svg>') is None
