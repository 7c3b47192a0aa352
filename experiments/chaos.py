"""A colouring session with kill -9 at random moments: the final picture is that of a calm one.

python -m experiments.chaos --runs 100 --seed 1
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import sys
import threading
import time

import gp_client
from gp_client.connection import read_connection

from benchmarks.rig import line_art, private_daemon


def session(client: gp_client.Client, width: int, height: int, pixels: bytes) -> str:
    """Colour a page as an artist does; return the hash of both pictures."""
    page = client.open(pixels, width, height)
    rng = random.Random(5)
    numbers = [region.number for region in page.regions]
    colors = [(rng.randrange(256), rng.randrange(256), rng.randrange(256)) for _ in range(8)]
    for number, color in zip(numbers, colors, strict=False):
        page.hint(number, color)
        page.render("flats", preview=True)
    x, y, wide, high = page.regions[0].bbox
    box = (x + wide // 4, y + high // 4, max(1, wide // 4), max(1, high // 4))
    mask = gp_client.Mask(box, b"\xff" * (box[2] * box[3]))
    page.correct(numbers[-1], mask)
    kept = page.scribble(mask, (250, 3, 7))
    page.unscribble(page.scribble(gp_client.Mask((0, 0, 4, 4), b"\xff" * 16), (1, 1, 1)))
    page.unhint(numbers[0])
    page.hint(numbers[0], colors[-1])
    digest = hashlib.sha256(page.render("flats"))
    digest.update(page.render("soft", preview=True))
    assert kept == 1
    page.close()
    return digest.hexdigest()


def kill_after(seconds: float, over: threading.Event, kills: list[float]) -> None:
    """Kill the daemon once ``seconds`` have passed, unless the session was over before.

    One kill a session: the promise is one restart a call.
    """
    if over.wait(seconds):
        return
    connection = read_connection()
    if connection is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(connection.pid, signal.SIGKILL)
            kills.append(time.monotonic())


def main() -> int:
    """Run the sessions; returns 1 where a picture differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100, help="sessions with a kill inside")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="begin no session after so many minutes")
    parser.add_argument("--fake", action="store_true", help="pages without networks (quick)")
    parser.add_argument("--size", type=int, default=512, help="pixels a side")
    options = parser.parse_args()
    rng, side = random.Random(options.seed), options.size
    pixels = line_art(side, side)
    different, kills, done = 0, [], 0
    end = time.monotonic() + 60 * (options.minutes or 1e6)
    with private_daemon(options.fake):
        with gp_client.connect(start=True) as client:
            session(client, side, side, pixels)  # a new daemon is slow once
            started = time.monotonic()
            calm = session(client, side, side, pixels)
            length = time.monotonic() - started
        # A session that is over before its kill is one more calm one, and tells how long those are.
        while len(kills) < options.runs and time.monotonic() < end:
            over, before = threading.Event(), len(kills)
            with gp_client.connect(start=True) as client:
                moment = rng.uniform(0.0, length)
                thread = threading.Thread(target=kill_after, args=(moment, over, kills))
                thread.start()
                started = time.monotonic()
                found = session(client, side, side, pixels)
                over.set()
                thread.join()
            if len(kills) == before:
                length = time.monotonic() - started
            done += 1
            if found != calm:
                different += 1
                print(f"session {done}: the picture differs")
    print(f"{done} sessions, {len(kills)} kills, {different} pictures differ")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
