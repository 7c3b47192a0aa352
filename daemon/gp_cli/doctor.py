"""`gp doctor`: what is wrong with this machine's set-up, in plain words, and what mends it.

Each check looks at one thing and returns a Finding; nothing here raises or changes anything.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gp_client import streams
from gp_client.connection import LOCK_FILE, read_connection, runtime_folder
from gp_client.errors import GuidingPainterError
from gp_client.files import reason
from gp_client.launch import LOG_FILE
from gp_client.setup_hint import how_to_install, pip
from gp_client.socket_path import check_path, main_path
from gp_daemon.networks import onnx_runtime, settings
from gp_daemon.networks.hardware import count_gpus, free_gpu_memory

from gp_cli import asking, offline

_TIMEOUT = 10.0  # seconds for nvidia-smi
_ANSWER = 5.0  # seconds for the daemon
_NEEDED_GPU_MEMORY = 1 << 30  # bytes
_CUDA = "CUDAExecutionProvider"


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Attributes:
        level: "good", "note" (works, could be better) or "bad" (does not work).
        text: one sentence.
        mend: a command or a step that helps; empty where nothing is to be done.
    """

    level: str
    text: str
    mend: str = ""


def examine() -> list[Finding]:
    """Run all checks."""
    checks = (runtime_wheel, driver, cuda, memory, bundle, configured, folder, daemon, network)
    return [check() for check in checks]


def runtime_wheel() -> Finding:
    """Which ONNX Runtime is installed; the two wheels overwrite each other's files."""
    cpu, gpu = _version("onnxruntime"), _version("onnxruntime-gpu")
    if cpu and gpu:
        return Finding(
            "bad",
            f"onnxruntime {cpu} and onnxruntime-gpu {gpu} are both installed and spoil each other.",
            f"{pip('uninstall')} onnxruntime onnxruntime-gpu, then {how_to_install()} "
            "(or [gpu] with an NVIDIA card)",
        )
    if not cpu and not gpu:
        return Finding(
            "bad",
            "ONNX Runtime, which runs the networks, is not installed.",
            f"{how_to_install()} (or [gpu] with an NVIDIA card)",
        )
    return Finding("good", f"ONNX Runtime {gpu or cpu} is installed ({'GPU' if gpu else 'CPU'}).")


def driver() -> Finding:
    """Whether there is an NVIDIA card, and its driver answers."""
    gpus = count_gpus()
    if gpus:
        return Finding("good", f"The NVIDIA driver shows {gpus} GPU{'s' if gpus > 1 else ''}.")
    program = shutil.which("nvidia-smi")
    if program is None:
        card = _has_nvidia_card()
        if card:
            return Finding(
                "bad",
                "There is an NVIDIA card, but no driver for it.",
                "Install NVIDIA's driver (Debian, Ubuntu: apt install nvidia-driver), then restart",
            )
        return Finding("note", "There is no NVIDIA card here; the CPU does the work.")
    try:
        done = subprocess.run([program], capture_output=True, text=True, timeout=_TIMEOUT)
        said = (done.stdout + done.stderr).strip().splitlines()
    except (OSError, subprocess.TimeoutExpired):
        said = []
    reason = said[-1][:160] if said else "it says nothing"
    return Finding(
        "bad",
        f"The NVIDIA driver is installed but does not work: {reason}",
        "Restart the machine after a driver update; where that does not help, reinstall the driver",
    )


def cuda() -> Finding:
    """Whether ONNX Runtime can use CUDA, or what it lacks."""
    if importlib.util.find_spec("onnxruntime") is None:
        return Finding("note", "CUDA cannot be looked at without ONNX Runtime.")
    built_in = _CUDA in onnx_runtime.load().get_available_providers()
    if not count_gpus():
        if built_in:
            return Finding(
                "note",
                "This ONNX Runtime could use a GPU, but the machine shows none.",
                f"Smaller and as good here: {pip('uninstall')} onnxruntime-gpu, "
                f"then {how_to_install()}",
            )
        return Finding("good", "The networks run on the CPU, as there is no GPU.")
    if not built_in:
        return Finding(
            "note",
            "There is a GPU, but this ONNX Runtime is the CPU build.",
            f"{pip('uninstall')} onnxruntime, then {how_to_install('gpu')}",
        )
    missing = [name for name in ("cudart", "cublas", "cudnn") if not _library(name)]
    if missing:
        return Finding(
            "bad",
            f"The GPU is there, but CUDA's libraries are missing ({', '.join(missing)}).",
            f"{pip('install')} 'onnxruntime-gpu[cuda,cudnn]'",
        )
    return Finding("good", "ONNX Runtime has CUDA and its libraries.")


