"""What the baselines share: the trunk, hints laid one by one, the loop's step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor, nn

from gp_training.data.held_out import Scene
from gp_training.networks.discriminator import PatchGAN
from gp_training.networks.guidance import geometric_probabilities
from gp_training.networks.unet import UNet, initialise
from gp_training.recipe import losses
from gp_training.recipe.hints import Draws
from gp_training.recipe.learners import Learners
from gp_training.recipe.presets import Phase, Preset
from gp_training.recipe.tasks import Losses, Pairs

Marks = dict[int, tuple[Tensor, Tensor]]  # number of hints to C [C, H, W] and M [1, H, W]


class Painter(nn.Module):
    """The U-Net of Table 5 as a colorizer without regions.

    Args:
        hints: takes a colour map C and a mask M beside the sketch.
        width: see `UNet`.
        stem: see `UNet`.
    """

    def __init__(self, hints: bool, width: int, stem: bool) -> None:
        super().__init__()
        self.unet = UNet(5 if hints else 1, 3, width, stem)
        initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        """[B, 1 or 5, H, W] to a picture [B, 3, H, W] in [-1, 1]."""
        return torch.tanh(self.unet(x).float())


class Baseline(ABC):
    """A colorizer without guided regions; subclasses say which hints it takes and what it lowers.

    A hint is a mark of one true colour at a place that the method draws at random: nobody tells
    its user where colour is needed.
    """

    name = ""
    takes_hints = True
    has_gray = False  # can be told a picture's luminance instead of a sketch
    revealed = 0.0  # share of training pictures whose colours are all given as hints
    adversary = losses.LSGAN

    @classmethod
    @abstractmethod
    def phase(cls, images: int, side: int, batch: int) -> Phase:
        """The one phase that it trains in."""

    def build(self, preset: Preset) -> dict[str, nn.Module]:
        """g, and d where the method has an adversary."""
        g = Painter(self.takes_hints, preset.colorizer_width, preset.stem)
        return {"g": g, "d": PatchGAN(4, preset.discriminator_width)}

    def lay(  # noqa: B027 - not abstract: methods without hints have nothing to lay
        self, picture: Tensor, colors: Tensor, mask: Tensor, generator: Generator
    ) -> None:
        """Adds one hint; a method that takes none adds nothing.

        Args:
            picture: true colours, [C, H, W].
            colors: C, [C, H, W], changed.
            mask: M, [1, H, W], changed.
            generator: decides where.
        """

    def seen(self, sketch: Tensor, picture: Tensor) -> tuple[Tensor, Tensor]:
        """What the network sees without hints, and what hints are taken from.

        Args:
            sketch: [B, 1, H, W] in [-1, 1].
            picture: [B, 3, H, W] in [-1, 1].

        Returns:
            [B, 1, H, W], and colours [B, C, H, W], both in [-1, 1].
        """
        return sketch, picture

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
        x = pairs.sketch
        if self.takes_hints:
            x = torch.cat((x, *self.draw(pairs.picture, preset.regions, draws)), 1)
        with learners.autocast:
            painted = learners.networks["g"](x)
        error = phase.weights.reconstruction * losses.reconstruction(painted, pairs.picture)
        terms = {"reconstruction": error}
        return Losses(terms, pairs.sketch, painted, adversary=self.adversary)

    def draw(self, picture: Tensor, regions: int, draws: Draws) -> tuple[Tensor, Tensor]:
        """Hints of a step: for each picture as many as our own N_h ~ G would give it.

        Args:
            picture: colours, [B, C, H, W].
            regions: N_c.
            draws: of the step.

        Returns:
            C [B, C, H, W] and M [B, 1, H, W].
        """
        colors, mask = torch.zeros_like(picture), torch.zeros_like(picture[:, :1])
        chances = geometric_probabilities(regions)
        for index, generator in enumerate(draws.pictures):
            if self.revealed and float(torch.rand((), generator=generator)) < self.revealed:
                colors[index], mask[index] = picture[index], 1
                continue
            for _ in range(int(torch.multinomial(chances, 1, generator=generator))):
                self.lay(picture[index], colors[index], mask[index], generator)
        return colors, mask

    def decode(self, raw: Tensor) -> Tensor:
        """What the network gives to a picture in [-1, 1]."""
        return raw

    def method(self, networks: Mapping[str, nn.Module]) -> TrainedBaseline:
        """The trained method, for evaluation."""
        return TrainedBaseline(self, networks["g"])


@dataclass(frozen=True)
class TrainedBaseline:
    """A baseline that paints held-out scenes (`gp_training.data.held_out.Method`).

    Attributes:
        baseline: the method.
        network: its g, in eval mode.
    """

    baseline: Baseline
    network: nn.Module

    @property
    def name(self) -> str:
        return self.baseline.name

    @torch.no_grad()
    def paint(self, scene: Scene, counts: Sequence[int]) -> list[NDArray[np.float32]]:
        """See `Method.paint`; a hint more never moves the hints before it."""
        seen = self.seen(scene)[0]
        if not self.baseline.takes_hints:
            return [self._run(seen)] * len(counts)
        marks = self.marks(scene, counts)
        painted = {count: self.paint_marks(scene, *marks[count]) for count in marks}
        return [painted[count] for count in counts]

    def marks(self, scene: Scene, counts: Sequence[int]) -> Marks:
        """Where this method's own hints lie, for each number of them."""
        picture = self.seen(scene)[1]
        generator = Generator().manual_seed(scene.index)
        colors, mask = torch.zeros_like(picture), torch.zeros_like(picture[:1])
        found: Marks = {}
        laid = 0
        for count in sorted(set(counts)):
            for _ in range(count - laid):
                self.baseline.lay(picture, colors, mask, generator)
            laid = count
            found[count] = colors.clone(), mask.clone()
        return found

    def seen(self, scene: Scene) -> tuple[Tensor, Tensor]:
        """See `Baseline.seen`: [1, 1, H, W], and the true colours of one picture, [C, H, W]."""
        sketch = torch.from_numpy(scene.sketch)[None, None] * 2 - 1
        picture = torch.from_numpy(scene.picture)[None] * 2 - 1
        seen, colors = self.baseline.seen(sketch, picture)
        return seen, colors[0]

    @torch.no_grad()
    def paint_marks(self, scene: Scene, colors: Tensor, mask: Tensor) -> NDArray[np.float32]:
        """The scene painted with marks that somebody else has laid, float32 [3, H, W] in 0..1.

        Args:
            scene: whose sketch is painted.
            colors: C in [-1, 1], [C, H, W].
            mask: M in 0..1, [1, H, W].
        """
        return self._run(torch.cat((self.seen(scene)[0], colors[None], mask[None]), 1))

    def _run(self, x: Tensor) -> NDArray[np.float32]:
        raw = self.network(x.to(next(self.network.parameters()).device))
        picture = self.baseline.decode(raw)[0]
        return ((picture + 1) / 2).clamp(0, 1).float().cpu().numpy()
