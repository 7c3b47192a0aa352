"""What is written to files says the same as the page, whatever the artist has done."""

from __future__ import annotations

import contextlib
import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pytest
from drawn_pages import STEPS, Page, Steps, step
from gp_canvas.acts.packing import pack
from gp_cli import results, walk
from gp_cli.files.picture import Picture
from gp_cli.line_art import LineArt
from gp_client import Client, GuidedPage, connect
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image


def from_layers(page: GuidedPage) -> NDArray[np.uint8]:
    """The artist's layers by colour, one over the other, uint8 [H, W, 4]."""
    canvas = np.zeros((page.height, page.width, 4), np.uint8)
    for layer in page.layers():
        if layer.by == "artist":
            x, y, width, height = layer.bbox
            part = np.frombuffer(page.layer(layer), np.uint8).reshape(height, width, 4)
            under = canvas[y : y + height, x : x + width]
            assert not (under[..., 3] & part[..., 3]).any()
            np.maximum(under, part, out=under)
    return canvas


def written(path: Path) -> dict[str, NDArray[np.uint8]]:
    """The pictures of an OpenRaster file by the names of their layers, and the merged one."""
    with zipfile.ZipFile(path) as archive:
        stack = ET.fromstring(archive.read("stack.xml"))
        files = {one.get("name", ""): one.get("src", "") for one in stack.iter("layer")}
        files["merged"] = "mergedimage.png"
        return {
            name: np.asarray(Image.open(io.BytesIO(archive.read(file))))
            for name, file in files.items()
        }


def check(client: Client, out: Path, seed: int, steps: Steps) -> None:
    drawn = Page(seed)
    hands = drawn.hands()
    for one in steps:
        step(hands, *one)
    picture = Picture(drawn.gray[..., None], "GRAY8")
    with contextlib.closing(walk.open_guided(client, picture)) as page:
        page.play(pack(hands.history.acts, hands.history.undone))
        given_colors = walk.flats(page)
        assert (from_layers(page) == given_colors).all()
        results.write_layers(page, picture, "flats", out)
        saved = written(out)
        assert (saved["hints"] == given_colors).all()
        whole = walk.flats(page)  # what was still open has been given a colour
        assert (saved["flats"] == whole).all()
        assert (from_layers(page) == whole).all()
        assert (saved["merged"] == LineArt(picture).over(whole)).all()


@pytest.mark.usefixtures("fake_daemon")
def test_flats_layers_by_colour_and_openraster_agree_pixel_by_pixel(tmp_path: Path) -> None:
    with connect(start=True) as client:

        @settings(max_examples=25, deadline=None)
        @given(st.integers(0, 10**6), STEPS)
        def any_page(seed: int, steps: Steps) -> None:
            check(client, tmp_path / "page.ora", seed, steps)

        any_page()


def memory(name: str) -> int:
    """VmRSS or VmHWM of this process, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(name))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux shows its memory")
@pytest.mark.usefixtures("fake_daemon")
@pytest.mark.parametrize("kind", ["flats", "soft"])
def test_an_openraster_file_is_written_without_holding_all_its_layers(
    kind: str, tmp_path: Path
) -> None:
    side = 2500
    gray = np.full((side, side, 1), 255, np.uint8)
    gray[::500] = gray[:, ::500] = 0
    picture = Picture(gray, "GRAY8")
    with connect(start=True) as client, contextlib.closing(walk.open_guided(client, picture)) as p:
        before = memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # what was most is what there is now
        results.write_layers(p, picture, kind, tmp_path / "page.ora")
        most = memory("VmHWM") - before
    layer = 4 * side * side  # bytes; there are three, the line art, and the merged picture
    assert most < 5.5 * layer, most / layer
    assert written(tmp_path / "page.ora").keys() >= {"hints", "soft", "flats", "merged"}
