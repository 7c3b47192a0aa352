"""Fresh networks of a preset, whatever the method.

Not in the training loop's module: export builds networks too, and should not import TensorBoard.
"""

from __future__ import annotations

from torch import nn

from gp_training.baselines import task_of
from gp_training.recipe.presets import Preset


def build_networks(preset: Preset) -> dict[str, nn.Module]:
    """Fresh networks of a preset: f, g and d, or those of a baseline."""
    return task_of(preset).build(preset)
