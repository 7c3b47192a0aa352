"""Line art opened as a page, with all that the document keeps of it, and the walk gone on with."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from gp_client import Client
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.page import ClientPage
from gp_client.types import Region, Tell

from gp_guide.correction import Correction
from gp_guide.guide import Guide
from gp_guide.i18n import tr
from gp_guide.saved import Saved


@dataclass(frozen=True)
class Opening:
    """A page that the daemon knows, with the corrections that were made of these very regions.

    Attributes:
        page: the page.
        fingerprint: changes whenever the regions may.
        corrections: those that the page was told.
    """

    page: ClientPage
    fingerprint: str
    corrections: tuple[Correction, ...]


def open_page(
    client: Client,
    pixels: bytes,
    width: int,
    height: int,
    format: str,
    saved: Saved,
    tell: Tell | None = None,
) -> Opening:
    """Open line art with the options that the document keeps. It waits.

    Args:
        client: asks the daemon.
        pixels: of the line art, rows from the top, tightly packed.
        width: pixels.
        height: pixels.
        format: see ``wire.FORMATS``.
        saved: what the document keeps.
        tell: called with a stage's name and its fraction, 0..1.

    Raises:
        GuidingPainterError: see ``gp_client.connect`` and ``Client.open``.
    """
    page = client.open(pixels, width, height, format, saved.gap, saved.ink, tell, saved.area)
    fingerprint = fingerprint_of(pixels, saved, client.info.get("bundle"), page.regions)
    corrections = saved.corrections if saved.fingerprint == fingerprint else ()
    for correction in corrections:
        try:
            page.correct(correction.number, correction.mask)
        except ValueError as error:
            raise GuidingPainterError(
                BAD_REQUEST,
                tr("A corrected region that this document keeps is damaged."),
                tr("Move Gaps a little; the regions are found anew without it."),
            ) from error
    return Opening(page, fingerprint, corrections)


def fingerprint_of(pixels: bytes, saved: Saved, bundle: object, regions: Iterable[Region]) -> str:
    """Return what changes whenever the regions of a page may.

    The regions themselves are part of it: a newer daemon may divide a page differently with the
    same networks, and what was saved by region number must not land in other places.

    Args:
        pixels: the line art.
        saved: gap, ink and area that the page was opened with.
        bundle: what the daemon says of its networks.
        regions: as they were when the page was opened.
    """
    shapes = [(region.number, region.bbox, region.pixels) for region in regions]
    parts = (pixels, str(bundle).encode(), repr(shapes).encode())
    checks = " ".join(str(zlib.crc32(part)) for part in parts)
    return f"{checks} {saved.gap} {saved.ink} {saved.area}"


def resume(saved: Saved, fingerprint: str, count: int) -> tuple[Guide, bool, str]:
    """Return the guide for a page that was opened.

    Returns:
        The guide, whether it is the saved one, and what is wrong with that, "" if nothing. Where
        the regions changed since, it is a new one with the old palette.
    """
    if not saved.guide:
        return Guide(count), False, ""
    try:
        old = Guide.from_json(saved.guide)
    except GuidingPainterError as error:
        return Guide(count), False, str(error)
    if saved.fingerprint == fingerprint and old.count == count:
        return old, True, ""
    return Guide(count, old.palette), False, ""