def memory() -> Finding:
    """Whether the first GPU has room."""
    if not count_gpus():
        return Finding("good", "No GPU memory is needed.")
    free = free_gpu_memory(0)
    if free is None:
        return Finding("note", "How much GPU memory is free cannot be told.")
    shown = f"{free / 2**30:.1f} GiB"
    if free < _NEEDED_GPU_MEMORY:
        return Finding(
            "bad",
            f"Only {shown} of the GPU's memory is free.",
            "Close programs that use the GPU (nvidia-smi lists them), or start with --cpu",
        )
    return Finding("good", f"{shown} of the GPU's memory is free.")


def bundle() -> Finding:
    """Whether the shipped networks are there and whole."""
    try:
        from gp_daemon.networks.bundle import Bundle, default_bundle

        found = Bundle.load(default_bundle())
    except GuidingPainterError as error:
        return Finding("bad", error.message, error.hint or "Install GuidingPainter again")
    except ImportError as error:
        return Finding("bad", f"{error.name} is not installed.", how_to_install())
    return Finding("good", f"The networks {found.name} {found.version} are whole.")


def configured() -> Finding:
    """Whether what the user has set can be understood."""
    try:
        found = settings.load()
    except GuidingPainterError as error:
        return Finding("bad", error.message, error.hint)
    if not found.sources:
        return Finding("good", "No settings: the daemon decides by the machine.")
    return Finding("good", f"Settings: {', '.join(found.sources)}; gp config shows them.")


def folder() -> Finding:
    """Whether a daemon can start in the runtime folder."""
    try:
        path = runtime_folder(create=True)
    except GuidingPainterError as error:
        return Finding("bad", error.message, error.hint)
    free = shutil.disk_usage(path).free
    if free < 1 << 20:
        return Finding("bad", f"The disk of {path} is full.", "Free some space")
    try:
        if os.name == "posix":  # elsewhere it listens at a port
            check_path(main_path(path.absolute()))
    except GuidingPainterError as error:
        return Finding("bad", f"No daemon can start: {error.message}", error.hint)
    # As a daemon opens them, and whoever starts one.
    for name, mode in ((LOCK_FILE, os.O_RDWR), (LOG_FILE, os.O_WRONLY)):
        problem = _cannot_open(path / name, mode)
        if problem:
            return Finding(
                "bad",
                f"No daemon can start: {path / name} cannot be opened ({problem}).",
                "Remove it, or set GUIDINGPAINTER_RUNTIME to another folder",
            )
    return Finding("good", f"The runtime folder {path} is yours alone.")


def daemon() -> Finding:
    """Whether a daemon runs, and answers: it is asked, and no file is believed."""
    try:
        found = read_connection()
    except GuidingPainterError as error:
        return Finding("bad", error.message, error.hint)
    if found is None:
        return Finding("good", "No daemon runs; plug-ins start one when they need it.")
    state = {"T": " because it is stopped", "D": " because it waits for a disk"}
    if found.curve:  # asks for a key file, and who has none may be on its machine all the same
        return Finding("note", f"A daemon for other machines runs (process {found.pid}).")
    try:
        asking.ask(found, "ping", _ANSWER)
    except GuidingPainterError as error:
        why = state.get(_process_state(found.pid), "")
        return Finding(
            "bad",
            f"A daemon's process {found.pid} lives, but does not answer{why}.",
            f"{error.message} Wait a moment; else end it (kill {found.pid}) and start again",
        )
    return Finding("good", f"A daemon answers (process {found.pid}); gp status says what it does.")


