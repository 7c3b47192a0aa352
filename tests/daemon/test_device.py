"""The device's thread: one run at a time, and none for a job that is not wanted any more."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any, cast

import numpy as np
import onnx
import onnxruntime
import pytest
from gp_client.errors import CANCELLED, TIMEOUT, GuidingPainterError
from gp_daemon import cancellation, networks
from gp_daemon.cancellation import Token
from gp_daemon.device import Device
from gp_daemon.networks import Engine
from onnx import TensorProto, helper


class SlowEngine:
    """Counts how many runs there are at once."""

    def __init__(self) -> None:
        self.now = self.most = self.runs = 0

    def colorize(self, seconds: float) -> float:
        self.now += 1
        self.runs += 1
        self.most = max(self.most, self.now)
        time.sleep(seconds)
        self.now -= 1
        return seconds


def device(engine: SlowEngine) -> Device:
    return Device(cast(Engine, engine))


def in_job(token: Token, work: Any) -> str:
    """Run work as a job; return the code of its error, or nothing."""
    mark = cancellation.current.set(token)
    try:
        work()
    except GuidingPainterError as error:
        return error.code
    finally:
        cancellation.current.reset(mark)
    return ""


def test_networks_run_one_at_a_time_whoever_asks() -> None:
    engine = SlowEngine()
    shared = device(engine)
    threads = [threading.Thread(target=shared.colorize, args=(0.02,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert (engine.runs, engine.most) == (5, 1)


def test_a_cancelled_job_leaves_the_devices_queue() -> None:
    engine = SlowEngine()
    shared = device(engine)
    busy = threading.Thread(target=shared.colorize, args=(0.4,))
    busy.start()
    while not engine.now:
        time.sleep(0.001)
    token = Token()
    threading.Timer(0.05, token.cancel).start()
    started = time.monotonic()
    assert in_job(token, lambda: shared.colorize(0.1)) == CANCELLED
    assert time.monotonic() - started < 0.3
    busy.join(5)
    assert engine.runs == 1


def test_a_job_past_its_deadline_does_not_reach_the_device() -> None:
    engine = SlowEngine()
    overdue = Token(time.monotonic() - 1)
    assert in_job(overdue, lambda: device(engine).colorize(0.1)) == TIMEOUT
    assert engine.runs == 0


def test_an_error_of_the_engine_reaches_who_asked() -> None:
    class Broken:
        def segment(self) -> None:
            raise GuidingPainterError("internal", "It broke.")

    with pytest.raises(GuidingPainterError, match="It broke"):
        Device(cast(Engine, Broken())).segment()


def test_a_run_that_has_begun_is_ended_when_its_job_is_cancelled(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A chain of products that takes far longer than the test has patience for.
    side, count = 512, 3000
    names = ["a", *(f"n{number}" for number in range(count)), "image"]
    steps = [
        helper.make_node("MatMul", [one, "a"], [other])
        for one, other in itertools.pairwise(names)
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        steps,
        "long",
        [value("a", TensorProto.FLOAT, [side, side])],
        [value("image", TensorProto.FLOAT, [side, side])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    monkeypatch.setattr(engine, "_sessions", {"colorizer": session})
    monkeypatch.setattr(networks, "_OUTPUTS", {"colorizer": ["image"]})
    token = Token()
    threading.Timer(0.1, token.cancel).start()
    started = time.monotonic()
    feed = {"a": np.eye(side, dtype=np.float32)}
    assert in_job(token, lambda: engine._run("colorizer", feed)) == CANCELLED
    assert time.monotonic() - started < 1.5
