"""Test-only plug-in: runs scripts that are dropped into a folder, on Krita's GUI thread.

``NAME.py`` in ``$GP_TEST_DROP`` is run in one lasting namespace; what it leaves in ``result`` comes
back as JSON in ``NAME.out``. A heartbeat measures how long the GUI thread was away.
"""

import faulthandler
import json
import os
import time
import traceback
from pathlib import Path

from krita import Extension, Krita  # pyright: ignore[reportAttributeAccessIssue]
from PyQt5.QtCore import QTimer  # pyright: ignore[reportMissingImports]

DROP = Path(os.environ["GP_TEST_DROP"])
BEAT = 5  # milliseconds


class Driver(Extension):
    """Polls the folder with a timer."""

    def __init__(self, parent):
        super().__init__(parent)
        self.longest = 0.0  # seconds that the GUI thread was away, since the last look
        self._last = time.monotonic()
        self._names = {"driver": self, "Krita": Krita}
        self._crash_log = open(DROP / "crash.log", "w")  # noqa: SIM115 - lives as long as Krita
        faulthandler.enable(self._crash_log)

    def setup(self):
        """Start; Krita calls it once."""
        Krita.instance().setBatchmode(True)
        self._timer = QTimer()
        self._timer.setInterval(BEAT)
        self._timer.timeout.connect(self._beat)
        self._timer.start()

    def createActions(self, window):
        """Nothing to add; Krita wants the method."""

    def look(self):
        """Return the longest absence in seconds, and start measuring afresh."""
        longest, self.longest = self.longest, 0.0
        return longest

    def _beat(self):
        now = time.monotonic()
        self.longest = max(self.longest, now - self._last - BEAT / 1000)
        for script in sorted(DROP.glob("*.py")):
            self._run(script)
        self._last = time.monotonic()  # the test's own scripts are not the plug-in's fault

    def _run(self, script):
        source = script.read_text()
        script.unlink()
        self._names["result"] = None
        try:
            exec(compile(source, str(script), "exec"), self._names)
            answer = {"ok": True, "result": self._names["result"]}
            text = json.dumps(answer)
        except BaseException:
            text = json.dumps({"ok": False, "error": traceback.format_exc()})
        part = script.with_suffix(".part")
        part.write_text(text)
        part.rename(script.with_suffix(".out"))


Krita.instance().addExtension(Driver(Krita.instance()))
