"""Files that hold several pictures: scans of many pages, animations."""

from __future__ import annotations

from gp_client.errors import BAD_REQUEST, GuidingPainterError
from PIL import Image

# A JPEG's second picture is a camera's preview, a PSD's are its layers.
_SEVERAL = ("TIFF", "WEBP", "PNG", "GIF", "AVIF")
_MAX = 4096
_SUBFILE, _REDUCED = 254, 1  # TIFF: a smaller copy of another page


def pages(image: Image.Image) -> list[int]:
    """The places of a file's pages among its pictures, at least one; nothing is decoded."""
    if image.format not in _SEVERAL:
        return [0]
    count = min(_MAX, getattr(image, "n_frames", 1))
    if image.format != "TIFF":
        return list(range(count))
    found = []
    for place in range(count):
        image.seek(place)
        if not int(getattr(image, "tag_v2", {}).get(_SUBFILE, 0)) & _REDUCED:
            found.append(place)
    image.seek(0)
    return found or [0]


def choose(image: Image.Image, number: int, name: str) -> tuple[int, int]:
    """Goes to a page of a file that was opened.

    Args:
        image: of Pillow.
        number: of the page, from 1 on.
        name: of the file, for messages.

    Returns:
        The place of its picture in the file, from 0 on, and how many pages there are.

    Raises:
        GuidingPainterError: BAD_REQUEST, there is no such page.
    """
    places = pages(image)
    if number > len(places):
        has = "one page" if len(places) == 1 else f"{len(places)} pages"
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{name} has {has}, there is no page {number}.",
            "Name another with --page.",
        )
    place = places[number - 1]
    if place:
        image.seek(place)
    return place, len(places)
