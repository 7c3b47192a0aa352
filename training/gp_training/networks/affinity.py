"""f: do these two pieces have the same colour?

Line art becomes features at half its resolution, features become one token a piece, tokens look
at each other, and every pair of tokens gets a number: the log-odds that both have one colour.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from gp_canvas.regions.relations import RELATION, SHAPE
from torch import Tensor, nn

from gp_training.networks.choices import COUNT as COLORS

FEATURES = 64  # channels that are pooled over pieces


@dataclass(frozen=True)
class Sizes:
    """How large f is.

    Attributes:
        width: channels of the finest level; coarser ones have 2 and 4 times as many.
        token: D, numbers of a token; a multiple of `heads`.
        layers: of attention over pieces.
        heads: of each.
        pair: numbers that a pair's relation becomes, and hidden units of a pair.
    """

    width: int = 24
    token: int = 96
    layers: int = 3
    heads: int = 4
    pair: int = 32


def _normed(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return convolution, nn.BatchNorm2d(outputs, momentum=0.02), nn.ReLU()


class Backbone(nn.Module):
    """Line art to features at half its resolution: a U-Net on folded pixels.

    Each convolution is normalised, as rectified features die without; what was measured while
    training becomes part of the convolutions in use. Sides must be multiples of 32.
    """

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        wide = [width, 2 * width, 4 * width, 4 * width, 4 * width]
        inputs = [4, *wide[:-1]]
        self.levels = nn.ModuleList(
            nn.Sequential(*_normed(a, b), *_normed(b, b)) for a, b in zip(inputs, wide, strict=True)
        )
        back = [(8 * width, 4 * width), (8 * width, 2 * width), (4 * width, width)]
        back.append((2 * width, width))
        self.back = nn.ModuleList(nn.Sequential(*_normed(a, b)) for a, b in back)
        self.last = nn.Conv2d(3 * width, FEATURES, 1)

    def forward(self, sketch: Tensor) -> Tensor:
        """[B, 1, H, W] in 0..1, 1 = paper, to [B, `FEATURES`, H/2, W/2]."""
        x = F.pixel_unshuffle(sketch, 2)
        found = []
        for place, level in enumerate(self.levels):
            x = level(F.max_pool2d(x, 2) if place else x)
            found.append(x)
        coarse = x
        for place, level in enumerate(self.back):
            x = level(torch.cat((_enlarged(x, 2), found[3 - place]), 1))
            coarse = x if place == 1 else coarse
        return self.last(torch.cat((x, _enlarged(coarse, 4)), 1))


def _enlarged(x: Tensor, times: int) -> Tensor:
    return F.interpolate(x, scale_factor=float(times), mode="bilinear", align_corners=False)


class Layer(nn.Module):
    """Attention over pieces, with a bias for each pair where there is one, and two linear layers.

    Args:
        token: D.
        heads: of the attention.
        drop: share of what it adds that is left out while training.
    """

    def __init__(self, token: int, heads: int, drop: float = 0.0) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(token), nn.LayerNorm(token)
        self.asks = nn.Linear(token, 3 * token)
        self.gives = nn.Linear(token, token)
        self.wide, self.back = nn.Linear(token, 2 * token), nn.Linear(2 * token, token)
        self.drop = nn.Dropout(drop) if drop else nn.Identity()

    def forward(self, tokens: Tensor, bias: Tensor | None = None) -> Tensor:
        """tokens [n, D] and bias [heads, n, n] to [n, D]."""
        count, size = tokens.shape
        asked = self.asks(self.before(tokens)).reshape(count, 3, self.heads, size // self.heads)
        query, key, value = asked.permute(1, 2, 0, 3).unbind(0)
        looks = query @ key.transpose(1, 2) / math.sqrt(size // self.heads)
        if bias is not None:
            looks = looks + bias
        seen = (looks.softmax(-1) @ value).transpose(0, 1).reshape(count, size)
        tokens = tokens + self.drop(self.gives(seen))
        return tokens + self.drop(self.back(F.gelu(self.wide(self.between(tokens)))))


class PairHead(nn.Module):
    """Log-odds for every pair, the same both ways round.

    Likeness in many small spaces, what the pair's relation says, and what each piece says for
    itself (a white piece, a thing of many colours) go through one hidden layer.
    """

    def __init__(self, token: int, relation: int, hidden: int, spaces: int = 24) -> None:
        super().__init__()
        self.spaces = spaces
        self.into = nn.Linear(token, spaces * 8)
        self.alone = nn.Linear(token, hidden)
        self.like = nn.Linear(spaces, hidden, bias=False)
        self.relation = nn.Linear(relation, hidden, bias=False) if relation else None
        self.last = nn.Linear(hidden, 1)
        self.token = nn.LayerNorm(token)

    def forward(
        self,
        tokens: Tensor,
        relation: Tensor | None = None,
        others: Tensor | None = None,
        planes: Tensor | None = None,
    ) -> Tensor:
        """Log-odds of all pairs.

        Written so that each number of a pair is made in one go: passing over n x m pairs once more
        takes longer than what is computed there.

        Args:
            tokens: [n, D].
            relation: [n m, R], what is known of each pair, row after row; or None.
            others: [m, D]; None: the same tokens.
            planes: [P, n, m], more that is known of each; the last P numbers of a relation.

        Returns:
            [n, m].
        """
        left = self.token(tokens)
        right = left if others is None else self.token(others)
        known = self._spaces(left) @ self._spaces(right).transpose(1, 2)
        weight = self.like.weight
        if planes is not None:
            assert self.relation is not None
            known = torch.cat((known, planes))
            weight = torch.cat((weight, self.relation.weight[:, -len(planes) :]), 1)
        flat = known.flatten(1).T
        if self.relation is not None and relation is not None:
            own = F.linear(relation, self.relation.weight[:, : relation.shape[1]])
            hidden = torch.addmm(own, flat, weight.T)
        else:
            hidden = flat @ weight.T
        hidden = hidden.reshape(left.shape[0], right.shape[0], -1)
        hidden = F.relu(hidden + self.alone(left)[:, None] + self.alone(right)[None])
        return self.last(hidden.flatten(0, 1)).reshape(hidden.shape[:2])

    def _spaces(self, tokens: Tensor) -> Tensor:
        return self.into(tokens).reshape(tokens.shape[0], self.spaces, 8).permute(1, 0, 2) / 8**0.25


class Affinity(nn.Module):
    """f: line art, pieces and their relations to tokens and the affinity of all pairs."""

    def __init__(self, sizes: Sizes = Sizes()) -> None:
        super().__init__()
        token, layers, heads, pair = sizes.token, sizes.layers, sizes.heads, sizes.pair
        self.sizes = sizes
        self.backbone = Backbone(sizes.width)
        self.enter = nn.Linear(2 * FEATURES + SHAPE, token)
        self.shape_in = nn.Sequential(nn.Linear(SHAPE, token), nn.GELU(), nn.Linear(token, token))
        self.pair = nn.Sequential(
            nn.Linear(RELATION, pair), nn.ReLU(), nn.Linear(pair, layers * heads + pair)
        )
        self.layers = nn.ModuleList(Layer(token, heads) for _ in range(layers))
        self.first = PairHead(token, pair, pair)
        self.trust = nn.Linear(1, heads * (layers - layers // 2), bias=False)
        self.leave = nn.LayerNorm(token)
        self.color = nn.Linear(token, COLORS)
        self.blank = nn.Sequential(
            nn.Linear(token, pair), nn.ReLU(), nn.Linear(pair, 1), nn.Flatten(0)
        )
        self.head = PairHead(token, pair + 2, 3 * pair // 2)
        # Pairs of one colour count for more than they are in training; this takes it back.
        self.scale, self.offset = nn.Parameter(torch.ones(())), nn.Parameter(torch.zeros(()))
        nn.init.zeros_(self.trust.weight)

    def forward(
        self, sketch: Tensor, pieces: Tensor, shape: Tensor, relation: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Tokens and affinity of a page, and what stays white.

        Args:
            sketch: float32 [1, 1, H, W] in 0..1, 1 = paper; sides multiples of 32.
            pieces: int [1, H, W], 0..n-1, or -1.
            shape: float32 [n, `SHAPE`], of `gp_canvas.regions.relations.find_relations`.
            relation: float32 [n, n, `RELATION`], likewise.

        Returns:
            tokens, float32 [n, D]; log-odds of one colour, float32 [n, n]; and log-odds that a
            piece stays white, float32 [n].
        """
        tokens, affinity, blank, _, _ = self.consider(sketch, pieces, shape, relation)
        return tokens, self.calibrated(affinity), blank

    def calibrated(self, affinity: Tensor) -> Tensor:
        """True log-odds from what the pair head gives."""
        return self.scale * affinity + self.offset

    def consider(
        self, sketch: Tensor, pieces: Tensor, shape: Tensor, relation: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """As `forward`, and what training needs besides.

        Returns:
            tokens; affinity before calibration; staying white, [n]; the affinity half-way, [n, n];
            and logits over the palette of `gp_training.networks.choices`, [n, `COLORS`].
        """
        features = self.backbone(sketch)
        with torch.autocast(sketch.device.type, enabled=False):
            pooled = pool(features[0].float(), pieces[0, ::2, ::2], shape.shape[0])
            return self._decide(pooled, shape, relation)

    def _decide(
        self, pooled: Tensor, shape: Tensor, relation: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        tokens = self.enter(torch.cat((pooled, shape), 1)) + self.shape_in(shape)
        heads, half = self.sizes.heads, self.sizes.layers // 2
        own, biases = self._related(relation)
        for place in range(half):
            tokens = self.layers[place](tokens, biases[place * heads : (place + 1) * heads])
        early = self.first(tokens, own)
        # From here on pieces look where they are alike.
        trust = self.trust.weight[:, :, None] * torch.tanh(early / 4)
        for place in range(half, self.sizes.layers):
            bias = biases[place * heads : (place + 1) * heads]
            bias = bias + trust[(place - half) * heads : (place - half + 1) * heads]
            tokens = self.layers[place](tokens, bias)
        tokens = self.leave(tokens)
        colors = self.color(tokens)
        likely = colors.softmax(-1)
        planes = torch.stack((early, torch.log(likely @ likely.T + 1e-3)))
        return tokens, self.head(tokens, own, planes=planes), self.blank(tokens), early, colors

    def _related(self, relation: Tensor) -> tuple[Tensor, Tensor]:
        """[n, n, `RELATION`] to numbers for the pair heads, [n n, pair], and for attention,
        [layers heads, n, n]."""
        first, last = self.pair[0], self.pair[2]
        assert isinstance(last, nn.Linear)
        hidden = F.relu(first(relation.flatten(0, 1)))
        count = last.out_features - self.sizes.pair
        own = F.linear(hidden, last.weight[count:], last.bias[count:])
        biases = torch.addmm(last.bias[:count, None], last.weight[:count], hidden.T)
        return own, biases.reshape(count, *relation.shape[:2])


def pool(features: Tensor, pieces: Tensor, count: int) -> Tensor:
    """Mean and deviation of features over each piece.

    Args:
        features: float32 [C, h, w].
        pieces: int [h, w], 0..count-1, or -1: the piece at each place.
        count: n.

    Returns:
        float32 [n, 2 C]; zero means where a piece has no pixel.
    """
    channels = features.shape[0]
    flat = features.permute(1, 2, 0).reshape(-1, channels)
    # Pixels of no piece are gathered in a row of their own, which is dropped.
    place = torch.where(pieces < 0, count, pieces).reshape(-1).long()
    # As `scatter_add`, which ONNX Runtime adds up in order: what `index_add` becomes is added by
    # several threads at once, and some of it is lost.
    every = place[:, None].expand(-1, channels)
    zero = flat.new_zeros(count + 1, channels)
    number = flat.new_zeros(count + 1).scatter_add(0, place, flat.new_ones(flat.shape[0]))
    number = number[:, None].clamp(min=1)
    mean = zero.scatter_add(0, every, flat) / number
    # From the mean: a difference of large squares would be noise where a piece is even.
    spread = zero.scatter_add(0, every, (flat - mean[place]) ** 2) / number
    return torch.cat((mean[:count], (spread[:count] + 1e-4).sqrt()), 1)
