"""`gp status`: the daemon's answer as a page of text."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any


def lines(status: Mapping[str, Any]) -> list[str]:
    """Return what a status reply says, a line each.

    Args:
        status: the result of the op ``status``; fields that a daemon leaves out are left out.
    """
    bundle = status.get("bundle") or {}
    found = [
        f"daemon    process {status.get('pid')}, version {status.get('version')}, "
        f"up {_duration(status.get('uptime', 0))}" + _draining(status),
        f"device    {status.get('device', 'unknown')}",
        f"bundle    {bundle.get('name', 'unknown')} {bundle.get('version', '')}".rstrip(),
        f"clients   {status.get('clients', 0)}",
        f"pages     {status.get('pages', 0)}, {_size(status.get('memory', 0))} of "
        f"{_size(status.get('memory_limit', 0))}",
        f"queue     {status.get('waiting', 0)} waiting, {len(status.get('jobs') or ())} running",
    ]
    for job in status.get("jobs") or ():
        stage = f", {job['stage']}" if job.get("stage") else ""
        found.append(f"          {job.get('op')}{stage}, {job.get('seconds', 0):.1f} s")
    for op, times in (status.get("times") or {}).items():
        label = "times" if op == next(iter(status["times"])) else ""
        half, most = times["p50_ms"], times["p95_ms"]
        found.append(
            f"{label:9} {op:9} {times['count']:6}  half in {half:.0f} ms, 95 % in {most:.0f} ms"
        )
    errors = list(status.get("errors") or ())
    found.append(f"errors    {'none' if not errors else f'the last {len(errors)}:'}")
    for error in errors:
        when = time.strftime("%H:%M:%S", time.localtime(error.get("time", 0)))
        found.append(f"          {when} {error.get('op')}: {error.get('message')}")
    return found


def _draining(status: Mapping[str, Any]) -> str:
    return ", ending" if status.get("draining") else ""


def _duration(seconds: float) -> str:
    minutes, hours = int(seconds) // 60, int(seconds) // 3600
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{int(seconds)} s"


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
