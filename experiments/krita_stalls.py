"""Run once inside Krita: how long the plug-in's own callbacks keep the GUI thread busy."""

import sys
import time
from collections import Counter

# Krita's scripting has no other way to do these; it waits for its own threads in them.
WAITING = ("addChildNode", "setChildNodes", "refreshProjection")


class Stalls:
    """Times each outermost call of the plug-in's code on this thread, Krita's part in it included.

    Processor time of this thread: what other programs take from it is not the plug-in's fault.

    Attributes:
        longest: (seconds, {part: seconds}) by the name of the function that Qt called; without
            WAITING. The parts are what it called outside of Python, Krita and Qt above all.
        waiting: seconds by the clock, by the name of one of WAITING.
    """

    def __init__(self):
        self.longest, self.waiting = {}, {}
        self._inside, self._other = None, 0.0
        self._parts, self._calls = Counter(), []

    def watch(self):
        """Begin; the thread is the caller's."""
        sys.setprofile(self._see)

    def end(self):
        """Watch no more; return what was seen of us, the longest first, and of Krita."""
        sys.setprofile(None)
        seen = sorted(self.longest.items(), key=lambda item: -item[1][0])
        return [(name, held, parts) for name, (held, parts) in seen], self.waiting

    def _see(self, frame, event, argument):
        if event == "call":
            if self._inside is None and "/pykrita/guidingpainter/" in frame.f_code.co_filename:
                self._inside, self._other, self._start = frame, 0.0, time.thread_time()
                self._parts, self._calls = Counter(), []
        elif event == "return" and frame is self._inside:
            self._inside = None
            code = frame.f_code
            name = f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno} {code.co_name}"
            held = time.thread_time() - self._start - self._other
            if held > self.longest.get(name, (0.0,))[0]:
                self.longest[name] = held, dict(self._parts.most_common(3))
        elif self._inside is None:
            return
        elif event == "c_call":
            self._calls.append([time.thread_time(), time.perf_counter(), 0.0])
        elif event in ("c_return", "c_exception"):
            began, clock, within = self._calls.pop()
            name, held = argument.__name__, time.thread_time() - began
            if self._calls:
                self._calls[-1][2] += held
            if name in WAITING:
                self._other += held
                self.waiting[name] = max(time.perf_counter() - clock, self.waiting.get(name, 0.0))
            else:  # its own: not what it called in turn, by a signal
                self._parts[name] += held - within


stalls = Stalls()
