"""Which devices this machine has, found by asking it; nothing here ever raises."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

MAX_THREADS = 4  # more gain little on a grid of 512 and take the editor's cores


def cpu_threads() -> int:
    """Threads for the networks: the physical cores that we may use, at most MAX_THREADS."""
    return max(1, min(MAX_THREADS, _physical_cores()))


def count_gpus() -> int:
    """The CUDA devices that the driver shows to this process; 0 without a driver."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
        found = ctypes.c_int(0)
        if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(found)) != 0:
            return 0
    except (OSError, AttributeError):
        return 0
    return max(0, found.value)


def _physical_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        usable = os.sched_getaffinity(0)
    else:
        usable = set(range(os.cpu_count() or 1))
    cores = set()
    for cpu in usable:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        try:
            cores.add(siblings.read_text().strip())
        except OSError:
            # Not Linux, or a container that hides it: two threads a core is the usual case, and
            # Apple's cores have one.
            threads = 1 if sys.platform == "darwin" else 2
            return max(1, len(usable) // threads) if len(usable) > 2 else len(usable)
    return len(cores)
