"""What this process may use: descriptors, and memory that is given back."""

from __future__ import annotations

import ctypes
import logging
import sys
from typing import Any

try:
    import resource
except ImportError:  # Windows
    resource: Any = None

log = logging.getLogger(__name__)

_KEPT = 96  # descriptors for files, libraries and what the system opens for us
_WANTED = 4096
_MOST = 1024  # connections
_ARENAS = -8  # mallopt(3)'s M_ARENA_MAX
_TRIM = -1  # M_TRIM_THRESHOLD
_MMAP = -3  # M_MMAP_THRESHOLD
_LIBC = "libc.so.6"


def most_connections() -> int:
    """How many connections can be held with the descriptors that we may have.

    The soft limit is raised as far as the system lets us; a connection too many must never be what
    takes the last descriptor.
    """
    if resource is None:
        return 400  # Windows' select takes 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(hard, _WANTED)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
        except (OSError, ValueError) as error:
            log.debug("the limit of open files stays at %d (%s)", soft, error)
    if soft == resource.RLIM_INFINITY:
        return _MOST
    return min(_MOST, max(8, soft - _KEPT))


def keep_memory_small() -> None:
    """Let the C library hand memory back: few arenas, large blocks from the system itself.

    Each thread that allocates gets an arena of its own, whose top is seldom free.
    """
    library = _c_library()
    if library is not None:
        library.mallopt(_ARENAS, 2)
        library.mallopt(_MMAP, 1024 * 1024)  # fixed: else it grows with the largest block freed
        library.mallopt(_TRIM, 1024 * 1024)


def give_memory_back() -> None:
    """Give what is free inside the C library's heap to the system; takes some milliseconds."""
    library = _c_library()
    if library is not None:
        library.malloc_trim(0)


def _c_library() -> Any:
    """glibc; None where the C library is another one."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(_LIBC)
        return library if hasattr(library, "malloc_trim") else None
    except OSError:
        return None
