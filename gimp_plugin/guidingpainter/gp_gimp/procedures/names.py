"""Names of our procedures, in GIMP's database and for shortcuts."""

from __future__ import annotations

COLORIZE = "python-fu-guidingpainter-colorize"
NEXT_REGION = "python-fu-guidingpainter-next-region"
APPLY = "python-fu-guidingpainter-apply-color"
SKIP = "python-fu-guidingpainter-skip-region"
CLEAR = "python-fu-guidingpainter-clear"
FILL = "python-fu-guidingpainter-fill"
KEEP = "python-fu-guidingpainter-keep"
SPLIT = "python-fu-guidingpainter-split"
MERGE = "python-fu-guidingpainter-merge"
LEARN = "python-fu-guidingpainter-learn"
USE_CAST = "python-fu-guidingpainter-use-cast"
SPREAD = "python-fu-guidingpainter-spread"
SCRIBBLE = "python-fu-guidingpainter-scribble"
PANELS = "python-fu-guidingpainter-panels"
WORK_IN = "python-fu-guidingpainter-work-in"
SELECT_COLOR = "python-fu-guidingpainter-select-color"
LOCK = "python-fu-guidingpainter-lock"
LOCKS = ("toggle", "lock", "unlock")  # what LOCK can do
