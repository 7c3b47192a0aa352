"""The socket is ours: a daemon whose files others removed is found again, or makes way."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import gp_client
import pytest
from gp_cli import doctor
from gp_client.connection import FILE_NAME, is_alive, read_connection
from gp_client.errors import GuidingPainterError
from serving import PATIENCE, Starter, code_of, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="unix sockets, and signals")


@pytest.fixture
def starter(runtime: Path) -> Iterator[Starter]:
    one = Starter()
    yield one
    for process in one.processes:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
    one.end()


def reached() -> int | None:
    """The process that a new client reaches, or None where it reaches nobody."""
    try:
        with gp_client.connect(timeout=PATIENCE) as client:
            return int(client.info["pid"])
    except GuidingPainterError:
        return None


def remove(names: tuple[str, ...]) -> Callable[[Path], None]:
    def act(runtime: Path) -> None:
        for name in names:
            (runtime / name).unlink()

    return act


@pytest.mark.parametrize(
    "clean",
    [
        remove(("gp.sock", "gp.sock.ctl")),
        remove(("gp.sock",)),
        remove((FILE_NAME,)),
        remove(("daemon.lock",)),
        shutil.rmtree,
    ],
    ids=["sockets", "main socket", "connection file", "lock", "folder"],
)
def test_a_daemon_whose_files_are_removed_is_found_again(
    starter: Starter, runtime: Path, clean: Callable[[Path], None]
) -> None:
    process, _ = starter.start()
    with gp_client.connect() as before:
        page = before.open(bytes(512), 32, 16)
        clean(runtime)
        wait_until(lambda: reached() == process.pid)
        wait_until(lambda: (runtime / "daemon.lock").exists())
        assert starter.start()[1]["error"]["code"] == "already_running"
        page.hint(1, (9, 8, 7))
        assert page.render("flats")[:4] == bytes([9, 8, 7, 255])
    for path in (runtime, *runtime.iterdir()):
        assert path.lstat().st_mode & 0o077 == 0


def make_file(path: Path) -> None:
    path.write_text("mine")


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "mine").write_text("mine")


def make_link(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("name", ["gp.sock", "gp.sock.ctl"])
@pytest.mark.parametrize("make", [make_file, make_folder, make_link])
def test_what_is_in_the_way_of_a_socket_is_left_alone_and_told_once_until_it_is_gone(
    starter: Starter, runtime: Path, tmp_path: Path, name: str, make: Callable[[Path], None]
) -> None:
    log = tmp_path / "log"
    process, _ = starter.start(log=log)
    path = runtime / name
    with gp_client.connect() as before:
        page = before.open(bytes(512), 32, 16)
        path.unlink()
        make(path)
        wait_until(lambda: f"{path} is in the way" in log.read_text())
        page.hint(1, (9, 8, 7))
        assert page.render("flats")[:4] == bytes([9, 8, 7, 255])
        mine = path.lstat()
        (runtime / FILE_NAME).unlink()
        wait_until((runtime / FILE_NAME).exists)  # it has looked once more
        assert os.path.samestat(path.lstat(), mine)
        assert log.read_text().count("in the way") == 1
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    wait_until(lambda: reached() == process.pid)


def test_a_daemon_does_not_start_over_what_is_in_the_way_of_its_socket(
    starter: Starter, runtime: Path
) -> None:
    runtime.mkdir(mode=0o700)
    make_link(runtime / "gp.sock")
    code, errors = starter.fail()
    assert code == 2
    assert len(errors.splitlines()) == 1
    assert (runtime / "gp.sock").is_symlink()


def test_a_runtime_folder_that_is_moved_away_and_back_is_the_daemons_again(
    starter: Starter, runtime: Path
) -> None:
    process, _ = starter.start()
    away = runtime.with_name("away")
    runtime.rename(away)
    wait_until(lambda: reached() == process.pid)
    shutil.rmtree(runtime)
    away.rename(runtime)
    wait_until(lambda: reached() == process.pid)
    assert process.poll() is None


@pytest.mark.parametrize("name", ["daemon.lock", FILE_NAME])
def test_a_folder_in_the_place_of_a_file_of_ours_is_told_once_until_it_is_gone(
    starter: Starter, runtime: Path, tmp_path: Path, name: str
) -> None:
    log = tmp_path / "log"
    process, _ = starter.start(log=log)
    (runtime / name).unlink()
    (runtime / name).mkdir()
    wait_until(lambda: "out of reach" in log.read_text())
    (runtime / name).rmdir()
    wait_until(lambda: reached() == process.pid)
    assert log.read_text().count("out of reach") == 1


def test_of_daemons_that_start_at_once_one_serves_and_the_others_name_it(
    starter: Starter, runtime: Path
) -> None:
    answers: list[dict[str, object]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(starter.start()[1])) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    (ready,) = [one for one in answers if one["ready"]]
    others = [one["error"] for one in answers if not one["ready"]]
    assert [one["code"] for one in others] == ["already_running"] * 4  # type: ignore[index]
    assert all(f"process {ready['pid']}" in str(one) for one in others)
    assert reached() == ready["pid"]


def test_a_daemon_whose_place_is_taken_ends_and_leaves_the_others_files(
    starter: Starter, runtime: Path
) -> None:
    first, _ = starter.start()
    first.send_signal(signal.SIGSTOP)
    shutil.rmtree(runtime)
    second, ready = starter.start()
    assert ready["pid"] == second.pid
    first.send_signal(signal.SIGCONT)
    assert first.wait(PATIENCE) == 0
    assert reached() == second.pid
    assert (runtime / "gp.sock.ctl").exists()


def test_a_second_daemon_does_not_take_an_endpoint_at_which_somebody_listens(
    starter: Starter, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = starter.start()
    endpoint = f"ipc://{runtime / 'gp.sock'}"
    first.send_signal(signal.SIGSTOP)  # busy or stopped, it is its socket
    with monkeypatch.context() as patch:
        patch.setenv("GUIDINGPAINTER_RUNTIME", str(runtime.parent / "other"))
        code, errors = starter.fail("--listen", endpoint)
    assert (code, "omebody else listens" in errors) == (2, True)
    first.send_signal(signal.SIGCONT)
    assert reached() == first.pid


def test_doctor_asks_the_daemon_and_believes_no_file(starter: Starter, runtime: Path) -> None:
    process, _ = starter.start()
    assert doctor.daemon().level == "good"
    process.send_signal(signal.SIGSTOP)
    found = doctor.daemon()
    assert (found.level, f"process {process.pid}" in found.text) == ("bad", True)
    process.send_signal(signal.SIGCONT)
    wait_until(lambda: doctor.daemon().level == "good")


def test_a_file_of_a_process_that_is_no_daemon_is_not_good(starter: Starter, runtime: Path) -> None:
    process, _ = starter.start()
    text = (runtime / FILE_NAME).read_text()
    process.terminate()
    process.wait(PATIENCE)
    (runtime / FILE_NAME).write_text(text.replace(str(process.pid), str(os.getpid())))
    (runtime / FILE_NAME).chmod(0o600)
    found = read_connection()
    assert found is not None
    assert is_alive(found.pid)
    assert doctor.daemon().level == "bad"
    assert code_of(lambda: gp_client.connect()) == "no_daemon"
