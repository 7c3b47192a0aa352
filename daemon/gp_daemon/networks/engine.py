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
from gp_canvas.regions.relations import find_relations
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
from gp_daemon.networks.hardware import count_gpus, cpu_threads, first_line
from gp_daemon.networks.interface import (
    alien,
    check_interface,
    colorizer_feed,
    outputs,
    plane,
)

log = logging.getLogger(__name__)

_CUDA = "CUDAExecutionProvider"
MOST_AT_ONCE = 8  # pages in one run on a GPU: beyond, the first one waits longer than it gains
_RATIOS = (0.75, 2 / 3, 0.707, 0.5625)  # of usual pages: 4:3, 3:2, A4, 16:9
_GPU_HINT = (
    f"Use --cpu, or install the GPU packages: {pip()} uninstall -y onnxruntime, "
    f"then {how_to_install('gpu')}"
)


class Engine:
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
        self.bundle = bundle
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

    def segment(
        self, sketch: NDArray[np.float32], pieces: NDArray[np.int32] | None = None
    ) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Divides a sketch into guided regions in priority order.

        Args:
            sketch: float32 [H, W] in 0..1, 1 = paper; sides are multiples of the bundle's
                ``grid_multiple``.
            pieces: int32 [H, W], 0..n-1; needed where ``bundle.pieces``, else ignored.

        Returns:
            labels, uint8 [H, W], 0 = first; and margin, float32 [H, W], the winner's probability.
        """
        self._check_grid(sketch.shape)
        if self.bundle.affinity:
            raise GuidingPainterError(BAD_REQUEST, "This bundle's segmenter gives affinities.")
        feed: dict[str, NDArray[Any]] = {"sketch": plane(sketch)}
        if self.bundle.pieces:
            if pieces is None or pieces.shape != sketch.shape:
                raise GuidingPainterError(BAD_REQUEST, "This bundle needs pieces of grid size.")
            feed["pieces"] = np.ascontiguousarray(pieces, np.int32)[None]
        labels, margin = self._run("segmenter", feed)
        labels, margin = labels.reshape(sketch.shape), margin.reshape(sketch.shape)
        if int(labels.max()) >= self.bundle.n_regions:
            raise alien(self.bundle, "segmenter", "gives a region beyond its manifest's n_regions")
        return labels.astype(np.uint8, copy=False), margin.astype(np.float32, copy=False)

    def affinity(
        self,
        sketch: NDArray[np.float32],
        pieces: NDArray[np.int32],
        shape: NDArray[np.float32],
        relation: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Says which pieces have the same colour, where ``bundle.affinity``.

        Args:
            sketch: float32 [H, W] in 0..1, 1 = paper; sides are multiples of the bundle's
                ``grid_multiple``.
            pieces: int32 [H, W], 0..n-1, or -1 where a piece is too small to be decided over.
            shape: float32 [n, F] of `gp_canvas.regions.relations.find_relations`.
            relation: float32 [n, n, Q], likewise.

        Returns:
            tokens, float32 [n, D], for a `match` with other pages; and the log-odds that two
            pieces have the same colour, float32 [n, n], symmetric; the diagonal means nothing.
        """
        self._check_grid(sketch.shape)
        if not self.bundle.affinity:
            raise GuidingPainterError(BAD_REQUEST, "This bundle's segmenter gives regions.")
        count = len(shape)
        if pieces.shape != sketch.shape or relation.shape[:2] != (count, count):
            raise GuidingPainterError(BAD_REQUEST, "Sketch, pieces and relations do not match.")
        if count == 0:
            raise GuidingPainterError(BAD_REQUEST, "A page without pieces has no affinities.")
        if int(pieces.max()) >= count:
            raise GuidingPainterError(BAD_REQUEST, "A piece has no numbers.")
        feed = {
            "sketch": plane(sketch),
            "pieces": np.ascontiguousarray(pieces, np.int32)[None],
            "shape": np.ascontiguousarray(shape, np.float32),
            "relation": np.ascontiguousarray(relation, np.float32),
        }
        tokens, affinity = self._run("segmenter", feed)
        if affinity.shape != (count, count) or len(tokens) != count:
            raise alien(self.bundle, "segmenter", "gives tokens of other pieces than it was given")
        return _finite(tokens), _finite(affinity)

    @property
    def matches(self) -> bool:
        """Whether the bundle has a matcher."""
        return "matcher" in self.bundle.roles

    def match(self, tokens: NDArray[np.float32], cast: NDArray[np.float32]) -> NDArray[np.float32]:
        """Says which pieces of other pages have the colour of this page's.

        Args:
            tokens: float32 [n, D] of this page, at least one, as `affinity` gives them.
            cast: float32 [m, D] of other pages, at least one.

        Returns:
            Log-odds that a piece has the colour of one of the cast, float32 [n, m].
        """
        if not self.matches:
            raise GuidingPainterError(BAD_REQUEST, "This bundle has no matcher.")
        if not len(tokens) or not len(cast):
            raise GuidingPainterError(BAD_REQUEST, "There is nothing to match.")
        feed = {
            "tokens": np.ascontiguousarray(tokens, np.float32),
            "cast": np.ascontiguousarray(cast, np.float32),
        }
        (found,) = self._run("matcher", feed)
        if found.shape != (len(tokens), len(cast)):
            raise alien(self.bundle, "matcher", "gives another number of pairs than it was given")
        return _finite(found)

    def colorize(
        self,
        sketch: NDArray[np.float32],
        labels: NDArray[np.uint8],
        colors: NDArray[np.float32],
        hinted: NDArray[np.bool_],
        scribble_rgb: NDArray[np.float32] | None = None,
        scribble_mask: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Paints a sketch from hints.

        Args:
            sketch: float32 [H, W] in 0..1, 1 = paper.
            labels: uint8 [H, W], 0..N-1, the regions that the hints speak of.
            colors: float32 [N, 3] RGB in 0..1; rows without a hint are ignored.
            hinted: bool [N].
            scribble_rgb: float32 [3, H, W] in 0..1, or None.
            scribble_mask: float32 [H, W], 1 where scribbled, or None.

        Returns:
            RGB, float32 [3, H, W] in 0..1.
        """
        call = (sketch, labels, colors, hinted, scribble_rgb, scribble_mask)
        return self.colorize_many([call])[0]

    def colorize_many(self, calls: Sequence[tuple[Any, ...]]) -> list[NDArray[np.float32]]:
        """Paints several sketches of one size in one run; see ``at_once``.

        Args:
            calls: the arguments of ``colorize`` for each.

        Returns:
            A picture for each, as ``colorize`` gives it.

        Raises:
            Exception: ONNX Runtime's own, where several calls are too much for the device.
        """
        for call in calls:
            self._check_grid(call[0].shape)
        feeds = [colorizer_feed(*call) for call in calls]
        feed = {name: np.concatenate([one[name] for one in feeds]) for name in feeds[0]}
        # Too many for the memory says nothing about one, and is no reason to leave the GPU.
        run = self._run if len(calls) == 1 else self._once
        (images,) = run("colorizer", feed)
        images = images.astype(np.float32, copy=False)
        # A half-precision graph may overflow on odd input; NaN would turn into random bytes later.
        np.clip(np.nan_to_num(images, copy=False, nan=0.5), 0, 1, out=images)
        return list(images)

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

    def warm(self, height: int, width: int) -> None:
        """Run both networks once on blank paper, so that the first page of this shape is quick.

        Raises:
            GuidingPainterError: what a run raises.
        """
        sketch = np.ones((height, width), np.float32)
        labels = np.zeros((height, width), np.uint8)
        pieces = labels.astype(np.int32)
        if self.bundle.affinity:
            self.affinity(sketch, pieces, *find_relations(labels + np.uint8(255), pieces, 1))
        else:
            labels, _ = self.segment(sketch, pieces)
        count = self.bundle.n_regions
        self.colorize(sketch, labels, np.zeros((count, 3), np.float32), np.zeros(count, np.bool_))

    def _check_grid(self, shape: tuple[int, ...]) -> None:
        multiple = self.bundle.grid_multiple
        if len(shape) != 2 or any(side < 1 or side % multiple for side in shape):
            raise GuidingPainterError(
                BAD_REQUEST, f"The grid {shape} is not a multiple of {multiple} pixels."
            )

    def _run(self, role: str, feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
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
        token = cancellation.current.get()
        if token is None:
            return self._sessions[role].run(outputs(self.bundle, role), feed)
        token.check()
        options = self._runtime.RunOptions()
        with token.interrupts(lambda: setattr(options, "terminate", True)):
            try:
                return self._sessions[role].run(outputs(self.bundle, role), feed, options)
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
        self._open([("CPUExecutionProvider", {})], threads, "int8")
        self._on_cuda = False
        lighter = ", int8" if "int8" in self.bundle.variants else ""
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
        self._open([(_CUDA, options), ("CPUExecutionProvider", {})], 1, "fp16")
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

    def _open(
        self, providers: list[tuple[str, dict[str, Any]]], threads: int, variant: str
    ) -> None:
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would keep an idle daemon's cores busy and slow the editor down.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4  # what matters comes back as an exception or a fall-back
        sessions = {}
        for role in self.bundle.roles:
            path = self.bundle.file(role, variant)
            try:
                session = self._runtime.InferenceSession(str(path), options, providers=providers)
            except Exception as error:  # see _run
                if providers[0][0] == _CUDA:
                    raise GuidingPainterError(
                        DEVICE_UNAVAILABLE,
                        f"The GPU cannot be used: {first_line(error)}",
                        _GPU_HINT,
                    ) from error
                raise alien(self.bundle, role, f"cannot be run ({first_line(error)})") from error
            inputs = [value.name for value in session.get_inputs()]
            check_interface(self.bundle, role, inputs, [one.name for one in session.get_outputs()])
            sessions[role] = session
        self._sessions: dict[str, Any] = sessions

    def _fall_back(self, reason: str) -> None:
        self._open_cpu()
        log.warning("%s Using %s instead.", reason.rstrip(".") + ".", self._device)


def _finite(values: NDArray[Any]) -> NDArray[np.float32]:
    """float32, with what a half-precision graph may overflow to made large or nothing."""
    values = values.astype(np.float32, copy=False)
    return np.nan_to_num(values, copy=False, nan=0.0, posinf=1e4, neginf=-1e4)
