"""The suggester: what colour might this piece have, given those that the page has so far?

f says which pieces have one colour, not which. What a page's colours leave open is a question of
likelihood (skin, sky, leaves; and what goes with what is there), so the answer is a distribution.
It sees f's tokens and affinities, never the picture, and costs a fraction of what f costs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gp_training.networks.affinity import Layer
from gp_training.networks.choices import nearness

COLORS = 96  # of the palette that it chooses from
_WIDTH = 10.0  # Lab distance over which a colour is like its neighbours of the palette
_VIEWS = 3  # of a pair's affinity


class Suggester(nn.Module):
    """Tokens, affinity and known colours of a page to a distribution over a palette, per piece.

    Args:
        token: D, numbers of a token of `gp_training.networks.affinity.Affinity`.
        width: numbers of a piece inside.
        layers: of attention over the page's pieces.
        heads: of each.
        drop: share of numbers that is left out while training: works are few.
    """

    palette: Tensor

    def __init__(
        self, token: int = 96, width: int = 96, layers: int = 3, heads: int = 4, drop: float = 0.3
    ) -> None:
        super().__init__()
        self.token = token
        self.normal, self.drop = nn.LayerNorm(token), nn.Dropout(drop)
        self.enter = nn.Linear(token, width)
        self.known = nn.Linear(1 + COLORS, width, bias=False)
        self.trust = nn.Parameter(torch.zeros(layers, heads, _VIEWS))
        self.layers = nn.ModuleList(Layer(width, heads, drop) for _ in range(layers))
        self.leave, self.last = nn.LayerNorm(width), nn.Linear(width, COLORS)
        # Works that were trained on are known too well; this takes it back.
        self.scale = nn.Parameter(torch.ones(()))
        self.register_buffer("palette", torch.zeros(COLORS, 3))

    def forward(self, tokens: Tensor, affinity: Tensor, colors: Tensor, known: Tensor) -> Tensor:
        """Log of the likelihood of each colour of `palette`, calibrated.

        Args:
            tokens: float32 [n, D].
            affinity: float32 [n, n], calibrated log-odds of one colour.
            colors: float32 [n, 3] in 0..1, of pieces that have one; anything elsewhere.
            known: float32 [n], 1 where a piece has a colour, 0 elsewhere.

        Returns:
            float32 [n, `COLORS`].
        """
        return (self.scale * self.consider(tokens, affinity, colors, known)).log_softmax(-1)

    def consider(self, tokens: Tensor, affinity: Tensor, colors: Tensor, known: Tensor) -> Tensor:
        """As `forward`: logits before calibration."""
        given = torch.cat((self.near(colors * 2 - 1), torch.ones_like(known)[:, None]), 1)
        x = self.enter(self.drop(self.normal(tokens))) + self.known(given * known[:, None])
        odds = affinity.clamp(-8, 8)
        views = torch.stack((torch.tanh(odds / 4), torch.sigmoid(odds), odds / 4))
        for layer, trust in zip(self.layers, self.trust, strict=True):
            x = layer(x, (trust @ views.flatten(1)).reshape(-1, *affinity.shape))
        return self.last(self.leave(x))

    def near(self, colors: Tensor) -> Tensor:
        """How near colours [n, 3] in [-1, 1] are to those of the palette, [n, `COLORS`], sum 1."""
        near = nearness(colors, self.palette * 2 - 1, _WIDTH)
        return near / near.sum(-1, keepdim=True).clamp(min=1e-8)
