"""What a page may be opened with: one set of bounds, on whichever side it is asked for."""

from __future__ import annotations

import pytest
from gp_cli.main import main
from gp_client.errors import BAD_REQUEST, TOO_LARGE, GuidingPainterError
from gp_client.page_options import AUTOMATIC, MAX_GAP, MAX_INK, PageOptions, check_size
from gp_client.wire import MAX_PIXELS, MAX_SIDE


@pytest.mark.parametrize(
    "given",
    [
        *({"gap": gap} for gap in (-1, MAX_GAP + 0.5, float("nan"), float("inf"), "3", True, [])),
        *({"ink": ink} for ink in (-1, MAX_INK + 1, 0.5, True, "9")),
        *({"area": area} for area in ((1, 2, 3), "abcd", (0.5, 0, 9, 9), (-1, 0, 9, 9), 7)),
        *({"area": area} for area in ((0, 0, 0, 5), (0, 0, 5, -5), (True, 0, 5, 5))),
    ],
    ids=str,
)
def test_impossible_options_are_refused(given: dict) -> None:
    for make in (lambda: PageOptions(**given), lambda: PageOptions.read(given, 100, 100)):
        with pytest.raises(GuidingPainterError) as caught:
            make()
        assert caught.value.code == BAD_REQUEST


def test_options_come_back_as_they_were_sent() -> None:
    options = PageOptions(MAX_GAP, MAX_INK, (1, 2, 3, 4))
    assert PageOptions.read(options.args(), 4, 6) == options
    assert PageOptions.read(AUTOMATIC.args(), 4, 6) == AUTOMATIC
    assert AUTOMATIC.area_on(4, 6) == (0, 0, 4, 6)


def test_an_area_must_lie_on_the_canvas() -> None:
    with pytest.raises(GuidingPainterError, match="4 x 5 pixels") as caught:
        PageOptions.read({"area": [1, 2, 3, 4]}, 4, 5)
    assert caught.value.code == BAD_REQUEST


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (MAX_SIDE + 1, 1, TOO_LARGE),
        (MAX_SIDE, MAX_PIXELS // MAX_SIDE + 1, TOO_LARGE),
        (0, 1, BAD_REQUEST),
        (True, 1, BAD_REQUEST),
    ],
)
def test_impossible_canvases_are_refused(width: int, height: int, code: str) -> None:
    check_size(MAX_SIDE, 1)
    with pytest.raises(GuidingPainterError) as caught:
        check_size(width, height)
    assert caught.value.code == code


@pytest.mark.parametrize("option", [["--gap", str(MAX_GAP + 1)], ["--ink", str(MAX_INK + 1)]])
def test_gp_has_the_same_bounds(option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["regions", "page.png", "-o", "out", *option])
    assert str(MAX_GAP if option[0] == "--gap" else MAX_INK) in capsys.readouterr().err
