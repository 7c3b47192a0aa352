"""Networks on an inference server: the same pictures, and typed errors where it is gone.

The server is ours, in this process, and follows the published protocol; `test_real_triton.py` has
a real one, where there is one.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gp_client
import numpy as np
import pytest
from gp_canvas import cancellation
from gp_canvas.cancellation import Token
from gp_cli import doctor, offline
from gp_client.errors import BAD_REQUEST, CANCELLED, DEVICE_UNAVAILABLE
from gp_daemon import cli
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.networks.triton.kserve import ServedEngine
from gp_daemon.networks.triton.repository import write_repository
from gp_daemon.pages.page import Page
from kserve_server import KServe
from serving import PATIENCE, code_of, wait_until


@pytest.fixture
def bundle(bundle_folder: Path) -> Bundle:
    return Bundle.load(bundle_folder)


@pytest.fixture
def server(bundle: Bundle, tmp_path: Path) -> Iterator[Any]:
    write_repository(bundle, tmp_path / "models")
    running = KServe(tmp_path / "models")
    yield running
    running.end()


@pytest.fixture
def served(server: Any, bundle: Bundle) -> Iterator[ServedEngine]:
    engine = ServedEngine(bundle, server.url)
    yield engine
    engine.close()


def test_a_page_is_painted_by_a_server_as_it_is_here(
    server: Any, served: ServedEngine, engine: Engine, boxes: np.ndarray
) -> None:
    pages = [Page(one, boxes.tobytes(), boxes.shape[1], boxes.shape[0]) for one in (engine, served)]
    for page in pages:
        page.hint(1, (200, 10, 20))
        page.scribble(np.full(boxes.shape, 255, np.uint8), (1, 200, 3))
    assert pages[0].regions == pages[1].regions
    for kind in ("flats", "soft"):
        assert np.array_equal(pages[0].render(kind), pages[1].render(kind))
    assert len(server.asked) >= 3


def test_a_repository_has_each_network_under_a_name_with_its_checksum(
    bundle: Bundle, tmp_path: Path
) -> None:
    names = write_repository(bundle, tmp_path)
    for role, name in zip(("segmenter", "colorizer"), names, strict=True):
        assert name == f"guidingpainter_{role}_{bundle.files[role].sha256[:12]}"
        assert (tmp_path / name / "1" / "model.onnx").read_bytes() == (
            bundle.file(role).read_bytes()
        )
    config = (tmp_path / names[1] / "config.pbtxt").read_text()
    assert "max_batch_size: 8\n" in config
    assert 'name: "colors" data_type: TYPE_FP32 dims: [ 6, 3 ]' in config


def test_the_command_writes_the_repository(
    bundle_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", str(tmp_path), "--bundle", str(bundle_folder)]) == 0
    written = capsys.readouterr().out.split()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(written)


def test_a_server_with_other_networks_is_refused(
    server: Any, bundle_maker: Callable[..., Bundle], tmp_path: Path
) -> None:
    other = bundle_maker(tmp_path / "other", n_regions=7)
    assert code_of(lambda: ServedEngine(other, server.url)) == DEVICE_UNAVAILABLE


def test_a_server_without_binary_tensors_is_refused(server: Any, bundle: Bundle) -> None:
    server.extensions = []
    assert code_of(lambda: ServedEngine(bundle, server.url)) == DEVICE_UNAVAILABLE


def test_nobody_at_the_address_is_a_typed_error(bundle: Bundle) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{one.getsockname()[1]}"
        assert code_of(lambda: ServedEngine(bundle, url)) == DEVICE_UNAVAILABLE


@pytest.mark.parametrize("url", ["grpc://localhost:8001", "localhost:8000", "http://", ""])
def test_an_address_that_is_none_is_refused(bundle: Bundle, url: str) -> None:
    assert code_of(lambda: ServedEngine(bundle, url)) == BAD_REQUEST


def test_a_server_that_closed_a_kept_connection_is_asked_again(
    server: Any, served: ServedEngine
) -> None:
    served.warm(32, 32)
    server.drop_connections()
    served.warm(32, 32)
    assert len(server.asked) >= 4


def test_a_server_that_dies_is_a_typed_error(server: Any, served: ServedEngine) -> None:
    served.warm(32, 32)
    server.end()
    assert code_of(lambda: served.warm(32, 32)) == DEVICE_UNAVAILABLE


def test_a_run_that_the_server_refuses_is_a_typed_error(server: Any, served: ServedEngine) -> None:
    feed = {"sketch": np.zeros((1, 1, 32, 32), np.float32)}
    assert code_of(lambda: served.run("colorizer", feed)) == DEVICE_UNAVAILABLE


def test_a_cancelled_job_does_not_wait_for_the_server(server: Any, served: ServedEngine) -> None:
    server.hold.clear()
    token = Token()
    threading.Timer(0.1, token.cancel).start()
    mark = cancellation.current.set(token)
    try:
        assert code_of(lambda: served.warm(32, 32)) == CANCELLED
    finally:
        cancellation.current.reset(mark)
    assert not server.hold.is_set()  # so nothing was answered
    assert served.waiting == 0


def test_several_threads_use_a_server_at_once(server: Any, served: ServedEngine) -> None:
    server.hold.clear()
    threads = [threading.Thread(target=served.warm, args=(32, 32)) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(server.asked) >= 3)
    assert served.waiting == 3
    server.hold.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert served.waiting == 0


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system shows no open files")
@pytest.mark.parametrize("written", ["--triton {}", "--triton={}"])
def test_doctor_names_the_server_that_a_daemon_was_told_to_use_and_finds_nothing_wrong(
    written: str,
    server: Any,
    bundle_folder: Path,
    fake_daemon: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = f'"{sys.executable}" -m gp_daemon.cli --bundle "{bundle_folder}"'
    fake_daemon.write_text(f'#!/bin/sh\nexec {words} {written.format(server.url)} "$@"\n')
    with gp_client.connect(start=True, timeout=PATIENCE):
        found = doctor.network()
        assert (found.level, server.url in found.text) == ("good", True), found
        monkeypatch.setattr(offline, "inference_server", lambda _pid: "http://127.0.0.2:80")
        found = doctor.network()
        assert (found.level, server.url.partition("//")[2] in found.text) == ("bad", True)
