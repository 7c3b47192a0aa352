"""Pages of several clients in one run: no picture changes, and a cancel hurts nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from gp_canvas import cancellation
from gp_canvas.cancellation import Token
from gp_client.errors import CANCELLED, GuidingPainterError
from gp_daemon.networks import engine as networks
from gp_daemon.networks.device_thread import Device, DeviceNetworks
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from numpy.typing import NDArray
from plain_networks import PlainNetworks
from serving import PATIENCE, wait_until


class Paintings:
    """Colorizes that wait for a device, which is kept busy until they all do."""

    def __init__(self, networks: DeviceNetworks, at_once: int | None = None) -> None:
        self.device = Device(networks, at_once)
        self.pictures: dict[int, Any] = {}
        self.tokens: list[Token] = []

    def paint(self, calls: list[ColorizerInput], meanwhile: Any = lambda: None) -> None:
        begun, held = threading.Event(), threading.Event()

        def keep_busy() -> None:
            begun.set()
            held.wait(PATIENCE)

        busy = threading.Thread(target=lambda: self.device.do(keep_busy), daemon=True)
        busy.start()
        assert begun.wait(PATIENCE)  # else the device may paint a page before it is kept busy
        threads = []
        for index, call in enumerate(calls):
            self.tokens.append(Token())
            threads.append(threading.Thread(target=self._one, args=(index, call)))
            threads[-1].start()
            wait_until(lambda: self.device.waiting > index)  # noqa: B023 (now)
        held.set()
        meanwhile()
        for thread in [busy, *threads]:
            thread.join(PATIENCE)

    def _one(self, index: int, call: ColorizerInput) -> None:
        cancellation.current.set(self.tokens[index])  # this thread's own
        try:
            self.pictures[index] = self.device.colorize(call)
        except GuidingPainterError as error:
            self.pictures[index] = error.code


def page(seed: int, height: int = 32, width: int = 48) -> ColorizerInput:
    rng = np.random.default_rng(seed)
    return ColorizerInput(
        rng.random((height, width), np.float32),
        rng.integers(0, 6, (height, width)).astype(np.uint8),
        rng.random((6, 3), np.float32),
        rng.random(6) < 0.5,
        rng.random((3, height, width), np.float32) if seed % 2 else None,
        (rng.random((height, width)) < 0.1).astype(np.float32) if seed % 2 else None,
    )


def test_pages_of_one_size_that_wait_are_painted_in_one_run_each_as_if_alone(
    engine: Engine,
) -> None:
    calls = [page(seed) for seed in range(5)]
    calls.insert(2, page(9, 64, 48))
    paintings = Paintings(engine, at_once=4)
    paintings.paint(calls)
    for index, call in enumerate(calls):
        assert np.array_equal(paintings.pictures[index], engine.colorize(call))
    assert (paintings.device.runs, paintings.device.painted) == (3, 6)  # 4 + the other size + 1


def test_the_engine_says_how_many_pages_a_run_may_paint(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.batches
    assert engine.at_once == 1  # on the CPU nobody gains, and the first would wait
    monkeypatch.setattr(engine, "_on_cuda", True)
    assert engine.at_once == networks.MOST_AT_ONCE


def test_a_cancelled_page_leaves_a_run_of_several_without_harm_to_the_others() -> None:
    begun, left = threading.Event(), threading.Event()

    class Slow(PlainNetworks):
        def colorize_many(self, given: Sequence[ColorizerInput]) -> list[NDArray[np.float32]]:
            begun.set()
            assert left.wait(PATIENCE)
            token = cancellation.current.get()
            assert token is not None
            token.check()
            return super().colorize_many(given)

    paintings = Paintings(Slow(), at_once=8)

    def cancel_one() -> None:
        assert begun.wait(PATIENCE)
        paintings.tokens[0].cancel()
        left.set()

    paintings.paint([page(0), page(1)], cancel_one)
    assert np.array_equal(paintings.pictures[1], Slow().colorize(page(1)))


def test_a_run_that_nobody_wants_any_more_is_ended() -> None:
    begun, ended = threading.Event(), threading.Event()

    class Endless(PlainNetworks):
        def colorize_many(self, given: Sequence[ColorizerInput]) -> list[NDArray[np.float32]]:
            begun.set()
            token = cancellation.current.get()
            assert token is not None
            while not token.cancelled:
                time.sleep(0.001)
            ended.set()
            token.check()
            return []

    paintings = Paintings(Endless(), at_once=8)

    def cancel_all() -> None:
        assert begun.wait(PATIENCE)
        for token in paintings.tokens:
            token.cancel()

    paintings.paint([page(0), page(1)], cancel_all)
    assert ended.is_set()
    assert set(paintings.pictures.values()) == {CANCELLED}
    assert len(paintings.pictures) == 2


def test_pages_that_are_too_many_for_the_memory_are_painted_one_by_one() -> None:
    class Small(PlainNetworks):
        def colorize_many(self, given: Sequence[ColorizerInput]) -> list[NDArray[np.float32]]:
            raise MemoryError

    paintings = Paintings(Small(), at_once=8)
    calls = [page(0), page(1), page(2)]
    paintings.paint(calls)
    for index, call in enumerate(calls):
        assert np.array_equal(paintings.pictures[index], Small().colorize(call))
