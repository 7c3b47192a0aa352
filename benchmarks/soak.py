"""Half an hour of mixed traffic; memory stays flat (no growth over 5 % in the second half).

python -m benchmarks.soak --minutes 30
"""

from __future__ import annotations

import argparse
import sys

from benchmarks.load import run


def main() -> int:
    """Read the options and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--fake", action="store_true", help="pages without networks")
    options = parser.parse_args()
    return run(options.clients, options.minutes * 60, options.megapixels, True, options.fake)


if __name__ == "__main__":
    sys.exit(main())
