"""Features for FID from a file that the user has; nothing is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon.networks import onnx_runtime
from numpy.typing import NDArray

from gp_training.evaluation.evaluate import Features

SIDE = 299
ABSENT = (
    "FID was left out: it needs Inception weights, which are not shipped. gp-train fid-weights "
    "fetches open ones, which are good for comparisons among each other; --inception FILE names "
    "these or others (ONNX or TorchScript, 299 x 299 RGB in 0..255 to features)."
)


def open_features(path: Path, batch: int = 16) -> Features:
    """A feature network: float32 [B, 3, 299, 299] RGB in 0..255 to [B, D].

    Args:
        path: an `.onnx` file, or TorchScript (the widely used `inception-2015-12-05.pt` is asked
            for its features by its argument `return_features`).
        batch: pictures at once.

    Raises:
        GuidingPainterError: the file is missing or is neither.
    """
    if not path.is_file():
        raise GuidingPainterError(BAD_REQUEST, f"{path} does not exist.", "Name the weights' file.")
    run = _open_onnx(path) if path.suffix == ".onnx" else _open_script(path)

    def features(pictures: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        results = []
        for start in range(0, len(pictures), batch):
            chosen = [_resized(picture) for picture in pictures[start : start + batch]]
            values = run(np.stack(chosen))
            results.append(values.reshape(len(chosen), -1).astype(np.float64))
        return np.concatenate(results)

    return features


def _open_onnx(path: Path):
    runtime = onnx_runtime.load()
    options = runtime.SessionOptions()
    # Painting goes on between two runs; threads that spin meanwhile take its cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's own exceptions share no useful base
        raise _unreadable(path, error) from error
    name = session.get_inputs()[0].name
    return lambda pictures: np.asarray(session.run(None, {name: pictures})[0])


def _open_script(path: Path):
    try:
        network = torch.jit.load(str(path), map_location="cpu").eval()
    except RuntimeError as error:
        raise _unreadable(path, error) from error
    names = {argument.name for argument in network.forward.schema.arguments}
    options = {"return_features": True} if "return_features" in names else {}

    def run(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            return network(torch.from_numpy(pictures), **options).numpy()

    return run


def _resized(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    rgb = np.clip(picture, 0, 1).transpose(1, 2, 0) * 255
    resized = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized.transpose(2, 0, 1), np.float32)


def _unreadable(path: Path, error: Exception) -> GuidingPainterError:
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
    return GuidingPainterError(
        BAD_REQUEST,
        f"{path} cannot be read as a feature network ({reason}).",
        "Use an ONNX or TorchScript file.",
    )
