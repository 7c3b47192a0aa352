"""All tests, those with real editors beside the others: `make test`.

An editor under test waits most of its time, and the other tests fill that; so do ruff and pyright,
which come before them. Getting the editors on a bare machine takes minutes, and goes on beside the
other tests too. `pytest` alone runs everything in one row as ever.

    python tests/support/side_by_side.py [--first COMMAND] [-- MORE FOR PYTEST ...]
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

import editors

_PYTEST = [sys.executable, "-m", "pytest"]


def main(first: Sequence[str], arguments: Sequence[str]) -> int:
    """Run both halves.

    Args:
        first: a command to run before the tests without editors; the tests run though it fails.
        arguments: further ones for pytest.

    Returns:
        0 where both and the command passed, else 1.
    """
    with tempfile.TemporaryFile("w+") as said:
        codes: list[int] = []

        def drive() -> None:
            for failure in editors.prepare():  # the tests fail or skip with the reason
                print(failure, file=sys.stderr)
            # Two runs must not write one cache.
            command = [*_PYTEST, "-m", "editor", "-o", "cache_dir=.pytest_cache/editors"]
            done = subprocess.run([*command, *arguments], stdout=said, stderr=subprocess.STDOUT)
            codes.append(done.returncode)

        driver = threading.Thread(target=drive)
        driver.start()
        checked = subprocess.run(first).returncode if first else 0
        codes.append(subprocess.run([*_PYTEST, "-m", "not editor", *arguments]).returncode)
        print("and the tests with real editors, which ran beside these:", flush=True)
        driver.join()
        said.seek(0)
        print(said.read(), end="", flush=True)
    if checked:
        print(f"{shlex.join(first)} failed: see above, before the tests.", file=sys.stderr)
    return 0 if not checked and codes == [0, 0] else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--first", default="", metavar="COMMAND")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    sys.exit(main(shlex.split(options.first), options.arguments))
