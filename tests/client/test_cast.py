"""A cast: what is written is read, nothing else is; pages and names come and go."""

from __future__ import annotations

import struct
import subprocess
import sys
from dataclasses import replace
from typing import Any

import msgpack
import pytest
from cast_samples import BLUE, GREEN, ONE, PNG, RED, page
from gp_client import cast as casts
from gp_client import file_lock
from gp_client.cast import Cast, CastPage, pack_page, united, unpack_page
from gp_client.cast_file import change_cast, read_cast, write_cast
from gp_client.errors import BAD_REQUEST, BUSY, TOO_LARGE, UNWRITABLE, VERSION
from hypothesis import given
from hypothesis import strategies as st
from serving import PATIENCE, code_of

TWO = "b" * 64


colors = st.tuples(*[st.integers(0, 255)] * 3)


@st.composite
def pages(draw: st.DrawFn, title: str | None = None) -> CastPage:
    count, width = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    size = (draw(st.integers(1, 500)), draw(st.integers(1, 500)))
    alpha = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    given_ones: list[tuple[int, int, int, int]] = [
        (*draw(colors), 255) if one else (0, 0, 0, 0) for one in alpha
    ]
    where = [draw(st.integers(0, size[place % 2] - 1)) for place in range(2 * count)]
    shares = [draw(st.floats(0, 1, width=32)) for _ in range(count)]
    numbers = st.floats(allow_nan=False, allow_infinity=False, width=16)
    tokens = draw(st.lists(numbers, min_size=count * width, max_size=count * width))
    return CastPage(
        title=title or draw(st.text(min_size=1, max_size=8)),
        source=draw(st.text(max_size=8)),
        number=draw(st.integers(1, 4096)),
        lines=draw(st.text(max_size=8)),
        size=size,
        gap=draw(st.none() | st.floats(0, 1000)),
        ink=draw(st.none() | st.integers(0, 255)),
        segmenter=draw(st.sampled_from([ONE, TWO])),
        width=width,
        tokens=struct.pack(f"<{count * width}e", *tokens),
        colors=b"".join(bytes(color) for color in given_ones),
        shares=struct.pack(f"<{count}f", *shares),
        points=struct.pack(f"<{2 * count}i", *where),
        pictures={(r, g, b): PNG for r, g, b, alpha in given_ones[:1] if alpha},
    )


@st.composite
def whole(draw: st.DrawFn) -> Cast:
    cast = Cast()
    for one in draw(st.lists(pages(), max_size=4)):
        cast = cast.learned(one)
    for color in cast.colors()[:2]:
        cast = cast.renamed(color.color, draw(st.text(max_size=5)))
    return cast


@given(whole())
def test_every_cast_is_read_as_it_was_written(cast: Cast) -> None:
    assert Cast.unpack(cast.pack()) == cast
    for one in cast.pages:
        assert unpack_page(pack_page(one)) == one


@given(whole(), whole())
def test_merging_loses_no_page_and_twice_changes_nothing(one: Cast, two: Cast) -> None:
    both = one.merged(two)
    assert len({page.title for page in both.pages}) == len(both.pages)
    untitled = [replace(page, title="") for page in both.pages]
    for each in two.pages:
        assert replace(each, title="") in untitled
    for each in one.pages:
        again = any(each.same_as(other) for other in two.pages)
        assert again or each in both.pages
    assert Cast.unpack(both.pack()) == both
    assert one.merged(one) == one
    assert united([one, two]) == both


def test_pages_of_one_title_are_told_apart_by_where_they_are() -> None:
    mine = replace(page("p1.png", RED), source="/book1/p1.png")
    theirs = replace(page("p1.png", BLUE), source="/book2/p1.png")
    newer = replace(mine, title="cover", colors=bytes((*GREEN, 255)) * mine.count, pictures={})
    both = Cast((mine,)).merged(Cast((theirs,)))
    assert [one.title for one in both.pages] == ["p1.png", "book2/p1.png"]
    assert both.pages[0] == mine
    assert [one.title for one in both.merged(Cast((theirs,))).pages] == ["p1.png", "book2/p1.png"]
    again = both.merged(Cast((newer,))).pages
    assert [one.title for one in again] == ["book2/p1.png", "p1.png"]
    assert again[1].colors == newer.colors


