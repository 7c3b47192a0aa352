"""The pool that does the work on pages; networks run on a thread of their own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from gp_canvas import cancellation
from gp_client import wire
from gp_client.errors import INTERNAL, TOO_LARGE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import Buffer

from gp_daemon.service.jobs import Job, JobQueue
from gp_daemon.service.operations import Operations
from gp_daemon.service.status import Record

log = logging.getLogger(__name__)

Post = Callable[[str, list[Buffer]], None]


class Workers:
    """Threads that take jobs, and post their replies.

    Args:
        count: how many threads.
        jobs: where the jobs come from; closing it ends the threads.
        operations: what is done.
        post: takes (session, parts of a reply); thread-safe.
        record: told of each job's end.
    """

    def __init__(
        self, count: int, jobs: JobQueue, operations: Operations, post: Post, record: Record
    ) -> None:
        self._jobs, self._operations, self._post, self._record = jobs, operations, post, record
        self._threads = [
            threading.Thread(target=self._run, name=f"gp-worker-{number}", daemon=True)
            for number in range(count)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the threads, all together at most ``seconds``."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while (job := self._jobs.take()) is not None:
            parts = self._answer(job)
            # First this: the client may hear of the end only when its next job may start.
            self._jobs.done(job)
            self._post(job.session, parts)
            del job, parts  # a canvas may hang on them while we wait

    def _answer(self, job: Job) -> list[Buffer]:
        op, request_id = job.request.op, job.request.id
        mark = cancellation.current.set(job.token)
        try:
            job.token.check()
            result, frames = self._operations.run(job)
            parts = wire.encode_result(request_id, result, frames, job.request.version)
            self._record.done(op, time.monotonic() - job.started)
            return parts
        except Exception as error:
            failure = _explain(op, error)
            # Kept in this frame, an error whose traceback holds this frame would keep the request
            # and its picture until the garbage collector comes by, and an idle daemon has none.
            _let_go(error)
        finally:
            cancellation.current.reset(mark)
        self._record.failed(op, failure)
        return wire.encode_error(request_id, failure, job.request.version)


def _explain(op: str, error: Exception) -> GPError:
    """What the client is told; one bad request must not end the daemon."""
    if isinstance(error, GPError):
        log.debug("%s: %s", op, error)
        return error
    if isinstance(error, MemoryError):
        log.error("%s: out of memory", op)
        return GPError(TOO_LARGE, "The daemon ran out of memory.", "Close other pages or programs.")
    log.error("%s failed", op, exc_info=error)  # a report needs the whole of it
    return GPError(
        INTERNAL, f"The daemon failed at {op}.", "Please report it with the daemon's log."
    )


def _let_go(error: BaseException) -> None:
    """Take the tracebacks from an error and those behind it: their frames hold pictures and pages.

    Whoever still has the error (a future, a token's reason) keeps its words and nothing else.
    """
    seen: set[int] = set()
    behind: list[BaseException | None] = [error]
    while behind:
        one = behind.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            one.__traceback__ = None
            behind += [one.__cause__, one.__context__]
