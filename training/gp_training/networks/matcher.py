"""The matcher: has this piece the colour of that piece of an earlier page?

It knows the earlier pages' colours. So it can ask what is drawn alike, as f does inside a page,
and also which of these colours suits a thing of this kind: the sky has the blue one.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from gp_training.networks.affinity import Layer, PairHead
from gp_training.networks.choices import COUNT, nearness, palette

_WIDTH = 12.0  # Lab distance over which a colour is like its neighbours of the palette
_LIKELY = 64  # numbers in which a piece and a colour are compared


class Matcher(nn.Module):
    """Tokens of a page, and of earlier ones with their colours, to log-odds for every pair.

    Args:
        token: D, numbers of a token of `gp_training.networks.affinity.Affinity`.
        width: numbers of a piece inside.
        layers: of attention over the pieces of all pages.
        drop: share of numbers that is left out while training: works are few.
    """

    def __init__(self, token: int = 96, width: int = 128, layers: int = 2, drop: float = 0.2):
        super().__init__()
        self.token = token
        self.normal = nn.LayerNorm(token)
        self.drop = nn.Dropout(drop)
        self.enter = nn.Linear(token, width)
        self.side = nn.Parameter(torch.zeros(2, width))
        self.paint = nn.Linear(3 + COUNT, width, bias=False)
        self.layers = nn.ModuleList(Layer(width, 4, drop) for _ in range(layers))
        self.head = PairHead(width, 0, 48)
        self.likely, self.color = nn.Linear(width, _LIKELY), nn.Linear(3 + COUNT, _LIKELY)
        nn.init.zeros_(self.likely.weight)
        # Works that were trained on are known too well; this takes it back.
        self.scale, self.offset = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(()))

    def forward(self, tokens: Tensor, cast: Tensor, colors: Tensor) -> Tensor:
        """Calibrated log-odds that a piece has the colour of one of the cast.

        Args:
            tokens: float32 [n, D], of this page.
            cast: float32 [m, D], of earlier pages.
            colors: float32 [m, 3] in 0..1, theirs; white for what stays white.

        Returns:
            float32 [n, m].
        """
        return self.scale * self.compare(tokens, cast, colors) + self.offset

    def compare(self, tokens: Tensor, cast: Tensor, colors: Tensor) -> Tensor:
        """As `forward`, before calibration."""
        code = self._coded(colors)
        mine = self.enter(self.drop(self.normal(tokens))) + self.side[0]
        theirs = self.enter(self.drop(self.normal(cast))) + self.side[1] + self.paint(code)
        both = torch.cat((mine, theirs))
        for layer in self.layers:
            both = layer(both)
        mine, theirs = both[: tokens.shape[0]], both[tokens.shape[0] :]
        likely = self.likely(mine) @ self.color(code).T / math.sqrt(_LIKELY)
        return self.head(mine, None, theirs) + likely

    def _coded(self, colors: Tensor) -> Tensor:
        """Each colour, and how near it is to those of the palette, [m, 3 + COUNT]."""
        signed = colors * 2 - 1
        near = nearness(signed, palette().to(signed), _WIDTH)
        return torch.cat((signed, near / near.sum(-1, keepdim=True).clamp(min=1e-8)), 1)
