"""What may go wrong with a daemon, one test each; its name says what must come of it.

Those about the art (blank page, inverted, photo) are in test_page.py and test_areas.py, too, and
those about keys in test_security.py.
"""

from __future__ import annotations

import errno
import functools
import importlib.util
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import fake_daemon as fake
import gp_client
import numpy as np
import psutil
import pytest
from gp_client import files
from gp_client.connection import is_alive, read_connection
from gp_client.errors import (
    BLANK_PAGE,
    BUNDLE_DAMAGED,
    CONNECTION_LOST,
    DEVICE_UNAVAILABLE,
    NO_DAEMON,
)
from gp_daemon import cli
from gp_daemon.networks import engine as networks
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.page import Page
from gp_daemon.service.server import Backend
from serving import PATIENCE, code_of, daemon_pid, wait_until

onnxruntime = onnx_runtime.load()

ROOT = Path(__file__).parents[3]
FUZZ_MESSAGES = 20_000


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{path.stem}_for_failures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def drawn(width: int = 160, height: int = 120) -> np.ndarray:
    page = np.full((height, width), 255, np.uint8)
    page[10:110, 20:24] = page[10:110, 120:124] = page[10:14, 20:124] = page[106:110, 20:124] = 0
    return page


@pytest.mark.usefixtures("fake_daemon")
def test_malformed_truncated_oversized_or_hostile_messages_leave_the_next_client_served() -> None:
    fuzz = _load(ROOT / "experiments" / "fuzz.py")
    with gp_client.connect(start=True) as honest:
        page = honest.open(bytes(512), 32, 16)
        found = read_connection()
        assert found is not None
        process = psutil.Process(found.pid)
        fuzz.attack(found.main, 2000, seed=1)  # fills libzmq's pools
        before = process.memory_info().rss
        fuzz.attack(found.main, FUZZ_MESSAGES, seed=2)
        fuzz.attack(found.control, FUZZ_MESSAGES // 10, seed=4)
        fuzz.attack_stream(found.main.removeprefix("ipc://"), 300, seed=3)
        assert honest.status()["failures"] == 0
        page.hint(1, (9, 8, 7))
        assert page.render("flats")[:4] == bytes([9, 8, 7, 255])
        assert daemon_pid() == found.pid
        assert process.memory_info().rss < before * 1.15  # small: libzmq's pools weigh much


@pytest.mark.usefixtures("fake_daemon")
def test_daemon_killed_mid_request_is_a_typed_error_within_2_seconds() -> None:
    with gp_client.connect(start=True), gp_client.connect(timeout=PATIENCE) as client:
        killed: list[float] = []

        def kill(stage: str, fraction: float) -> None:
            os.kill(daemon_pid(), signal.SIGKILL)
            killed.append(time.monotonic())

        code = code_of(lambda: client.open(bytes(512), 32, 16, gap=fake.LONG, progress=kill))
        assert code in (NO_DAEMON, CONNECTION_LOST)
        # The promise is 2 s; a busy machine gets more, but not so much as any time-out of ours has.
        assert time.monotonic() - killed[0] < PATIENCE / 2


def test_daemon_killed_mid_request_is_restarted_once_and_replayed_byte_for_byte(
    runtime: Path, bundle_folder: Path
) -> None:
    art = drawn()
    height, width = art.shape
    with gp_client.connect(start=True, bundle=bundle_folder, device="cpu") as client:
        page = client.open(art.tobytes(), width, height)
        numbers = [region.number for region in page.regions]
        page.hint(numbers[0], (10, 20, 30))
        page.correct(numbers[-1], gp_client.Mask((40, 40, 20, 20), b"\xff" * 400))
        page.scribble(gp_client.Mask((30, 30, 5, 5), b"\xff" * 25), (200, 1, 2))
        calm = [page.render("flats"), page.render("soft")]
        regions, before = page.regions, daemon_pid()
        timer = threading.Timer(0.005, os.kill, (before, signal.SIGKILL))
        timer.start()
        again = [page.render("flats") for _ in range(4)]
        timer.join()
        assert [page.render("flats"), page.render("soft")] == calm
        assert again == [calm[0]] * 4
        assert page.regions == regions
        assert daemon_pid() != before


@pytest.mark.usefixtures("fake_daemon")
def test_editor_killed_drops_its_page_after_a_grace_time_and_ends_its_daemon() -> None:
    program = (
        "import gp_client, os, signal, time\n"
        "client = gp_client.connect(start=True)\n"
        "page = client.open(bytes(512), 32, 16)\n"
        "print(client.status()['pages'], client.info['pid'], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    editor = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    pages, pid = (int(word) for word in editor.stdout.split())
    assert pages == 1
    wait_until(lambda: not is_alive(pid))


def test_no_gpu_or_wrong_cuda_falls_back_to_cpu_with_one_clear_line(
    bundle_folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    both = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: both)
    monkeypatch.setattr(networks, "count_gpus", lambda: 1)
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda path, options, providers: real(path, options, providers=both[1:]),
    )
    with caplog.at_level(logging.WARNING):
        assert Engine(Bundle.load(bundle_folder)).device.startswith("CPU")
    assert len(caplog.records) == 1
    assert code_of(lambda: Engine(Bundle.load(bundle_folder), gpu=0)) == DEVICE_UNAVAILABLE


def test_out_of_gpu_memory_falls_back_once_and_status_says_so(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class OutOfMemory:
        def run(self, *_: Any) -> None:
            raise RuntimeError("CUDA out of memory")

    monkeypatch.setattr(engine, "_on_cuda", True)
    monkeypatch.setattr(engine, "_device", "CUDA 0")
    full = {"colorizer": OutOfMemory(), "segmenter": OutOfMemory()}
    monkeypatch.setattr(engine, "_sessions", full)
    backend = Backend(functools.partial(Page, engine), {}, lambda: {"device": engine.device})
    assert backend.about()["device"] == "CUDA 0"
    with caplog.at_level(logging.WARNING):
        page = Page(engine, drawn().tobytes(), 160, 120)
        page.render("flats")
    assert len(caplog.records) == 1
    assert backend.about()["device"].startswith("CPU")


def test_damaged_or_alien_bundle_is_refused_at_start_naming_file_and_checksum(
    bundle_folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], runtime: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(bundle_folder, broken)
    network = next(broken.glob("colorizer*"))
    data = bytearray(network.read_bytes())
    data[len(data) // 2] ^= 1
    network.write_bytes(data)
    assert cli.main(["--bundle", str(broken), "--cpu"]) == 2
    said = capfd.readouterr().err
    assert network.name in said
    assert "checksum" in said.lower()
    assert code_of(lambda: Bundle.load(broken)) == BUNDLE_DAMAGED


def test_no_closed_area_inverted_page_or_photo_gives_a_result_and_a_blank_page_a_clear_message(
    engine: Engine,
) -> None:
    rng = np.random.default_rng(1)
    open_lines = np.full((120, 160), 255, np.uint8)
    open_lines[60, 10:150] = 0
    photo = rng.integers(0, 256, (120, 160)).astype(np.uint8)
    for art in (open_lines, 255 - drawn(), photo):
        page = Page(engine, art.tobytes(), 160, 120)
        assert page.regions
        assert page.render("flats").shape == (120, 160, 4)
    blank = np.full((120, 160), 255, np.uint8)
    assert code_of(lambda: Page(engine, blank.tobytes(), 160, 120)) == BLANK_PAGE


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_disk_full_or_unwritable_runtime_folder_is_a_clear_message_and_exit_code_1(
    runtime: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    number: int,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.os, "replace", full)
    assert cli.main([], lambda _options: fake.backend()) == 1
    said = capfd.readouterr().err
    assert os.strerror(number) in said
    assert len(said.splitlines()) == 1
    assert "Free some space" in said
    assert not (runtime / "connection.json").exists()
    assert not (runtime / "gp.sock").exists()


@pytest.mark.usefixtures("fake_daemon")
def test_an_idle_daemon_uses_no_processor_time() -> None:
    with gp_client.connect(start=True) as client:
        client.open(bytes(512), 32, 16)
        process = psutil.Process(daemon_pid())

        def idles() -> bool:
            before = process.cpu_times()
            time.sleep(0.5)
            after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            return used <= 0.01  # a tick of the clock; a thread that spins uses fifty

        assert any(idles() for _ in range(20))  # it may have had something to finish
