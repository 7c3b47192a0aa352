"""`gp-daemon`: serves the plug-ins."""

from __future__ import annotations

import argparse
import functools
import logging
import math
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gp_client
from gp_client import streams
from gp_client.errors import DEVICE_UNAVAILABLE, UNWRITABLE, GuidingPainterError
from gp_client.setup_hint import how_to_install

from gp_daemon.networks import settings
from gp_daemon.service import keys
from gp_daemon.service.lifecycle import RunOptions, memory_budget, run
from gp_daemon.service.logs import FORMATS, start_logging
from gp_daemon.service.server import Backend, Options

Loader = Callable[[argparse.Namespace], Backend]

log = logging.getLogger(__name__)
_LARGEST = 2**31 - 1  # what a process id and a file descriptor can be


def main(argv: Sequence[str] | None = None, load: Loader | None = None) -> int:
    """Run the daemon.

    Args:
        argv: arguments, without the program's name; None takes the process's own.
        load: makes what is served; None loads the bundle's networks.

    Returns:
        0 after a clean end, 2 for a start that cannot be (bundle, device, endpoint, a second
        daemon), 1 for a runtime folder that cannot be written or a fault of ours, which is logged.
    """
    return streams.run("gp-daemon", lambda: _run(argv, load))


def _run(argv: Sequence[str] | None, load: Loader | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = {"keys": keys.main, "models": _models}.get(arguments[0]) if arguments else None
    options = parser().parse_args([] if command else arguments)
    start_logging(options.verbose, options.log_format)
    how = RunOptions(
        options.listen, options.ready_fd, options.parent_pid, options.grace, options.while_used
    )
    if command is not None:
        return command(arguments[1:])
    try:
        run(how, lambda: (load or load_backend)(options), lambda: limits(options))
    except GuidingPainterError as error:
        log.error("%s", error)
        return 1 if error.code == UNWRITABLE else 2
    except KeyboardInterrupt:
        return 130  # while loading; later on it is the ordinary end
    except Exception:
        log.exception("ended by a fault of its own")
        return 1
    return 0


def _models(arguments: Sequence[str]) -> int:
    from gp_daemon.networks.triton import repository  # not for a daemon's start

    return repository.main(arguments)


def limits(options: argparse.Namespace) -> Options:
    """What the daemon may take of this machine: by command line, else settings, else machine.

    Raises:
        GuidingPainterError: BAD_REQUEST for settings that are wrong.
    """
    told = settings.load()
    memory = options.memory or told.memory or memory_budget()
    workers = options.workers or told.workers
    return Options(memory=memory) if workers is None else Options(memory=memory, workers=workers)


def load_backend(options: argparse.Namespace) -> Backend:
    """Load the bundle and its networks.

    Raises:
        GuidingPainterError: BUNDLE_DAMAGED, DEVICE_UNAVAILABLE, BAD_REQUEST for settings that are
            wrong.
    """
    try:
        from gp_daemon.networks.bundle import Bundle, default_bundle
        from gp_daemon.networks.device_thread import Device
        from gp_daemon.networks.engine import Engine
        from gp_daemon.networks.triton.kserve import ServedEngine
        from gp_daemon.pages.guided_page import GuidedPage
        from gp_daemon.pages.page import Page
    except ImportError as error:
        raise GuidingPainterError(
            DEVICE_UNAVAILABLE,
            f"A part of the daemon is missing ({error.name}).",
            f"Install it with: {how_to_install()}",
        ) from error
    told = settings.load()
    bundle = Bundle.load((options.bundle or default_bundle()).absolute())
    identity = {
        "name": bundle.name,
        "version": bundle.version,
        "n_regions": bundle.n_regions,
        "mode": bundle.mode,
        "sha256": {role: file.sha256 for role, file in bundle.files.items()},
    }
    about: dict[str, Any] = {"bundle": identity}
    if told.spread is not None:
        about["spread"] = told.spread
    if options.triton is not None:
        served = ServedEngine(bundle, options.triton)
        return Backend(
            functools.partial(Page, served),
            about,
            lambda: {"device": served.device, "device_queue": served.waiting},
            open_guided=functools.partial(GuidedPage, served),
        )
    gpu, cpu = options.gpu, options.cpu
    if gpu is None and not cpu:
        gpu, cpu = told.gpu, told.device == "cpu"
    device = Device(Engine(bundle, gpu=gpu, cpu=cpu), options.at_once)

    def describe() -> dict[str, Any]:
        painted = {"device_runs": device.runs, "device_pages": device.painted}
        return {"device": device.device, "device_queue": device.waiting, **painted}

    return Backend(
        functools.partial(Page, device),
        about,
        describe,
        device.warm,
        functools.partial(GuidedPage, device),
    )


def parser() -> argparse.ArgumentParser:
    """Return the parser of `gp-daemon`, but for its commands ``keys`` and ``models``."""
    made = argparse.ArgumentParser(
        prog="gp-daemon",
        description="Serves GuidingPainter's plug-ins on this machine.",
        epilog="gp-daemon keys --help: let other machines in. "
        "gp-daemon models --help: write the networks for NVIDIA Triton.",
    )
    device = made.add_mutually_exclusive_group()
    device.add_argument("--gpu", type=_number, metavar="N", help="use this CUDA device, or fail")
    device.add_argument(
        "--triton",
        metavar="URL",
        help="send network runs to this inference server (http://host:8000)",
    )
    device.add_argument("--cpu", action="store_true", help="use the CPU; default: best available")
    made.add_argument("--bundle", type=Path, metavar="DIR", help="folder of the networks")
    made.add_argument(
        "--at-once",
        type=_count,
        metavar="N",
        help="pages of one size that one run may paint; default: 8 on a GPU, 1 on the CPU",
    )
    made.add_argument(
        "--memory",
        type=_memory,
        metavar="SIZE",
        help="that pages may hold, such as '4 GiB'; default: half of the machine's, 1 to 8 GiB",
    )
    made.add_argument(
        "--workers",
        type=_workers,
        metavar="N",
        help="threads for work on canvases; default: one for each core, 2 to 4",
    )
    made.add_argument(
        "--listen",
        metavar="ENDPOINT",
        help="ipc:///path, tcp://127.0.0.1:port, or tcp://ADDRESS:port for other machines, which "
        "need keys (gp-daemon keys); default: a socket in the runtime folder",
    )
    made.add_argument("--verbose", action="store_true", help="say what each request takes")
    made.add_argument(
        "--log-format", choices=FORMATS, default="text", help="json: one object a line"
    )
    made.add_argument("--version", action="version", version=f"gp-daemon {gp_client.__version__}")
    started = made.add_argument_group("when a client starts it")
    started.add_argument("--ready-fd", type=_number, metavar="FD", help="say there when ready")
    started.add_argument(
        "--parent-pid", type=_number, metavar="PID", help="end after this one and all clients left"
    )
    started.add_argument(
        "--while-used", action="store_true", help="end once no client came for the time of --grace"
    )
    started.add_argument(
        "--grace", type=_seconds, default=30.0, metavar="S", help="seconds to wait for a client"
    )
    return made


def _count(text: str) -> int:
    number = _number(text)
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 64")
    return number


def _memory(text: str) -> int:
    try:
        return settings.memory_of(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text[:32]!r} is no size of 64 MiB or more, such as '4 GiB'"
        ) from None


def _workers(text: str) -> int:
    number = _number(text)
    least, most = settings.MIN_WORKERS, settings.MAX_WORKERS
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
    return number


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text[:32]!r} is not a whole number")
    number = int(text) if len(text) < 20 else _LARGEST + 1
    if number > _LARGEST:
        raise argparse.ArgumentTypeError(f"{text[:32]} is too large")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 86400:  # False for NaN too
        raise argparse.ArgumentTypeError(f"{text[:32]!r} is not a number of seconds up to a day")
    return number


if __name__ == "__main__":
    sys.exit(main())
