"""`gp doctor` names what is wrong and what mends it; `gp status` shows what the daemon says."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import gp_client
import pytest
from gp_cli import doctor
from gp_cli import status as status_view
from gp_cli.doctor import Finding
from gp_client.errors import GuidingPainterError
from gp_client.setup_hint import how_to_install
from gp_daemon.networks import hardware as devices
from gp_daemon.networks import onnx_runtime

onnxruntime = onnx_runtime.load()

CUDA = ["CUDAExecutionProvider", "CPUExecutionProvider"]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pretends a machine: installed wheels, GPUs, providers, libraries, a card, nvidia-smi."""

    def make(
        wheels: tuple[str, ...] = ("onnxruntime",),
        gpus: int = 0,
        providers: list[str] = CUDA[1:],
        libraries: bool = True,
        card: bool = False,
        smi: str | None = None,
        free: int | None = None,
    ) -> None:
        monkeypatch.setattr(doctor, "_version", lambda name: "1.0" if name in wheels else "")
        monkeypatch.setattr(doctor, "count_gpus", lambda: gpus)
        monkeypatch.setattr(doctor, "free_gpu_memory", lambda _number: free)
        monkeypatch.setattr(doctor, "_library", lambda _name: libraries)
        monkeypatch.setattr(doctor, "_has_nvidia_card", lambda: card)
        monkeypatch.setattr(doctor.shutil, "which", lambda _name: smi)
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)

    return make


def test_both_wheels_at_once_are_bad_and_the_mend_removes_both(machine: Any) -> None:
    machine(wheels=("onnxruntime", "onnxruntime-gpu"))
    found = doctor.runtime_wheel()
    assert found.level == "bad"
    assert "uninstall -y onnxruntime onnxruntime-gpu" in found.mend


def test_no_wheel_is_bad(machine: Any) -> None:
    machine(wheels=())
    assert doctor.runtime_wheel().level == "bad"


def test_a_machine_without_a_card_is_fine_on_the_cpu(machine: Any) -> None:
    machine()
    assert doctor.driver().level == "note"
    assert doctor.cuda().level == doctor.memory().level == "good"


def test_a_card_without_a_driver_is_bad(machine: Any) -> None:
    machine(card=True)
    found = doctor.driver()
    assert (found.level, "driver" in found.mend) == ("bad", True)


def test_a_broken_driver_is_quoted(machine: Any, tmp_path: Path) -> None:
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'Driver/library version mismatch'\nexit 18\n")
    program.chmod(0o700)
    machine(smi=str(program))
    found = doctor.driver()
    assert found.level == "bad"
    assert "version mismatch" in found.text
    assert "Restart" in found.mend


def test_a_gpu_with_the_cpu_wheel_names_the_other_wheel(machine: Any) -> None:
    machine(gpus=1)
    found = doctor.cuda()
    assert found.level == "note"
    assert how_to_install("gpu") in found.mend
    assert "uninstall -y onnxruntime," in found.mend


def test_missing_cuda_libraries_are_bad_and_named(machine: Any) -> None:
    machine(gpus=1, providers=CUDA, libraries=False)
    found = doctor.cuda()
    assert found.level == "bad"
    assert "cudnn" in found.text


def test_a_full_gpu_is_bad_and_room_is_good(machine: Any) -> None:
    machine(gpus=1, free=100 << 20)
    assert doctor.memory().level == "bad"
    machine(gpus=1, free=6 << 30)
    assert doctor.memory() == Finding("good", "6.0 GiB of the GPU's memory is free.")


def test_a_runtime_folder_open_to_others_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path))
    tmp_path.chmod(0o755)
    assert doctor.folder().level == "bad"
    tmp_path.chmod(0o700)
    assert doctor.folder().level == "good"
    assert doctor.daemon().text.startswith("No daemon runs")


@pytest.mark.skipif(os.name != "posix", reason="needs unix sockets and pipes")
@pytest.mark.parametrize("name", ["gp.sock", "gp.sock.ctl", "daemon.lock", "daemon.log"])
def test_what_keeps_a_daemon_from_starting_is_bad(name: str, runtime: Path) -> None:
    assert doctor.folder().level == "good"
    (runtime / name).mkdir()
    found = doctor.folder()
    assert (found.level, str(runtime / name) in found.text) == ("bad", True)
    with pytest.raises(GuidingPainterError):
        gp_client.connect(start=True)
    (runtime / name).rmdir()
    if name == "daemon.log":  # nobody reads it
        os.mkfifo(runtime / name)
        assert doctor.folder().level == "bad"


@pytest.mark.skipif(os.name != "posix", reason="needs unix sockets")
def test_a_runtime_folder_too_deep_for_a_socket_is_bad(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(runtime / ("x" * 90)))
    found = doctor.folder()
    assert (found.level, "too long" in found.text) == ("bad", True)


def test_a_running_daemons_folder_is_good(fake_daemon: Path) -> None:
    with gp_client.connect(start=True):
        assert doctor.folder().level == "good"


def test_the_report_puts_each_mend_under_its_finding() -> None:
    text = doctor.report([Finding("good", "Fine."), Finding("bad", "Broken.", "Mend it")])
    assert text.splitlines() == ["ok    Fine.", "BAD   Broken.", "      -> Mend it"]


def test_examining_this_machine_raises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path / "r"))
    assert len(doctor.examine()) == 9


class FakeDriver:
    """libcuda with a given amount of free memory."""

    def __init__(self, free: int, fails: str = "") -> None:
        self._free, self._fails = free, fails
        self.released = 0

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> int:
            if name == "cuMemGetInfo_v2":
                args[0]._obj.value = self._free
            self.released += name == "cuDevicePrimaryCtxRelease_v2"
            return int(name == self._fails)

        return call


def test_the_gpu_memory_limit_follows_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    for free, limit in ((1 << 20, 512 << 20), (2 << 30, (2 << 30) * 7 // 10), (80 << 30, 8 << 30)):
        driver = FakeDriver(free)
        monkeypatch.setattr(ctypes, "CDLL", lambda _name, driver=driver: driver)
        assert devices.gpu_memory_limit(0) == limit
        assert driver.released == 1
    failing = FakeDriver(0, "cuMemGetInfo_v2")
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: failing)
    assert devices.gpu_memory_limit(0) == 2 << 30


def test_status_shows_device_bundle_pages_queue_times_and_errors() -> None:
    status = {
        "pid": 7,
        "version": "1",
        "uptime": 7300.0,
        "device": "CPU (2 threads)",
        "bundle": {"name": "default", "version": "3"},
        "clients": 2,
        "pages": 3,
        "memory": 5 << 20,
        "memory_limit": 4 << 30,
        "waiting": 1,
        "jobs": [{"op": "open", "stage": "snapping", "seconds": 1.25}],
        "times": {"hint": {"count": 4, "p50_ms": 1.0, "p95_ms": 2.0}},
        "errors": [{"time": 0, "op": "open", "code": "blank_page", "message": "Blank."}],
    }
    text = "\n".join(status_view.lines(status))
    for words in (
        "process 7, version 1, up 2 h 1 min",
        "CPU (2 threads)",
        "default 3",
        "3, 5.0 MiB of 4.0 GiB",
        "1 waiting, 1 running",
        "open, snapping, 1.2 s",
        "half in 1 ms, 95 % in 2 ms",
        "open: Blank.",
    ):
        assert words in text


def test_status_of_an_older_daemon_leaves_out_what_it_does_not_say() -> None:
    assert "errors    none" in status_view.lines({"pid": 1})
