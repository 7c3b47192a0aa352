"""Imports point the way that docs/architecture.md draws."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"gp_client", "gp_daemon", "gp_training", "gp_export"}
ALLOWED = {
    "daemon/gp_daemon": {"gp_client", "gp_daemon"},
    "krita_plugin": {"gp_client"},
    "gimp_plugin": {"gp_client"},
    "training/gp_training": {"gp_client", "gp_daemon", "gp_training"},
    "export/gp_export": OURS,
}
SERVED = {"server", "dispatch", "sockets", "sessions", "workers", "operations", "delivery"}


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
    "room", ["daemon/gp_client", "daemon/gp_daemon", "krita_plugin", "gimp_plugin"]
)
def test_what_artists_install_needs_no_torch(room: str) -> None:
    assert not {name for name in imports(room) if name.split(".")[0] in {"torch", "onnx"}}


def test_training_takes_functions_of_the_daemon_but_not_its_service() -> None:
    assert not imports("training/gp_training") & {f"gp_daemon.{name}" for name in SERVED}
