"""The packed store: every figure rendered once, memory-mapped when read."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from numpy.typing import NDArray
from rich.progress import track

from gp_training.data.sources import MISSING_TOOL, SOURCES, Figure, cache_folder
from gp_training.sketch import xdog

SIDE = 256
SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Rendered:
    """A figure as pixels.

    Attributes:
        rgba: uint8 [SIDE, SIDE, 4], R G B A, not premultiplied.
        line: uint8 [SIDE, SIDE], 255 = paper.
        true_line: the line art was drawn, not computed.
    """

    rgba: NDArray[np.uint8]
    line: NDArray[np.uint8]
    true_line: bool


def split_of(work: str) -> str:
    """81 : 9 : 10 by a hash of the work's name, so that a work never crosses the split."""
    bucket = int.from_bytes(hashlib.sha256(work.encode()).digest()[:4], "big") % 100
    return "train" if bucket < 81 else "validation" if bucket < 90 else "test"


def _rasterise(path: Path) -> NDArray[np.uint8] | None:
    """A file as RGBA, fitted into SIDE x SIDE and centred; None when it cannot be rendered."""
    if path.suffix == ".svg":
        command = ["rsvg-convert", "-w", str(SIDE), "-h", str(SIDE), "--keep-aspect-ratio", path]
        try:
            done = subprocess.run(command, capture_output=True, timeout=20)
        except subprocess.TimeoutExpired:
            return None
        encoded = np.frombuffer(done.stdout, np.uint8)
    else:
        encoded = np.fromfile(path, np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED) if encoded.size else None
    if image is None or image.ndim != 3 or image.dtype != np.uint8:
        return None
    code = cv2.COLOR_BGRA2RGBA if image.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return _fit(np.asarray(cv2.cvtColor(image, code), np.uint8))


