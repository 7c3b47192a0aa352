"""The daemon's log: lines with times for people, or one JSON object a line. Never pixels or keys.

It goes to standard error. Where a client started the daemon, that is the file ``daemon.log`` of the
runtime folder, opened for appending by everybody who writes there.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from gp_client.launch import open_log

FORMATS = ("text", "json")
MAX_BYTES = 1 << 20  # of a log file; as much again is kept of what was before
_LINE = "%(asctime)s gp-daemon: %(message)s"
_TIME = "%Y-%m-%d %H:%M:%S"  # local time, as the artist's clock shows it


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, logger, message, error (traceback)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        fields = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to standard error, and looks after the file behind it once it may."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.path: Path | None = None
        self.limit: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        self.find_again()
        super().emit(record)
        if self.path is None or self.limit is None or not _is_behind(self, self.path):
            return
        try:
            _shorten(self.stream.fileno(), self.path, self.limit)
        except OSError as error:  # a full disk, say: the log goes on where it is
            self.limit = None
            logging.getLogger(__name__).warning("the log grows on (%s)", error.strerror)

    def find_again(self) -> None:
        """Lead both output streams to the file that has the log's name now."""
        if self.path is None or _is_behind(self, self.path):
            return
        # Out of reach, or something else has the name: the next line or look may find it.
        with contextlib.suppress(OSError):
            fresh = open_log(self.path)
            lost = os.fstat(self.stream.fileno())
            for number in (1, 2):
                if os.path.samestat(os.fstat(number), lost):
                    os.dup2(fresh, number)
            os.close(fresh)


def start_logging(verbose: bool, format: str) -> None:
    """Send the log to standard error.

    Args:
        verbose: also what each request takes.
        format: one of FORMATS.
    """
    handler = _Handler()
    text = logging.Formatter(_LINE, _TIME)
    handler.setFormatter(JsonFormatter() if format == "json" else text)
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )


def look_after(path: Path, limit: int = MAX_BYTES) -> None:
    """Let a log file that is full become ``daemon.log.1``, and one that is removed begin anew.

    From now on, with each line and each ``find_again``. Only for the one daemon that holds the
    lock: two of them would overwrite what the other kept. Nothing happens where the log does not go
    to that file.

    Args:
        path: the file to which standard error may go.
        limit: bytes.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler) and _is_behind(handler, path):
            handler.path, handler.limit = path, limit


def find_again() -> None:
    """Go on in a file that `gp log` finds, where others removed the one that there was."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, _Handler):
            handler.find_again()


def _is_behind(handler: _Handler, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handler.stream.fileno()), path.stat())
    except (OSError, ValueError):  # there is no such file, or the stream has no descriptor
        return False


def _shorten(descriptor: int, path: Path, limit: int) -> None:
    """Copy and empty the file, as others have it open too: what they append still arrives."""
    if os.fstat(descriptor).st_size <= limit:
        return
    older = path.with_name(path.name + ".1")
    part = older.with_name(older.name + ".part")
    part.unlink(missing_ok=True)
    copy = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(copy, "wb") as target, path.open("rb") as source:
        shutil.copyfileobj(source, target)
    part.replace(older)
    os.ftruncate(descriptor, 0)
    os.lseek(descriptor, 0, os.SEEK_END)
