"""Imports point the way that docs/architecture.md draws."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"gp_client", "gp_guide", "gp_canvas", "gp_daemon", "gp_cli", "gp_training", "gp_export"}
ALLOWED = {
    "daemon/gp_client": {"gp_client"},
    "daemon/gp_guide": {"gp_client", "gp_guide"},
    # Layers by colour are those of gp_cli.files.ora, and networks are written by its outputs.
    "daemon/gp_canvas": {"gp_client", "gp_canvas", "gp_cli"},
    "daemon/gp_daemon": {"gp_client", "gp_canvas", "gp_daemon", "gp_cli"},
    "daemon/gp_cli": {"gp_client", "gp_guide", "gp_canvas", "gp_daemon", "gp_cli"},
    "krita_plugin": {"gp_client", "gp_guide"},
    "gimp_plugin": {"gp_client", "gp_guide"},
    "training/gp_training": {"gp_client", "gp_canvas", "gp_daemon", "gp_training"},
    "export/gp_export": OURS,
}
SERVED = {"service", "pages"}


def imports(room: str) -> set[str]:
    """Modules that a room's files name in an import, anywhere in them."""
    found: set[str] = set()
    for path in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_rooms_that_it_stands_on(room: str) -> None:
    assert {name.split(".")[0] for name in imports(room)} & OURS <= ALLOWED[room]


@pytest.mark.parametrize(
    "room",
    [room for room in ALLOWED if room.split("/")[0] not in {"training", "export"}],
)
def test_what_artists_install_needs_no_torch(room: str) -> None:
    assert not {name for name in imports(room) if name.split(".")[0] in {"torch", "onnx"}}


def test_training_takes_functions_of_the_daemon_but_not_its_service() -> None:
    assert not imports("training/gp_training") & {f"gp_daemon.{name}" for name in SERVED}
