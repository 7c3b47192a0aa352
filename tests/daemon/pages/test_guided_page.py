"""A page of protocol 2 with its pictures: one coloring, seen in every way."""

from __future__ import annotations

import numpy as np
import pytest
from drawn_comics import GRID, comic, draw
from gp_canvas.acts.coloring import ARTIST
from gp_canvas.acts.packing import pack, unpack
from gp_canvas.acts.targets import Target
from gp_canvas.lines.raster import encode
from gp_client.errors import (
    BAD_REQUEST,
    BLANK_PAGE,
    NO_SUCH_REGION,
    TOO_LARGE,
    UNSUPPORTED_FORMAT,
    GuidingPainterError,
)
from gp_client.page_options import PageOptions
from gp_client.types import View
from gp_client.wire import FORMATS
from gp_daemon.networks.bundle import Bundle, default_bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.line_art import vote
from gp_daemon.pages.page import Page

RED, BLUE = (201, 3, 7), (10, 20, 230)


def open_page(engine, gray: np.ndarray, **options) -> GuidedPage:
    return GuidedPage(engine, gray.tobytes(), gray.shape[1], gray.shape[0], **options)


@pytest.fixture
def page(engine, boxes) -> GuidedPage:
    return open_page(engine, boxes)


def code(call, *args, **named) -> str:
    with pytest.raises(GuidingPainterError) as caught:
        call(*args, **named)
    return caught.value.code


def region(number: int) -> Target:
    return Target(region=number)


def test_regions_are_told_once_and_then_only_what_changed(page):
    first = page.changes()
    assert [one.number for one in first.regions] == [1, 2, 3, 4, 5, 6]
    assert first.suggestions.shape == (6, 3)
    assert first.gone == ()
    assert page.changes().regions == ()
    page.hands.color(region(2), RED)
    second = page.changes()
    assert [(one.number, one.state, one.color) for one in second.regions] == [(2, "colored", RED)]
    page.hands.merge([region(1), region(3)])
    third = page.changes()
    assert (len(third.regions), len(third.gone)) == (1, 1)
    page.hands.undo()
    fourth = page.changes()
    assert {one.number for one in fourth.regions} == {1, 3}
    page.forget_told()
    assert len(page.changes().regions) == 6


def test_flats_have_what_was_given_and_nothing_else(page):
    assert not page.render(View("flats")).any()
    page.hands.color(region(2), RED)
    flats = page.render(View("flats"))
    (x, y, width, height), mask = page.mask(region(2))
    inside = np.zeros((page.height, page.width), bool)
    inside[y : y + height, x : x + width] = mask > 0
    assert (flats[inside] == (*RED, 255)).all()
    assert not flats[~inside].any()


def test_previews_are_the_flats_seen_cell_by_cell(page):
    page.hands.color(region(2), RED)
    page.hands.color(region(5), BLUE)
    flats, preview = page.render(View("flats")), page.render(View("flats", preview=True))
    assert (preview == page._art.grid.sample(flats)).all()
    assert page.render(View("flats", preview=True)).shape[1::-1] == page.grid
    assert page.render(View("soft", preview=True)).shape[1::-1] == page.grid


def test_a_part_of_a_picture_is_what_it_is_in_the_whole(page):
    page.hands.color(region(2), RED)
    for kind in ("flats", "soft", "shade"):
        whole = page.render(View(kind))
        assert (page.render(View(kind, crop=(10, 20, 100, 50))) == whole[20:70, 10:110]).all()


