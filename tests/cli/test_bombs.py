"""A small file cannot ask for much memory, and a large page takes little more than its pixels.

Each file is read by a process that may take so much memory and no more.
"""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="RLIMIT_DATA")

MEGA = 1 << 20
SIDE = 2600  # pixels of a page whose memory is measured: far more than what one strip takes
# RLIMIT_DATA counts private memory, threads' stacks included, but not files.
PROGRAM = """
import os, resource, sys
from pathlib import Path
import cv2
from gp_client.errors import GuidingPainterError
from gp_cli.files import pictures
cv2.setNumThreads(1)
warm = sys.argv[3]
pictures.read(Path(warm))
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
limit = 1024 * int(status["VmData"].split()[0]) + int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
try:
    picture = pictures.read(Path(sys.argv[1]))
except GuidingPainterError as error:
    print(error)
    sys.exit(2)
print(picture.format, *picture.pixels.shape)
"""


def read(path: Path, memory: int, warm: Path) -> tuple[int, str]:
    """Read a picture in a process that may take ``memory`` bytes; its exit code and its words."""
    command = [sys.executable, "-c", PROGRAM, str(path), str(memory), str(warm)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture
def warm(tmp_path: Path) -> Path:
    """A small picture to read first, so that what is loaded once does not count."""
    path = tmp_path / "warm.tif"
    tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint16), photometric="rgb", compression="zlib")
    return path


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def ora(merged: bytes, kind: int = zipfile.ZIP_DEFLATED, mimetype: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", mimetype or b"image/openraster", kind if mimetype else 0)
        archive.writestr("mergedimage.png", merged, kind)
    return file.getvalue()


def understated(archive: bytes, size: int) -> bytes:
    """The archive with a merged picture that says it unpacks to ``size`` bytes."""
    data = bytearray(archive)
    local = data.index(b"PK\3\4", 4)
    central = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    struct.pack_into("<I", data, local + 22, size)
    struct.pack_into("<I", data, central + 24, size)
    return bytes(data)


def tags(*entries: tuple[int, int, int, bytes], after: bytes = b"") -> bytes:
    """A TIFF of these tags (number, type, count, value); offsets in values count from 0."""
    found = {256: (3, 1, b"\4\0"), 257: (3, 1, b"\4\0"), 258: (3, 1, b"\10\0")}
    found |= {259: (3, 1, b"\1\0"), 262: (3, 1, b"\1\0"), 277: (3, 1, b"\1\0")}
    found |= {number: rest for number, *rest in entries}  # type: ignore[misc]
    listed = b"".join(
        struct.pack("<HHI4s", number, *rest) for number, rest in sorted(found.items())
    )
    return b"II*\0\10\0\0\0" + struct.pack("<H", len(found)) + listed + bytes(4) + after


def long_list(count: int) -> bytes:
    """A TIFF of 4 x 4 pixels with ``count`` strips."""
    start = 8 + 2 + 9 * 12 + 4
    offsets = (273, 4, count, struct.pack("<I", start))
    lengths = (279, 4, count, struct.pack("<I", start))
    rows = (278, 3, 1, b"\1\0")
    return tags(offsets, lengths, rows, after=bytes(4 * count))


def zeros(count: int) -> bytes:
    """So many zero bytes in zlib's form."""
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(MEGA)) for _ in range(count // MEGA)]
    return b"".join(parts) + packer.flush()


BOMBS = {
    "a merged picture that unpacks to a gigabyte": lambda: ora(png(90, 60) + bytes(1024 * MEGA)),
    "one that says it is small": lambda: understated(ora(png(90, 60) + bytes(1024 * MEGA)), 500),
    "one in bzip2": lambda: ora(png(90, 60) + bytes(1024 * MEGA), zipfile.ZIP_BZIP2),
    "a mimetype of a gigabyte": lambda: ora(
        png(90, 60), zipfile.ZIP_BZIP2, b"image/openraster" + bytes(1024 * MEGA)
    ),
    "a TIFF of twelve million strips": lambda: long_list(12_000_000),
    "a TIFF of one vast tile": lambda: tags(
        (322, 4, 1, struct.pack("<I", 65536)),
        (323, 4, 1, struct.pack("<I", 65536)),
        (324, 4, 1, bytes(4)),
        (325, 4, 1, bytes(4)),
        (259, 3, 1, b"\10\0"),
    ),
    "a PSD without its pixels": lambda: (
        b"8BPS" + struct.pack(">H6xHIIHHIIIH", 1, 4, 10000, 10000, 16, 3, 0, 0, 0, 0)
    ),
    "the same packed": lambda: (
        b"8BPS" + struct.pack(">H6xHIIHHIIIH", 1, 4, 10000, 10000, 16, 3, 0, 0, 0, 1) + bytes(90000)
    ),
    "a WebP of 256 megapixels": lambda: (
        b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\x3e\0\xff\x3e\0" + bytes(40)
    ),
    "a PNG of 256 megapixels": lambda: png(16000, 16000, zeros(256 * MEGA)),
    "an archive of a million members": lambda: crowd(1_000_000),
}


def crowd(count: int) -> bytes:
    """An archive whose list has ``count`` members; all are the first."""
    data = bytearray(ora(png(90, 60)))
    end = data.index(b"PK\5\6")
    start = data.index(b"PK\1\2")
    listed = bytes(data[start:end])
    (first, _) = (listed[: listed.index(b"PK\1\2", 4)], None)
    more = first * (count - 2) + listed
    tail = bytearray(data[end:])
    struct.pack_into("<HHII", tail, 8, 65535, 65535, len(more), start)
    return bytes(data[:start]) + more + bytes(tail)


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_one_sentence_and_little_memory(kind: str, tmp_path: Path, warm: Path) -> None:
    path = tmp_path / "page.dat"
    path.write_bytes(BOMBS[kind]())
    code, said = read(path, 100 * MEGA, warm)
    assert code == 2, said
    assert said.startswith(("page.dat ", "A picture in page.dat "))
    assert "does not fit into memory" not in said


def saved(kind: str, path: Path) -> tuple[str, int]:
    """Write a page of this kind; return its format and its pixels' bytes."""
    generator = np.random.default_rng(3)
    # Noise in the high byte: nothing shrinks to nothing, as in a scan.
    rows = generator.integers(0, 255, (SIDE, SIDE // 4, 4), np.uint16).repeat(4, 1) * 256 + 77
    if kind == "16-bit PNG":
        path.write_bytes(cv2.imencode(".png", rows[..., :3])[1].tobytes())
        return "RGB16", 6
    if kind == "turned 16-bit PNG with alpha":
        data = cv2.imencode(".png", rows)[1].tobytes()
        exif = Image.Exif()
        exif[274] = 6
        turned = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
        path.write_bytes(data[:33] + turned + data[33:])
        return "RGBA16", 8
    if kind == "16-bit TIFF of one strip":
        tifffile.imwrite(path, rows[..., :3], photometric="rgb", rowsperstrip=SIDE)
        return "RGB16", 6
    if kind == "16-bit TIFF, premultiplied":
        tifffile.imwrite(path, rows, photometric="rgb", extrasamples=["assocalpha"], rowsperstrip=9)
        return "RGBA16", 8
    if kind == "16-bit PSD":
        planes = np.moveaxis(rows, 2, 0).astype(">u2").tobytes()
        head = struct.pack(">H6xHIIHHII", 1, 4, SIDE, SIDE, 16, 3, 0, 0)
        layers = struct.pack(">IIhH", 8, 4, -1, 0)
        path.write_bytes(b"8BPS" + head + layers + struct.pack(">H", 0) + planes)
        return "RGBA16", 8
    if kind == "8-bit PNG":
        Image.fromarray((rows[..., :3] >> 8).astype(np.uint8)).save(path, "PNG", compress_level=1)
        return "RGB8", 3
    assert kind == "JPEG"
    Image.fromarray((rows[..., :3] >> 8).astype(np.uint8)).save(path, "JPEG")
    return "RGB8", 3


@pytest.mark.parametrize(
    "kind",
    [
        "16-bit PNG",
        "turned 16-bit PNG with alpha",
        "16-bit TIFF of one strip",
        "16-bit TIFF, premultiplied",
        "16-bit PSD",
        "8-bit PNG",
        "JPEG",
    ],
)
def test_a_page_is_read_in_two_and_a_half_times_its_own_memory(
    kind: str, tmp_path: Path, warm: Path
) -> None:
    path = tmp_path / "page.dat"
    format, size = saved(kind, path)
    overhead = 2 * MEGA  # strips in wide types, the decoders' own buffers
    code, said = read(path, int(2.4 * size * SIDE * SIDE) + overhead, warm)
    assert (code, said) == (0, f"{format} {SIDE} {SIDE} {len(format.rstrip('168'))}\n")
