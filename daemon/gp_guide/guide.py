"""The guide: the user's walk through a page. Pure: no I/O, no clock, no daemon.

Of pages of protocol 1: `gp` walks with it, and documents of version 1 are read by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from gp_client.errors import BAD_REQUEST, NO_SUCH_REGION, VERSION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.types import Color

SCHEMA = 1
MAX_REGIONS = 1000
PALETTE_SIZE = 24
UNDO_DEPTH = 200


@dataclass(frozen=True)
class Change:
    """A region whose hint changed; ``color`` None means that it has no hint any more."""

    number: int
    color: Color | None


@dataclass(frozen=True)
class _State:
    """What undo brings back."""

    current: int | None
    hints: tuple[tuple[int, Color], ...] = ()
    skipped: frozenset[int] = frozenset()
    trail: tuple[int, ...] = ()  # regions visited before the current one, for back()


class Guide:
    """A walk over regions 1..count in priority order.

    Args:
        count: number of regions of the page, 0..1000.
        palette: colours kept from earlier pages, newest first.
    """

    def __init__(self, count: int, palette: tuple[Color, ...] | list[Color] = ()) -> None:
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MAX_REGIONS:
            raise GPError(BAD_REQUEST, f"A page has 0 to {MAX_REGIONS} regions.")
        self._count = count
        self._palette = tuple(_color(color) for color in palette)[:PALETTE_SIZE]
        self._state = _State(1 if count else None)
        self._undo: list[_State] = []
        self._redo: list[_State] = []

    @property
    def count(self) -> int:
        """Number of regions."""
        return self._count

    @property
    def current(self) -> int | None:
        """The region being shown, or None when the walk is over."""
        return self._state.current

    @property
    def hints(self) -> dict[int, Color]:
        """The colours given so far, in the order in which they were given."""
        return dict(self._state.hints)

    @property
    def skipped(self) -> frozenset[int]:
        """Regions that the user passed over."""
        return self._state.skipped

    @property
    def palette(self) -> tuple[Color, ...]:
        """Recently applied colours, newest first; undo leaves them."""
        return self._palette

    @property
    def finished(self) -> bool:
        """Whether every region is hinted or skipped."""
        return self._first_open(after=0) is None

    @property
    def can_undo(self) -> bool:
        """Whether undo() would change something."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether redo() would change something."""
        return bool(self._redo)

    def next(self) -> int | None:
        """Go to the next region without a hint, in priority order and round the end.

        Skipped regions are passed over. Returns the new current region, None when none is left.
        """
        return self._go(self._next_open(self._state))

    def go_to(self, number: int) -> int:
        """Go to a region of the user's choice.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        self._go(self._check(number))
        return number

    def back(self) -> int | None:
        """Go to the region shown before this one; stays where there is none."""
        trail = self._state.trail
        if trail:
            self._state = replace(self._state, current=trail[-1], trail=trail[:-1])
        return self.current

    def skip(self) -> int | None:
        """Pass over the current region and go to the next; its hint, if any, stays."""
        current = self.current
        if current is None:
            return None
        self._change(replace(self._state, skipped=self._state.skipped | {current}))
        return self.next()

    def apply(self, color: Color) -> Change:
        """Give the current region a colour and go to the next region.

        Args:
            color: (red, green, blue), 0..255 each.

        Returns:
            The hint to send to the daemon.

        Raises:
            GuidingPainterError: NO_SUCH_REGION when there is no current region, BAD_REQUEST.
        """
        color = _color(color)
        number = self._check(self.current)
        hints = {**dict(self._state.hints), number: color}
        skipped = self._state.skipped - {number}
        self._change(replace(self._state, hints=tuple(hints.items()), skipped=skipped))
        rest = tuple(kept for kept in self._palette if kept != color)
        self._palette = (color, *rest)[:PALETTE_SIZE]
        self.next()
        return Change(number, color)

    def clear(self, number: int) -> Change:
        """Take a region's hint and its skip mark away; the current region stays.

        Raises:
            GuidingPainterError: NO_SUCH_REGION.
        """
        number = self._check(number)
        hints = tuple(item for item in self._state.hints if item[0] != number)
        skipped = self._state.skipped - {number}
        if (hints, skipped) != (self._state.hints, self._state.skipped):
            self._change(replace(self._state, hints=hints, skipped=skipped))
        return Change(number, None)

    def undo(self) -> tuple[Change, ...]:
        """Take back the last apply, clear or skip, with the place of the walk at that time.

        Returns:
            The hints that changed, for the daemon and the picture; empty for a skip or at the end.
        """
        return self._step(self._undo, self._redo)

    def redo(self) -> tuple[Change, ...]:
        """Do again what undo took back; returns the hints that changed."""
        return self._step(self._redo, self._undo)

    def to_json(self) -> str:
        """Return the walk as JSON text; undo history is the editor's and is not kept."""
        state = self._state
        return json.dumps(
            {
                "schema": SCHEMA,
                "count": self._count,
                "current": state.current,
                "hints": [[number, list(color)] for number, color in state.hints],
                "skipped": sorted(state.skipped),
                "trail": list(state.trail),
                "palette": [list(color) for color in self._palette],
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Guide:
        """Read what to_json wrote; unknown fields are ignored.

        Raises:
            GuidingPainterError: VERSION for a newer schema, BAD_REQUEST or
                NO_SUCH_REGION for damage.
        """
        try:
            fields: Any = json.loads(text)
            schema = fields["schema"]
            if isinstance(schema, int) and schema > SCHEMA:
                raise GPError(
                    VERSION,
                    "This document was saved by a newer GuidingPainter.",
                    "Update the plug-in.",
                )
            guide = cls(fields["count"], [_color(color) for color in fields["palette"]])
            current = fields["current"]
            hints = {guide._check(number): _color(color) for number, color in fields["hints"]}
            guide._state = _State(
                current=None if current is None else guide._check(current),
                hints=tuple(hints.items()),
                skipped=frozenset(guide._check(number) for number in fields["skipped"]),
                trail=tuple(guide._check(number) for number in fields["trail"])[-MAX_REGIONS:],
            )
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise GPError(
                BAD_REQUEST, "The colouring saved in this document is damaged.", "Start it afresh."
            ) from error
        return guide

    def _check(self, number: Any) -> int:
        inside = isinstance(number, int) and not isinstance(number, bool)
        if not inside or not 1 <= number <= self._count:
            raise GPError(NO_SUCH_REGION, f"This page has regions 1 to {self._count}.")
        return number

    def _first_open(self, after: int) -> int | None:
        hinted = dict(self._state.hints)
        for number in range(after + 1, self._count + 1):
            if number not in hinted and number not in self._state.skipped:
                return number
        return None

    def _next_open(self, state: _State) -> int | None:
        found = self._first_open(state.current or 0)
        # Round the end: a region that the user jumped over by hand is still waiting.
        return found if found is not None else self._first_open(0)

    def _go(self, number: int | None) -> int | None:
        current = self._state.current
        if number != current:
            trail = self._state.trail if current is None else (*self._state.trail, current)
            self._state = replace(self._state, current=number, trail=trail[-MAX_REGIONS:])
        return number

    def _change(self, state: _State) -> None:
        self._undo = [*self._undo, self._state][-UNDO_DEPTH:]
        self._redo = []
        self._state = state

    def _step(self, source: list[_State], target: list[_State]) -> tuple[Change, ...]:
        if not source:
            return ()
        before, after = dict(self._state.hints), dict(source[-1].hints)
        target.append(self._state)
        self._state = source.pop()
        numbers = (*before, *(number for number in after if number not in before))
        return tuple(
            Change(number, after.get(number))
            for number in numbers
            if before.get(number) != after.get(number)
        )


def _color(value: Any) -> Color:
    valid = isinstance(value, (tuple, list)) and len(value) == 3
    if not valid or not all(
        isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 255 for part in value
    ):
        raise GPError(BAD_REQUEST, "A colour is three whole numbers from 0 to 255.")
    return (value[0], value[1], value[2])
