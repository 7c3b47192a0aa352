"""CIC (Zhang et al. 2016): colour as a choice among bins of ab, rare colours weighing more."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gp_training.baselines.bins import SIGMA, color_bins, cross_entropy, encoded, quarter
from gp_training.baselines.common import Baseline
from gp_training.networks.luminance import CHROMA, from_luminance, rgb_to_lab
from gp_training.networks.unet import UNet, initialise
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners
from gp_training.recipe.losses import Weights
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Losses, Pairs

MIXED = 0.5  # share of the uniform distribution in the weights, lambda in the paper
TEMPERATURE = 0.38  # of the annealed mean, as published
_MEMORY = 0.99  # of the running share of each bin


def rebalancing(shares: Tensor) -> Tensor:
    """Weights of the bins: 1 / ((1 - lambda) share + lambda / Q), of mean 1 over the shares."""
    weights = 1 / ((1 - MIXED) * shares + MIXED / len(shares))
    return weights / (weights * shares).sum()


def smoothing(bins: Tensor) -> Tensor:
    """What the prior is smoothed by, [Q, Q]: each column shares a bin out among those near it."""
    kernel = torch.exp(-(torch.cdist(bins, bins) ** 2) / (2 * SIGMA**2))
    return kernel / kernel.sum(0)


class CicNetwork(nn.Module):
    """A bin of ab and a lightness for each pixel.

    A sketch, unlike the paper's photographs, does not tell the lightness, so it is predicted too.
    """

    bins: Tensor
    shares: Tensor
    smoothing: Tensor

    def __init__(self, width: int, stem: bool) -> None:
        super().__init__()
        bins = color_bins()
        self.register_buffer("bins", bins)
        self.register_buffer("shares", torch.full((len(bins),), 1 / len(bins)))
        self.register_buffer("smoothing", smoothing(bins), persistent=False)
        self.unet = UNet(1, len(bins) + 1, width, stem)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """[B, 1, H, W] to logits of the bins and, last, lightness: [B, Q + 1, H, W]."""
        return self.unet(x).float()

    def remember(self, shares: Tensor) -> None:
        """Keeps how often each bin was seen, [Q]."""
        self.shares.copy_(shares)

    def picture(self, raw: Tensor) -> Tensor:
        """The annealed mean of the bins, and the lightness, as a picture in [-1, 1]."""
        chances = F.softmax(quarter(raw[:, :-1]) / TEMPERATURE, 1)
        small = torch.einsum("bqhw,qc->bchw", chances, self.bins / CHROMA)
        chroma = F.interpolate(small, raw.shape[2:], mode="bilinear", align_corners=False)
        return from_luminance(torch.tanh(raw[:, -1:]), chroma)


class Cic(Baseline):
    """Cross entropy with class rebalancing for colour, L1 for lightness; no hints, no adversary."""

    name = "cic"
    takes_hints = False
    network: CicNetwork

    @classmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        weights = Weights(1.0, 0.0, 0.0, 0.0)
        return Phase(cls.name, images, side, batch, learn=("g",), weights=weights)

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        self.network = CicNetwork(preset.colorizer_width, preset.stem)
        return {"g": self.network}

    def losses(
        self,
        learners: Learners,
        preset: Preset,
        phase: Phase,
        tau: float,
        pairs: Pairs,
        draws: Draws,
    ) -> Losses:
        """See `gp_training.recipe.tasks.Task.losses`."""
        lab = rgb_to_lab(pairs.picture)
        bins, parts = encoded(quarter(lab[:, 1:]), self.network.bins)
        target = bins[..., 0]
        counts = torch.zeros_like(self.network.shares)
        counts.scatter_add_(0, bins.flatten(), parts.flatten())
        now = learners.team.mean_tensor(counts / counts.sum())
        shares = self.network.shares.lerp(now, 1 - _MEMORY)
        with learners.autocast:
            raw = learners.networks["g"](pairs.sketch)
        weights = rebalancing(self.network.smoothing @ shares)
        entropy = cross_entropy(quarter(raw[:, :-1]), bins, parts)
        # Mean of weighted pixels, not a weighted mean: every pixel counts as its own bin says.
        color = (entropy * weights[target]).mean()
        lightness = F.l1_loss(torch.tanh(raw[:, -1:]), lab[:, :1])
        scale = phase.weights.reconstruction
        terms = {"color": scale * color, "lightness": scale * 10 * lightness}
        return Losses(terms, pairs.sketch, remember=lambda: self.network.remember(shares))

    def decode(self, raw: Tensor) -> Tensor:
        return self.network.picture(raw)
