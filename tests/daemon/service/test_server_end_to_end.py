"""From `connect(start=True)` to exact flats on a real drawing, with the real daemon."""

from __future__ import annotations

import shutil
from pathlib import Path

import gp_client
import numpy as np
import pytest
from gp_client import Client, ClientPage, GuidedPage, GuidingPainterError, Mask
from gp_client.errors import BUNDLE_DAMAGED
from gp_daemon.networks.bundle import default_bundle
from gp_guide.guide import Guide
from gp_guide.older import open_saved
from gp_guide.pixels import LineArt
from gp_guide.saved import Saved
from PIL import Image
from serving import daemon_pid, kill_daemon

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"
COLORS = ((250, 1, 3), (2, 200, 77), (40, 50, 251))


@pytest.fixture(params=["hand-made", "shipped"])
def bundle(request: pytest.FixtureRequest, bundle_folder: Path) -> Path:
    if request.param == "hand-made":
        return bundle_folder
    if not (default_bundle() / "bundle.json").exists():
        pytest.skip("no bundle is shipped yet")
    return default_bundle()


def open_sample(client: Client, name: str) -> ClientPage:
    with Image.open(SAMPLES / name) as image:
        return client.open(image.convert("L").tobytes(), *image.size)


def flats(page: ClientPage | GuidedPage) -> np.ndarray:
    return np.frombuffer(page.render("flats"), np.uint8).reshape(page.height, page.width, 4)


def painted(page: ClientPage, picture: np.ndarray, number: int) -> set[tuple[int, ...]]:
    """Return the colours of a region's pixels."""
    mask = page.mask(number)
    x, y, width, height = mask.bbox
    inside = np.frombuffer(mask.data, np.uint8).reshape(height, width) == 255
    assert inside.sum() == page.regions[number - 1].pixels
    found = picture[y : y + height, x : x + width][inside]
    return {tuple(int(part) for part in color) for color in np.unique(found, axis=0)}


def test_hinted_colours_are_exact_in_the_flats_even_when_the_daemon_is_killed_between_hints(
    runtime: Path, bundle: Path
) -> None:
    with gp_client.connect(start=True, bundle=bundle, device="cpu") as client:
        page = open_sample(client, "tuxpaint_18.png")
        assert sum(region.pixels for region in page.regions) == page.width * page.height
        numbers = [region.number for region in page.regions][: len(COLORS)]
        assert len(numbers) >= 2
        page.hint(numbers[0], COLORS[0])
        killed = daemon_pid()
        kill_daemon()
        for number, color in zip(numbers[1:], COLORS[1:], strict=False):
            page.hint(number, color)
        assert client.info["pid"] != killed
        picture = flats(page)
        for number, color in zip(numbers, COLORS, strict=False):
            assert painted(page, picture, number) == {(*color, 255)}
        assert len(page.render("soft", format="BGRA16", preview=True)) == (
            page.grid[0] * page.grid[1] * 8
        )
        gray = np.frombuffer(page.render("flats", format="GRAY8"), np.uint8)
        luminance = picture[..., :3] @ np.array([0.299, 0.587, 0.114])
        assert np.abs(gray.reshape(luminance.shape) - luminance).max() <= 1
        layered = np.zeros_like(picture)
        for layer in page.layers():
            x, y, width, height = layer.bbox
            pixels = np.frombuffer(page.layer(layer), np.uint8).reshape(height, width, 4)
            part = layered[y : y + height, x : x + width]
            assert not part[pixels[..., 3] > 0].any()
            np.copyto(part, pixels, where=pixels[..., 3:] > 0)
        # Colours of the network's own that look alike share a layer; those of hints are exact.
        assert (layered[..., 3] == 255).all()
        for number, color in zip(numbers, COLORS, strict=False):
            assert painted(page, layered, number) == {(*color, 255)}


def test_a_saved_document_of_acts_paints_the_same_bytes_after_a_crash(
    runtime: Path, bundle: Path
) -> None:
    with Image.open(SAMPLES / "tuxpaint_18.png") as image:
        pixels, (width, height) = image.convert("L").tobytes(), image.size
    with gp_client.connect(start=True, bundle=bundle, device="cpu") as client:
        page = client.open_guided(pixels, width, height)
        page.spread = "bold"
        for color in COLORS:
            region = page.next()
            assert region is not None
            page.color(region.number, color)
        shape = bytes(255 if x < 40 else 0 for _ in range(90) for x in range(60))
        page.split(
            (width // 2, height // 2), Mask((width // 2 - 30, height // 2 - 45, 60, 90), shape)
        )
        page.find(9.0, None)
        following = page.next()
        assert following is not None
        page.keep(following.number)
        before = {kind: page.render(kind) for kind in ("flats", "soft")}
        assert before["flats"].count(0) < len(before["flats"])
        saved = Saved.from_bytes(Saved(acts=page.acts).to_bytes())
        kill_daemon()
        assert {kind: page.render(kind) for kind in before} == before
        page.close()
        kill_daemon()
        again = open_saved(client, LineArt(pixels, width, height, "GRAY8", True), saved)
        assert {kind: again.render(kind) for kind in before} == before
        assert again.acts == saved.acts
        while again.undo():
            pass
        assert not any(again.render("flats"))


def test_a_document_of_version_1_opens_as_one_of_acts_with_its_colours_in_place(
    runtime: Path, bundle: Path
) -> None:
    with Image.open(SAMPLES / "tuxpaint_18.png") as image:
        pixels, (width, height) = image.convert("L").tobytes(), image.size
    with gp_client.connect(start=True, bundle=bundle, device="cpu") as client:
        older = client.open(pixels, width, height)
        guide = Guide(len(older.regions))
        for color in COLORS[: len(older.regions)]:
            change = guide.apply(color)
            older.hint(change.number, color)
        given = np.zeros((height, width), np.bool_)
        for number in guide.hints:
            mask = older.mask(number)
            x, y, wide, high = mask.bbox
            part = given[y : y + high, x : x + wide]
            part |= np.frombuffer(mask.data, np.uint8).reshape(high, wide) > 0
        wanted = flats(older) * given[..., None]
        walk = Saved.from_bytes(Saved(guide=guide.to_json()).to_bytes())
        page = open_saved(
            client, LineArt(pixels, width, height, "GRAY8", True), walk, older.render("flats")
        )
        assert (flats(page) == wanted).all()
        saved = Saved.from_bytes(Saved(acts=page.acts).to_bytes())
        page.close()
        kill_daemon()
        again = open_saved(client, LineArt(pixels, width, height, "GRAY8", True), saved, b"")
        assert (flats(again) == wanted).all()


def test_a_damaged_bundle_is_refused_with_the_daemons_own_reason(
    runtime: Path, bundle_folder: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(bundle_folder, broken)
    network = next(broken.glob("colorizer*"))
    data = bytearray(network.read_bytes())
    data[len(data) // 2] ^= 1
    network.write_bytes(data)
    with pytest.raises(GuidingPainterError) as caught:
        gp_client.connect(start=True, bundle=broken, device="cpu")
    assert caught.value.code == BUNDLE_DAMAGED
    assert network.name in caught.value.message
