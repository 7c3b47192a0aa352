"""Curves as PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from gp_client.errors import GuidingPainterError
from gp_client.setup_hint import how_to_install

from gp_training.data.sources import MISSING_TOOL


def _figure(title: str, x: str, y: str):
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise GuidingPainterError(
            MISSING_TOOL,
            "Drawing curves needs matplotlib, which is not installed.",
            f"Install it with: {how_to_install('train')}",
        ) from error
    # Not pyplot: no state, and no display is looked for.
    figure = Figure(figsize=(6.4, 4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(title=title, xlabel=x, ylabel=y)
    axes.grid(alpha=0.3)
    return figure, axes


def draw_curves(
    path: Path, curves: Mapping[str, tuple[Sequence[float], Sequence[float]]], title: str,
    x: str, y: str,
) -> None:  # fmt: skip
    """Lines with a legend.

    Args:
        path: PNG to write.
        curves: name to x and y values.
        title: of the figure.
        x: name of the x axis.
        y: name of the y axis, with its unit.
    """
    figure, axes = _figure(title, x, y)
    for name, (xs, ys) in curves.items():
        axes.plot(xs, ys, marker=".", label=name)
    if len(curves) > 1:
        axes.legend()
    figure.savefig(path)


def draw_bars(path: Path, values: Sequence[float], title: str, x: str, y: str) -> None:
    """Bars numbered from 1."""
    figure, axes = _figure(title, x, y)
    axes.bar(range(1, len(values) + 1), values)
    figure.savefig(path)