def network() -> Finding:
    """What the daemon talks to beyond this machine, seen in its open files as they are now.

    Where none runs it is this process that is looked at, which has loaded the same libraries.
    """
    try:
        found = read_connection()
    except GuidingPainterError:
        found = None  # `daemon` says it
    if importlib.util.find_spec("onnxruntime") is not None:
        onnx_runtime.load()
    pid, who = (os.getpid(), "gp") if found is None else (found.pid, "the daemon")
    seen = offline.look(pid)
    if seen is None:
        return Finding("note", "Network: what a process uses cannot be seen on this system.")
    ours = set() if found is None else {_port(found.main), _port(found.control)} - {""}
    server = "" if found is None else offline.inference_server(pid)
    wanted = offline.addresses(server) if server else set()
    asked = [one for one in seen.network if one.remote in wanted]
    strange = [one for one in seen.network if _port(one.local) not in ours and one not in asked]
    home = runtime_folder().resolve()
    files = [path for path in seen.written if home not in path.resolve().parents]
    if strange or files:
        talks = [_in_words(one) for one in strange]
        return Finding(
            "bad",
            f"Network: {who} (process {pid}) has open: {', '.join([*talks, *map(str, files)])}.",
            "It should need none of it: please report this line",
        )
    looked = f"of {seen.files} open files of {who} (process {pid})"
    allowed = ["where it is to listen"] * (len(asked) < len(seen.network))
    allowed += [f"the inference server {server} that it was told to use"] * bool(asked)
    if allowed:
        return Finding("good", f"Network: only {' and '.join(allowed)}, {looked}.")
    return Finding("good", f"Network: none used ({looked} none is a network socket).")


def report(findings: Sequence[Finding]) -> str:
    """Return the findings as text, each with what mends it."""
    signs = {"good": "ok  ", "note": "note", "bad": "BAD "}
    lines = []
    for finding in findings:
        lines.append(streams.one_line(f"{signs[finding.level]}  {finding.text}"))
        if finding.mend:
            lines.append(streams.one_line(f"      -> {finding.mend}"))
    return "\n".join(lines)


def _process_state(pid: int) -> str:
    """The letter by which Linux says what a process does; empty elsewhere."""
    try:
        # The state follows the command, which is in brackets and may be any bytes.
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        return state.decode("ascii", "replace")
    except (OSError, IndexError):
        return ""


def _cannot_open(path: Path, mode: int) -> str:
    """Why a file cannot be opened; empty where it can, or is not there yet. Waits for no pipe."""
    try:
        os.close(os.open(path, mode | getattr(os, "O_NONBLOCK", 0)))
    except FileNotFoundError:
        return ""
    except OSError as error:
        return reason(error)
    return ""


def _in_words(one: offline.NetworkSocket) -> str:
    if not one.local:
        return "a socket that is not connected to anything"
    return f"{one.kind} {one.local}" + ("" if one.listens else f" to {one.remote}")


def _port(endpoint: str) -> str:
    """The port of a tcp endpoint or address; empty for a unix socket."""
    return "" if endpoint.startswith("ipc:") else endpoint.rpartition(":")[2]


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _has_nvidia_card() -> bool:
    """Whether the PCI bus shows an NVIDIA display device; False where there is no such list."""
    for device in Path("/sys/bus/pci/devices").glob("*"):
        try:
            vendor = (device / "vendor").read_text().strip()
            kind = (device / "class").read_text().strip()
        except OSError:
            continue
        if vendor == "0x10de" and kind.startswith("0x03"):
            return True
    return False


def _library(name: str) -> bool:
    """Whether a CUDA library is there: in the wheels that pip installs, or the system's."""
    import ctypes.util

    if ctypes.util.find_library(name):
        return True
    spec = importlib.util.find_spec("nvidia")
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    patterns = (f"**/lib{name}*.so*", f"**/{name}*.dll")
    return any(next(Path(place).glob(p), None) for place in places for p in patterns)
