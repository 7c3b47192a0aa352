"""What the benchmarks share: a daemon of their own, its memory, and a page drawn by code."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import gp_client
import numpy as np
import psutil
from gp_client.connection import read_connection

FAKE = Path(__file__).parents[1] / "tests" / "support" / "fake_daemon.py"


@contextlib.contextmanager
def private_daemon(fake: bool = False) -> Iterator[None]:
    """Let clients that are started here find and start a daemon of their own.

    Args:
        fake: pages without networks, so that the service alone is measured.
    """
    kept = {
        name: os.environ.get(name) for name in ("GUIDINGPAINTER_RUNTIME", "GUIDINGPAINTER_DAEMON")
    }
    with tempfile.TemporaryDirectory(prefix="gp") as folder:
        os.environ["GUIDINGPAINTER_RUNTIME"] = str(Path(folder) / "r")
        os.environ.pop("GUIDINGPAINTER_DAEMON", None)
        if fake:
            program = Path(folder) / "gp-daemon"
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{FAKE}" "$@"\n')
            program.chmod(0o700)
            os.environ["GUIDINGPAINTER_DAEMON"] = str(program)
        try:
            yield
        finally:
            _end_daemon()
            for name, value in kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value


def _end_daemon() -> None:
    """End the daemon that clients find here, and wait until it has cleared its folder."""
    connection = read_connection()
    with contextlib.suppress(gp_client.GuidingPainterError), gp_client.connect() as client:
        client.shutdown()
    if connection is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            psutil.Process(connection.pid).wait(30)


def daemon_process() -> psutil.Process:
    """Return the daemon's process."""
    connection = read_connection()
    if connection is None:
        raise SystemExit("the daemon is gone")
    return psutil.Process(connection.pid)


def line_art(width: int, height: int, seed: int = 0) -> bytes:
    """Draw a page of closed shapes; GRAY8, rows from the top."""
    rng = np.random.default_rng(seed)
    page = np.full((height, width), 255, np.uint8)
    stroke = max(2, width // 400)
    cv2.rectangle(page, (stroke, stroke), (width - stroke, height - stroke), 0, stroke)
    for _ in range(24):
        center = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (
            int(rng.integers(width // 20, width // 5)),
            int(rng.integers(height // 20, height // 5)),
        )
        cv2.ellipse(page, center, axes, float(rng.uniform(0, 180)), 0, 360, 0, stroke)
    return page.tobytes()


def percentiles(seconds: Sequence[float]) -> str:
    """Return p50, p95 and p99 in milliseconds as text."""
    if not seconds:
        return "nothing measured"
    middle, slow, slowest = np.percentile(np.asarray(seconds) * 1000, [50, 95, 99])
    return f"p50 {middle:.0f} ms, p95 {slow:.0f} ms, p99 {slowest:.0f} ms"
