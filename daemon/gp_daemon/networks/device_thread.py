"""The device's own thread: all networks run there, one after the other, whoever asks.

Work on canvases runs in parallel; two network runs at once on one device only slow each other
down. A job that is cancelled leaves the queue, and a run of its that has begun is ended. Where the
networks say so (on a GPU), pages of one size that wait for the colorizer are painted in one run.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, wait
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
from gp_canvas import cancellation
from gp_canvas.cancellation import Token
from gp_client.errors import CANCELLED
from gp_client.errors import GuidingPainterError as GPError
from numpy.typing import NDArray

from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.interface import ColorizerInput, PageNetworks

log = logging.getLogger(__name__)
T = TypeVar("T")

_LOOK = 0.02  # seconds between two looks at the token while others use the device


@dataclass(eq=False)
class _Run:
    """One run that somebody waits for.

    Attributes:
        work: does it, alone.
        given: what the colorizer paints from, where it is that.
    """

    work: Callable[[], Any]
    given: ColorizerInput | None = None
    future: Future[Any] = field(default_factory=Future)
    # The job's token goes along, so that a run that is not wanted any more is ended.
    context: Context = field(default_factory=copy_context)

    @property
    def kind(self) -> Hashable:
        """What another run must have in common with this one to be done together with it."""
        return self.given and (self.given.sketch.shape, self.given.colors.shape)


class DeviceNetworks(PageNetworks, Protocol):
    """Networks on a device of this machine; `gp_daemon.networks.engine.Engine` has them."""

    @property
    def device(self) -> str:
        """The device in words."""
        ...

    @property
    def at_once(self) -> int:
        """How many pages ``colorize_many`` should paint in one run."""
        ...

    def colorize_many(self, given: Sequence[ColorizerInput], /) -> list[NDArray[np.float32]]:
        """Paints several sketches of one size in one run."""
        ...

    def usual_shapes(self) -> list[tuple[int, int]]:
        """Grid shapes (height, width) worth warming."""
        ...

    def warm(self, height: int, width: int) -> None:
        """Runs the networks once, so that the first page of this shape is quick."""
        ...


class Device:
    """Networks that any thread may use; has the face of `PageNetworks`.

    Args:
        networks: used by the device's thread alone from now on.
        at_once: pages that one run of the colorizer may paint; None: as many as the networks say.
    """

    def __init__(self, networks: DeviceNetworks, at_once: int | None = None) -> None:
        self._networks, self._at_once = networks, at_once
        self._waiting: deque[_Run] = deque()
        self._changed = threading.Condition()
        self._cold: deque[tuple[int, int]] = deque()  # grid shapes that are still to be warmed
        self._warming: Token | None = None
        self.runs = self.painted = 0  # of the colorizer; pages painted by them
        threading.Thread(target=self._loop, name="gp-device", daemon=True).start()

    @property
    def bundle(self) -> Bundle:
        """The networks' bundle."""
        return self._networks.bundle

    @property
    def device(self) -> str:
        """The device in words."""
        return self._networks.device

    @property
    def waiting(self) -> int:
        """Runs that wait for the device."""
        return len(self._waiting)

    def warm(self) -> None:
        """Run the networks once for each usual shape of page, while nobody needs the device."""
        with self._changed:
            self._cold.extend(self._networks.usual_shapes())
            self._changed.notify()

    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """See `PageNetworks`; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self.do(lambda: self._networks.segment(sketch, pieces))

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """See `PageNetworks`; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self.do(lambda: self._networks.affinity(sketch, pieces, shape, relation))

    def suggest(
        self,
        tokens: NDArray[np.float32],
        affinity: NDArray[np.float32],
        colors: NDArray[np.float32],
        known: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """See `PageNetworks`; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self.do(lambda: self._networks.suggest(tokens, affinity, colors, known))

    def match(
        self,
        tokens: NDArray[np.float32],
        cast: NDArray[np.float32],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """See `PageNetworks`; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self.do(lambda: self._networks.match(tokens, cast, colors))

    def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
        """See `PageNetworks`; raises CANCELLED or TIMEOUT where the job is to stop."""
        return self._ask(_Run(lambda: self._networks.colorize(given), given))

    def do(self, work: Callable[[], T]) -> T:
        """Do work on the device's thread, where the networks may be run.

        Raises:
            GuidingPainterError: CANCELLED or TIMEOUT where the job is to stop.
        """
        return self._ask(_Run(work))

    def _ask(self, run: _Run) -> Any:
        cancellation.check()
        with self._changed:
            self._waiting.append(run)
            self._changed.notify()
            warming = self._warming
        if warming is not None:
            warming.cancel()
        while True:
            # Not result(_LOOK): its TimeoutError could come just as the run ends, or be the run's.
            if wait([run.future], _LOOK).done:
                return run.future.result()
            token = cancellation.current.get()
            stops = token is not None and (token.cancelled or token.overdue)
            if token is not None and stops and run.future.cancel():
                token.check()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting or self._cold))
                # Set while nobody else can ask: a run that comes from now on ends the warm-up.
                self._warming = None if self._waiting else Token()
            if self._warming is not None:
                self._warm_one(self._warming)
                continue
            runs = self._take()
            if len(runs) == 1:
                self._do(runs[0])
            elif runs:
                self._do_together(runs)
            del runs  # pages hang on them while we wait

    def _take(self) -> list[_Run]:
        """Take the next run out, with those that are done together with it."""
        with self._changed:
            first = self._waiting.popleft()
            runs = [first]
            if first.kind is not None:
                most = self._at_once or self._networks.at_once
                alike = (run for run in self._waiting if run.kind == first.kind)
                runs += itertools.islice(alike, most - 1)
            for run in runs[1:]:
                self._waiting.remove(run)
        wanted = [run for run in runs if run.future.set_running_or_notify_cancel()]
        if wanted and first.kind is not None:
            self.runs += 1
            self.painted += len(wanted)
        return wanted

    def _do(self, run: _Run) -> None:
        try:
            result = run.context.run(run.work)
        except BaseException as error:
            run.future.set_exception(error)
        else:
            run.future.set_result(result)

    def _do_together(self, runs: list[_Run]) -> None:
        """One run for several jobs; it is ended where none of them wants it any more."""
        everybody, gone = Token(), set[int]()

        def leave(index: int) -> None:
            gone.add(index)
            if len(gone) == len(runs):
                everybody.cancel()

        with contextlib.ExitStack() as stack:
            for index, run in enumerate(runs):
                token = run.context.get(cancellation.current)
                if token is not None:
                    stack.enter_context(token.interrupts(functools.partial(leave, index)))
            mark = cancellation.current.set(everybody)
            try:
                pictures = self._networks.colorize_many([run.given for run in runs if run.given])
            except GPError as error:
                for run in runs:
                    run.future.set_exception(error)
                return
            except BaseException:
                # Such as memory for so many: each may do alone, and gets its own error otherwise.
                log.info("a run for %d pages failed; they are done one by one", len(runs))
            else:
                for run, picture in zip(runs, pictures, strict=True):
                    run.future.set_result(picture)
                return
            finally:
                cancellation.current.reset(mark)
        for run in runs:
            self._do(run)

    def _warm_one(self, token: Token) -> None:
        height, width = self._cold.popleft()
        mark = cancellation.current.set(token)
        try:
            self._networks.warm(height, width)
        except GPError as error:
            if error.code == CANCELLED:
                self._cold.appendleft((height, width))  # somebody needs the device: later
            else:
                log.warning("warming up failed: %s", error)
                self._cold.clear()
        finally:
            cancellation.current.reset(mark)
            self._warming = None
