"""`gp-daemon` as a process: how it starts, why it does not, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gp_client
import pytest
from gp_client.connection import read_connection
from gp_client.errors import NO_DAEMON, GuidingPainterError
from gp_daemon import cli
from gp_daemon.service.lifecycle import memory_budget
from serving import PATIENCE, Starter


@pytest.fixture
def starter(runtime: Path) -> Iterator[Starter]:
    one = Starter()
    yield one
    one.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(starter: Starter, runtime: Path, number: int) -> None:
    process, ready = starter.start()
    assert ready["ready"] is True
    assert (runtime / "gp.sock").exists()
    process.send_signal(number)
    assert process.wait(PATIENCE) == 0
    assert {path.name for path in runtime.iterdir()} == {"daemon.lock"}


def test_a_second_daemon_finds_the_first_and_says_so(starter: Starter) -> None:
    first, _ = starter.start()
    second, ready = starter.start()
    assert ready["error"]["code"] == "already_running"
    _, errors = second.communicate(timeout=PATIENCE)
    assert second.returncode == 2
    assert f"A daemon already runs (process {first.pid}" in errors
    assert len(errors.splitlines()) == 1


def test_a_killed_daemons_place_is_taken(starter: Starter) -> None:
    first, _ = starter.start()
    first.kill()
    first.wait(PATIENCE)
    second, ready = starter.start()
    assert ready["pid"] == second.pid
    with gp_client.connect() as client:
        assert client.info["pid"] == second.pid


def test_tcp_lets_in_who_has_the_key_and_tells_others_nothing(starter: Starter) -> None:
    _, ready = starter.start("--listen", "tcp://127.0.0.1:*")
    connection = read_connection()
    assert connection is not None
    assert connection.main == ready["endpoint"]
    assert len(connection.token) == 64
    with gp_client.connect() as client:
        page = client.open(bytes(64), 8, 8)
        page.hint(1, (1, 2, 3))
        assert client.status()["clients"] == 1
    with gp_client.connect(connection.main, token=connection.token) as client:
        assert client.info["device"] == "none"
    with pytest.raises(GuidingPainterError) as caught:
        gp_client.connect(connection.main, token="f" * 64, timeout=5)
    assert caught.value.code == NO_DAEMON


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("tcp://example.org:5555", "no address"),
        ("tcp://127.0.0.1", "no endpoint"),
        ("tcp://127.0.0.1:70000", "no endpoint"),
        ("http://127.0.0.1:80", "no endpoint"),
        ("ipc://relative.sock", "absolute"),
        ("ipc:///" + "x" * 120, "too long"),
        ("ipc:///no/such/folder/s", "cannot listen"),
    ],
)
def test_an_endpoint_that_cannot_be_is_one_sentence_and_exit_code_2(
    starter: Starter, endpoint: str, words: str
) -> None:
    code, errors = starter.fail("--listen", endpoint)
    assert code == 2
    assert words in errors
    assert len(errors.splitlines()) == 1


def test_a_file_in_the_sockets_place_is_not_removed(starter: Starter, tmp_path: Path) -> None:
    picture = tmp_path / "p"
    picture.write_text("dear")
    code, errors = starter.fail("--listen", f"ipc://{picture}")
    assert (code, picture.read_text()) == (2, "dear")
    assert "is not a socket" in errors


def test_a_runtime_folder_that_cannot_be_made_is_exit_code_1(
    starter: Starter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(tmp_path / "file" / "run"))
    code, errors = starter.fail()
    assert code == 1
    assert "GUIDINGPAINTER_RUNTIME" in errors
    assert len(errors.splitlines()) == 1


def test_settings_that_are_wrong_are_one_sentence_for_whoever_starts_it(
    starter: Starter, fake_daemon: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIDINGPAINTER_WORKERS", "many")
    code, errors = starter.fail()
    assert (code, len(errors.splitlines())) == (2, 1)
    assert "GUIDINGPAINTER_WORKERS" in errors
    with pytest.raises(GuidingPainterError, match="GUIDINGPAINTER_WORKERS"):
        gp_client.connect(start=True)


@pytest.mark.skipif(os.name != "posix", reason="names of files are text")
def test_a_path_that_is_no_text_is_a_sentence_at_the_start(
    starter: Starter, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = os.fsdecode(b"odd \xff\xfe")
    runtime.mkdir(0o700)
    code, errors = starter.fail("--listen", f"ipc://{runtime / odd}")
    assert (code, "is not all UTF-8" in errors, len(errors.splitlines())) == (2, True, 1)
    monkeypatch.setenv("GUIDINGPAINTER_RUNTIME", str(runtime / odd))
    code, errors = starter.fail()
    assert (code, "is not all UTF-8" in errors, len(errors.splitlines())) == (1, True, 1)
    with pytest.raises(GuidingPainterError) as caught:
        gp_client.connect(start=True)
    assert caught.value.message.encode()
    assert "is not all UTF-8" in caught.value.message


def test_a_runtime_folder_that_others_can_open_is_exit_code_1(
    starter: Starter, runtime: Path
) -> None:
    runtime.mkdir(mode=0o755)
    runtime.chmod(0o755)
    code, errors = starter.fail()
    assert code == 1
    assert "open to other users" in errors


def test_a_daemon_without_starter_outlives_its_clients(starter: Starter) -> None:
    process, _ = starter.start("--grace", "0.1")
    gp_client.connect().close()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)


def test_a_daemon_with_starter_ends_after_the_last_client_and_the_grace_time(
    starter: Starter,
) -> None:
    process, _ = starter.start("--grace", "0.5", "--parent-pid", str(os.getpid()))
    with gp_client.connect(), pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    assert process.wait(PATIENCE) == 0


def test_a_backend_that_cannot_load_is_its_own_sentence_and_exit_code_2(
    runtime: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def load(options: object) -> Any:
        raise GuidingPainterError("bundle_damaged", "The bundle is damaged.", "Install it again.")

    assert cli.main([], load) == 2
    said = capfd.readouterr().err
    assert said.endswith(" gp-daemon: The bundle is damaged. Install it again.\n")
    assert len(said.splitlines()) == 1


def test_gpu_and_cpu_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--gpu", "0", "--cpu"])
    assert caught.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out == f"gp-daemon {gp_client.__version__}\n"


def test_the_memory_budget_is_part_of_the_machines() -> None:
    assert 1024**3 <= memory_budget() <= 8 * 1024**3


def test_several_daemons_started_at_once_end_up_as_one(starter: Starter) -> None:
    answers: list[dict[str, Any]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(starter.start()[1])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(answer["ready"] for answer in answers) == [False, False, True]
