"""Many clients at once: hint-to-preview times, queue lengths, errors, memory.

python -m experiments.load --clients 16 --minutes 5 --megapixels 3
python -m experiments.soak                                              # 30 minutes, mixed
"""

from __future__ import annotations

import argparse
import random
import sys
import threading
import time

import gp_client
import numpy as np

from benchmarks.rig import daemon_process, line_art, percentiles, private_daemon


class Artist(threading.Thread):
    """A client that opens a page, gives hints and looks at previews until ``end``."""

    def __init__(self, number: int, width: int, height: int, end: float, mixed: bool) -> None:
        super().__init__(daemon=True)
        self._number, self._size, self._end, self._mixed = number, (width, height), end, mixed
        self.times: list[float] = []
        self.opened: list[float] = []
        self.errors: list[str] = []

    def run(self) -> None:
        """Work; errors are kept, not raised."""
        rng = random.Random(self._number)
        try:
            with gp_client.connect(timeout=30) as client:
                while time.monotonic() < self._end:
                    self._page(client, rng)
        except gp_client.GuidingPainterError as error:
            self.errors.append(f"{error.code}: {error}")

    def _page(self, client: gp_client.Client, rng: random.Random) -> None:
        width, height = self._size
        art = line_art(width, height, rng.randrange(1000) if self._mixed else self._number)
        started = time.monotonic()
        page = client.open(art, width, height)
        self.opened.append(time.monotonic() - started)
        for _ in range(8 if self._mixed else 10**6):
            if time.monotonic() > self._end:
                break
            region = rng.choice(page.regions).number
            started = time.monotonic()
            page.hint(region, (rng.randrange(256), rng.randrange(256), rng.randrange(256)))
            page.render("flats", preview=True)
            self.times.append(time.monotonic() - started)
            if self._mixed and rng.random() < 0.2:
                page.mask(region)
                page.render(rng.choice(["flats", "soft"]))
        page.close()


def run(clients: int, seconds: float, megapixels: float, mixed: bool, fake: bool) -> int:
    """Run the load and print what was measured; returns 1 after an error or growth over 5 %."""
    width = int((megapixels * 1e6 * 4 / 3) ** 0.5)
    height = width * 3 // 4
    with private_daemon(fake), gp_client.connect(start=True) as watcher:
        process = daemon_process()
        end = time.monotonic() + seconds
        artists = [Artist(number, width, height, end, mixed) for number in range(clients)]
        for artist in artists:
            artist.start()
        queue, memory, device = [], [], watcher.info.get("device")
        while any(artist.is_alive() for artist in artists):
            status = watcher.status()
            queue.append(status["waiting"])
            memory.append(process.memory_info().rss / 2**20)
            time.sleep(min(0.5, seconds / 20))
    errors = [error for artist in artists for error in artist.errors]
    times = [one for artist in artists for one in artist.times]
    opened = [one for artist in artists for one in artist.opened]
    # The first half is for caches and allocators to fill. Medians, as a page that is just being
    # opened weighs tens of megabytes.
    third, fourth = np.array_split(memory[len(memory) // 2 :], 2)
    growth = float(np.median(fourth) / np.median(third) - 1)
    print(f"{clients} clients, {width} x {height} px, {seconds:.0f} s, {device}")
    print(f"hint to preview  {percentiles(times)}, {len(times)} in all")
    print(f"opening          {percentiles(opened)}, {len(opened)} in all")
    print(f"queue            at most {max(queue)}, {sum(queue) / len(queue):.1f} on average")
    print(
        f"memory           {memory[0]:.0f} -> {memory[-1]:.0f} MiB, at most {max(memory):.0f}; "
        f"third quarter {np.median(third):.0f}, fourth {np.median(fourth):.0f} ({growth:+.1%})"
    )
    print(f"errors           {len(errors)}" + "".join(f"\n  {error}" for error in errors[:5]))
    return int(bool(errors) or (mixed and growth > 0.05))


def from_command_line(about: str, clients: int, minutes: float, size: float, mixed: bool) -> int:
    """Read the options, whose defaults are given, and run."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--clients", type=int, default=clients)
    parser.add_argument("--minutes", type=float, default=minutes)
    parser.add_argument("--megapixels", type=float, default=size)
    parser.add_argument("--fake", action="store_true", help="pages without networks")
    options = parser.parse_args()
    return run(options.clients, options.minutes * 60, options.megapixels, mixed, options.fake)


if __name__ == "__main__":
    sys.exit(from_command_line(__doc__ or "", clients=16, minutes=5.0, size=3.0, mixed=False))
