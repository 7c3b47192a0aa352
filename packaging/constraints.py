"""Writes down which version of every package this Python has: `make constraints`.

`make` installs exactly these, so that a library's new release arrives when somebody renews the
file and runs the tests, and not unasked. Versions only, no addresses.
"""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path

TARGET = Path(__file__).with_name("constraints.txt")
_HEADER = "# Made by `make constraints`; what `make` installs. Versions only.\n"
# The project itself, what installs, torch (the Makefile names it) and what its GPU builds need.
_LEFT_OUT = ("guidingpainter", "pip", "setuptools", "wheel", "torch", "nvidia-", "triton", "cuda-")


def lines() -> list[str]:
    """Return "name==version" for each package of this Python, sorted, names in lower case."""
    found = set()
    for package in importlib.metadata.distributions():
        name = package.metadata["Name"].lower().replace("_", "-")
        if not name.startswith(_LEFT_OUT):
            # A local version such as +cpu is one index's own.
            found.add(f"{name}=={package.version.partition('+')[0]}")
    return sorted(found)


def main() -> int:
    """Write the file; returns 0."""
    TARGET.write_text(_HEADER + "".join(f"{line}\n" for line in lines()), encoding="utf-8")
    print(f"{TARGET}: {len(lines())} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
