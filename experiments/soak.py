"""Half an hour of mixed traffic; memory stays flat (fourth quarter at most 5 % over the third).

python -m experiments.soak --minutes 30
"""

from __future__ import annotations

import sys

from experiments.load import from_command_line

if __name__ == "__main__":
    sys.exit(from_command_line(__doc__ or "", clients=4, minutes=30.0, size=1.0, mixed=True))
