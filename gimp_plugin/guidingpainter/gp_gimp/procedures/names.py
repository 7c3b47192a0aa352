"""Names of our procedures, in GIMP's database and for shortcuts."""

from __future__ import annotations

COLORIZE = "python-fu-guidingpainter-colorize"
NEXT = "python-fu-guidingpainter-next-region"
APPLY = "python-fu-guidingpainter-apply-color"
SKIP = "python-fu-guidingpainter-skip-region"
CLEAR = "python-fu-guidingpainter-clear"
