"""`gp regions`: one page's regions as masks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from gp_client import GuidedPage, files
from gp_client.types import Tell

from gp_cli import colors, walk
from gp_cli.files import png
from gp_cli.source_page import PageSource, opened

REGIONS_FILE = "regions.json"


def regions(connect: walk.Connect, page: PageSource, out: Path, tell: Tell) -> int:
    """Writes a page's regions: a mask of canvas size for each as PNG, and regions.json.

    Args:
        connect: gives a client as a context, once the page has been read.
        page: the page.
        out: folder; made where it is missing.
        tell: called with a stage's name and its fraction.

    Returns:
        How many regions there are.

    Raises:
        GuidingPainterError: anything that goes wrong; then no file has been written.
    """
    tell("reading", 0.0)
    picture = page.read()
    with _staged(out) as stage, connect() as client, opened(client, picture, page, tell) as found:
        described = []
        for region in found.regions:
            tell("writing masks", region.number / len(found.regions))
            mask = found.mask(region.number)
            x, y, width, height = mask.bbox
            canvas = np.zeros((found.height, found.width), np.uint8)
            inside = np.frombuffer(mask.data, np.uint8).reshape(height, width)
            canvas[y : y + height, x : x + width] = inside
            name = f"region-{region.number:02d}.png"
            (stage / name).write_bytes(png.encode(canvas))
            described.append(_describe(region, name, found))
        about = {"page": page.path.name, "width": found.width, "height": found.height}
        text = json.dumps({**about, "regions": described}, indent=2)
        (stage / REGIONS_FILE).write_text(text + "\n", encoding="utf-8")
        return len(described)


def _describe(region: Any, mask: str, page: GuidedPage) -> dict[str, Any]:
    return {
        "number": region.number,
        "mask": mask,
        "bbox": list(region.bbox),
        "pixels": region.pixels,
        "share": round(region.pixels / (page.width * page.height), 6),
        "suggestion": colors.to_hex(region.suggestion),
    }


@contextlib.contextmanager
def _staged(out: Path) -> Iterator[Path]:
    """A folder whose files move to `out` together, regions.json last; or none do."""
    ours = [folder for folder in (out, *out.parents) if not folder.exists()]
    files.make_folder(out)
    stage = Path(tempfile.mkdtemp(prefix=".gp-", dir=out))
    done = False
    try:
        yield stage
        names = sorted(path.name for path in stage.iterdir())
        names.sort(key=REGIONS_FILE.__eq__)
        for name in _listed_masks(out):
            if name not in names:
                (out / name).unlink(missing_ok=True)
        for name in names:
            os.replace(stage / name, out / name)
        done = True
    except OSError as error:
        raise files.unwritable(out, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if not done:
            # Only while they are empty: somebody may have put something there.
            with contextlib.suppress(OSError):
                for folder in ours:
                    folder.rmdir()


def _listed_masks(folder: Path) -> list[str]:
    """The masks of an earlier run, which may have had more regions."""
    try:
        fields = json.loads((folder / REGIONS_FILE).read_bytes())
        names = [region["mask"] for region in fields["regions"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []  # none, or a file of somebody else's
    # Only ours: the file may have been edited, and a name could lead anywhere.
    return [
        name
        for name in names
        if isinstance(name, str)
        and name.startswith("region-")
        and name.endswith(".png")
        and name == Path(name).name
    ]
