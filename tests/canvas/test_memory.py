"""A large page's pieces are found in little more memory than what is kept of them."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_DATA")
SIDE = 2400  # pixels: far more than what one strip takes
# Four bytes a pixel of labels and one of ink are kept; the search takes as much again at most.
MOST = 10.5  # bytes a pixel
# RLIMIT_DATA counts private memory, threads' stacks included, but not files.
PROGRAM = """
import resource, sys
from pathlib import Path
import cv2
import numpy as np
from gp_canvas.lines.pieces import find_pieces
from gp_daemon.service.limits import keep_memory_small
keep_memory_small()
cv2.setNumThreads(1)
side, most = int(sys.argv[1]), float(sys.argv[2])
def page(side):
    gray = np.full((side, side), 255, np.uint8)
    step = side // 12
    for row in range(12):
        for column in range(12):
            middle = (step // 2 + step * column, step // 2 + step * row)
            cv2.ellipse(gray, middle, (step // 2 - 4, step // 3), 30 * row, 5, 350, 0, 3)
    for line in range(0, side // 4, 12):  # hatching
        cv2.line(gray, (0, line), (side // 4, line), 0, 3)
    gray[-side // 4 :, -side // 4 :] -= np.uint8(80)  # a wash, and faint strokes beside ink
    return gray
find_pieces(page(240))
gray = page(side)
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
limit = 1024 * int(status["VmData"].split()[0]) + int(most * side * side)
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
print(find_pieces(gray).count)
"""


def test_pieces_are_found_in_twice_the_memory_of_what_is_kept() -> None:
    command = [sys.executable, "-c", PROGRAM, str(SIDE), str(MOST)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 100
