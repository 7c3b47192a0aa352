"""The one place that loads ONNX Runtime: daemon, `gp`, training, export and tests all come here.

Its wheels from 1.3x on report to their maker: they look up a collector's name every few seconds and
keep a device id and a queue in the home folder. One variable, set before the library is loaded,
prevents all of it.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

from gp_client.errors import DEVICE_UNAVAILABLE, GuidingPainterError
from gp_client.setup_hint import how_to_install

SWITCH = "ORT_DISABLE_TELEMETRY"
os.environ[SWITCH] = "1"  # here, so that it is set even where a third library loads the runtime


def load(part: str = "") -> Any:
    """Return ONNX Runtime, or a part of it such as "quantization".

    Raises:
        GuidingPainterError: DEVICE_UNAVAILABLE where it is not installed.
    """
    os.environ[SWITCH] = "1"
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise GuidingPainterError(
            DEVICE_UNAVAILABLE,
            "ONNX Runtime, which runs the networks, is not installed.",
            f"Install it with: {how_to_install()} (or [gpu] with an NVIDIA card)",
        ) from error
    runtime.disable_telemetry_events()  # Windows has a second channel, which listens to this alone
    return importlib.import_module(f"onnxruntime.{part}") if part else runtime
