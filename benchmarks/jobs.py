"""A whole page in the real Krita and the real GIMP, by mouse, and its actions counted.

What is played is `experiments.krita_job` and `experiments.gimp_page`; here it is read what they say
at the end.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.report import Row

ROOT = Path(__file__).parents[1]
_LONGEST = 3600.0  # seconds
_OURS = re.compile(r"^ *(\d+) actions; (\d+) areas wrong", re.MULTILINE)
_BUCKET = re.compile(r"^ *(\d+) with a (fill tool|bucket): a click for each of (\d+) areas", re.M)
JOBS = {
    "Krita of this system": ("experiments.krita_job",),
    "Krita of Debian 13": ("experiments.krita_job", "--debian13"),
    "Krita of Debian 13, a comic page": ("experiments.krita_job", "--debian13", "--comic"),
    "GIMP of Debian 13": ("experiments.gimp_page",),
}


def rows_of(where: str, said: str) -> list[Row]:
    """Our actions and a fill tool's, from what a job printed.

    Raises:
        ValueError: it did not come to its end.
    """
    ours, theirs = _OURS.search(said), _BUCKET.search(said)
    if ours is None or theirs is None:
        raise ValueError("The job did not come to its end.")
    areas = f"{theirs[3]} areas"
    wrong = f"{areas}, {ours[2]} wrong at the end"
    return [
        Row("ours, by mouse", where, "actions", (float(ours[1]),), wrong),
        Row("a fill tool alone", where, "actions", (float(theirs[1]),), f"{areas}, counted"),
    ]


def play(names: list[str]) -> list[Row]:
    """Play jobs, one after the other; one that fails is a row that says why.

    Args:
        names: of JOBS.
    """
    rows = []
    for name in names:
        command = [sys.executable, "-m", *JOBS[name]]
        try:
            done = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, timeout=_LONGEST
            )
        except subprocess.TimeoutExpired:
            rows.append(Row("ours, by mouse", name, "actions", note="took too long"))
            continue
        try:
            rows += rows_of(name, done.stdout)
        except ValueError:
            last = (done.stderr.strip().splitlines() or ["no word"])[-1]
            rows.append(Row("ours, by mouse", name, "actions", note=last[:200]))
    return rows
