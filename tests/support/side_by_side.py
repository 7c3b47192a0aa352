"""All tests, those with real editors beside the others: `make test`.

An editor under test waits most of its time, and the other tests fill that. Getting the editors on a
bare machine takes minutes, and goes on beside the other tests too. `pytest` alone runs everything
in one row as ever.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence

import editors

_PYTEST = [sys.executable, "-m", "pytest"]


def main(arguments: Sequence[str]) -> int:
    """Run both halves.

    Args:
        arguments: further ones for pytest.

    Returns:
        0 where both passed, else 1.
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
        codes.append(subprocess.run([*_PYTEST, "-m", "not editor", *arguments]).returncode)
        print("and the tests with real editors, which ran beside these:", flush=True)
        driver.join()
        said.seek(0)
        print(said.read(), end="", flush=True)
    return 0 if codes == [0, 0] else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
