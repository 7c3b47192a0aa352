"""A bundle's networks in ONNX Runtime: device choice, checks, runs.

Asked for CUDA where there is none, ONNX Runtime prints errors and runs on the CPU while most of its
calls still say GPU. Only ``session.get_providers()`` tells the truth, so that is what we ask.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from gp_canvas import cancellation
from gp_client.errors import (
    BAD_REQUEST,
    DEVICE_UNAVAILABLE,
    INTERNAL,
    GuidingPainterError,
)
from gp_client.setup_hint import how_to_install, pip
from numpy.typing import NDArray

from gp_daemon.networks import hardware as devices
from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.binding import BoundSession
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.graphs import GraphNetworks, as_pictures
from gp_daemon.networks.hardware import count_gpus, cpu_threads, first_line
from gp_daemon.networks.interface import (
    ColorizerInput,
    check_interface,
    outputs,
    unlike_manifest,
)

log = logging.getLogger(__name__)

Providers = list[tuple[str, dict[str, Any]]]
_CUDA = "CUDAExecutionProvider"
_CPU: Providers = [("CPUExecutionProvider", {})]
_LIGHT = "int8"  # the variant for CPUs, where there is one
MOST_AT_ONCE = 8  # pages in one run on a GPU: beyond, the first one waits longer than it gains
# Pairs of pieces beyond which a run on the CPU takes its memory from the system and gives it back.
# In memory that ONNX Runtime keeps (its arena) a run takes two thirds of the time; but that grows
# to what the largest run took, 1.7 GB for 1024 pieces, and an answer of it that a page keeps is
# enough for all of it to stay.
_MANY_PAIRS = 256 * 256
_RATIOS = (0.75, 2 / 3, 0.707, 0.5625)  # of usual pages: 4:3, 3:2, A4, 16:9
_GPU_HINT = (
    f"Use --cpu, or install the GPU packages: {pip('uninstall')} onnxruntime, "
    f"then {how_to_install('gpu')}"
)


class Engine(GraphNetworks):
    """A bundle's networks, ready to run on one device. Not thread safe.

    Args:
        bundle: a loaded bundle.
        gpu: a CUDA device that must be used; None: the best that works.
        cpu: use the CPU whatever there is.

    Raises:
        GuidingPainterError: DEVICE_UNAVAILABLE where ONNX Runtime is missing or the GPU asked for
            cannot be used; BUNDLE_DAMAGED where a graph cannot be read or has another interface.
    """

    def __init__(self, bundle: Bundle, gpu: int | None = None, cpu: bool = False) -> None:
        if gpu is not None and cpu:
            raise GuidingPainterError(BAD_REQUEST, "--gpu and --cpu exclude each other.")
        super().__init__(bundle)
        self._runtime = onnx_runtime.load()
        self._required_gpu = gpu
        if gpu is not None:
            self._check_gpu(gpu)
            self._open_cuda(gpu)
        elif cpu or not self._cuda_usable():
            self._open_cpu()
        else:
            try:
                self._open_cuda(0)
            except GuidingPainterError as error:
                if error.code != DEVICE_UNAVAILABLE:
                    raise
                self._fall_back(error.message)

    @property
    def device(self) -> str:
        """The device in words, such as "CPU (2 threads)" or "CUDA 0"."""
        return self._device

    def colorize_many(self, given: Sequence[ColorizerInput]) -> list[NDArray[np.float32]]:
        """Paints several sketches of one size in one run; see ``at_once``.

        Raises:
            Exception: ONNX Runtime's own, where so many are too much for the device.
        """
        if len(given) == 1:
            return [self.colorize(given[0])]
        for one in given:
            self.check_grid(one.sketch.shape)
        feeds = [one.feed() for one in given]
        feed = {name: np.concatenate([one[name] for one in feeds]) for name in feeds[0]}
        # Too many for the memory says nothing about one, and is no reason to leave the GPU.
        (images,) = self._once("colorizer", feed)
        return list(as_pictures(images))

    @property
    def at_once(self) -> int:
        """How many pages ``colorize_many`` should paint in one run: several on a GPU."""
        return MOST_AT_ONCE if self._on_cuda and self.batches else 1

    @property
    def batches(self) -> bool:
        """Whether the colorizer takes several pages at once; older bundles take one."""
        return not isinstance(self._sessions["colorizer"].get_inputs()[0].shape[0], int)

    def usual_shapes(self) -> list[tuple[int, int]]:
        """Grid shapes (height, width) worth warming: usual pages on a GPU, none on the CPU."""
        if not self._on_cuda:
            return []
        side, step = self.bundle.grid_side, self.bundle.grid_multiple
        short = [max(step, round(side * ratio / step) * step) for ratio in _RATIOS]
        shapes = [(side, one) for one in short] + [(one, side) for one in short]
        return [(side, side), *shapes]

    def run(self, role: str, feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """See `GraphNetworks`; a GPU that fails is left for the CPU unless it was asked for."""
        try:
            return self._once(role, feed)
        except GuidingPainterError:
            raise  # cancelled
        except Exception as error:  # ONNX Runtime's own exceptions share no useful base
            reason = first_line(error)
            if not self._on_cuda:
                raise GuidingPainterError(INTERNAL, f"The {role} failed: {reason}") from error
            if self._required_gpu is not None:
                raise GuidingPainterError(
                    DEVICE_UNAVAILABLE,
                    f"GPU {self._required_gpu} failed: {reason}",
                    "Close programs that use its memory, or use --cpu.",
                ) from error
            self._fall_back(f"The GPU failed: {reason}")
            return self._once(role, feed)

    def _once(self, role: str, feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """One run, which ends early where the job that wants it is cancelled."""
        session = self._fitting(role, feed)
        token = cancellation.current.get()
        if token is None:
            return session.run(outputs(self.bundle, role), feed)
        token.check()
        options = self._runtime.RunOptions()
        with token.interrupts(lambda: setattr(options, "terminate", True)):
            try:
                return session.run(outputs(self.bundle, role), feed, options)
            except Exception:
                token.check()  # ended because we wanted it to: no failure of the device
                raise

    def _cuda_usable(self) -> bool:
        return _CUDA in self._runtime.get_available_providers() and count_gpus() > 0

    def _check_gpu(self, gpu: int) -> None:
        if _CUDA not in self._runtime.get_available_providers():
            raise GuidingPainterError(
                DEVICE_UNAVAILABLE,
                f"GPU {gpu} cannot be used: this ONNX Runtime has no CUDA support.",
                _GPU_HINT,
            )
        found = count_gpus()
        if not 0 <= gpu < found:
            known = f"GPUs 0 to {found - 1}" if found > 1 else ("GPU 0" if found else "no GPU")
            raise GuidingPainterError(
                DEVICE_UNAVAILABLE,
                f"GPU {gpu} cannot be used: this machine shows {known}.",
                "Use a GPU that it shows, or --cpu." if found else "Use --cpu.",
            )

    def _open_cpu(self) -> None:
        threads = cpu_threads()
        self._open(_CPU, threads, _LIGHT)
        self._on_cuda = False
        lighter = f", {_LIGHT}" if _LIGHT in self.bundle.variants else ""
        self._device = f"CPU ({threads} thread{'s' if threads > 1 else ''}{lighter})"

    def _open_cuda(self, gpu: int) -> None:
        if hasattr(self._runtime, "preload_dlls"):
            self._runtime.preload_dlls()
        options = {
            "device_id": gpu,
            "arena_extend_strategy": "kSameAsRequested",
            "gpu_mem_limit": devices.gpu_memory_limit(gpu),
            "cudnn_conv_algo_search": "HEURISTIC",
        }
        self._open([(_CUDA, options), *_CPU], 1, "fp16")
        for session in self._sessions.values():
            if _CUDA not in session.get_providers():
                raise GuidingPainterError(
                    DEVICE_UNAVAILABLE,
                    f"GPU {gpu} cannot be used: CUDA or cuDNN did not load.",
                    _GPU_HINT,
                )
        bound = {role: BoundSession(one, "cuda", gpu) for role, one in self._sessions.items()}
        self._sessions = bound
        self._on_cuda = True
        self._device = f"CUDA {gpu}"

    def _open(self, providers: Providers, threads: int, variant: str) -> None:
        self._sessions: dict[str, Any] = {
            role: self._session(role, providers, threads, variant) for role in self.bundle.roles
        }
        self._frugal: dict[str, Any] = {}  # made once they are needed

    def _session(
        self, role: str, providers: Providers, threads: int, variant: str, arena: bool = True
    ) -> Any:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = arena
        # Spinning threads would keep an idle daemon's cores busy and slow the editor down.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what matters comes back as an exception or a fall-back
        path = str(self.bundle.file(role, variant))
        try:
            session = self._runtime.InferenceSession(path, options, providers=providers)
        except Exception as error:  # see run
            if providers[0][0] == _CUDA:
                raise GuidingPainterError(
                    DEVICE_UNAVAILABLE, f"The GPU cannot be used: {first_line(error)}", _GPU_HINT
                ) from error
            fault = f"cannot be run ({first_line(error)})"
            raise unlike_manifest(self.bundle, role, fault) from error
        inputs = [value.name for value in session.get_inputs()]
        check_interface(self.bundle, role, inputs, [one.name for one in session.get_outputs()])
        return session

    def _fitting(self, role: str, feed: dict[str, NDArray[Any]]) -> Any:
        """The session for a run; one that keeps no memory where it would be much."""
        if self._on_cuda or _pairs(feed) <= _MANY_PAIRS:
            return self._sessions[role]
        if role not in self._frugal:
            threads = cpu_threads()
            self._frugal[role] = self._session(role, _CPU, threads, _LIGHT, arena=False)
        return self._frugal[role]

    def _fall_back(self, reason: str) -> None:
        self._open_cpu()
        log.warning("%s Using %s instead.", reason.rstrip(".") + ".", self._device)


def _pairs(feed: dict[str, NDArray[Any]]) -> int:
    """How many pairs of pieces a run looks at; 0 where it knows no pieces."""
    if "relation" in feed:
        return len(feed["relation"]) ** 2
    return len(feed["tokens"]) * len(feed["cast"]) if "cast" in feed else 0
