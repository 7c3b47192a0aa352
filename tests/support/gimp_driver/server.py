"""Runs inside GIMP's Python batch: scripts dropped in a folder, their results beside them."""

import json
import os
import sys
import time
import traceback
from pathlib import Path

from gi.repository import Gimp  # type: ignore[attr-defined]

DROP = Path(os.environ["GP_TEST_DROP"])
HERE = Path(os.environ["GP_TEST_DRIVER"])

names: dict = {}
exec((HERE / "bootstrap.py").read_text(), names)
while not (DROP / "stop").exists():
    todo = sorted(DROP.glob("*.py"))
    if not todo:
        time.sleep(0.01)
        continue
    names["result"] = None
    try:
        exec(compile(todo[0].read_text(), todo[0].name, "exec"), names)
        answer = {"ok": True, "result": names["result"]}
    except Exception:
        answer = {"ok": False, "error": traceback.format_exc()}
    todo[0].unlink()
    part = todo[0].with_suffix(".part")
    part.write_text(json.dumps(answer))
    part.rename(todo[0].with_suffix(".out"))
for left in Gimp.get_images():
    left.delete()
sys.stdout.flush()
