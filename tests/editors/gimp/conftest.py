"""A real GIMP 3 with the plug-in as `gp install gimp` leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from debian13 import NoRoot
from gimp_harness import GimpProcess, Place
from PIL import Image

SAMPLES = Path(__file__).parents[3] / "docs" / "samples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests; the first one may have to build the Debian 13 root."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.editor)
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture(scope="session")
def place() -> Iterator[Place]:
    """GIMP with the plug-in installed, and a daemon."""
    try:
        made = Place()
    except NoRoot as error:
        pytest.fail(str(error), pytrace=False)
    try:
        made.install()
        made.start_daemon()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def gimp(place: Place) -> Iterator[GimpProcess]:
    """A GIMP without windows, shared by the tests."""
    made = GimpProcess(place, "gimp-console-3.0", ["-i"])
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def page(place: Place, gimp: GimpProcess, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A sample page as an RGB picture, open in GIMP as ``image``."""
    path = place.base / "page.png"
    with Image.open(SAMPLES / "tuxpaint_18.png") as picture:
        picture.convert("RGB").save(path)
    gimp.run(f"image = load({str(path)!r})")
    yield path
    gimp.run("for each in Gimp.get_images(): each.delete()")
