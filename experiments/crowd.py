"""Many who come, say nothing or work, and go: the daemon lives, serves, and gives its memory back.

python -m experiments.crowd --silent 200 --clients 50 --megapixels 3
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
import threading
import time

import gp_client
from gp_cli import asking
from gp_client.connection import Connection, read_connection

from benchmarks.rig import daemon_process, line_art, private_daemon


def visit(width: int, height: int, seed: int, errors: list[str]) -> None:
    """Open a page, give a hint, look at both pictures, and leave."""
    try:
        with gp_client.connect(timeout=60) as client:
            page = client.open(line_art(width, height, seed), width, height)
            page.hint(page.regions[0].number, (10, 20, 30))
            page.render("flats")
            page.render("soft")
    except gp_client.GuidingPainterError as error:
        errors.append(f"{error.code}: {error}")


def wait_until_forgotten(connection: Connection, held: int = 0) -> None:
    """Wait until the pages of those who left are not held any more; ``held``: bytes of others."""
    while asking.ask(connection, "status")["memory"] > held:
        time.sleep(0.5)
    time.sleep(2)  # for the look that gives memory back


def main() -> int:
    """Run both; returns 1 where memory stays over 1.5 times that of before, or somebody failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--silent", type=int, default=200)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--megapixels", type=float, default=3.0)
    parser.add_argument("--stay", action="store_true", help="one client stays, with its page")
    parser.add_argument("--fake", action="store_true", help="pages without networks")
    options = parser.parse_args()
    width = int((options.megapixels * 1e6 * 4 / 3) ** 0.5)
    height, errors = width * 3 // 4, []
    with private_daemon(options.fake), contextlib.ExitStack() as staying:
        gp_client.connect(start=True, device="cpu").close()
        # The first page loads what is loaded once, and is no leak.
        visit(width, height, 0, errors)
        connection = read_connection()
        if connection is None:
            return 1
        process = daemon_process()
        wait_until_forgotten(connection)
        held = 0
        if options.stay:
            client = staying.enter_context(gp_client.connect(timeout=60))
            client.open(line_art(width, height, 1000), width, height)
            held = client.status()["memory"]
        before = process.memory_info().rss
        with contextlib.ExitStack() as stack:
            for _ in range(options.silent):
                one = stack.enter_context(socket.socket(socket.AF_UNIX))
                one.connect(connection.main.removeprefix("ipc://"))
            started = time.monotonic()
            visit(width, height, 0, errors)
            print(
                f"with {options.silent} silent connections a visit takes "
                f"{time.monotonic() - started:.1f} s"
            )
        threads = [
            threading.Thread(target=visit, args=(width, height, number, errors))
            for number in range(options.clients)
        ]
        most = before
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            most = max(most, process.memory_info().rss)
            time.sleep(0.2)
        wait_until_forgotten(connection, held)
        after = process.memory_info().rss
        faults = asking.ask(connection, "status")["failures"]
    print(
        f"{options.clients} clients x {options.megapixels:g} MP: memory {before / 2**20:.0f} MiB "
        f"before, {most / 2**20:.0f} at most, {after / 2**20:.0f} after they left "
        f"({after / before:.2f} times); errors {len(errors)}, faults of ours {faults}"
    )
    for error in errors[:5]:
        print(f"  {error}")
    return int(after > 1.5 * before or bool(errors) or faults > 0)


if __name__ == "__main__":
    sys.exit(main())
