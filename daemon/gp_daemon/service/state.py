"""What a server is made of: what it serves, its limits, and its parts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gp_client import wire
from gp_client.errors import GuidingPainterError as GPError

from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.store import PageFactory, PageLike, PageStore
from gp_daemon.service.delivery import Delivery
from gp_daemon.service.jobs import Job, JobQueue
from gp_daemon.service.sessions import Session, Sessions
from gp_daemon.service.status import Record
from gp_daemon.service.traffic import Traffic


@dataclass(frozen=True)
class Backend:
    """What the server serves: makers of pages, and what hello and status say about it.

    ``open_page`` makes pages of protocol 1, ``open_guided`` those of protocol 2.
    ``describe`` is asked again each time, for what changes: the device after a fall-back.
    ``warm`` is called once the daemon is ready; it returns at once.
    """

    open_page: PageFactory[PageLike]
    info: Mapping[str, Any]
    describe: Callable[[], Mapping[str, Any]] = dict
    warm: Callable[[], None] = lambda: None
    open_guided: PageFactory[GuidedPage] | None = None

    def about(self) -> dict[str, Any]:
        """Return what is so now."""
        return {**self.info, **self.describe()}


@dataclass(frozen=True)
class Options:
    """Limits of a server.

    Attributes:
        memory: bytes of pages, and of requests that wait.
        pages_per_client: open pages of one client.
        jobs_per_client: waiting requests of one client.
        clients: sessions at once.
        page_grace: seconds for which the pages of a client without connection are kept.
        silence: seconds without a heartbeat after which a client that promised them has gone.
        workers: threads for work on canvases, two or more.
    """

    memory: int = 4 * 1024**3
    pages_per_client: int = 32
    jobs_per_client: int = 64
    clients: int = 64
    page_grace: float = 10.0
    silence: float = 60.0
    workers: int = max(2, min(4, os.cpu_count() or 2))


@dataclass(frozen=True)
class State:
    """A server's parts; all but ``jobs``, ``pages`` and ``record`` are the socket thread's own."""

    backend: Backend
    options: Options
    sockets: Traffic
    sessions: Sessions
    pages: PageStore
    jobs: JobQueue
    record: Record
    delivery: Delivery

    def fail(self, job: Job, error: GPError) -> None:
        """Answer a job that does not get its turn."""
        self.record.failed(job.request.op, error)
        session = self.sessions.by_key(job.session)
        if session is not None:
            request = job.request
            parts = wire.encode_error(request.id, error, request.version)
            self.delivery.reply(session, parts)

    def leave(self, session: Session) -> None:
        """Note that a client has gone, and stop what runs for it."""
        self.sockets.admit(session.identity, False)
        self.sessions.leave(session)
        self.jobs.drop_session(session.key)
