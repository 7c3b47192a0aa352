"""The device's thread: one run at a time, and none for a job that is not wanted any more."""

from __future__ import annotations

import functools
import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import numpy as np
import onnx
import pytest
from gp_canvas import cancellation
from gp_canvas.cancellation import Token
from gp_client.errors import CANCELLED, TIMEOUT, GuidingPainterError
from gp_daemon.networks import engine as networks
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.binding import BoundSession
from gp_daemon.networks.device_thread import Device, _Run
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.interface import ColorizerInput
from numpy.typing import NDArray
from onnx import TensorProto, helper
from plain_networks import PlainNetworks
from serving import PATIENCE, wait_until

onnxruntime = onnx_runtime.load()


class Workshop(PlainNetworks):
    """Counts works that are done at once; warming up never ends by itself while ``held``."""

    def __init__(self) -> None:
        self.now = self.most = self.runs = 0
        self.held = False
        self.warmed: list[tuple[int, int]] = []  # begun
        self.warm_ones: list[tuple[int, int]] = []  # done

    def usual_shapes(self) -> list[tuple[int, int]]:
        return [(16, 16), (16, 32)]

    def warm(self, height: int, width: int) -> None:
        token = cancellation.current.get()
        assert token is not None
        self.warmed.append((height, width))
        while self.held:
            token.check()
            time.sleep(0.002)
        self.warm_ones.append((height, width))

    def do(self, work: Callable[[], object]) -> None:
        self.now += 1
        self.runs += 1
        self.most = max(self.most, self.now)
        work()
        self.now -= 1


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
    engine = Workshop()
    shared = Device(engine)
    work = functools.partial(engine.do, functools.partial(time.sleep, 0.02))
    threads = [threading.Thread(target=shared.do, args=(work,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (engine.runs, engine.most) == (5, 1)


def test_a_cancelled_job_leaves_the_devices_queue() -> None:
    engine, release = Workshop(), threading.Event()
    shared = Device(engine)
    busy = threading.Thread(target=shared.do, args=(lambda: engine.do(release.wait),))
    busy.start()
    wait_until(lambda: engine.now)
    token = Token()
    threading.Timer(0.05, token.cancel).start()
    assert in_job(token, lambda: shared.do(lambda: engine.do(int))) == CANCELLED
    assert engine.now == 1  # the device was busy all the while
    release.set()
    busy.join(PATIENCE)
    assert engine.runs == 1


def test_a_job_past_its_deadline_does_not_reach_the_device() -> None:
    engine = Workshop()
    overdue = Token(time.monotonic() - 1)
    assert in_job(overdue, lambda: Device(engine).do(lambda: engine.do(int))) == TIMEOUT
    assert engine.runs == 0


def test_an_error_of_the_engine_reaches_who_asked() -> None:
    class Broken(PlainNetworks):
        def colorize(self, given: ColorizerInput) -> NDArray[np.float32]:
            raise GuidingPainterError("internal", "It broke.")

    paper = np.ones((16, 16), np.float32)
    given = ColorizerInput(
        paper, paper.astype(np.uint8), np.zeros((2, 3), np.float32), np.zeros(2, np.bool_)
    )
    with pytest.raises(GuidingPainterError, match="It broke"):
        Device(Broken()).colorize(given)


def test_a_run_that_ends_just_as_a_look_at_it_does_is_no_failure() -> None:
    class Late(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            found = super().result()
            if timeout is not None:
                raise TimeoutError
            return found

    assert Device(PlainNetworks())._ask(_Run(lambda: 5, future=Late())) == 5


def test_a_run_that_has_begun_is_ended_when_its_job_is_cancelled(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A chain of products that takes seconds.
    side, count = 512, 3000
    names = ["a", *(f"n{number}" for number in range(count)), "image"]
    steps = [
        helper.make_node("MatMul", [one, "a"], [other]) for one, other in itertools.pairwise(names)
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
    begun, ended = threading.Event(), []

    class Watched:
        def run(self, *args: Any) -> Any:
            begun.set()
            result = session.run(*args)
            ended.append("by itself")
            return result

    monkeypatch.setattr(engine, "_sessions", {"colorizer": Watched()})
    monkeypatch.setattr(networks, "outputs", lambda *_: ["image"])
    token = Token()

    def cancel() -> None:
        assert begun.wait(PATIENCE)
        token.cancel()

    canceller = threading.Thread(target=cancel)
    canceller.start()
    feed = {"a": np.eye(side, dtype=np.float32)}
    assert in_job(token, lambda: engine.run("colorizer", feed)) == CANCELLED
    canceller.join(PATIENCE)
    assert ended == []


def test_usual_shapes_are_warmed_while_nobody_needs_the_device_and_give_way() -> None:
    engine = Workshop()
    engine.held = True
    shared = Device(engine)
    shared.warm()
    wait_until(lambda: engine.warmed)
    shared.do(lambda: engine.do(int))  # would wait for ever if the warm-up did not give way
    assert engine.runs == 1
    assert engine.warm_ones == []
    engine.held = False
    wait_until(lambda: len(engine.warm_ones) == 2)
    assert engine.warm_ones == [(16, 16), (16, 32)]


def test_a_bound_session_gives_the_same_and_sends_only_what_changed(engine: Engine) -> None:
    plain = engine._sessions["colorizer"]
    bound = BoundSession(plain, "cpu")
    shape = (1, 1, 32, 48)
    feed = {
        "sketch": np.ones(shape, np.float32),
        "labels": np.zeros((1, 32, 48), np.uint8),
        "colors": np.zeros((1, 6, 3), np.float32),
        "hinted": np.zeros((1, 6), np.bool_),
        "scribble_rgb": np.zeros((1, 3, 32, 48), np.float32),
        "scribble_mask": np.zeros(shape, np.float32),
    }
    bound.run(["image"], feed)
    assert bound.sent == 6
    colors, hinted = feed["colors"].copy(), feed["hinted"].copy()
    colors[0, 0], hinted[0, 0] = (1, 0.5, 0), True
    feed |= {"colors": colors, "hinted": hinted, "labels": feed["labels"].copy()}
    assert np.array_equal(bound.run(["image"], feed)[0], plain.run(["image"], feed)[0])
    assert bound.sent == 8
    feed["labels"][:] = 3  # changed in place: seen all the same
    assert np.array_equal(bound.run(["image"], feed)[0], plain.run(["image"], feed)[0])


def test_an_engine_on_the_cpu_warms_nothing_and_one_on_a_gpu_the_usual_pages(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert engine.usual_shapes() == []
    monkeypatch.setattr(engine, "_on_cuda", True)
    shapes = engine.usual_shapes()
    side, step = engine.bundle.grid_side, engine.bundle.grid_multiple
    assert (side, side) in shapes
    assert all(height % step == width % step == 0 for height, width in shapes)
    engine.warm(*shapes[1])