class Lit:
    """The engine's networks, but that its pictures fall off into the dark to the right."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self.bundle = engine, engine.bundle

    def __getattr__(self, name: str):
        return getattr(self._engine, name)

    def colorize(self, given):
        picture = self._engine.colorize(given)
        return picture * np.linspace(1, 0.6, picture.shape[2], dtype=np.float32)


def test_shade_is_gray_where_a_flat_is_and_never_brightens(engine, boxes):
    page = open_page(Lit(engine), boxes)
    assert not page.render(View("shade")).any()
    page.hands.color(region(2), RED)
    shade, flats = page.render(View("shade")), page.render(View("flats"))
    assert (shade[..., 3] == flats[..., 3]).all()
    shown = shade[shade[..., 3] > 0]
    assert (shown[:, 0] == shown[:, 1]).all()
    assert (shown[:, 1] == shown[:, 2]).all()
    # Half of the region is lighter than its middle, and keeps its flat colour.
    assert 0.3 < (shown[:, 0] == 255).mean() < 0.7
    assert shown[:, 0].min() < 255
    _, columns = np.nonzero(shade[..., 3])
    left = columns < np.median(columns)
    assert shown[left, 0].astype(int).mean() > shown[~left, 0].astype(int).mean()
    assert page.render(View("shade", preview=True)).shape[1::-1] == page.grid


def test_a_given_colour_is_the_middle_of_its_soft_colours(engine, boxes):
    page = open_page(Lit(engine), boxes)
    page.hands.color(region(2), BLUE)
    soft = page.render(View("soft", preview=True))
    flats = page.render(View("flats", preview=True))
    inside = soft[flats[..., 3] > 0][:, :3]
    assert np.abs(np.median(inside, axis=0) - BLUE).max() <= 1
    assert len(np.unique(inside, axis=0)) > 3


@pytest.mark.parametrize("format", FORMATS)
def test_pictures_come_in_every_format(page, format):
    page.hands.color(region(1), RED)
    assert (page.render(View("flats", format)) == encode(page.render(View("flats")), format)).all()


def test_soft_colours_show_what_was_given(page):
    page.hands.color(region(1), RED)
    page.hands.keep(region(2))
    soft = page.render(View("soft"))
    labels = page.hands.work.pieces.labels
    state = page.hands.guided
    one = np.isin(labels, state.find(1).pieces)
    blank = np.isin(labels, state.find(2).pieces)
    assert np.abs(soft[one].mean(axis=0) - [*RED, 255]).max() < 3
    assert not soft[blank].any()
    assert (soft[~blank][:, 3] == 255).all()


def test_more_colours_than_g_has_channels_are_all_shown(engine):
    gray = np.full((240, 320), 255, np.uint8)
    gray[::20], gray[:, ::20] = 0, 0
    page = open_page(engine, gray, options=PageOptions(gap=0.0))
    many = engine.bundle.n_regions + 5
    assert page.hands.work.pieces.count > many
    given = {}
    for k in range(many):
        spot = (20 * (k % 16) + 10, 20 * (k // 16) + 10)
        given[spot] = (5 * k + 40, 250 - 6 * k, 90 + k)
        page.hands.color(Target(point=spot), given[spot])
    flats, soft = page.render(View("flats")), page.render(View("soft"))
    for (x, y), color in given.items():
        assert flats[y, x].tolist() == [*color, 255]
        assert np.abs(soft[y, x, :3].astype(int) - color).max() <= 40
    assert len(page.layers()) == many


def test_g_paints_once_for_one_coloring(page, monkeypatch):
    calls = []
    real = page._art.networks.colorize
    monkeypatch.setattr(page._art.networks, "colorize", lambda *a: calls.append(1) or real(*a))
    page.hands.color(region(1), RED)
    page.render(View("soft"))
    page.render(View("soft", preview=True))
    page.render(View("flats"))
    assert len(calls) == 1
    page.hands.undo()
    page.hands.redo()
    page.render(View("soft"))
    assert len(calls) == 1


def test_a_layer_holds_given_colours_only_and_its_mask(page):
    page.hands.color(region(1), RED)
    page.hands.color(region(2), RED)
    page.hands.color(region(3), BLUE)
    layers = page.layers()
    assert [one.color for one in layers] == [RED, BLUE]
    assert page.layer(RED) is not None
    assert page.layer(RED, proposed=True) is None
    assert page.layer((1, 2, 3)) is None
    assert page.mask(Target(color=BLUE))[0] == page.layer(BLUE).box


def test_suggestions_begin_with_what_the_guide_knows(page):
    alone = page.suggest(region(4))
    assert 1 <= len(alone) <= 5
    assert len(set(alone)) == len(alone)
    page.hands.split(region(1), half_of(page, 1))
    one, other = (page.hands.pick(x, y).piece for x, y in halves(page))
    assert one != other
    page.hands.color(Target(point=page.hands.work.pieces.point(0)), RED)
    for place, found in enumerate(page.hands.guided.regions):
        if found.likely:
            assert page.suggest(region(found.number))[0] == found.likely[0]
            assert page._suggestions(page.hands.guided)[place].tolist() == list(found.likely[0])


def half_of(page: GuidedPage, number: int) -> np.ndarray:
    (x, y, width, height), mask = page.mask(region(number))
    shape = np.zeros((page.height, page.width), bool)
    shape[y : y + height // 2, x : x + width] = mask[: height // 2] > 0
    return shape


def halves(page: GuidedPage) -> list[tuple[int, int]]:
    pieces = page.hands.work.pieces
    return [
        pieces.point(int(piece)) for piece in np.flatnonzero(pieces.origin == pieces.origin[-1])
    ]


def test_a_page_that_was_lost_is_told_again_and_looks_the_same(page, engine, boxes):
    page.hands.color(region(1), RED)
    page.hands.split(region(2), half_of(page, 2))
    page.hands.fill(Target(point=(60, 60)), BLUE)
    page.hands.spread("bold")
    page.hands.find(9.0, None)
    page.hands.undo()
    saved = pack(page.hands.history.acts, page.hands.history.undone)
    again = open_page(engine, boxes)
    again.hands.history.play(*unpack(saved))
    for kind in ("flats", "soft"):
        assert again.render(View(kind)).tobytes() == page.render(View(kind)).tobytes()
    assert vars(again.changes())["gone"] == ()
    assert [one.number for one in again.hands.guided.regions] == [
        one.number for one in page.hands.guided.regions
    ]


def test_a_fresh_page_shares_what_opening_found(page, monkeypatch):
    page.hands.color(region(1), RED)
    page.changes()
    monkeypatch.setattr(page._art.networks, "segment", None)
    twin = page.fresh()
    assert not twin.render(View("flats")).any()
    assert len(twin.changes().regions) == 6
    assert (page.hands.coloring.by == ARTIST).any()
    assert page.nbytes > 320 * 240


def test_only_the_working_area_is_asked_about(engine, boxes):
    page = open_page(engine, boxes, options=PageOptions(area=(0, 0, 160, 240)))
    asked = page.hands.guided.regions[: page.hands.guided.asked]
    assert 0 < len(asked) < 6
    assert all(one.box[0] < 160 for one in asked)
    assert len(page.changes().regions) == 6


def test_the_gap_that_pieces_were_found_with_is_told(page):
    assert page.found_with[0] == 3.0
    page.hands.find(7.0, 100)
    assert page.found_with == (7.0, 100)


def test_a_threshold_that_leaves_no_line_changes_nothing(page, boxes):
    page.hands.color(region(1), RED)
    before = page.render(View("flats"))
    assert code(page.hands.find, None, 0) == BLANK_PAGE
    assert (page.render(View("flats")) == before).all()
    assert len(page.hands.history.acts) == 1


def test_what_cannot_be_is_refused(page, engine):
    assert code(page.render, View("oil")) == BAD_REQUEST
    assert code(page.render, View("flats", "CMYK8")) == UNSUPPORTED_FORMAT
    assert code(page.mask, region(99)) == NO_SUCH_REGION
    assert code(open_page, engine, np.full((40, 40), 255, np.uint8)) == BLANK_PAGE
    assert code(GuidedPage, engine, b"", 1 << 20, 4) == TOO_LARGE
    beside = PageOptions(area=(0, 0, 41, 1))
    assert code(open_page, engine, np.zeros((4, 4), np.uint8), options=beside) == BAD_REQUEST


@pytest.fixture
def comparing(bundle_maker, tmp_path) -> Engine:
    """A segmenter that says which pieces have one colour."""
    return Engine(bundle_maker(tmp_path / "bundle", affinity=True), cpu=True)


def test_a_segmenter_of_affinities_makes_pages_of_either_protocol(comparing, boxes):
    page = open_page(comparing, boxes)
    affinity = page._art.affinity(None, None)
    pieces = page.hands.work.pieces.count
    assert affinity.matrix.shape == (pieces, pieces)
    assert affinity.own.all()
    page.hands.spread("bold")
    page.hands.color(region(1), RED)
    assert (page.render(View("flats"))[..., :3] == RED).all(axis=2).any()
    older = Page(comparing, boxes.tobytes(), 320, 240)
    shown = page.fresh().hands.guided.regions
    assert [one.bbox for one in older.regions] == [one.box for one in shown]


def test_the_cells_of_a_piece_vote_by_how_sure_the_segmenter_is():
    pieces = np.array([[0, 0, 0, 1], [0, 1, 1, 1]], np.int32)
    labels = np.array([[2, 0, 0, 1], [2, 1, 0, 0]], np.uint8)
    margin = np.array([[0.9, 0.1, 0.1, 0.5], [0.9, 0.5, 0, 0]], np.float32)
    assert vote(pieces, labels, margin, 2).tolist() == [2, 1]


def test_no_region_lies_across_panels_until_the_artist_merges_them(engine):
    page = open_page(engine, draw(GRID))
    assert len(page.panels) == len(GRID)
    hands = page.hands
    panel = np.full(hands.work.pieces.count, -1)
    for number, (x, y, width, height) in enumerate(page.panels):
        inside = hands.work.pieces.labels[y + 9 : y + height - 9, x + 9 : x + width - 9]
        panel[np.unique(inside)] = number
    # What lies along a frame is in none of the insides.
    assert all(len(set(panel[one.pieces].tolist()) - {-1}) <= 1 for one in hands.guided.regions)
    first, second = (int(np.flatnonzero(panel == number)[0]) for number in (0, 1))
    hands.merge([Target(point=hands.work.pieces.point(piece)) for piece in (first, second)])
    assert hands.guided.region[first] == hands.guided.region[second]


def test_a_page_that_is_one_picture_has_no_panels(page):
    assert page.panels == []


WHITE = (255, 255, 255)


@pytest.mark.parametrize("compares", [True, False])
def test_balloons_and_gutters_are_suggested_white(engine, comparing, compares):
    page = open_page(comparing if compares else engine, comic())
    paper = [(250, 90), (310, 270), (130, 945), (5, 500)]
    for point in paper:
        assert page.suggest(Target(point=point))[0] == WHITE, point
    # They are asked about late: a colour for the caption mends nothing.
    assert page.hands.guided.next is not None
    assert page.hands.guided.next.number not in {page.hands.pick(*at).region.number for at in paper}
    page.hands.color(Target(point=(600, 800)), BLUE)
    for point in paper:
        assert page.suggest(Target(point=point))[0] == WHITE, point
    # What the artist says of such a piece goes before.
    page.hands.color(Target(point=paper[0]), BLUE)
    assert page.hands.pick(*paper[0]).color == BLUE


def test_with_the_networks_that_come_along_a_comic_has_white_balloons():
    page = open_page(Engine(Bundle.load(default_bundle()), cpu=True), comic())
    for point in ((250, 90), (310, 270), (130, 945), (5, 500)):
        assert page.suggest(Target(point=point))[0] == WHITE, point
