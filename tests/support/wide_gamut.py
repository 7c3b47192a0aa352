"""An ICC profile with the primaries of wide-gamut screens, made from their chromaticities."""

from __future__ import annotations

import struct

import numpy as np

# CIE xy of red, green and blue, as of DCI-P3, and of the white D65; the profile's own is D50.
_PRIMARIES = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_WHITE, _D50 = (0.3127, 0.3290), (0.9642, 1.0, 0.8249)
_CONES = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)  # Bradford


def wide_gamut(gamma: float = 2.2) -> bytes:
    """Return an RGB display profile, version 2, whose primaries lie far outside of sRGB's.

    Args:
        gamma: of all three channels; 1 for a linear one.
    """
    columns = np.array([_xyz(*xy) for xy in _PRIMARIES]).T
    white = np.array(_xyz(*_WHITE))
    columns = columns * np.linalg.solve(columns, white)
    cones = np.diag((_CONES @ np.array(_D50)) / (_CONES @ white))
    columns = np.linalg.inv(_CONES) @ cones @ _CONES @ columns
    curve = b"curv" + struct.pack(">IIHxx", 0, 1, round(gamma * 256))
    name = b"Wide gamut of a test\0"
    described = b"desc" + struct.pack(">II", 0, len(name)) + name + bytes(78)
    tags = {
        b"desc": described + bytes(-len(described) % 4),
        b"cprt": b"text" + bytes(4) + b"CC0\0",
        b"wtpt": _point(_D50),
        b"rXYZ": _point(columns[:, 0]),
        b"gXYZ": _point(columns[:, 1]),
        b"bXYZ": _point(columns[:, 2]),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    at, table, body = 128 + 4 + 12 * len(tags), struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data
    head = bytearray(128)
    struct.pack_into(">I", head, 0, at + len(body))
    head[8:12] = bytes((2, 0x40, 0, 0))
    head[12:24] = b"mntrRGB XYZ "
    struct.pack_into(">6H", head, 24, 2026, 1, 1, 0, 0, 0)
    head[36:40] = b"acsp"
    head[68:80] = _point(_D50)[8:]
    return bytes(head) + table + body


def _xyz(x: float, y: float) -> tuple[float, float, float]:
    return (x / y, 1.0, (1 - x - y) / y)


def _point(xyz: object) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65536 * part) for part in xyz))  # type: ignore[attr-defined]
