"""comicgen: full-body comic characters, assembled from poses and emotions.

The black-and-white characters are line art with white clothes. Each white shape gets a colour of
its own, so that the assembled drawing and its colouring are a true pair.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gp_training.data.sources.base import Figure, Source

# Left out: bill and sophie (stiff), biden and trump (persons who did not ask to be drawn from).
_CHARACTERS = (
    "aryan", "ava", "bean", "dee", "deenuova", "dey", "deynuovo", "ethan", "evan", "priya",
    "priyanuova", "ringo", "ringonuovo",
)  # fmt: skip
_PER_POSE = 4  # emotions drawn with each pose
_SIZE = (500, 600)
_WHITE = re.compile(r"""fill=(["'])(?:#fff|#ffffff|white)\1""", re.IGNORECASE)
_IMPORT = re.compile(r'import\s+"([^"]+)"')
_LAYER = re.compile(r'name="[^"]*/(pose|emotion)/')
_SKIN = ("#f6d2b3", "#e8b58e", "#c98d5f", "#9a623c", "#6e452c", "#f3dfc8", "#b5c99a", "#9fb8d8")


def layer_order(character: Path) -> list[str]:
    """Which of pose and emotion lies under the other, from a character's template.

    Args:
        character: folder with `index.svg`; a template may import another character's.
    """
    template = (character / "index.svg").read_text(encoding="utf-8")
    while imported := _IMPORT.search(template):
        template = (character / imported.group(1)).read_text(encoding="utf-8")
    return _LAYER.findall(template)


def assemble(layers: list[str]) -> str:
    """One SVG of layers that share a view box, from the bottom."""
    width, height = _SIZE
    nested = []
    for number, layer in enumerate(layers):
        body = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", layer, flags=re.DOTALL)
        # Both layers call their masks a, b, c.
        body = re.sub(r'\bid="([^"]+)"', rf'id="l{number}-\1"', body)
        body = re.sub(r"url\(#([^)]+)\)", rf"url(#l{number}-\1)", body)
        body = re.sub(r'href="#([^"]+)"', rf'href="#l{number}-\1"', body)
        nested.append(re.sub(r"<svg\b", f'<svg width="{width}" height="{height}"', body, count=1))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">{"".join(nested)}</svg>'
    )


def color_whites(layer: str, rng: np.random.Generator, skin: str, face: bool) -> str:
    """Gives the white shapes of a black-and-white layer colours.

    Args:
        layer: SVG text.
        rng: decides the colours.
        skin: "#rrggbb".
        face: the layer is a head: its first white shape is the face, the rest stays white (eyes,
            teeth). In a body the shapes are clothes, and hands in the skin's colour.
    """
    clothes = [_cloth(rng) for _ in range(3)]
    count = 0

    def paint(_: re.Match[str]) -> str:
        nonlocal count
        count += 1
        if face:
            return f'fill="{skin if count == 1 else "#ffffff"}"'
        return f'fill="{skin if rng.random() < 0.25 else clothes[int(rng.integers(3))]}"'

    return _WHITE.sub(paint, layer)


def _cloth(rng: np.random.Generator) -> str:
    red, green, blue = colorsys.hsv_to_rgb(
        rng.random(), rng.uniform(0.2, 0.85), rng.uniform(0.55, 1)
    )
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _write_characters(folder: Path, target: Path) -> None:
    root = folder / "comicgen" / "package" / "svg"
    rng = np.random.default_rng(20)
    for name in _CHARACTERS:
        order = layer_order(root / name)
        for pose_folder in sorted((root / name).rglob("pose")):
            poses = sorted(pose_folder.glob("*.svg"))
            emotions = sorted((pose_folder.parent / "emotion").glob("*.svg"))
            for pose in poses:
                for emotion in rng.permutation(len(emotions))[:_PER_POSE]:
                    parts = {"pose": pose, "emotion": emotions[emotion]}
                    layers = {k: p.read_text(encoding="utf-8") for k, p in parts.items()}
                    angle = "" if pose_folder.parent.name == name else pose_folder.parent.name
                    stem = f"{name}__{angle}_{pose.stem}_{parts['emotion'].stem}"
                    drawn = assemble([layers[kind] for kind in order])
                    whites = len(_WHITE.findall(layers["pose"]))
                    if whites >= 3:  # black-and-white: the drawing is the line art
                        (target / f"{stem}.line.svg").write_text(drawn, encoding="utf-8")
                        skin = _SKIN[int(rng.integers(len(_SKIN)))]
                        painted = {
                            kind: color_whites(layer, rng, skin, kind == "emotion")
                            for kind, layer in layers.items()
                        }
                        drawn = assemble([painted[kind] for kind in order])
                    (target / f"{stem}.svg").write_text(drawn, encoding="utf-8")


def _comicgen(folder: Path) -> Iterator[Figure]:
    for color in sorted((folder / "drawn").glob("*.svg")):
        if color.name.endswith(".line.svg"):
            continue
        line = color.with_suffix(".line.svg")
        # dee and deenuova are one woman in two pens.
        work = color.name.split("__")[0].removesuffix("nuova").removesuffix("nuovo")
        yield Figure("comicgen", work, color, line if line.is_file() else None)


COMICGEN = (
    Source(
        "comicgen", "npm", ("comicgen@1.9.9",), "CC0-1.0",
        "Ramya Mylavarapu, Devarani B, Swetha Mylavarapu (Gramener)",
        "full-body comic characters, many of them true pairs", _comicgen, _write_characters,
    ),
)  # fmt: skip
