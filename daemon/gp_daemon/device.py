"""The device's own thread: all networks run there, one after the other, whoever asks.

Work on canvases runs in parallel; two network runs at once on one device only slow each other
down. A job that is cancelled leaves the queue, and a run of its that has begun is ended.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from typing import Any

from gp_client.errors import CANCELLED
from gp_client.errors import GuidingPainterError as GPError

from gp_daemon import cancellation
from gp_daemon.bundle import Bundle
from gp_daemon.cancellation import Token
from gp_daemon.networks import Engine

log = logging.getLogger(__name__)

_LOOK = 0.02  # seconds between two looks at the token while others use the device


class Device:
    """An engine that any thread may use.

    Args:
        engine: the networks; used by the device's thread alone from now on.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: queue.SimpleQueue[tuple[Future[Any], Context, Callable[[], Any]]] = (
            queue.SimpleQueue()
        )
        self._cold: deque[tuple[int, int]] = deque()  # grid shapes that are still to be warmed
        self._warming: Token | None = None
        threading.Thread(target=self._run, name="gp-device", daemon=True).start()

    @property
    def bundle(self) -> Bundle:
        """The engine's bundle."""
        return self._engine.bundle

    @property
    def device(self) -> str:
        """The engine's device in words."""
        return self._engine.device

    @property
    def waiting(self) -> int:
        """Runs that wait for the device."""
        return self._waiting.qsize()

    def warm(self) -> None:
        """Run the networks once for each usual shape of page, while nobody needs the device."""
        self._cold.extend(self._engine.usual_shapes())
        if self._cold:
            self._ask(lambda: None)  # wakes the thread

    def segment(self, *args: Any, **options: Any) -> Any:
        """See ``Engine.segment``; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self._ask(lambda: self._engine.segment(*args, **options))

    def colorize(self, *args: Any, **options: Any) -> Any:
        """See ``Engine.colorize``; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self._ask(lambda: self._engine.colorize(*args, **options))

    def _ask(self, work: Callable[[], Any]) -> Any:
        cancellation.check()
        future: Future[Any] = Future()
        # The job's token goes along, for the engine to end a run that is not wanted any more.
        self._waiting.put((future, copy_context(), work))
        warming = self._warming
        if warming is not None:
            warming.cancel()
        while True:
            try:
                return future.result(_LOOK)
            except TimeoutError:
                if future.done():  # the work's own TimeoutError
                    raise
                token = cancellation.current.get()
                if token is not None and (token.cancelled or token.overdue) and future.cancel():
                    token.check()

    def _run(self) -> None:
        while True:
            while self._cold and self._waiting.empty():
                self._warm_one()
            future, context, work = self._waiting.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = context.run(work)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            result = None
            del future, context, work

    def _warm_one(self) -> None:
        height, width = self._cold.popleft()
        token = self._warming = Token()
        mark = cancellation.current.set(token)
        try:
            self._engine.warm(height, width)
        except GPError as error:
            if error.code == CANCELLED:
                self._cold.appendleft((height, width))  # somebody needs the device: later
            else:
                log.warning("warming up failed: %s", error)
                self._cold.clear()
        finally:
            cancellation.current.reset(mark)
            self._warming = None
