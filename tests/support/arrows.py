"""Who imports whom: `python tests/support/arrows.py` prints the arrows between our packages.

The floors say which packages each may import: those named for it, all above it in the list. So no
arrow runs upwards, and none in a circle. Imports inside functions and for types alone count too.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
_ROOMS = ("daemon", "krita_plugin", "gimp_plugin/guidingpainter", "training", "export")
_CANVAS = (
    "gp_canvas",
    "gp_canvas.lines",
    "gp_canvas.regions",
    "gp_canvas.cast",
    "gp_canvas.acts",
    "gp_canvas.paint",
)
_NETWORKS = ("gp_client", *_CANVAS, "gp_daemon.networks")
_TRAINING = (
    "gp_training.data",
    "gp_training.networks",
    "gp_training.recipe",
    "gp_training.baselines",
    "gp_training.run",
    "gp_training.evaluation",
)
# From the ground up. A name stands for a package with what lies in it and is not named itself.
FLOORS: dict[str, tuple[str, ...]] = {
    "gp_client": (),
    "gp_guide": ("gp_client",),
    "gp_canvas": ("gp_client",),
    "gp_canvas.lines": ("gp_client", "gp_canvas"),
    "gp_canvas.regions": ("gp_client", "gp_canvas", "gp_canvas.lines"),
    "gp_canvas.cast": ("gp_client", "gp_canvas"),
    "gp_canvas.acts": ("gp_client", *_CANVAS[:4]),
    "gp_canvas.paint": ("gp_client", *_CANVAS[:5]),
    "gp_daemon.networks": ("gp_client", *_CANVAS),
    "gp_daemon.pages": _NETWORKS,
    "gp_daemon.service": (*_NETWORKS, "gp_daemon.pages"),
    "gp_daemon": (*_NETWORKS, "gp_daemon.pages", "gp_daemon.service"),
    "gp_cli": (*_NETWORKS, "gp_guide"),
    "guidingpainter.editor": ("gp_client", "gp_guide"),
    "guidingpainter.walk": ("gp_client", "gp_guide", "guidingpainter.editor"),
    "guidingpainter.ui": (
        *("gp_client", "gp_guide"),
        *("guidingpainter.editor", "guidingpainter.walk"),
    ),
    "guidingpainter": ("guidingpainter.ui",),
    "gp_gimp.editor": ("gp_client", "gp_guide"),
    "gp_gimp.walk": ("gp_client", "gp_guide", "gp_gimp.editor"),
    "gp_gimp.ui": ("gp_client", "gp_guide", "gp_gimp.editor", "gp_gimp.walk"),
    "gp_gimp.procedures": (
        *("gp_client", "gp_guide"),
        *("gp_gimp.editor", "gp_gimp.walk", "gp_gimp.ui"),
    ),
    "gp_gimp": ("gp_gimp.editor", "gp_gimp.procedures"),
    **{
        name: (*_NETWORKS, *_TRAINING[:place])
        for place, name in enumerate((*_TRAINING, "gp_training"))
    },
    "gp_export": (*_NETWORKS, *_TRAINING, "gp_training"),
}
# What is judged is a page as the daemon opens it.
FLOORS["gp_training.evaluation"] += ("gp_daemon.pages",)


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its name; a package by its own."""
    found = {}
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT / room).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            if name == "guidingpainter" and room.startswith("gimp"):
                name = "gp_gimp.guidingpainter"  # the file that GIMP runs
            found[name] = path
    return found


@cache
def imported(name: str, path: Path) -> tuple[str, ...]:
    """The full names of what a module imports, anywhere in it."""
    return tuple(_imported(name, path))


def _imported(name: str, path: Path) -> Iterator[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield from (f"{base}.{alias.name}" for alias in node.names)


@cache
def arrows() -> tuple[tuple[str, str], ...]:
    """From a module to a module of ours that it imports, each pair once."""
    return tuple(_arrows())


def _arrows() -> Iterator[tuple[str, str]]:
    ours = modules()
    for name, path in ours.items():
        found = dict.fromkeys(
            target if target in ours else target.rpartition(".")[0]
            for target in imported(name, path)
        )
        yield from ((name, target) for target in found if target in ours and target != name)


def floor(module: str) -> str | None:
    """The package of the floors that a module is in; None where it is in none."""
    while module and module not in FLOORS:
        module = module.rpartition(".")[0]
    return module or None


def between() -> Counter[tuple[str | None, str | None]]:
    """How many imports lead from one package of the floors to another."""
    pairs = ((floor(a), floor(b)) for a, b in arrows())
    return Counter(pair for pair in pairs if pair[0] != pair[1])


def circle(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """One way from a name back to itself along the arrows; empty where there is none."""
    following: dict[str, list[str]] = {}
    for a, b in pairs:
        following.setdefault(a, []).append(b)
    done: set[str] = set()

    def walk(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name not in done:
            for target in following.get(name, ()):
                found = walk(target, [*way, name])
                if found:
                    return found
            done.add(name)
        return []

    return next((found for name in list(following) if (found := walk(name, []))), [])


def main() -> int:
    """Print the arrows, the count of them, and those that run where none may."""
    counted = between()
    order = list(FLOORS)
    for (source, target), count in sorted(
        counted.items(), key=lambda one: [order.index(name or "gp_client") for name in one[0]]
    ):
        print(f"{source} -> {target}: {count}")
    wrong = [pair for pair in counted if pair[1] not in FLOORS.get(pair[0] or "", ())]
    print(
        f"{len(counted)} arrows between {len(FLOORS)} packages, {sum(counted.values())} imports; "
        f"{len(wrong)} run up; "
        f"circle of modules: {' -> '.join(circle(arrows())) or 'none'}"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
