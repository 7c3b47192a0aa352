"""OpenRaster files are what the standard says, and come back."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gp_cli.files import ora
from PIL import Image


def picture(channels: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (30, 500, channels), np.uint8)


LINES, FLATS, SOFT, MERGED = picture(3, 1), picture(4, 2), picture(4, 3), picture(3, 4)


@pytest.fixture
def archive() -> zipfile.ZipFile:
    file = io.BytesIO()
    group = ora.Group(
        "Guiding & <Painter>", (ora.Layer("flats", FLATS), ora.Layer("soft", SOFT, False))
    )
    ora.write(file, [ora.Layer("Line art", LINES, composite="svg:multiply"), group], MERGED)
    return zipfile.ZipFile(file)


def pixels(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(archive.read(name))))


def test_the_mimetype_stands_first_uncompressed_at_byte_38(archive: zipfile.ZipFile) -> None:
    first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    assert archive.fp is not None
    archive.fp.seek(38)
    assert archive.fp.read(16) == b"image/openraster"


def test_the_stack_has_canvas_size_and_the_layers_from_the_top_down(
    archive: zipfile.ZipFile,
) -> None:
    image = ET.fromstring(archive.read("stack.xml"))
    assert (image.tag, image.get("w"), image.get("h")) == ("image", "500", "30")
    (stack,) = image
    lines, group = stack
    assert (lines.tag, lines.get("name")) == ("layer", "Line art")
    assert lines.get("composite-op") == "svg:multiply"
    assert (group.tag, group.get("name")) == ("stack", "Guiding & <Painter>")
    assert [(layer.get("name"), layer.get("visibility")) for layer in group] == [
        ("flats", "visible"),
        ("soft", "hidden"),
    ]


def test_each_layer_has_its_own_file_with_its_own_pixels(archive: zipfile.ZipFile) -> None:
    image = ET.fromstring(archive.read("stack.xml"))
    files = {layer.get("name"): layer.get("src", "") for layer in image.iter("layer")}
    assert len(set(files.values())) == 3
    opaque = np.dstack([LINES, np.full((30, 500), 255, np.uint8)])
    for name, expected in (("Line art", opaque), ("flats", FLATS), ("soft", SOFT)):
        assert (pixels(archive, files[name]) == expected).all()


def test_merged_picture_and_thumbnail_are_there(archive: zipfile.ZipFile) -> None:
    assert (pixels(archive, "mergedimage.png") == MERGED).all()
    assert pixels(archive, "Thumbnails/thumbnail.png").shape == (15, 256, 3)


def test_the_same_layers_give_the_same_bytes() -> None:
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        ora.write(file, [ora.Layer("a", FLATS)], MERGED)
    assert files[0].getvalue() == files[1].getvalue()


def test_a_layer_that_reaches_beyond_the_canvas_is_refused() -> None:
    with pytest.raises(ValueError, match="'odd'"):
        ora.write(io.BytesIO(), [ora.Layer("odd", FLATS, offset=(0, 1))], MERGED)


def test_a_failure_while_saving_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        ora.save(tmp_path / "a.ora", [ora.Layer("odd", FLATS, offset=(0, 1))], MERGED)
    assert list(tmp_path.iterdir()) == []
