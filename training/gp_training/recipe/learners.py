"""Networks that learn: with their optimizers, number formats and the team that shares a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import torch
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from torch import Tensor, nn

from gp_training.recipe.parallel import Team, share_statistics

PRECISIONS = ("auto", "fp32", "bf16", "fp16")
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def has_fast_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware; emulated bf16 is slower than fp32."""
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def resolve_precision(precision: str, device: torch.device) -> str:
    """What "auto" means on a device: bf16 where it is fast, else fp32.

    Raises:
        GuidingPainterError: there is no such precision.
    """
    if precision not in PRECISIONS:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"No precision is called {precision!r}.",
            f"Known: {', '.join(PRECISIONS)}.",
        )
    if precision != "auto":
        return precision
    fast = torch.cuda.is_bf16_supported() if device.type == "cuda" else has_fast_bf16()
    return "bf16" if fast else "fp32"


@dataclass
class Learners:
    """Networks that learn.

    Attributes:
        networks: by name; on their device, channels last.
        device: of the networks.
        precision: "fp32", "bf16" or "fp16": of the convolutions; losses are fp32.
        team: the processes that share each step.
        optimizers: one a network.
        autocast: to be entered around a network's forward pass.
        scaler: keeps fp16 gradients in range; does nothing for the others.
    """

    networks: Mapping[str, nn.Module]
    device: torch.device
    precision: str = "fp32"
    team: Team = field(default_factory=Team)
    optimizers: dict[str, torch.optim.Optimizer] = field(init=False)
    autocast: torch.autocast = field(init=False)
    scaler: torch.amp.GradScaler = field(init=False)  # type: ignore[attr-defined]

    def __post_init__(self) -> None:
        for network in self.networks.values():
            if self.team.size > 1:
                share_statistics(network)
            network.to(device=self.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizers = {
            name: torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999))
            for name, network in self.networks.items()
        }
        kind = _TYPES[self.precision]
        self.autocast = torch.autocast(self.device.type, kind, enabled=kind != torch.float32)
        self.scaler = torch.amp.GradScaler(  # type: ignore[attr-defined]
            self.device.type, init_scale=2.0**12, enabled=self.precision == "fp16"
        )

    def compile(self, backend: str) -> None:
        """Compiles the networks in place; their parameters keep their names."""
        for network in self.networks.values():
            network.compile(backend=backend)

    def prepare(self, learn: Iterable[str], rate: float) -> None:
        """Before a step: who learns, how fast, and no gradients left from the last step."""
        learn = set(learn)
        for name, network in self.networks.items():
            network.train(name in learn)
            network.requires_grad_(name in learn)
        for optimizer in self.optimizers.values():
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.zero_grad(set_to_none=True)

    def descend(self, loss: Tensor, learn: Iterable[str]) -> None:
        """One optimizer step of the networks named, down the loss, averaged over the team."""
        self.scaler.scale(loss).backward()
        for name in learn:
            self.team.average_gradients(self.networks[name].parameters())
            self.scaler.step(self.optimizers[name])
        self.scaler.update()
