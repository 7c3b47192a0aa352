"""The exported graphs: what the daemon gives and takes, around the trained networks.

The hint arithmetic is training's own code, called on what the daemon sends.
"""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import torch
import torch.nn.functional as F
from gp_training.networks.colorizer import Colorizer
from gp_training.networks.guidance import Segmenter, add_scribbles, hint_maps
from gp_training.networks.unet import UNet
from torch import Tensor, nn
from torch.export import Dim

OPSET = 18


class SegmenterGraph(nn.Module):
    """Sketch (and pieces) to labels and margin."""

    def __init__(self, network: Segmenter) -> None:
        super().__init__()
        self.network = network

    def forward(self, sketch: Tensor, pieces: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Sketch f32 [1,1,H,W] in 0..1, pieces i32 [1,H,W] to u8 [1,H,W] and f32 [1,H,W]."""
        index = None if pieces is None else pieces.long()
        logits = self.network(sketch * 2 - 1, index)
        margin, labels = F.softmax(logits, 1).max(1)
        return labels.to(torch.uint8), margin


class ColorizerGraph(nn.Module):
    """Sketch, labels, hints and scribbles to a picture (`Colorizer.forward`)."""

    def __init__(self, network: Colorizer) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, sketch: Tensor, labels: Tensor, colors: Tensor, hinted: Tensor,
        scribble_rgb: Tensor, scribble_mask: Tensor,
    ) -> Tensor:  # fmt: skip
        """Shapes as in `gp_daemon.networks.interface`; colours and the picture in 0..1."""
        regions = torch.arange(self.network.regions, dtype=torch.uint8)[None, :, None, None]
        segments = (labels[:, None] == regions).float()
        color_map, mask = hint_maps(segments, colors * 2 - 1, hinted.float())
        color_map, mask = add_scribbles(color_map, mask, scribble_rgb * 2 - 1, scribble_mask)
        painted = self.network(sketch * 2 - 1, color_map, mask, segments)
        return (painted + 1) / 2


def fold_stem(unet: UNet) -> None:
    """Puts a space-to-depth stem into the first convolution, which then strides over the picture.

    The same sum of the same products. But unfolding a picture of N_c + 5 channels as an operation
    of its own costs ONNX Runtime as much as all convolutions together.
    """
    first, fold = unet.encoder1[0], unet.fold
    if fold == 1:
        return
    assert isinstance(first, nn.Conv2d)
    outputs, inputs, (height, width) = first.out_channels, first.in_channels, first.kernel_size
    side = fold * height
    strided = nn.Conv2d(inputs // fold**2, outputs, side, fold, fold * (height // 2))
    kernel = first.weight.detach().reshape(outputs, -1, fold, fold, height, width)
    # Channel (c, i, j) of the kernel's place (y, x) looks at pixel (fold y + i, fold x + j) of c.
    strided.weight.data = kernel.permute(0, 1, 4, 2, 5, 3).reshape(outputs, -1, side, side)
    assert first.bias is not None
    assert strided.bias is not None
    strided.bias.data = first.bias.detach()
    unet.encoder1[0], unet.stem = strided, nn.Identity()


def example_inputs(
    network: Segmenter | Colorizer, height: int, width: int, seed: int = 0, batch: int = 1
) -> dict[str, Tensor]:
    """Random but valid inputs of a graph at a grid size, for `batch` pages at once."""
    make = torch.Generator().manual_seed(seed)
    sketch = (torch.rand(batch, 1, height, width, generator=make) > 0.15).float()
    if isinstance(network, Segmenter):
        if not network.pieces:
            return {"sketch": sketch}
        rows = torch.arange(height, dtype=torch.int32)[:, None] // 13
        columns = torch.arange(width, dtype=torch.int32)[None] // 11
        pieces = rows * (width // 11 + 1) + columns
        return {"sketch": sketch, "pieces": pieces.repeat(batch, 1, 1)}
    n = network.regions
    cells = torch.randint(0, n, (batch, 1, height // 16, width // 16), generator=make).float()
    labels = F.interpolate(cells, size=(height, width)).to(torch.uint8)[:, 0]
    return {
        "sketch": sketch,
        "labels": labels,
        "colors": torch.rand(batch, n, 3, generator=make),
        "hinted": torch.rand(batch, n, generator=make) < 0.5,
        "scribble_rgb": torch.rand(batch, 3, height, width, generator=make),
        "scribble_mask": (torch.rand(batch, 1, height, width, generator=make) > 0.98).float(),
    }


def export_graph(network: Segmenter | Colorizer, target: Path) -> None:
    """Writes one network as ONNX with dynamic batch, height and width.

    Args:
        network: f or g; stays as it is.
        target: the .onnx file, weights inside.
    """
    multiple = network.unet.multiple
    network = copy.deepcopy(network)
    segmenter = isinstance(network, Segmenter)
    if segmenter:  # runs once a page, and rounding flips its near-ties: left as it is
        graph: nn.Module = SegmenterGraph(network)
    else:
        fold_stem(network.unet)
        graph = ColorizerGraph(network)
    graph.eval()
    # Not one, not square and not small: equal or one-tile sides could be frozen into the graph.
    inputs = example_inputs(network, 6 * multiple, 5 * multiple, batch=2)
    batch = Dim("batch", min=1, max=64)
    h, w = multiple * Dim("h", min=1, max=512), multiple * Dim("w", min=1, max=512)
    spatial = {
        name: {value.ndim - 2: h, value.ndim - 1: w}
        for name, value in inputs.items()
        if value.shape[-2:] == inputs["sketch"].shape[-2:]
    }
    shapes = {name: {0: batch, **spatial.get(name, {})} for name in inputs}
    outputs = ["labels", "margin"] if segmenter else ["image"]
    with warnings.catch_warnings():
        # All inputs share H and W; the exporter tells us so for each.
        warnings.filterwarnings("ignore", message=".*shares the same shape constraints.*")
        program = torch.onnx.export(
            graph, (), kwargs=inputs, dynamic_shapes=shapes, opset_version=OPSET,
            output_names=outputs, dynamo=True, optimize=True, verbose=False,
        )  # fmt: skip
    assert program is not None
    program.save(target, external_data=False)
