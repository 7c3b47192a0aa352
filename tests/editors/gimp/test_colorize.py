"""The procedures in a real GIMP, by its database."""

from __future__ import annotations

import json
from pathlib import Path

from gimp_harness import GimpProcess


def test_a_hints_region_has_exactly_its_colour(gimp: GimpProcess, page: Path) -> None:
    regions = json.loads(
        gimp.run("""
            hints = json.dumps({"hints": {"1": "#c81e0a"}})
            result = call("colorize", image, hints_json=hints, n_colors=0)[0]
        """)
    )
    flats = gimp.bytes("pixels(our_layer(image, 'Flats'))")
    red = sum(flats[at : at + 4] == b"\xc8\x1e\x0a\xff" for at in range(0, len(flats), 4))
    clear = flats[3::4].count(0)
    assert red == regions[0]["pixels"]
    assert red + clear == len(flats) // 4