def _fit(rgba: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = rgba.shape[:2]
    scale = SIDE / max(height, width)
    if scale != 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        # Premultiplied while resizing, or the colour of transparent pixels would bleed in.
        scaled = rgba.astype(np.float32)
        scaled[..., :3] *= scaled[..., 3:] / 255
        scaled = cv2.resize(scaled, size, interpolation=cv2.INTER_AREA)
        scaled[..., :3] *= 255 / np.maximum(scaled[..., 3:], 1)
        rgba = np.clip(np.round(scaled), 0, 255).astype(np.uint8)
    result = np.zeros((SIDE, SIDE, 4), np.uint8)
    top, left = (SIDE - rgba.shape[0]) // 2, (SIDE - rgba.shape[1]) // 2
    result[top : top + rgba.shape[0], left : left + rgba.shape[1]] = rgba
    return result


def _usable(rgba: NDArray[np.uint8], outlined: bool) -> bool:
    """Has something to colour: at least two flats, not all gray, and dark outlines if asked."""
    alpha = rgba[..., 3] > 127
    if alpha.mean() < 0.04:
        return False
    pixels = rgba[alpha][:, :3].astype(np.int32)
    spread = pixels.max(axis=1) - pixels.min(axis=1)
    if (spread > 40).mean() < 0.05:
        return False
    coarse = pixels // 43
    keys = coarse[:, 0] * 36 + coarse[:, 1] * 6 + coarse[:, 2]
    shares = np.bincount(keys, minlength=216) / len(keys)
    if (shares > 0.02).sum() < 2:
        return False
    dark = pixels.max(axis=1) < 70
    return not outlined or 0.03 < dark.mean() < 0.5


def render(figure: Figure) -> Rendered | None:
    """Renders a figure, or None when it is broken or has nothing to colour."""
    rgba = _rasterise(figure.colour)
    if rgba is None or not _usable(rgba, outlined=figure.source == "openclipart"):
        return None
    if figure.line is not None:
        drawn = _rasterise(figure.line)
        if drawn is None:
            return None
        alpha = drawn[..., 3].astype(np.int32)
        dark = 255 - drawn[..., :3].mean(axis=2)
        line = (255 - alpha * dark / 255).astype(np.uint8)
        return Rendered(rgba, line, True)
    alpha = rgba[..., 3:].astype(np.float32) / 255
    on_white = np.round(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
    return Rendered(rgba, xdog(on_white), False)


def store_folder() -> Path:
    """Where the store lies inside the cache folder."""
    return cache_folder() / f"store-{SIDE}"


def build(names: Iterable[str] = tuple(SOURCES), threads: int = 2) -> Path:
    """Renders the named sources into the store, those that are not there yet.

    Args:
        names: keys of `SOURCES`; they must have been fetched.
        threads: how many renderers run side by side.

    Returns:
        The store's folder.

    Raises:
        GuidingPainterError: rsvg-convert is missing.
    """
    if shutil.which("rsvg-convert") is None:
        raise GuidingPainterError(
            MISSING_TOOL,
            "The program rsvg-convert is needed to render SVG drawings.",
            "Install it (Debian: apt-get install librsvg2-bin) and try again.",
        )
    root = store_folder()
    for name in names:
        target = root / name
        if (target / "index.json").is_file():
            continue
        target.mkdir(parents=True, exist_ok=True)
        figures = list(SOURCES[name].figures(SOURCES[name].folder))
        entries: list[dict[str, object]] = []
        seen: set[bytes] = set()
        with (
            open(target / "rgba.bin", "wb") as rgba_file,
            open(target / "line.bin", "wb") as line_file,
            ThreadPoolExecutor(threads) as pool,
        ):
            rendered = pool.map(render, figures)
            for figure, picture in track(
                zip(figures, rendered, strict=True), f"render {name}", total=len(figures)
            ):
                if picture is None:
                    continue
                fingerprint = difference_hash(picture.line)
                if fingerprint in seen:
                    continue
                seen.add(fingerprint)
                rgba_file.write(picture.rgba.tobytes())
                line_file.write(picture.line.tobytes())
                work = f"{figure.source}/{figure.work}"
                entries.append(
                    {"work": work, "split": split_of(work), "true_line": picture.true_line}
                )
        (target / "index.json").write_text(json.dumps({"side": SIDE, "figures": entries}))
    return root


def difference_hash(gray: NDArray[np.uint8]) -> bytes:
    """A 256-bit perceptual hash: the sign of horizontal differences at 16 x 16."""
    small = cv2.resize(gray, (17, 16), interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes()


class Store:
    """Read access to the rendered figures of one split.

    Args:
        split: "train", "validation" or "test".
        names: sources; all that were built when None.
        root: the store's folder.

    Raises:
        GuidingPainterError: nothing was built yet.
    """

    def __init__(
        self, split: str, names: Iterable[str] | None = None, root: Path | None = None
    ) -> None:
        root = store_folder() if root is None else root
        self.names = [
            name
            for name in (SOURCES if names is None else names)
            if (root / name / "index.json").is_file()
        ]
        self.indices: dict[str, list[int]] = {}
        self._maps: dict[str, tuple[np.memmap, np.memmap, list[dict]]] = {}
        for name in self.names:
            figures = json.loads((root / name / "index.json").read_text())["figures"]
            shape = (len(figures), SIDE, SIDE)
            self._maps[name] = (
                np.memmap(root / name / "rgba.bin", np.uint8, "r", shape=(*shape, 4)),
                np.memmap(root / name / "line.bin", np.uint8, "r", shape=shape),
                figures,
            )
            self.indices[name] = [i for i, f in enumerate(figures) if f["split"] == split]
        if not any(self.indices.values()):
            raise GuidingPainterError(
                BAD_REQUEST,
                f"The store in {root} has no pictures for {split}.",
                "Run gp-train data fetch and gp-train data build first.",
            )

    def __len__(self) -> int:
        return sum(len(members) for members in self.indices.values())

    def get(self, name: str, position: int) -> Rendered:
        """The figure at a position (0-based, within this split) of a source."""
        rgba, line, figures = self._maps[name]
        index = self.indices[name][position]
        return Rendered(
            np.asarray(rgba[index]), np.asarray(line[index]), bool(figures[index]["true_line"])
        )