@given(whole(), pages(title="new"))
def test_a_page_that_is_forgotten_was_never_learned(cast: Cast, one: CastPage) -> None:
    assert cast.learned(one).forgotten("new").pages == cast.pages
    assert cast.learned(one).learned(one) == cast.learned(one)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(data: bytes) -> None:
    assert code_of(lambda: Cast.unpack(data)) == BAD_REQUEST
    assert code_of(lambda: unpack_page(data)) == BAD_REQUEST


@given(whole(), st.data())
def test_a_damaged_cast_is_refused_or_still_a_cast(cast: Cast, data: st.DataObject) -> None:
    packed = bytearray(cast.pack())
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = Cast.unpack(bytes(packed))
    except casts.GPError:
        return
    assert Cast.unpack(found.pack()) == found


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""),
        ("title", "x" * 5000),
        ("number", 0),
        ("number", True),
        ("size", [100, 0]),
        ("size", [100]),
        ("gap", 1e9),
        ("ink", 256),
        ("segmenter", "a" * 63),
        ("segmenter", "g" * 64),
        ("width", 0),
        ("width", casts.MOST_WIDTH + 1),
        ("tokens", bytes(3)),
        ("tokens", struct.pack("<2e", 1, float("nan"))),
        ("tokens", struct.pack("<2e", float("-inf"), 1)),
        ("colors", bytes(5)),
        ("colors", bytes((1, 2, 3, 128))),
        ("colors", bytes((1, 2, 3, 0))),
        ("shares", b""),
        ("shares", bytes(4 * (casts.MOST_PIECES + 1))),
        ("shares", struct.pack("<f", float("nan"))),
        ("shares", struct.pack("<f", 1.5)),
        ("points", struct.pack("<2i", 100, 0)),
        ("points", struct.pack("<2i", 0, -1)),
        ("pictures", [[list(RED), b"no picture"]]),
        ("pictures", [[list(RED), PNG[:16] + struct.pack(">II", 1 << 20, 8) + bytes(9)]]),
        ("pictures", [[list(RED), PNG + bytes(casts.MOST_PICTURE)]]),
        ("pictures", [[list(RED), PNG]] * (casts.MOST_PICTURES + 1)),
    ],
)
def test_a_field_that_cannot_be_is_refused(name: str, value: Any) -> None:
    fields = {**page().fields(), name: value}
    assert code_of(lambda: unpack_page(packed(fields))) == BAD_REQUEST
    whole = {"kind": "guidingpainter cast", "version": 1, "pages": [fields], "names": []}
    assert code_of(lambda: Cast.unpack(packed(whole))) == BAD_REQUEST


def packed(value: Any) -> bytes:
    data: Any = msgpack.packb(value)
    return data


def test_few_bytes_that_hold_very_many_values_are_refused_before_they_are_made() -> None:
    bomb = b"\xdd" + struct.pack(">I", 1 << 24) + b"\x90" * (1 << 24)
    assert code_of(lambda: Cast.unpack(bomb)) == BAD_REQUEST
    assert code_of(lambda: Cast.unpack(bytes(casts.MOST_BYTES + 1))) == TOO_LARGE


def test_a_newer_file_and_another_kind_of_file_are_refused() -> None:
    fields = {"kind": "guidingpainter cast", "version": 2, "pages": [], "names": []}
    assert code_of(lambda: Cast.unpack(packed(fields))) == VERSION
    assert code_of(lambda: Cast.unpack(packed({**fields, "kind": "x"}))) == BAD_REQUEST
    assert Cast.unpack(packed({**fields, "version": 1, "later": 1})) == Cast()


