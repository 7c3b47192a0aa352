"""GCompris: drawings inside Qt resource files (rcc), which a page of code can read."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from gp_client.errors import BAD_REQUEST, GuidingPainterError

from gp_training.data.sources.base import Figure, Source

_COMPRESSED, _FOLDER, _ZSTD = 1, 2, 4

# Activities whose drawings are pictures, not boards, digits, flags, maps or lettering.
_ACTIVITIES = {
    "advanced_colors", "babymatch", "babyshapes", "ballcatch", "baby_tangram", "canal_lock",
    "chronos", "click_on_letter", "colors", "crane", "details", "enumerate",
    "explore_farm_animals", "explore_monuments", "explore_world_animals", "explore_world_music",
    "family", "fifteen", "football", "gletters", "gnumch-equality", "gravity", "guesscount",
    "guessnumber", "hangman", "hanoi_real", "imagename", "instruments", "land_safe", "lang",
    "left_right_click", "maze", "memory", "mining", "mosaic", "penalty", "photo_hunter",
    "planegame", "railroad", "renewable_energy", "reversecount", "share", "smallnumbers",
    "submarine", "target", "traffic", "watercycle",
}  # fmt: skip


def read_rcc(path: Path) -> Iterator[tuple[str, bytes]]:
    """Files in a Qt resource file, format versions 1 to 3, without Zstandard.

    The format is big-endian: `qres`, version, offsets of tree, data and names. A node of the tree
    is a name's offset, flags, and either its children's count and first number or locale and data
    offset. Data is a length and bytes; compressed, the bytes are another length and a zlib stream.

    Args:
        path: the .rcc file.

    Yields:
        Path inside the file and content.

    Raises:
        GuidingPainterError: it is no such file, or damaged.
    """
    blob = path.read_bytes()
    try:
        magic, version, tree, data, names = struct.unpack_from(">4s4I", blob)
        if magic != b"qres" or not 1 <= version <= 3:
            raise ValueError("not a Qt resource file")
        node_size = 14 if version == 1 else 22

        def name(offset: int) -> str:
            (length,) = struct.unpack_from(">H", blob, names + offset)
            start = names + offset + 6  # length, then a hash
            return blob[start : start + 2 * length].decode("utf-16-be")

        waiting = [(0, "")]
        seen: set[int] = set()
        while waiting:
            node, folder = waiting.pop()
            if node in seen:
                raise ValueError("a folder inside itself")
            seen.add(node)
            at = tree + node * node_size
            name_offset, flags = struct.unpack_from(">IH", blob, at)
            here = f"{folder}/{name(name_offset)}" if node else ""
            if flags & _FOLDER:
                count, first = struct.unpack_from(">II", blob, at + 6)
                waiting.extend((child, here) for child in range(first, first + count))
            elif not flags & _ZSTD:
                (offset,) = struct.unpack_from(">I", blob, at + 10)
                (length,) = struct.unpack_from(">I", blob, data + offset)
                content = blob[data + offset + 4 : data + offset + 4 + length]
                yield (
                    here.removeprefix("/"),
                    zlib.decompress(content[4:]) if flags & _COMPRESSED else content,
                )
    except (struct.error, ValueError, zlib.error) as error:
        raise GuidingPainterError(
            BAD_REQUEST,
            f"{path.name} could not be read: {error}.",
            "Delete its folder and run gp-train data fetch again.",
        ) from error


def _write_drawings(folder: Path, target: Path) -> None:
    """The SVG drawings of the chosen activities, each content once."""
    seen: set[bytes] = set()
    root = folder / "gcompris-qt-data" / "usr" / "share" / "gcompris-qt" / "rcc"
    for activity in sorted(_ACTIVITIES):
        archive = root / f"{activity}.rcc"
        if not archive.is_file():
            continue
        for name, content in sorted(read_rcc(archive)):
            if not name.endswith((".svg", ".svgz")):
                continue
            drawing = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            digest = hashlib.sha256(drawing).digest()
            # Under 4 kB it is a button or an arrow; over 1.5 MB a photograph in SVG's clothes.
            if digest in seen or not 4000 < len(drawing) < 1_500_000:
                continue
            seen.add(digest)
            (target / f"{activity}__{Path(name).stem}.svg").write_bytes(drawing)


def _gcompris(folder: Path) -> Iterator[Figure]:
    for color in sorted((folder / "drawn").glob("*.svg")):
        activity, _, stem = color.stem.partition("__")
        yield Figure("gcompris", f"{activity}/{stem.rstrip('0123456789_-')}", color)


GCOMPRIS = (
    Source(
        "gcompris", "apt", ("gcompris-qt-data",),
        "GPL-3.0-or-later; CC-BY-SA-4.0, CC-BY-SA-3.0, CC0-1.0 and public domain by file",
        "Timothée Giet and the GCompris artists", "animals, vehicles, people, landscapes",
        _gcompris, _write_drawings,
    ),
)  # fmt: skip
