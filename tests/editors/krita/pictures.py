"""The pictures of docs/krita.md, made anew in the real Krita; look at them before you commit.

    python tests/editors/krita/pictures.py [--folder DIR]

They go to docs/images, or where you say.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from krita_harness import SHOTS, KritaProcess, Page, krita_with_plugin

_DOCS = Path(__file__).parents[3] / "docs"
_SAMPLE = _DOCS / "samples" / "tuxpaint_18.png"
_REPAINT = 2.0  # seconds in which Krita paints its window
_WIDTH = 1100  # pixels of a whole screen in the docs
_BLUE, _CREAM, _BROWN, _GREEN = (168, 206, 232), (250, 222, 160), (120, 85, 60), (110, 152, 98)
# What a colourist might give the things on the page, whatever regions the networks make of them.
_COLORS = {
    (25, 46): _BLUE,  # the ground
    (192, 86): _CREAM,  # behind the flower
    (271, 26): _BROWN,  # the ring, clockwise
    (374, 42): _BROWN,
    (494, 110): _CREAM,
    (513, 221): (177, 140, 190),
    (486, 332): (95, 130, 80),
    (88, 245): _BLUE,
    (311, 102): (212, 120, 140),  # petals
    (351, 221): (244, 180, 190),
    (406, 324): (238, 132, 150),
    (438, 340): (252, 200, 120),
    (366, 396): (196, 84, 108),
    (152, 197): _GREEN,  # leaves
    (438, 221): (150, 180, 110),
}


def main() -> None:
    """Make all."""
    parser = argparse.ArgumentParser(description="The pictures of docs/krita.md")
    parser.add_argument("--folder", type=Path, default=_DOCS / "images")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    def keep(name: str, part: tuple[int, int, int, int] | None) -> None:
        _keep(krita, folder / f"{name}.png", part)

    with krita_with_plugin(None) as krita:
        path = krita.base / "page.png"
        with Image.open(_SAMPLE) as image:
            image.convert("RGB").save(path)
        page = Page(krita, path)
        page.begin()
        krita.run("layer_box.hide()")  # room for the docker
        _color(krita, page)
        keep("krita-docker", None)
        krita.run("""
            slider = dock.findChild(QSlider, "gap")
            slider.setSliderDown(True)
            slider.setValue(14)
        """)
        krita.until("result = controller().session.map is not None")
        keep("krita-gaps", (700, 50, 1600, 960))
        krita.run("slider.setSliderDown(False)")
        page.settle()
        krita.close_documents()
        page = Page(krita, path)
        page.begin()
        krita.run(
            "layer_box.show(); window.resizeDocks([layer_box, dock], [560, 380], Qt.Vertical)"
        )
        _color(krita, page)
        krita.run("choose('output', 2)")
        page.settle()
        keep("krita-layers", (700, 50, 1600, 960))
        krita.close_documents()


def _color(krita: KritaProcess, page: Page) -> None:
    """Go to the region at each of the places by a click, and give it its colour."""
    for place, color in _COLORS.items():
        page.click("picture", *place)
        krita.until(f"result = region() == controller().session.view.region_at{place}.number")
        page.color(*color)


def _keep(krita: KritaProcess, path: Path, part: tuple[int, int, int, int] | None) -> None:
    """Take a picture of the screen, or of a part of it (left, top, right, bottom)."""
    krita.until("result = idle()")
    time.sleep(_REPAINT)
    krita.screenshot(path.stem)
    with Image.open(SHOTS / path.name) as shot:
        image = shot.convert("RGB")
    if part is None:
        image = image.resize((_WIDTH, round(image.height * _WIDTH / image.width)))
    else:
        image = image.crop(part)
    image.quantize(256).save(path, optimize=True)


if __name__ == "__main__":
    main()
