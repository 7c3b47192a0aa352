"""The acts of a page in their order, what was undone, and the work after each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gp_client.errors import TOO_LARGE, GuidingPainterError

from gp_canvas.acts.acts import Act, Find, UseCast, names_taken
from gp_canvas.acts.work import Work

MOST_ACTS = 10_000
_RECENT = 64  # works kept for undo without replaying
_EVERY = 32  # of older ones, each so many-th is kept to replay from


@dataclass(frozen=True)
class Mark:
    """A history at one moment; for `History.restore`."""

    works: dict[int, Work]
    acts: tuple[Act, ...]
    undone: tuple[Act, ...]
    named: int


class History:
    """A page and how it came to be. Not thread safe.

    Args:
        start: the page that nobody has touched.
    """

    def __init__(self, start: Work) -> None:
        self._works: dict[int, Work] = {0: start}
        self._acts: list[Act] = []
        self._undone: list[Act] = []  # the next to be done again last
        self._named = start.named

    @property
    def work(self) -> Work:
        """The page as it stands."""
        return self._works[len(self._acts)]

    @property
    def start(self) -> Work:
        """The page that nobody has touched."""
        return self._works[0]

    @property
    def acts(self) -> tuple[Act, ...]:
        """What was done, the first first."""
        return tuple(self._acts)

    @property
    def undone(self) -> tuple[Act, ...]:
        """What can be done again, the next first."""
        return tuple(reversed(self._undone))

    @property
    def next_name(self) -> int:
        """A name that no piece has or had, not even in what was undone."""
        return self._named + 1

    @property
    def nbytes(self) -> int:
        """About how much memory is held, in bytes."""
        return sum(work.nbytes for work in self._works.values()) + self.work.pieces.nbytes

    def do(self, act: Act) -> Work:
        """Does one more act, after which nothing undone can be done again.

        Pieces found anew right after they were found anew replace that act: so trying gaps one
        after the other is one act, and colours move once. So does one cast after another.

        Raises:
            GuidingPainterError: TOO_LARGE where the page has MOST_ACTS acts already.
        """
        again = isinstance(act, Find | UseCast) and self._acts and type(self._acts[-1]) is type(act)
        if again:
            work = self._before(len(self._acts) - 1).after(act)
            del self._works[len(self._acts)]
            self._acts.pop()
        else:
            self._check(len(self._acts) + 1)
            work = self.work.after(act)
        self._undone.clear()
        self._push(act, work)
        return work

    def undo(self) -> Act | None:
        """Takes the last act back and returns it; None where there is none."""
        if not self._acts:
            return None
        count = len(self._acts) - 1
        self._works[count] = self._before(count)
        del self._works[len(self._acts)]
        act = self._acts.pop()
        self._undone.append(act)
        return act

    def redo(self) -> Act | None:
        """Does again what was undone last and returns it; None where there is none."""
        if not self._undone:
            return None
        work = self.work.after(self._undone[-1])
        act = self._undone.pop()
        self._push(act, work)
        return act

    def play(self, acts: Sequence[Act], undone: Sequence[Act] = ()) -> Work:
        """Does a whole list in place of all that was done: a saved document, or a lost page.

        Args:
            acts: the first first.
            undone: what can be done again afterwards, the next first.

        Raises:
            GuidingPainterError: TOO_LARGE beyond MOST_ACTS; then nothing has changed.
        """
        self._check(len(acts) + len(undone))
        played = History(self.start)
        for act in acts:
            played._push(act, played.work.after(act))
        played._undone = list(reversed(undone))
        played._named = max([played._named, *(names_taken(act) for act in undone)])
        self._works, self._acts = played._works, played._acts
        self._undone, self._named = played._undone, max(self._named, played._named)
        return self.work

    def mark(self) -> Mark:
        """The history as it stands, for `restore`."""
        return Mark(dict(self._works), tuple(self._acts), tuple(self._undone), self._named)

    def restore(self, mark: Mark) -> None:
        """Makes the history again what it was when it was marked."""
        self._works, self._named = dict(mark.works), mark.named
        self._acts, self._undone = list(mark.acts), list(mark.undone)

    def _push(self, act: Act, work: Work) -> None:
        self._acts.append(act)
        count = len(self._acts)
        self._works[count] = work
        self._named = max(self._named, work.named, names_taken(act))
        old = count - _RECENT
        if old > 0 and old % _EVERY:
            self._works.pop(old, None)

    def _before(self, count: int) -> Work:
        """The work after the first so many acts."""
        nearest = count
        while nearest not in self._works:
            nearest -= 1
        work = self._works[nearest]
        for act in self._acts[nearest:count]:
            work = work.after(act)
        return work

    def _check(self, count: int) -> None:
        if count > MOST_ACTS:
            raise GuidingPainterError(
                TOO_LARGE,
                f"A page remembers {MOST_ACTS} acts.",
                "Save its layers and open the page anew.",
            )
