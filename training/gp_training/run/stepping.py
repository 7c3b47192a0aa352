"""What runs of steps have in common: when they end, and the average of what they learned."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator

import torch
from torch import nn


def until(steps: int, step: Callable[[], int], minutes: float | None = None) -> Iterator[None]:
    """Yields before each step until all are made, or SIGTERM, ctrl+C or the minutes end it.

    Args:
        steps: in all.
        step: how many are made.
        minutes: of this session; None: without end.
    """
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: stopping.append(got))
    begun = time.monotonic()
    while step() < steps and not stopping:
        if minutes and time.monotonic() - begun > 60 * minutes:
            return
        yield


def follow(mean: nn.Module, own: nn.Module, decay: float) -> None:
    """Moves an average of weights towards a network's, in place; what is counted is copied."""
    with torch.no_grad():
        for kept, new in zip(mean.parameters(), own.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)
        for kept, new in zip(mean.buffers(), own.buffers(), strict=True):
            kept.copy_(new)
