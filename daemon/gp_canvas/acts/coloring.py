"""The coloring: for each piece of a page its colour, and who gave it. All pictures are of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gp_canvas.acts.acts import Color

NOBODY, ARTIST, GUIDE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Coloring:
    """One truth about n pieces; arrays are never written to.

    Attributes:
        color: RGB, uint8 [n, 3]; 0 where nobody gave one.
        by: NOBODY, ARTIST or GUIDE (a proposal), uint8 [n].
        teaches: pieces whose colour, or whose staying blank, says something about others, bool [n].
        kept: pieces that stay blank for good, bool [n].
        refused: pieces that were cleared: the guide proposes nothing for them, bool [n].
        skipped: 0, or when a piece was put off (a later time is a greater number), int32 [n].
    """

    color: NDArray[np.uint8]
    by: NDArray[np.uint8]
    teaches: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    skipped: NDArray[np.int32]

    @classmethod
    def blank(cls, count: int) -> Coloring:
        """Nobody has given anything."""
        flags = np.zeros(count, np.bool_)
        return cls(
            np.zeros((count, 3), np.uint8),
            np.zeros(count, np.uint8),
            flags,
            flags,
            flags,
            np.zeros(count, np.int32),
        )

    @property
    def count(self) -> int:
        """How many pieces there are."""
        return len(self.by)

    @property
    def codes(self) -> NDArray[np.int32]:
        """Each piece's colour as one number, red * 65536 + green * 256 + blue, int32 [n]."""
        return self.color.astype(np.int32) @ np.array([65536, 256, 1], np.int32)

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Pieces that the artist coloured or closed, bool [n]; skipping decides nothing."""
        return (self.by == ARTIST) | self.kept

    def given(self, pieces: NDArray[np.integer], color: Color, teaches: bool = True) -> Coloring:
        """The same with the artist's colour for some pieces."""
        return self._changed(
            pieces,
            color=color,
            by=ARTIST,
            teaches=teaches,
            kept=False,
            refused=False,
            skipped=0,
        )

    def closed(self, pieces: NDArray[np.integer]) -> Coloring:
        """The same with some pieces blank for good."""
        return self._changed(
            pieces, color=0, by=NOBODY, teaches=True, kept=True, refused=False, skipped=0
        )

    def cleared(self, pieces: NDArray[np.integer]) -> Coloring:
        """The same with some pieces as if nobody had touched them, and no proposal for them."""
        return self._changed(
            pieces, color=0, by=NOBODY, teaches=False, kept=False, refused=True, skipped=0
        )

    def put_off(self, pieces: NDArray[np.integer]) -> Coloring:
        """The same with some pieces skipped, after all that were skipped before."""
        free = pieces[~self.decided[pieces]]
        return self._changed(free, skipped=int(self.skipped.max(initial=0)) + 1)

    def proposed(self, pieces: NDArray[np.integer], colors: NDArray[np.uint8]) -> Coloring:
        """The same with the guide's colours, uint8 [len(pieces), 3], for some pieces."""
        return self._changed(pieces, color=colors, by=GUIDE)

    def divided(self, before: NDArray[np.integer]) -> Coloring:
        """The same for more pieces: for each of `before` one more at the end that is like it."""
        where = np.concatenate([np.arange(self.count), before])
        return self.taken(where)

    def taken(self, where: NDArray[np.integer]) -> Coloring:
        """The coloring of other pieces, each of which is like one of these."""
        return Coloring(*(array[where] for array in vars(self).values()))

    def _changed(self, pieces: NDArray[np.integer], **values: Any) -> Coloring:
        changed = {}
        for name, value in values.items():
            changed[name] = getattr(self, name).copy()
            changed[name][pieces] = value
        return replace(self, **changed)
