"""Run once inside Krita: how long the plug-in's own callbacks keep the GUI thread busy."""

import sys
import time

# Krita's scripting has no other way to do these; it waits for its own threads in them.
WAITING = ("addChildNode", "setChildNodes", "refreshProjection")


class Stalls:
    """Times each outermost call of the plug-in's code on this thread, Krita's part in it included.

    Processor time of this thread: what other programs take from it is not the plug-in's fault.

    Attributes:
        longest: seconds, by the name of the function that Qt called; without WAITING.
        waiting: seconds by the clock, by the name of one of WAITING.
    """

    def __init__(self):
        self.longest, self.waiting = {}, {}
        self._inside, self._other = None, 0.0

    def watch(self):
        """Begin; the thread is the caller's."""
        sys.setprofile(self._see)

    def end(self):
        """Watch no more; return what was seen of us, the longest first, and of Krita."""
        sys.setprofile(None)
        return sorted(self.longest.items(), key=lambda item: -item[1]), self.waiting

    def _see(self, frame, event, argument):
        if event == "call":
            if self._inside is None and "/pykrita/guidingpainter/" in frame.f_code.co_filename:
                self._inside, self._other, self._start = frame, 0.0, time.thread_time()
        elif event == "return" and frame is self._inside:
            self._inside = None
            code = frame.f_code
            name = f"{code.co_filename.rpartition('/')[2]}:{code.co_firstlineno} {code.co_name}"
            held = time.thread_time() - self._start - self._other
            self.longest[name] = max(held, self.longest.get(name, 0.0))
        elif self._inside is not None and getattr(argument, "__name__", "") in WAITING:
            if event == "c_call":
                self._began = time.thread_time(), time.perf_counter()
            elif event == "c_return":
                self._other += time.thread_time() - self._began[0]
                waited = time.perf_counter() - self._began[1]
                name = argument.__name__
                self.waiting[name] = max(waited, self.waiting.get(name, 0.0))


stalls = Stalls()
