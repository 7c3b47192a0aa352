"""Which hints g meets in training: prefixes, subsets, corrected regions, scribbles (D.2)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from gp_training.guidance import prefix_mask, sample_hint_count


def draw_hinted(batch: int, regions: int, subsets: float) -> Tensor:
    """Which regions have a hint, float [batch, N_c].

    A prefix of N_h regions (eq. 3, 4), the same for the batch; or, for a share `subsets` of the
    pictures, each region of that prefix kept with a probability of its own: any order, skipping.
    """
    count = sample_hint_count(regions)
    hinted = prefix_mask(count, regions).expand(batch, regions).clone()
    chosen = torch.rand(batch, 1) < subsets
    keep = torch.rand(batch, regions) < torch.rand(batch, 1)
    # A subset may reach beyond the prefix: a skipped region is followed by later ones.
    reach = prefix_mask(min(regions, 2 * count + 2), regions)
    return torch.where(chosen, (keep * reach).float(), hinted)


def correct_segments(segments: Tensor, pieces: Tensor, share: float) -> Tensor:
    """Regions as users leave them: some pieces moved to another region, some regions merged.

    Args:
        segments: one-hot [B, N, H, W].
        pieces: int64 [B, H, W].
        share: of the pictures changed.

    Returns:
        One-hot [B, N, H, W].
    """
    batch, regions = segments.shape[:2]
    labels = segments.argmax(1)
    for index in torch.nonzero(torch.rand(batch) < share).flatten().tolist():
        if torch.rand(()) < 0.5:
            table = torch.arange(regions)
            table[int(torch.randint(0, 8, ()))] = int(torch.randint(0, 8, ()))
            labels[index] = table[labels[index]]
        else:
            # A run of piece numbers: neighbours in scan order, as a corrected selection takes.
            count = int(pieces[index].max()) + 1
            start = int(torch.randint(0, count, ()))
            moved = (pieces[index] >= start) & (pieces[index] < start + max(1, count // 12))
            labels[index][moved] = int(torch.randint(0, regions, ()))
    return F.one_hot(labels, regions).permute(0, 3, 1, 2).to(segments.dtype)


def draw_scribbles(picture: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Short strokes of the true colour.

    Args:
        picture: [B, 3, H, W].
        share: of the pictures that get some.

    Returns:
        Colours [B, 3, H, W] (zero outside strokes) and mask [B, 1, H, W].
    """
    batch, _, height, width = picture.shape
    mask = torch.zeros(batch, 1, height, width)
    colours = torch.zeros_like(picture)
    for index in torch.nonzero(torch.rand(batch) < share).flatten().tolist():
        for _ in range(int(torch.randint(1, 5, ()))):
            y, x = int(torch.randint(0, height, ())), int(torch.randint(0, width, ()))
            long = int(torch.randint(1, max(2, width // 10), ()))
            thick = int(torch.randint(1, 4, ()))
            rows, columns = (thick, long) if torch.rand(()) < 0.5 else (long, thick)
            mask[index, 0, y : y + rows, x : x + columns] = 1
            # The hand picks one colour for the whole stroke.
            colours[index, :, y : y + rows, x : x + columns] = picture[index, :, y, x, None, None]
    return colours, mask