def test_colours_have_names_and_say_where_they_were() -> None:
    cast = Cast().learned(page("one", RED, BLUE, None), {RED: "Ann's hair", GREEN: "nobody's"})
    cast = cast.learned(page("two", BLUE), {RED: "no", BLUE: "sky"})
    listed = {one.color: one for one in cast.colors()}
    assert set(listed) == {RED, BLUE}
    assert (listed[RED].name, listed[RED].pages) == ("Ann's hair", ("one",))
    assert (listed[BLUE].name, listed[BLUE].pages) == ("sky", ("one", "two"))
    assert cast.colors()[0].color == BLUE
    cast = cast.renamed(BLUE, "sea").learned(page("three", BLUE), {BLUE: "sky"})
    assert cast.names[BLUE] == "sea"
    assert BLUE not in cast.renamed(BLUE, "").names
    assert code_of(lambda: cast.renamed(GREEN, "grass")) == BAD_REQUEST


def test_a_name_goes_with_the_last_page_that_has_its_colour() -> None:
    cast = Cast().learned(page("one", RED), {RED: "hair"}).learned(page("two", BLUE))
    assert cast.forgotten("two").names == {RED: "hair"}
    assert cast.forgotten("one").names == {}
    assert code_of(lambda: cast.forgotten("three")) == BAD_REQUEST


def test_pages_of_other_networks_are_named() -> None:
    cast = Cast().learned(page("one")).learned(page("two", segmenter=TWO))
    assert [one.title for one in cast.stale(ONE)] == ["two"]


def test_a_cast_has_so_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(casts, "MOST_PAGES", 2)
    cast = Cast().learned(page("one")).learned(page("two"))
    assert code_of(lambda: cast.learned(page("three"))) == TOO_LARGE
    assert len(cast.learned(page("two")).pages) == 2


def test_a_file_is_written_whole_and_read_again(tmp_path) -> None:
    file = tmp_path / "book.cast"
    cast = Cast().learned(page("one", RED), {RED: "hair"})
    write_cast(file, cast)
    assert read_cast(file) == cast
    assert code_of(lambda: read_cast(tmp_path / "other.cast")) == BAD_REQUEST
    assert code_of(lambda: read_cast(tmp_path)) == BAD_REQUEST
    assert code_of(lambda: write_cast(tmp_path / "no" / "book.cast", cast)) == UNWRITABLE
    assert [path.name for path in tmp_path.iterdir()] == ["book.cast"]


_ADDS = """
import pathlib, sys
sys.path[:0] = sys.argv[3:]
from cast_samples import page
from gp_client.cast_file import change_cast
for number in range(8):
    one = page(f"{sys.argv[2]} {number}")
    change_cast(pathlib.Path(sys.argv[1]), lambda cast: cast.learned(one), new=True)
"""


def test_what_processes_add_at_the_same_time_is_all_there(tmp_path) -> None:
    file = tmp_path / "book.cast"
    who = ["one", "two", "three", "four"]
    running = [
        subprocess.Popen([sys.executable, "-c", _ADDS, str(file), name, *sys.path]) for name in who
    ]
    assert [one.wait(PATIENCE) for one in running] == [0] * len(who)
    titles = {page.title for page in read_cast(file).pages}
    assert titles == {f"{name} {number}" for name in who for number in range(8)}
    assert [path.name for path in tmp_path.iterdir()] == ["book.cast"]


def test_a_file_that_another_holds_is_waited_for_and_then_named(tmp_path, monkeypatch) -> None:
    file = tmp_path / "book.cast"
    write_cast(file, Cast())
    with file_lock.held(file):
        monkeypatch.setattr(file_lock, "PATIENCE", 0.0)
        assert code_of(lambda: change_cast(file, lambda cast: cast)) == BUSY
    assert change_cast(file, lambda cast: cast.learned(page("one"))).pages
    # Whoever was killed holds nothing, though its lock lies there.
    (tmp_path / ".book.cast.lock").touch()
    assert change_cast(file, lambda cast: cast).pages
    assert code_of(lambda: change_cast(tmp_path / "no.cast", lambda cast: cast)) == BAD_REQUEST
    assert (
        code_of(lambda: change_cast(tmp_path / "no" / "a.cast", lambda cast: cast, new=True))
        == UNWRITABLE
    )
    assert [path.name for path in tmp_path.iterdir()] == ["book.cast"]
