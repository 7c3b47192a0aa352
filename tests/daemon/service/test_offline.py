"""Nothing leaves the machine: seen by the system, not promised by us."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import offline_session
import pytest
from gp_cli import doctor, offline
from gp_daemon.networks.onnx_runtime import SWITCH
from serving import PATIENCE, Starter, wait_until

ROOT = Path(__file__).parents[3]
ROOMS = ("daemon", "training", "export", "tests", "benchmarks", "experiments", "packaging")


def test_one_module_loads_onnx_runtime_for_everybody() -> None:
    found = set()
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(name.split(".")[0] == "onnxruntime" for name in names):
                found.add(str(path.relative_to(ROOT)))
    assert not found


@pytest.fixture
def session(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a runtime folder of their own for a real daemon; the home's path."""
    home = runtime.parent / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", SWITCH):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TMPDIR", str(home))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return home


def run_session(command: list[str], folder: Path) -> dict[str, Any]:
    program = [sys.executable, offline_session.__file__, str(folder)]
    done = subprocess.run([*command, *program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_in_a_network_of_its_own_the_daemon_asks_for_nothing_and_writes_nothing_at_home(
    session: Path, runtime: Path
) -> None:
    unshare = ["unshare", "--net", "--mount"] + ["--map-root-user"] * (os.geteuid() != 0)
    trial = [*unshare, sys.executable, "-c", "import os; os.stat('/etc/resolv.conf')"]
    if shutil.which("unshare") is None or subprocess.run(trial, capture_output=True).returncode:
        pytest.skip("this system gives no network namespace")
    seen = run_session(unshare, runtime.parent)
    assert seen["asked"] == [offline_session.CONTROL]
    assert seen["inet"] == []
    assert [one for one in seen["files"] if not one.startswith(f"{runtime}/")] == []
    assert list(session.rglob("*")) == []


@pytest.fixture
def strace() -> str:
    """The program; installed where apt-get may do that, as the editors' tests do."""
    if shutil.which("strace") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "-y", "-qq", "strace"], capture_output=True)
    found = shutil.which("strace")
    if found is None or subprocess.run([found, "true"], capture_output=True).returncode:
        pytest.skip("this system has no strace, or does not let it look")
    return found


def test_no_system_call_of_the_daemons_opens_the_network_or_a_file_elsewhere(
    session: Path, runtime: Path, strace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, program = runtime.parent / "trace", runtime.parent / "gp-daemon"
    calls = "socket,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink"
    command = f'"{strace}" -f -qq -y -e trace={calls} -o "{trace}"'
    program.write_text(f'#!/bin/sh\nexec {command} "{sys.executable}" -m gp_daemon.cli "$@"\n')
    program.chmod(0o700)
    monkeypatch.setenv("GUIDINGPAINTER_DAEMON", str(program))
    command_line = [sys.executable, "-c", SHORT]
    done = subprocess.run(command_line, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    wait_until(lambda: not (runtime / "connection.json").exists())
    lines = [line for line in trace.read_text().splitlines() if " = -1 " not in line]
    families = set(re.findall(r"\bsocket\((\w+)", "\n".join(lines)))
    assert families == {"AF_UNIX"}
    written = [line for line in lines if re.search(r"O_WRONLY|O_RDWR|O_CREAT|mkdir|rename", line)]
    assert any(str(runtime) in line for line in written)
    paths = [path for line in written for path in re.findall(r'"([^"]*)"', line)]
    assert [path for path in paths if not path.startswith((f"{runtime}/", "/dev/null"))] == []


SHORT = """
import gp_client
art = bytearray(b"\\xff" * 120 * 160)
for x in range(20, 140):
    art[30 * 160 + x] = art[90 * 160 + x] = 0
with gp_client.connect(start=True, device="cpu", timeout=60) as client:
    page = client.open(bytes(art), 160, 120)
    page.render("flats")
    client.shutdown()
"""


@pytest.fixture
def starter(runtime: Path) -> Iterator[Starter]:
    one = Starter()
    yield one
    one.end()


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system shows no open files")
def test_doctor_measures_what_the_daemon_and_what_it_itself_uses(starter: Starter) -> None:
    # In a process of its own: this one may have sockets of other tests.
    program = "from gp_cli import doctor; print(doctor.network().text)"
    own = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "Network: none used" in own.stdout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", 53))
        found = doctor.network()
        assert (found.level, "127.0.0.1:53" in found.text) == ("bad", True)
        process, _ = starter.start()
        assert f"process {process.pid}" in doctor.network().text
        assert doctor.network().level == "good"  # the daemon's, not ours
    process.terminate()
    process.wait(PATIENCE)
    starter.start("--listen", "tcp://127.0.0.1:*")
    assert "only where it is to listen" in doctor.network().text


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system shows no open files")
def test_doctor_says_what_kind_of_socket_it_has_seen(runtime: Path) -> None:
    with socket.socket(socket.AF_INET) as one:
        assert "has open: a socket that is not connected to anything" in doctor.network().text
        one.bind(("127.0.0.1", 0))
        one.listen()
        port = one.getsockname()[1]
        assert f"has open: tcp 127.0.0.1:{port}" in doctor.network().text
        with socket.create_connection(("127.0.0.1", port)) as other:
            mine = other.getsockname()[1]
            assert f"tcp 127.0.0.1:{mine} to 127.0.0.1:{port}" in doctor.network().text


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="this system shows no open files")
def test_a_file_that_is_written_elsewhere_is_seen(runtime: Path, tmp_path: Path) -> None:
    with (tmp_path / "queue.db").open("w"):
        found = offline.look(os.getpid())
        assert found is not None
        assert tmp_path / "queue.db" in found.written
        assert doctor.network().level == "bad"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names without a file are Linux's")
def test_names_that_others_give_their_sockets_and_processes_are_no_obstacle(tmp_path: Path) -> None:
    odd = b"\0gp\xff\xfe %d \x1c\x85\r\x0b of others \n here" % os.getpid()
    with socket.socket(socket.AF_UNIX) as other, socket.socket(socket.AF_UNIX) as later:
        other.bind(odd)
        later.bind(odd + b"!")
        seen = offline.look(os.getpid())
        assert seen is not None
        assert not [one for one in seen.network if one.kind == "unbound"]  # both are known
        assert doctor.network().level in ("good", "bad")
    program = tmp_path.joinpath(os.fsdecode(b"odd \xff) \xfe"))
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([program, "600"])
    try:
        wait_until(lambda: doctor._process_state(process.pid) == "S")
    finally:
        process.kill()
        process.wait(PATIENCE)
