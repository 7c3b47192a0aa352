"""A real Triton Inference Server on this machine, where there is one.

`pip install --no-deps nvidia-pytriton` brings one for CPUs too (Linux, x86-64), with its Python
backend alone; a `tritonserver` on the PATH is taken otherwise.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

HOW = "no Triton here: pip install --no-deps nvidia-pytriton"
_START = 240.0  # seconds: it loads a Python with ONNX Runtime for each model


def tree() -> Path | None:
    """Return the folder of nvidia-pytriton's server, None where it is not installed."""
    spec = importlib.util.find_spec("pytriton")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "tritonserver"
    return folder if (folder / "bin" / "tritonserver").exists() else None


def is_here() -> bool:
    """Whether there is a Triton to run."""
    return tree() is not None or shutil.which("tritonserver") is not None


class RealTriton:
    """A server on a free port of the loopback; end it with ``end``.

    Args:
        repository: models, for the Python backend.
        work: an empty folder.
    """

    def __init__(self, repository: Path, work: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._log = work / "triton.log"
        backends = _backends(work)
        found = tree()
        program = shutil.which("tritonserver") if found is None else found / "bin" / "tritonserver"
        command = [
            str(program),
            f"--model-repository={repository}",
            *([f"--backend-directory={backends}"] if backends else []),
            "--http-address=127.0.0.1",
            f"--http-port={port}",
            "--allow-grpc=false",
            "--allow-metrics=false",
            "--exit-timeout-secs=1",
        ]
        # The backend starts a Python of its own: that of the first python3 on the PATH, deaf to
        # PYTHONPATH.
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        libraries = [Path(sys.base_prefix) / "lib"]
        if found is not None:
            libraries.append(found.parents[1] / "nvidia_pytriton.libs")
        environment = {
            **os.environ,
            "PATH": programs,
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
        }
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            self._wait()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """End the server and what it started."""
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(60)

    def _wait(self) -> None:
        until = time.monotonic() + _START
        while True:
            ready = f"{self.url}/v2/health/ready"
            with contextlib.suppress(OSError), urllib.request.urlopen(ready, timeout=10):
                return  # another status than 200 is an error, and that an OSError
            said = self._log.read_text(errors="replace")[-3000:]
            assert self._process.poll() is None, f"Triton ended:\n{said}"
            assert time.monotonic() < until, f"Triton is not ready:\n{said}"
            time.sleep(0.2)


def _backends(work: Path) -> Path | None:
    """The wheel's backends, with the Python stub of this version where the backend wants it."""
    found = tree()
    if found is None:
        return None
    target = work / "backends"
    shutil.copytree(found / "backends", target, symlinks=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = found / "python_backend_stubs" / version / "triton_python_backend_stub"
    shutil.copy2(stub, target / "python" / stub.name)
    return target
