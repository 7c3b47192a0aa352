"""A real GIMP 3 with the plug-in as `gp install gimp` leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from debian13 import NoRoot
from gimp_hands import Hands
from gimp_harness import GimpProcess, Place
from gimp_screen import Screen
from PIL import Image

# Keys that GIMP itself leaves free, as a user would set them in Keyboard Shortcuts.
SHORTCUTS = {
    "python-fu-guidingpainter-colorize": "<Primary><Alt>g",
    "python-fu-guidingpainter-next-region": "<Primary><Alt>n",
    "python-fu-guidingpainter-apply-color": "<Primary><Alt>a",
    "python-fu-guidingpainter-clear": "<Primary><Alt>c",
}
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


@pytest.fixture(scope="session")
def screen(place: Place) -> Iterator[Screen]:
    """A virtual screen."""
    made = Screen(place)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def window(place: Place, screen: Screen) -> Iterator[GimpProcess]:
    """A GIMP with its windows, shared by the tests."""
    keys = "".join(f'(action "{name}" "{key}")\n' for name, key in SHORTCUTS.items())
    (place.home / "gimp" / "shortcutsrc").write_text(keys)
    made = GimpProcess(place, "gimp-3.0", [], screen.display)
    try:
        screen.hide(screen.window("Welcome"))
        yield made
    finally:
        made.close()


@pytest.fixture
def picture(place: Place) -> Path:
    """A sample page as an RGB picture."""
    path = place.base / "page.png"
    with Image.open(SAMPLES / "tuxpaint_18.png") as sample:
        sample.convert("RGB").save(path)
    return path


@pytest.fixture
def page(place: Place, picture: Path, gimp: GimpProcess) -> Iterator[Path]:
    """A sample page at half its size, open in GIMP as ``image``."""
    path = place.base / "small.png"
    with Image.open(picture) as sample:
        sample.reduce(2).save(path)
    gimp.run(f"Gimp.context_set_defaults(); image = load({str(path)!r})")
    yield path
    gimp.run("for each in Gimp.get_images(): each.delete()")


@pytest.fixture
def hands(place: Place, window: GimpProcess, screen: Screen, picture: Path) -> Iterator[Hands]:
    """A user who has never used the dialog, with the sample page open."""
    place.forget_options()
    window.run(f"""
        Gimp.context_set_foreground(Gegl.Color.new("#0a64c8"))
        image_path = {str(picture)!r}
        image = load(image_path)
        display = Gimp.Display.new(image)
        line = image.get_layers()[0]
    """)
    made = Hands(window, screen)
    yield made
    if made.dialog:
        made.press("c")
    window.run("if display.is_valid(): display.delete()")
    made.wait(lambda: not made.dialog, "the dialog stays")
