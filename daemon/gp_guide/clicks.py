"""What a click on the page means. Pure."""

from __future__ import annotations

GO, FILL, REST, TAKE, JOIN = "go", "fill", "rest", "take", "join"


def meaning(shift: bool, control: bool, alt: bool, joining: bool = False) -> str:
    """Return what a click does.

    Args:
        shift, control, alt: which keys are held.
        joining: whether the artist asked for a region to be joined with the one shown.

    Returns:
        GO to the region there, FILL the one piece there with the colour in hand (Shift), REST the
        same where nothing is decided yet (Ctrl and Shift), TAKE the colour there in hand (Ctrl, as
        everywhere in Krita and GIMP), or JOIN the region there with the one shown (Alt, or while
        that was asked for).
    """
    if shift:
        return REST if control else FILL
    if control:
        return TAKE
    return JOIN if alt or joining else GO
