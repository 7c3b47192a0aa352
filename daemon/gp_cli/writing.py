"""Text on pictures in any writing: what our own font lacks, one of the system's may have.

These are asked for through fontconfig (`fc-match`), or, where that is missing, tried by the names
that they have in Windows and macOS (untried there). What no font has is a "?".
"""

from __future__ import annotations

import math
import subprocess
import unicodedata
from functools import lru_cache

from gp_client.errors import INTERNAL, GuidingPainterError
from PIL import Image, ImageDraw, ImageFont, features

Font = ImageFont.FreeTypeFont

_UNKNOWN = "?"
_PATIENCE = 10.0  # seconds for fontconfig, which may have to read all fonts first
_KNOWN = ("msgothic.ttc", "msyh.ttc", "malgun.ttf", "arial.ttf", "Nirmala.ttf", "LeelawUI.ttf",
          "Arial Unicode.ttf")  # fmt: skip
_NO_CHARACTER = "\U0010ffff"
_TRIED = 16.0  # pixels: at this size a font is looked into
_INDIC = range(0x0900, 0x1100)  # and their neighbours, whose letters change with those beside them
_KHMER = range(0x1780, 0x1800)


def length(text: str, size: float) -> float:
    """How wide a line of text is, in pixels."""
    return sum(font.getlength(part) for part, font in _runs(text, size))


def draw(
    canvas: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    ink: tuple[int, int, int],
    size: float,
) -> None:
    """Draws a line of text.

    Args:
        canvas: drawn on.
        at: the left end of its middle.
        text: one line.
        ink: its colour.
        size: of the letters, pixels.
    """
    x, y = at
    for part, font in _runs(text, size):
        canvas.text((x, y), part, ink, font, "lm")
        x += font.getlength(part)


def unknown(text: str) -> str:
    """The characters of a text that no font here has, each once."""
    return "".join(dict.fromkeys(letter for letter in text if _place(letter, None) is None))


def own_font(size: float) -> Font:
    """The font that comes with us, for Latin letters.

    Raises:
        GuidingPainterError: INTERNAL, Pillow was built without fonts.
    """
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise GuidingPainterError(
            INTERNAL, "Pillow was built without FreeType.", "Install it with: pip install pillow"
        )
    return font


_Place = tuple[str, int]  # a font's file, and its number in there
_OWN: _Place = ("", 0)


def _runs(text: str, size: float) -> list[tuple[str, Font]]:
    """Parts of a text, each in a font that has its characters; one font for all where one can.

    Else spaces and signs go with the letters before them, so that a line that is read from right to
    left is one part.
    """
    missing = next((letter for letter in text if not _has(_OWN, letter)), None)
    all_of_it = _OWN if missing is None else _of_system(missing)
    if all_of_it is not None and all(_has(all_of_it, letter) for letter in text):
        return [(text, _font(all_of_it, size))]
    parts: list[tuple[str, _Place]] = []
    for letter in text:
        place = _place(letter, parts[-1][1] if parts else None)
        if place is None:
            letter, place = _UNKNOWN, _OWN
        elif place == _OWN and not _has(_OWN, letter):
            letter = _plain(letter)
        if parts and parts[-1][1] == place:
            parts[-1] = parts[-1][0] + letter, place
        else:
            parts.append((letter, place))
    return [(part, _font(place, size)) for part, place in parts]


def _place(letter: str, before: _Place | None) -> _Place | None:
    """The font for a character: that of those before it, ours, or one of the system; None: none.

    Ours is there for a letter without its accent, too, where no font has both.
    """
    if unicodedata.category(letter) in ("Mn", "Cf", "Zs") and before is not None:
        return before
    if before is not None and _has(before, letter):
        return before
    if _has(_OWN, letter):
        return _OWN
    return _of_system(letter) or (_OWN if _has(_OWN, _plain(letter)) else None)


def _plain(letter: str) -> str:
    """A letter without its accents."""
    return unicodedata.normalize("NFD", letter)[0]


@lru_cache(maxsize=4096)
def _has(place: _Place, letter: str) -> bool:
    if _is_joined(letter) and not features.check("raqm"):
        return False  # its letters would stand apart, and in the wrong order
    try:
        font = _font(place, _TRIED)
        return letter.isspace() or _look(font, letter) != _look(font, _NO_CHARACTER)
    except (OSError, ValueError):  # a file that is no font, or has pictures of other sizes alone
        return False


def _look(font: Font, letter: str) -> bytes:
    """A character as the font draws it."""
    box = font.getbbox(letter)
    picture = Image.new("L", (max(1, math.ceil(box[2])), max(1, math.ceil(box[3]))))
    ImageDraw.Draw(picture).text((0, 0), letter, 255, font)
    return repr(picture.size).encode() + picture.tobytes()


def _is_joined(letter: str) -> bool:
    code = ord(letter)
    return unicodedata.bidirectional(letter) in ("R", "AL") or code in _INDIC or code in _KHMER


@lru_cache(maxsize=4096)
def _of_system(letter: str) -> _Place | None:
    """A font of the system that has a character."""
    found = _fontconfig(letter)
    places = [(name, 0) for name in _KNOWN] if found is None else [found]
    return next((place for place in places if _has(place, letter)), None)


def _fontconfig(letter: str) -> _Place | None:
    """What fontconfig holds to be the best font for a character; None where it cannot be asked."""
    wanted = f"sans-serif:charset={ord(letter):x}"
    try:
        answer = subprocess.run(
            ["fc-match", "-f", "%{file}\\t%{index}", wanted],
            capture_output=True, check=True, timeout=_PATIENCE,
        ).stdout  # fmt: skip
        file, index = answer.decode().split("\t")
        return file, int(index)
    except (OSError, ValueError, subprocess.SubprocessError):  # not there, or of another kind
        return None


@lru_cache(maxsize=64)
def _font(place: _Place, size: float) -> Font:
    """A font at a size.

    Raises:
        OSError: there is none.
    """
    return own_font(size) if place == _OWN else ImageFont.truetype(place[0], size, place[1])
