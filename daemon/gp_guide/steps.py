"""The editor's undo and ours in step. Pure.

Each act leaves one step in the editor's history: a fill of the flats, or, where no pixel changes, a
mark. What the document shows says which act was the last one: whoever undoes or does again in the
editor, by whatever means, is followed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gp_client.types import Color

from gp_guide.page_view import PageView
from gp_guide.places import Point

Painted = tuple[tuple["Color | None", tuple[Point, ...]], ...]  # pixels by what was painted there

MARKS = 24  # different ones, used in turn; no editor undoes so many marks between two looks
DEPTH = 200  # steps that are remembered


@dataclass(frozen=True)
class Step:
    """What the document shows after an act.

    Attributes:
        view: the page, whose given colours the flats show.
        mark: 0..MARKS-1.
        whole: False where the editor paints several colours for one act, and this is one of the
            steps before the last.
        done: what the act has painted, where pieces were found anew: a piece's own pixels may lie
            beside that.
        left: what the act after this one paints then.
    """

    view: PageView
    mark: int
    whole: bool = True
    done: Painted = ()
    left: Painted = ()

    def shown(self, shows: Callable[[Point, Color | None], bool]) -> bool:
        """Whether what is done is there, and nothing of what is left.

        Args:
            shows: whether the document shows a colour, None for none, at a pixel.
        """

        def there(color: Color | None, points: tuple[Point, ...]) -> bool:
            return all(shows(point, color) for point in points)

        return all(there(*one) for one in self.done) and not any(there(*one) for one in self.left)


class Steps:
    """The steps of one document, and where it stands among them.

    Args:
        view: the page when it was opened.
        mark: the document's mark then.
    """

    def __init__(self, view: PageView, mark: int = 0) -> None:
        self._steps = [Step(view, mark)]
        self._at = 0

    @property
    def now(self) -> Step:
        """Where the document stands."""
        return self._steps[self._at]

    @property
    def next_mark(self) -> int:
        """The mark for the next act that changes no pixel."""
        return (self.now.mark + 1) % MARKS

    def add(self, step: Step) -> None:
        """Note a new step; those that were undone are gone, as in the editor."""
        self._steps[self._at + 1 :] = [step]
        self._steps = self._steps[-DEPTH:]
        self._at = len(self._steps) - 1

    def renew(self, view: PageView) -> None:
        """Note that the page shows something else without a step in the editor."""
        self._steps[self._at] = replace(self.now, view=view)

    def expect(self, left: Painted) -> None:
        """Note what the next act will paint on pieces that it finds anew."""
        self._steps[self._at] = replace(self.now, left=left)

    def forget(self) -> None:
        """Look no more at the pixels that were noted: somebody has painted over them."""
        self._steps[self._at] = replace(self.now, done=(), left=())

    def mark(self, mark: int) -> None:
        """Note that the document's mark is another one without a step of ours."""
        self._steps[self._at] = replace(self.now, mark=mark)

    def find(self, agrees: Callable[[Step], bool], newest: bool = False) -> int | None:
        """Return how many steps away the nearest is that agrees with the document.

        A region that was coloured, cleared and coloured again looks the same before and after.

        Args:
            agrees: whether the document shows a step.
            newest: whether the editor has nothing left to do again: then it shows the last step.

        Returns:
            Below 0 for undone steps, above it for steps done again, None where none agrees.
        """
        last = len(self._steps) - 1
        if newest and self._at < last and agrees(self._steps[last]):
            return last - self._at
        for away in range(1, len(self._steps)):
            for place in (self._at - away, self._at + away):
                if 0 <= place < len(self._steps) and agrees(self._steps[place]):
                    return place - self._at
        return None

    def go(self, away: int) -> Step:
        """Stand that many steps further, and return that step."""
        self._at += away
        return self.now
