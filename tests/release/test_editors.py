"""A release's wheel and archives, without a checkout: a page coloured in both editors."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import editors
import gp_client
import numpy as np
import pytest
from debian13 import NoRoot
from gimp_harness import GimpProcess, Place
from gp_client import launch
from krita_harness import KritaProcess, Page
from PIL import Image

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]

IMPORTER = Path("/usr/share/krita/pykrita/plugin_importer/plugin_importer.py")
SAMPLE = Path(__file__).parents[2] / "docs/samples/tuxpaint_18.png"
RED = (200, 30, 10)


def draw(path: Path) -> Path:
    """Write a sample page at half its size."""
    with Image.open(SAMPLE) as sample:
        sample.convert("RGB").reduce(2).save(path)
    return path


def colors(pixels: bytes) -> set[tuple[int, ...]]:
    """The colours of RGBA pixels, or BGRA ones, that are not wholly transparent."""
    return {tuple(one) for one in np.unique(np.frombuffer(pixels, np.uint8).reshape(-1, 4), axis=0)}


class ArtistsKrita(KritaProcess):
    """Krita of somebody who has the wheel's programs in `~/.local/bin`, as pipx puts them there.

    Not the environment's own folder: Krita would take the Python in it for its own.

    Args:
        base: an empty folder.
        programs: where the wheel's programs are.
    """

    def __init__(self, base: Path, programs: Path) -> None:
        super().__init__(base)
        links = self.home / ".local/bin"
        links.mkdir(parents=True)
        for name in ("gp", "gp-daemon"):
            (links / name).symlink_to(programs / name)

    @property
    def environment(self) -> dict[str, str]:
        """What Krita and its children run with."""
        return {**super().environment, "PATH": f"{self.home}/.local/bin:/usr/bin:/bin"}


@pytest.fixture
def krita(clean: Path) -> Iterator[ArtistsKrita]:
    try:
        editors.native_krita()
    except NoRoot as error:
        pytest.skip(str(error))
    base = Path(tempfile.mkdtemp(prefix="gpk"))
    made = ArtistsKrita(base, clean)
    yield made
    made.close()
    shutil.rmtree(base)


def test_kritas_archive_colours_a_page_in_krita(
    krita: ArtistsKrita, release: Path, clean: Path
) -> None:
    resources = krita.home / ".local/share/krita"
    for folder in ("pykrita", "actions"):  # Krita has made them before anybody can import
        (resources / folder).mkdir(parents=True)
    (archive,) = release.glob("guidingpainter-krita-*.zip")
    command = ["/usr/bin/python3", str(IMPORTER), str(archive), str(resources)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=100)
    # "Enable now?", which the importer asks at the end.
    rc = krita.home / ".config/kritarc"
    rc.parent.mkdir()
    rc.write_text("[python]\nenable_guidingpainter=true\n")
    krita.install_driver()
    krita.start()
    page = Page(krita, draw(krita.base / "page.png"))
    page.begin()
    page.color(*RED)
    assert (*RED[::-1], 255) in colors(krita.pixels("pixels(doc, 'Flats')"))  # Krita has BGRA
    running = Path(f"/proc/{krita.daemon_pid()}/cmdline").read_bytes().split(b"\0")
    assert running[0].startswith(bytes(clean))


@pytest.fixture
def place(clean: Path) -> Iterator[Place]:
    """GIMP, and the wheel's daemon, which GIMP in its root cannot start."""
    try:
        made = Place()
    except NoRoot as error:
        pytest.fail(str(error), pytrace=False)
    ours = {
        "GUIDINGPAINTER_RUNTIME": str(made.runtime),
        "GUIDINGPAINTER_DAEMON": str(clean / "gp-daemon"),
    }
    try:
        with mock.patch.dict(os.environ, ours):
            launch.launch_daemon(device="cpu")
            client = gp_client.connect()
        yield made
        client.shutdown()
        client.close()
        launch.reap()
    finally:
        made.close()


def test_gimps_archive_colours_a_page_in_gimp(place: Place, release: Path) -> None:
    (archive,) = release.glob("guidingpainter-gimp-*.zip")
    folder = place.home / "gimp/plug-ins"
    folder.mkdir()
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():  # with its rights, as unzip and file managers do
            path = Path(packed.extract(info, folder))
            if mode := info.external_attr >> 16:
                path.chmod(mode)
    gimp = GimpProcess(place, "gimp-console-3.0", ["-i"])
    try:
        gimp.run(f"image = load({str(draw(place.base / 'page.png'))!r})")
        hints = json.dumps({"hints": {"1": "#{:02x}{:02x}{:02x}".format(*RED)}})
        gimp.run(f"call('colorize', image, n_colors=0, hints_json={hints!r})")
        flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    finally:
        gimp.close()
    assert colors(flats) == {(*RED, 255), (0, 0, 0, 0)}
