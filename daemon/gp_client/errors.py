"""The one error that crosses the wire, with its stable codes."""

from __future__ import annotations

# Codes are part of the protocol: add, never rename.
BAD_REQUEST = "bad_request"  # malformed message, wrong argument type or value
UNKNOWN_OP = "unknown_op"
VERSION = "version"  # the two sides speak different protocol versions
TOO_LARGE = "too_large"  # over a limit; nothing was allocated
UNSUPPORTED_FORMAT = "unsupported_format"  # pixel format or picture file
BLANK_PAGE = "blank_page"  # no line art to work with
NO_SESSION = "no_session"  # no hello yet, or the daemon thought that the client had gone
NOT_ALLOWED = "not_allowed"  # for whoever runs the daemon alone
NO_SUCH_PAGE = "no_such_page"  # never opened, closed, or dropped to free memory
NO_SUCH_REGION = "no_such_region"
NO_SUCH_LAYER = "no_such_layer"  # of this colour; the page's colours have changed
BUSY = "busy"  # too much of this client's waits; nothing was done
ENDING = "ending"  # the daemon finishes what it has and takes no more
SUPERSEDED = "superseded"  # a newer request of the same kind took its place
CANCELLED = "cancelled"
BUNDLE_DAMAGED = "bundle_damaged"
DEVICE_UNAVAILABLE = "device_unavailable"
TIMEOUT = "timeout"
NO_DAEMON = "no_daemon"  # nothing answers at the endpoint
CONNECTION_LOST = "connection_lost"
UNWRITABLE = "unwritable"  # disk full, read-only folder
INTERNAL = "internal"  # a fault of ours


class GuidingPainterError(Exception):
    """A failure that an artist may see.

    Args:
        code: one of this module's constants.
        message: one sentence, what went wrong.
        hint: one sentence, what to do about it; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(f"{message} {hint}".strip())
        self.code = code
        self.message = message
        self.hint = hint
