"""A network run by Triton's Python backend: copied as ``model.py`` into a model repository.

For servers without the ONNX Runtime backend, such as the one that comes with nvidia-pytriton. The
Python that Triton uses needs GuidingPainter installed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as triton  # pyright: ignore[reportMissingImports]

from gp_daemon.networks import onnx_runtime

# Tensors go both ways by DLPack: a backend built for numpy 1 (Triton 24.10 is) reads and makes
# arrays of numpy 2 wrongly, without a word.


class TritonPythonModel:
    """What the backend looks for."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the network that lies beside this file."""
        config = json.loads(args["model_config"])
        self._outputs = [output["name"] for output in config["output"]]
        self._inputs = {given["name"]: given["data_type"] for given in config["input"]}
        runtime = onnx_runtime.load()
        path = Path(args["model_repository"]) / args["model_version"] / "model.onnx"
        on_gpu = args["model_instance_kind"] == "GPU"
        first = [("CUDAExecutionProvider", {"device_id": args["model_instance_device_id"]})]
        providers: list[Any] = [*(first * on_gpu), "CPUExecutionProvider"]
        self._session = runtime.InferenceSession(str(path), providers=providers)

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer requests, each by a run of its own."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Any) -> Any:
        try:
            feed = {
                name: _array(triton.get_input_tensor_by_name(request, name), kind)
                for name, kind in self._inputs.items()
            }
            found = self._session.run(self._outputs, feed)
        except Exception as error:  # whatever it is, it is the client's to hear
            return triton.InferenceResponse(error=triton.TritonError(str(error)))
        tensors = [
            triton.Tensor.from_dlpack(name, np.ascontiguousarray(array))
            for name, array in zip(self._outputs, found, strict=True)
        ]
        return triton.InferenceResponse(output_tensors=tensors)


def _array(tensor: Any, kind: str) -> Any:
    """The array of an input; it is Triton's memory, and not to be written to."""
    found = np.from_dlpack(tensor)
    return found.view(bool) if kind == "TYPE_BOOL" else found
