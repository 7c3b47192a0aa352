"""A bundle's networks as a model repository of NVIDIA Triton Inference Server.

    DIR/NAME/config.pbtxt
    DIR/NAME/1/model.onnx
    DIR/NAME/1/model.py      for a server without the ONNX Runtime backend

NAME ends with the first digits of the network's checksum, so that a daemon never talks to other
networks than its bundle's.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gp_client.files import make_folder, unwritable, write_bytes

from gp_daemon.networks import onnx_runtime
from gp_daemon.networks.bundle import Bundle, default_bundle

_MOST = 8  # pages in one run
_RUNNER = Path(__file__).with_name("python_model.py")
_PATIENCE = 2000  # microseconds for which the server waits for more pages of one size
_TYPES = {"float": "FP32", "uint8": "UINT8", "int32": "INT32", "bool": "BOOL"}


def model_name(bundle: Bundle, role: str) -> str:
    """The name under which a server offers a bundle's "segmenter" or "colorizer"."""
    return f"guidingpainter_{role}_{bundle.files[role].sha256[:12]}"


def write_repository(bundle: Bundle, folder: Path, python: bool = False) -> list[str]:
    """Write a bundle's networks for Triton; those of other bundles in the folder stay.

    Args:
        bundle: a loaded bundle.
        folder: the repository; made where it is missing.
        python: for Triton's Python backend instead of the one of ONNX Runtime.

    Returns:
        The models' names.

    Raises:
        GuidingPainterError: UNWRITABLE, or DEVICE_UNAVAILABLE without ONNX Runtime.
    """
    names = []
    for role in bundle.roles:
        name = model_name(bundle, role)
        make_folder(folder / name / "1")
        config = _config(name, bundle.file(role), python)
        target = folder / name / "1" / "model.onnx"
        runner = target.with_name("model.py")
        try:
            shutil.copyfile(bundle.file(role), target)
            if python:
                shutil.copyfile(_RUNNER, runner)
            else:
                runner.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(target, error) from error
        write_bytes(folder / name / "config.pbtxt", config.encode())
        names.append(name)
    return names


def main(arguments: Sequence[str]) -> int:
    """`gp-daemon models DIR`."""
    parser = argparse.ArgumentParser(
        prog="gp-daemon models", description="Write the networks for NVIDIA Triton."
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="model repository to write to")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="folder of the networks")
    parser.add_argument(
        "--python",
        action="store_true",
        help="for a server without the ONNX Runtime backend, such as nvidia-pytriton's; its "
        "Python needs GuidingPainter",
    )
    options = parser.parse_args(arguments)
    bundle = Bundle.load(options.bundle or default_bundle())
    for name in write_repository(bundle, options.folder, options.python):
        print(name)
    return 0


def _config(name: str, graph: Path, python: bool) -> str:
    runtime = onnx_runtime.load()
    session = runtime.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    values = [*session.get_inputs(), *session.get_outputs()]
    batches = all(not isinstance(value.shape[0], int) for value in values)
    lines = [
        f'name: "{name}"',
        'backend: "python"' if python else 'platform: "onnxruntime_onnx"',
        f"max_batch_size: {_MOST if batches else 0}",
    ]
    lines += [_tensor("input", value, batches) for value in session.get_inputs()]
    lines += [_tensor("output", value, batches) for value in session.get_outputs()]
    if batches:
        lines.append(f"dynamic_batching {{ max_queue_delay_microseconds: {_PATIENCE} }}")
    return "\n".join(lines) + "\n"


def _tensor(side: str, value: Any, batches: bool) -> str:
    """One input or output; Triton adds the first side itself where it may put pages together."""
    kind = _TYPES[value.type.removeprefix("tensor(").removesuffix(")")]
    sides = value.shape[1:] if batches else value.shape
    dims = ", ".join(str(one) if isinstance(one, int) else "-1" for one in sides)
    return f'{side} [ {{ name: "{value.name}" data_type: TYPE_{kind} dims: [ {dims} ] }} ]'
