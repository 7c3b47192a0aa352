"""Which devices this machine has, found by asking it."""

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


def free_gpu_memory(number: int) -> int | None:
    """Bytes that are free on a CUDA device, as the driver says; None where it cannot tell."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    device, context = ctypes.c_int(0), ctypes.c_void_p()
    free, total = ctypes.c_size_t(0), ctypes.c_size_t(0)
    try:
        driver = ctypes.CDLL(name)
        if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(device), number):
            return None
        # The primary context is the one that ONNX Runtime uses too: nothing is made twice.
        if driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), device):
            return None
        try:
            if driver.cuCtxPushCurrent_v2(context):
                return None
            failed = driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
            driver.cuCtxPopCurrent_v2(ctypes.byref(ctypes.c_void_p()))
        finally:
            driver.cuDevicePrimaryCtxRelease_v2(device)
    except (OSError, AttributeError):
        return None
    return None if failed else free.value


def gpu_memory_limit(number: int) -> int:
    """Bytes of GPU memory for the networks: 70 % of what is free, between 512 MiB and 8 GiB.

    The editor and the desktop live on the same card, and draw more while the artist works.
    """
    free = free_gpu_memory(number)
    if free is None:
        return 2 << 30
    return min(max(free * 7 // 10, 512 << 20), 8 << 30)


def be_nice() -> None:
    """Let the editor go first where the processor is short of time."""
    if hasattr(os, "nice") and os.nice(0) < 5:
        os.nice(5 - os.nice(0))


def first_line(error: Exception) -> str:
    """Return the first line of a library's error, shortened."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


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
