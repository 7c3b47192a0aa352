"""The U-Net of the paper's Table 5, with a width and an optional space-to-depth stem."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class DoubleConv(nn.Sequential):
    """3x3 Conv-BatchNorm-ReLU twice."""

    def __init__(self, inputs: int, outputs: int, middle: int | None = None) -> None:
        middle = outputs if middle is None else middle
        super().__init__(
            nn.Conv2d(inputs, middle, 3, padding=1),
            nn.BatchNorm2d(middle),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, outputs, 3, padding=1),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class UNet(nn.Module):
    """Four levels down, four up, as in Table 5.

    Encoder width, 2, 4, 8, 8 times `width`; decoder 4, 2, 1, 1; bilinear upsampling and
    concatenation; 1x1 output. The decoder's first convolutions halve the channels.

    With `stem` the picture is folded 2x2 into channels first and unfolded last: a quarter of the
    positions for about the same receptive field, at which a CPU answers three times sooner.

    Args:
        inputs: channels in.
        outputs: channels out.
        width: channels of the first level; 64 in the paper.
        stem: fold 2x2 pixels into channels. Sides must be multiples of 32 then, else of 16.
        late: channels that join where the side is a quarter, see `levels`.
    """

    def __init__(
        self, inputs: int, outputs: int, width: int = 64, stem: bool = False, late: int = 0
    ) -> None:
        super().__init__()
        self.fold = 2 if stem else 1
        self.joins = 2 // self.fold  # the encoder, from 0, that works on a quarter of the side
        fold = self.fold**2
        w = width
        seen = [inputs * fold, w, 2 * w, 4 * w]
        seen[self.joins] += late
        # A module, so that the export can put it into the first convolution.
        self.stem: nn.Module = nn.PixelUnshuffle(self.fold)
        self.encoder1 = DoubleConv(seen[0], w)
        self.encoder2 = DoubleConv(seen[1], 2 * w)
        self.encoder3 = DoubleConv(seen[2], 4 * w)
        self.encoder4 = DoubleConv(seen[3], 8 * w)
        self.bottom = DoubleConv(8 * w, 8 * w)
        self.decoder1 = DoubleConv(16 * w, 4 * w, 8 * w)
        self.decoder2 = DoubleConv(8 * w, 2 * w, 4 * w)
        self.decoder3 = DoubleConv(4 * w, w, 2 * w)
        self.decoder4 = DoubleConv(2 * w, w, w)
        self.output = nn.Conv2d(w, outputs * fold, 1)

    @property
    def multiple(self) -> int:
        """Sides of the input must be multiples of this."""
        return 16 * self.fold

    def forward(self, x: Tensor) -> Tensor:
        """[B, inputs, H, W] to [B, outputs, H, W]."""
        return self.finish(self.features(x))

    def finish(self, features: Tensor) -> Tensor:
        """What the last layer makes of `features`, [B, outputs, H, W]."""
        y = self.output(features)
        return F.pixel_shuffle(y, self.fold) if self.fold > 1 else y

    def features(self, x: Tensor, late: Tensor | None = None) -> Tensor:
        """[B, inputs, H, W] to [B, width, H / fold, W / fold], all but the last layer."""
        return self.levels(x, late)[-1]

    def levels(self, x: Tensor, late: Tensor | None = None) -> list[Tensor]:
        """What each block gives, from the first encoder to the last decoder.

        Args:
            x: [B, inputs, H, W].
            late: [B, late, H / 4, W / 4], joins what the encoder at that size sees.

        Returns:
            Nine tensors of 1, 2, 4, 8, 8, 4, 2, 1 and 1 times `width` channels, 31 in all.
        """
        y, found = self.stem(x), []
        encoders = (self.encoder1, self.encoder2, self.encoder3, self.encoder4)
        for depth, encoder in enumerate(encoders):
            y = F.max_pool2d(y, 2) if depth else y
            if late is not None and depth == self.joins:
                y = torch.cat((y, late), 1)
            y = encoder(y)
            found.append(y)
        y = self.bottom(F.max_pool2d(y, 2))
        found.append(y)
        decoders = (self.decoder1, self.decoder2, self.decoder3, self.decoder4)
        for decoder, skipped in zip(decoders, found[3::-1], strict=True):
            y = decoder(torch.cat((skipped, _double(y)), 1))
            found.append(y)
        return found


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=True)


def initialise(module: nn.Module, std: float = 0.02) -> None:
    """Normal weights N(0, std), zero biases; normalisation around one (section C)."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d):
            nn.init.normal_(part.weight, 0.0, std)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1.0, std)
            nn.init.zeros_(part.bias)
