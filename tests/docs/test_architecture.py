"""Imports point the way that docs/architecture.md draws; `tests/support/arrows.py` says which."""

from __future__ import annotations

import re
from collections.abc import Iterator

import arrows
import pytest

ARTISTS = ("gp_client", "gp_guide", "gp_canvas", "gp_daemon", "gp_cli", "guidingpainter", "gp_gimp")
EDITORS = ("gp_client", "gp_guide", "guidingpainter", "gp_gimp")


def test_the_floors_stand_on_those_below_them() -> None:
    below: list[str] = []
    for name, stands_on in arrows.FLOORS.items():
        assert set(stands_on) <= set(below), name
        below.append(name)


def test_every_module_is_in_a_package_of_the_floors() -> None:
    assert not [name for name in arrows.modules() if arrows.floor(name) is None]


@pytest.mark.parametrize("package", arrows.FLOORS)
def test_a_package_imports_only_those_that_it_stands_on(package: str) -> None:
    found = {target for source, target in arrows.between() if source == package}
    assert found <= set(arrows.FLOORS[package])


@pytest.mark.parametrize(
    ("packages", "unwanted"),
    [
        (ARTISTS, {"torch", "onnx", "gp_training"}),
        (EDITORS, {"numpy", "cv2", "zmq", "onnxruntime", "gp_canvas", "gp_daemon", "gp_cli"}),
    ],
)
def test_what_artists_install_needs_no_torch_and_an_editor_no_wheel(
    packages: tuple[str, ...], unwanted: set[str]
) -> None:
    found = {
        (name, target)
        for name, path in arrows.modules().items()
        if name.split(".")[0] in packages
        for target in arrows.imported(name, path)
        if target.split(".")[0] in unwanted
    }
    # A daemon on another machine is reached over CURVE, which editors on this one never load.
    assert {name for name, _ in found} <= {"gp_client.transport.curve"}


def journeys() -> Iterator[tuple[str, str]]:
    """Room and module of each step of the journeys in docs/architecture.md."""
    text = (arrows.ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    text = text.partition("## Three journeys")[2].partition("\n## ")[0]
    for row in re.findall(r"^\| *`.*$", text, re.MULTILINE):
        room = ""
        for name in re.findall(r"`([^` (]+)`", row):
            if name.endswith(".py"):
                yield room, name
            elif name.partition(".")[0] in ROOMS or "…" in name:
                room = name


ROOMS = ("gp_guide", "gp_client", "gp_canvas", "gp_daemon", "gp_training")


def test_the_journeys_pass_rooms_that_there_are() -> None:
    steps = list(journeys())
    assert len(steps) > 60
    for room, module in steps:
        path = room.replace("…", "*/**" if "gimp" in room else "*").replace(".", "/")
        found = [*arrows.ROOT.glob(f"{path}/{module}"), *arrows.ROOT.glob(f"*/{path}/{module}")]
        assert found, f"{room} {module}"
