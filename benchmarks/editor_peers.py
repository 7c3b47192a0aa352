"""What the editors themselves offer, measured inside the real Krita and the real GIMP.

They run as the tests run them: where the machine has no new enough ones, in the Debian 13 root of
`tests/support/debian13.py`, which is made on first need.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.actions import Scene, stroked, strokes
from benchmarks.pages import draw_page
from benchmarks.report import PEER, Row, Way

_ROOT = Path(__file__).parents[1]
_SCRIPT = Path(__file__).with_name("inside_krita.py")
_COUNTS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64)  # strokes
_USUAL = 24
_TIMEOUT = 900.0
_FILL = """
import time
from gi.repository import Gegl
image = load({page!r})
(layer,) = image.get_layers()
result = []
for x, y, (red, green, blue) in {places!r}:
    color = Gegl.Color.new("rgb(%f, %f, %f)" % (red / 255, green / 255, blue / 255))
    Gimp.context_set_foreground(color)
    began = time.perf_counter()
    layer.edit_bucket_fill(Gimp.FillType.FOREGROUND, x, y)
    result.append(time.perf_counter() - began)
image.delete()
"""


class Missing(Exception):
    """An editor cannot be had here; its text says why."""


def colorize_mask(megapixels: Sequence[float], rounds: int) -> list[Row]:
    """Time of Krita's Colorize Mask with two dozen strokes, by page size.

    Raises:
        Missing: there is no Krita 5.2 or newer.
    """
    jobs, where = [], []
    for size in megapixels:
        page = draw_page(size)
        truth = np.repeat(page.gray[..., None], 3, 2) if page.flats is None else page.flats
        scene = Scene(page.gray, truth)
        jobs += [(scene, _USUAL)] * rounds
        where.append(f"{size:g} MP")
    version, seconds, _ = _krita(jobs)
    note = f"Krita {version}, {_USUAL} strokes"
    name = f"{PEER}Krita Colorize Mask"
    return [
        Row(name, place, "ms", tuple(1000 * one for one in taken), note)
        for place, taken in zip(where, np.array(seconds).reshape(-1, rounds).tolist(), strict=True)
    ]


def mask_way(found: Sequence[Scene]) -> Way:
    """How much Krita's Colorize Mask gets right with more and more strokes.

    Raises:
        Missing: there is no Krita 5.2 or newer.
    """
    version, _, pictures = _krita([(scene, count) for scene in found for count in _COUNTS])
    courses = [
        stroked(scene, _COUNTS, pictures[number * len(_COUNTS) : (number + 1) * len(_COUNTS)])
        for number, scene in enumerate(found)
    ]
    return Way(f"Colorize Mask (Krita {version})", tuple(courses))


def bucket_fill(megapixels: Sequence[float]) -> list[Row]:
    """Time of one bucket fill in GIMP, by page size.

    Raises:
        Missing: there is no GIMP 3.
    """
    with _editors("gimp"):
        import gimp_harness

        place = gimp_harness.Place()
        try:
            gimp = gimp_harness.GimpProcess(place, "gimp-console-3.0", ["-i"])
            version = gimp.run("result = Gimp.version()")
            rows = []
            for size in megapixels:
                page = draw_page(size)
                path = place.base / "page.png"
                cv2.imwrite(str(path), np.repeat(page.gray[..., None], 3, 2))
                truth = np.repeat(page.gray[..., None], 3, 2) if page.flats is None else page.flats
                dots = [
                    (x, y, color) for x, y, _, color in strokes(Scene(page.gray, truth), _USUAL)
                ]
                taken = gimp.run(_FILL.format(page=str(path), places=dots), timeout=_TIMEOUT)
                note = f"GIMP {version}, by colour, one click"
                times = tuple(1000 * one for one in taken)
                rows.append(Row(f"{PEER}GIMP bucket fill", f"{size:g} MP", "ms", times, note))
            gimp.close()
            return rows
        finally:
            place.close()


def _krita(
    jobs: Sequence[tuple[Scene, int]],
) -> tuple[str, list[float], list[np.ndarray[Any, np.dtype[np.uint8]]]]:
    """Version, seconds and pictures (RGB) of scenes coloured with so many strokes."""
    with _editors("krita"):
        from debian13 import debian13, inside

        root = debian13("krita")
        with tempfile.TemporaryDirectory(prefix="gpk", dir=root / "tmp") as folder:
            base = Path(folder)
            shutil.copy(_SCRIPT, base)
            (base / "run").mkdir(mode=0o700)
            listed = []
            for number, (scene, count) in enumerate(jobs):
                page, out = base / f"{number}.png", base / f"{number}.out"
                cv2.imwrite(str(page), np.repeat(scene.gray[..., None], 3, 2))
                listed.append(
                    {"page": str(page), "out": str(out), "strokes": strokes(scene, count)}
                )
            (base / "jobs").write_text(json.dumps(listed))
            environment = {
                "PATH": os.environ["PATH"],
                "HOME": str(base),
                "XDG_RUNTIME_DIR": str(base / "run"),
                "PYTHONPATH": str(base),
                "QT_QPA_PLATFORM": "offscreen",
            }
            command = ["kritarunner", "-s", _SCRIPT.stem, str(base / "jobs")]
            done = subprocess.run(
                inside(root, command), env=environment, capture_output=True, timeout=_TIMEOUT
            )
            report = base / "jobs.done"
            if not report.exists():
                raise Missing(f"Krita's script failed: {done.stderr.decode()[-500:]}")
            found = json.loads(report.read_text())
            pictures = [
                np.frombuffer((base / f"{number}.out").read_bytes(), np.uint8)
                .reshape(*scene.gray.shape, 4)[..., 2::-1]
                .copy()
                for number, (scene, _) in enumerate(jobs)
            ]
    return found["version"], found["seconds"], pictures


@contextlib.contextmanager
def _editors(purpose: str) -> Iterator[None]:
    """Make the tests' harness importable, and say plainly where an editor cannot be had."""
    folder = str(_ROOT / "tests/support")
    sys.path.insert(0, folder)
    try:
        from debian13 import NoRoot

        try:
            yield
        except NoRoot as error:
            raise Missing(str(error).splitlines()[0]) from error
        except AssertionError as error:
            raise Missing(f"{purpose} failed: {str(error)[:200]}") from error
    finally:
        sys.path.remove(folder)
