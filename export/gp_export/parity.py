"""Does the ONNX graph compute what torch computes?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from gp_client.errors import INTERNAL, GuidingPainterError
from gp_daemon.networks import onnx_runtime
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import Segmenter

from gp_export.graphs import ColorizerGraph, SegmenterGraph, example_inputs

LIMIT = 1e-3


def parity(network: Segmenter | Colorizer, file: Path) -> dict[str, float]:
    """Compares torch and ONNX Runtime on several sizes.

    Args:
        network: f or g.
        file: its exported graph.

    Returns:
        "error": largest absolute difference of the picture or margin; "labels": largest share of
        pixels whose label differs (segmenter only).

    Raises:
        GuidingPainterError: over `LIMIT`, or more than that share of labels differ.
    """
    session = onnx_runtime.load().InferenceSession(str(file), providers=["CPUExecutionProvider"])
    multiple = network.unet.multiple
    segmenter = isinstance(network, Segmenter)
    graph = (SegmenterGraph(network) if segmenter else ColorizerGraph(network)).eval()
    error, differing = 0.0, 0.0
    for seed, (rows, columns) in enumerate(((2, 2), (4, 7), (9, 3), (8, 8))):
        inputs = example_inputs(network, rows * multiple, columns * multiple, seed, batch=1 + seed)
        with torch.no_grad():
            expected = graph(**inputs)
        given = [
            np.asarray(v) for v in session.run(None, {k: v.numpy() for k, v in inputs.items()})
        ]
        if segmenter:
            labels, margin = (part.numpy() for part in expected)
            differing = max(differing, float((labels != given[0]).mean()))
            error = max(error, float(np.abs(margin - given[1]).max()))
        else:
            error = max(error, float(np.abs(expected.numpy() - given[0]).max()))
    if error > LIMIT or differing > LIMIT:
        raise GuidingPainterError(
            INTERNAL,
            f"{file.name} differs from torch by {error:.2e} ({differing:.2%} of the labels);"
            f" the limit is {LIMIT}.",
            "The bundle was not written. Report this with the versions of torch and onnxruntime.",
        )
    return {"error": error, "labels": differing}
