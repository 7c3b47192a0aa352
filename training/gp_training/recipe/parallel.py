"""Several processes that train as one: started by torchrun, one a device.

Each process takes its share of every step's pictures. Gradients are averaged after each backward
pass, and batch normalisation sees the whole step's pictures, so that the loss curve is that of one
process with the same global batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from torch import Tensor, nn


@dataclass(frozen=True)
class Team:
    """The processes of a run.

    Attributes:
        rank: of this process; 0 saves, reports and validates.
        size: of the team.
    """

    rank: int = 0
    size: int = 1

    @staticmethod
    def join(device: str) -> Team:
        """The team that torchrun started this process in, or a team of one.

        Args:
            device: "cpu" talks by gloo, "cuda" by NCCL.
        """
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1:
            return Team()
        dist.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        return Team(dist.get_rank(), dist.get_world_size())

    @staticmethod
    def device(name: str) -> str:
        """With "cuda", the GPU of this process on its machine."""
        local = os.environ.get("LOCAL_RANK")
        return f"cuda:{local}" if name == "cuda" and local is not None else name

    def leave(self) -> None:
        """Ends the team's talk."""
        if self.size > 1:
            dist.destroy_process_group()

    def share(self, batch: int) -> int:
        """Pictures of a step for each process.

        Raises:
            GuidingPainterError: the batch cannot be shared out evenly.
        """
        if batch % self.size:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"A batch of {batch} pictures cannot be shared by {self.size} processes.",
                "Choose a number of processes that divides it.",
            )
        return batch // self.size

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replaces each gradient by its mean over the team, in one message."""
        if self.size == 1:
            return
        given = [p.grad for p in parameters if p.grad is not None]
        if not given:
            return
        flat = torch.cat([gradient.reshape(-1) for gradient in given])
        dist.all_reduce(flat)
        flat /= self.size
        start = 0
        for gradient in given:
            end = start + gradient.numel()
            gradient.copy_(flat[start:end].view_as(gradient))
            start = end

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any process of the team says so."""
        if self.size == 1:
            return flag
        votes = torch.tensor([float(flag)], device=device)
        dist.all_reduce(votes)
        return bool(votes.item() > 0)

    def mean_tensor(self, values: Tensor) -> Tensor:
        """Mean of a tensor over the team; no gradient."""
        if self.size == 1:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total / self.size

    def mean(self, values: dict[str, float], device: torch.device) -> dict[str, float]:
        """Mean of each value over the team."""
        if self.size == 1:
            return values
        flat = torch.tensor(list(values.values()), dtype=torch.float64, device=device)
        dist.all_reduce(flat)
        return dict(zip(values, (flat / self.size).tolist(), strict=True))


class _Sum(torch.autograd.Function):
    """Sum over the team; the gradient of a sum is the sum of gradients."""

    @staticmethod
    def forward(ctx: object, values: Tensor) -> Tensor:
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the pictures of the whole team.

    torch's own SyncBatchNorm is for GPUs only; this one also works between CPU processes, and has
    the parameters and buffers of the layer that it stands for.
    """

    def forward(self, input: Tensor) -> Tensor:
        """[B, C, H, W], the same shape."""
        if not self.training:
            return super().forward(input)
        x = input.float()
        dims = (0, 2, 3)
        count = torch.full((1,), float(x.numel() // x.shape[1]), device=x.device)
        sums = _sum(torch.cat((x.sum(dims), count)))
        number = sums[-1].detach()
        mean = sums[:-1] / number
        centred = x - mean[None, :, None, None]
        variance = _sum((centred**2).sum(dims)) / number
        with torch.no_grad():
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            assert self.momentum is not None
            self.num_batches_tracked += 1
            unbiased = variance * number / (number - 1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        y = centred * scale[None, :, None, None] + self.bias[None, :, None, None]
        return y.to(input.dtype)


def _sum(values: Tensor) -> Tensor:
    result = _Sum.apply(values)
    assert isinstance(result, Tensor)
    return result


def share_statistics(network: nn.Module) -> None:
    """Makes a network's batch normalisation see the whole team's pictures, in place."""
    for name, child in network.named_children():
        if type(child) is nn.BatchNorm2d:
            shared = SharedBatchNorm(child.num_features, child.eps)
            shared.load_state_dict(child.state_dict())
            setattr(network, name, shared)
        else:
            share_statistics(child)
