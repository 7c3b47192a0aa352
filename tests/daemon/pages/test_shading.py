"""What g is told of a page."""

from __future__ import annotations

import numpy as np
from gp_canvas.acts.coloring import ARTIST, Coloring
from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.engine import Engine
from gp_daemon.pages.guided_page import GuidedPage
from gp_daemon.pages.shading import share_out


def opened(engine: Engine, boxes: np.ndarray) -> GuidedPage:
    return GuidedPage(engine, boxes.tobytes(), boxes.shape[1], boxes.shape[0])


def colored(page: GuidedPage, colors: dict[int, tuple[int, int, int]]) -> Coloring:
    coloring = Coloring.blank(page.hands.work.pieces.count)
    for piece, color in colors.items():
        pieces = np.array([piece], np.int32)
        coloring = coloring.given(pieces, color)
    assert (coloring.by == ARTIST).sum() == len(colors)
    return coloring


def test_to_a_colorizer_that_sees_no_regions_all_without_a_hint_is_one(engine, boxes):
    page = opened(engine, boxes)
    pieces, regions = page.hands.work.pieces, page.hands.guided.regions
    cells = page._shading.cells(pieces)
    coloring = colored(page, {1: (200, 0, 0), 2: (0, 0, 200)})
    seen = share_out(coloring, regions, pieces, *cells, 6)
    blind = share_out(coloring, regions, pieces, *cells, 6, blind=True)
    for found in (seen, blind):
        hints = found.colors[found.channel[[1, 2]]] * 255
        assert hints.round().tolist() == [[200, 0, 0], [0, 0, 200]]
        assert found.hinted.sum() == 2
    rest = np.setdiff1d(np.arange(pieces.count), [1, 2])
    assert len(np.unique(seen.channel[rest])) > 1
    assert np.unique(blind.channel[rest]).tolist() == [5]
    assert not blind.hinted[5]


def test_more_colours_than_channels_leave_one_for_what_has_none(engine, boxes):
    page = opened(engine, boxes)
    pieces = page.hands.work.pieces
    cells = page._shading.cells(pieces)
    coloring = colored(page, {piece: (piece * 20, 0, 0) for piece in range(pieces.count - 1)})
    blind = share_out(coloring, (), pieces, *cells, 3, blind=True)
    last = pieces.count - 1
    assert blind.channel[last] == 2
    assert not blind.hinted[blind.channel[last]]
    assert set(blind.channel[:last].tolist()) == {0, 1}


def test_a_bundle_says_whether_its_colorizer_sees_regions(bundle_maker, tmp_path):
    made: Bundle = bundle_maker(tmp_path / "seeing")
    assert made.sees_regions
    text = (tmp_path / "seeing" / "bundle.json").read_text()
    (tmp_path / "seeing" / "bundle.json").write_text(
        text.replace('"sees_regions": true', '"sees_regions": false')
    )
    assert not Bundle.load(tmp_path / "seeing").sees_regions
    older = text.replace('  "sees_regions": true,\n', "")
    assert older != text
    (tmp_path / "seeing" / "bundle.json").write_text(older)
    assert Bundle.load(tmp_path / "seeing").sees_regions
