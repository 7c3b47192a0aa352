"""The dialog's page picture, made in GIMP's own Python."""

from __future__ import annotations

from gimp_harness import GimpProcess, Place

IMPORT = """
    import sys
    sys.path[:0] = [{folder!r}, {folder!r} + "/lib"]
    from gp_gimp.walk import pixels as p
    from gp_guide.pixels import LineArt
"""


def prepare(place: Place, gimp: GimpProcess) -> None:
    """Let GIMP's Python import the plug-in's modules."""
    gimp.run(IMPORT.format(folder=str(place.home / "gimp/plug-ins/guidingpainter")))


def test_ink_is_black_as_strong_as_the_line_is_dark(place: Place, gimp: GimpProcess) -> None:
    prepare(place, gimp)
    gimp.run("art = LineArt(bytes((0, 255, 128, 255, 255, 255, 9, 0)), 2, 2, 'GRAYA8', False)")
    ink = gimp.bytes("p.ink_of(art, (2, 2)).read_pixel_bytes().get_data()")
    assert not any(ink[at] for at in range(16) if at % 4 != 3)
    # The paper is laid under it in whole tones, which may round by one.
    assert all(abs(a - b) <= 1 for a, b in zip(ink[3::4], (255, 127, 0, 0), strict=True))


def test_all_but_the_region_is_dark_and_it_has_a_rim(place: Place, gimp: GimpProcess) -> None:
    prepare(place, gimp)
    gimp.run("lit = (4, 4, 8, 8), bytes([255]) * 64")
    shade = gimp.bytes("p.shade_of(*lit, (16, 16)).read_pixel_bytes().get_data()")
    at = {(x, y): shade[4 * (16 * y + x) :][:4] for x in range(16) for y in range(16)}
    assert at[8, 8][3] == 0
    assert at[1, 8] == bytes((20, 22, 30, 140))
    assert {at[4, 8], at[8, 4], at[11, 8], at[8, 11]} == {bytes((255, 170, 40, 255))}


def test_the_page_fits_its_room_and_keeps_its_proportions(place: Place, gimp: GimpProcess) -> None:
    prepare(place, gimp)
    gimp.run("""
        ink = p.pixbuf(bytes(4 * 40 * 20), 40, 20)
        page = p.compose(None, ink, (), (100, 90))
        result = page.get_width(), page.get_height()
    """)
    assert gimp.run("result = page.get_width(), page.get_height()") == [100, 50]
