"""Every control of the dialog, by mouse and keys: it does what it says, and what is hers stays."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gimp_artist import BLUE, YELLOW, Artist
from gimp_hands import (
    FIRST_SWATCH,
    FOLLOW,
    FOREGROUND,
    JOIN,
    PALETTE,
    SCRIBBLE,
    SELECTION,
    WORK_IN,
    Hands,
    acts,
)
from gimp_harness import Place
from gp_client.cast_file import read_cast

UI = Path(__file__).parents[3] / "gimp_plugin/guidingpainter/gp_gimp/ui"
# Where the controls are in the dialog; those that other tests use too are in gimp_hands.
CHOOSER, READ_AGAIN, CLOSE = (208, 22), (380, 22), (398, 840)
BACK, NEXT, SKIP, ZOOM = (44, 416), (126, 416), (207, 416), (290, 416)
SUGGESTED, OWN, USE = (70, 456), (314, 456), (393, 456)
KEEP, KEEP_ALL, ALL, REMOVE = (45, 496), (174, 496), (295, 496), (384, 496)
SPLIT, EVERYWHERE = (47, 536), (246, 536)
SUGGESTION, USED = (105, 617), (105, 650)
FILTER, ROW = (330, 617), (200, 690)
OUTPUT, SPREAD = (270, 617), (270, 657)
GAPS, INK = 697, 737  # rows: a tick, a slider, a number
TICK, SLIDER, NUMBER = 120, (168, 290), 340
CAST, LEARN, PROPOSE, ACCEPT, OTHERS = (328, 615), (110, 655), (328, 655), (110, 695), (328, 695)
CANCEL = (325, 840)
NOTATION, CHOSEN = (351, 317), (417, 368)  # in GIMP's own window for a colour
PETAL, LEAF, RING = (220, 190), (258, 295), (84, 205)
LIST, BAR = (950, 640, 400, 120), (950, 826, 260, 30)


@pytest.fixture
def artist(hands: Hands) -> Iterator[Artist]:
    """An artist in front of the dialog."""
    yield Artist(hands)
    hands.gimp.run("Gimp.context_set_defaults()")


def test_the_walk_and_the_colours(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    artist.uses("S_uggested", click(*SUGGESTED), "color")
    artist.uses("_Skip", click(*SKIP), "skip")
    artist.uses("_Back", click(*BACK), artist.goes())
    artist.uses("_Next", click(*NEXT), artist.goes())
    artist.uses("Click", click(*PETAL), artist.goes())  # one that is not as large as the page
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    artist.uses("_Zoom", click(*ZOOM), artist.looks_new())
    artist.uses("_Zoom", click(*ZOOM), artist.looks_new())

    def own() -> None:
        hands.screen.click(hands.window, *OWN)
        chooser = hands.screen.window("Colour of the region")
        hands.screen.click(chooser, *NOTATION, times=2)
        hands.screen.key(chooser, "ctrl+a")
        hands.screen.write(chooser, "14a03c")
        hands.screen.key(chooser, "Tab")
        hands.shot("control-own-colour")
        hands.screen.click(chooser, *CHOSEN)

    artist.uses("Colour of the region", own, lambda: not hands.screen.has("Colour of the region"))
    artist.uses("Us_e", click(*USE), "color")
    assert acts(hands.gimp)[-1]["color"] == [20, 160, 60]
    artist.uses("Ctrl+Z", lambda: hands.type("ctrl+z"), artist.fewer())
    artist.uses("Ctrl+Y", lambda: hands.type("ctrl+y"), "color")
    artist.close(click(*CLOSE))


def test_proposals_and_mending(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    hands.tab(3)
    artist.uses("Proposals", artist.pick(SPREAD, "End"), "spread")
    artist.uses("_Keep", click(*KEEP), "keep")
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    proposed = "any(pixels(our_layer(image, 'Proposals'))[3::4])"
    artist.came(artist.is_true(proposed), "nothing is proposed")
    artist.uses("Keep All _Proposals", click(*KEEP_ALL), "keep")
    artist.uses("Click", click(*PETAL), artist.goes())
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    artist.uses("Click", click(*PETAL), artist.goes())
    artist.takes(YELLOW)
    artist.uses("Every_where", click(*EVERYWHERE), "color", foreground=YELLOW)
    artist.uses("_Remove", click(*REMOVE), "clear")

    def join() -> None:
        hands.screen.click(hands.window, *JOIN)
        hands.screen.click(hands.window, *LEAF)

    artist.uses("_Join", join, artist.acts())
    artist.uses("Spli_t", click(*SPLIT), "split")
    hands.gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 60, 300, 300)")
    artist.uses("Selection", click(*SELECTION), "color")
    hands.shot("control-mended")
    artist.uses("_All", click(*ALL), "several")
    hands.shot("control-all")
    artist.close(lambda: hands.press("c"))


def test_the_picture(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    artist.uses("Click", click(*PETAL), artist.goes())
    artist.takes(YELLOW)
    artist.uses(
        "Shift+click",
        lambda: hands.screen.click(hands.window, *PETAL, "shift"),
        "color",
        foreground=YELLOW,
    )
    assert not acts(hands.gimp)[-1]["teaches"]
    artist.uses(
        "Ctrl+click",
        lambda: hands.screen.click(hands.window, *PETAL, "ctrl"),
        artist.is_true(f"foreground() == {YELLOW}"),
        foreground=YELLOW,
    )
    artist.uses("Alt+click", lambda: hands.screen.click(hands.window, *LEAF, "alt"), artist.acts())
    drag = [PETAL, (240, 240), LEAF]
    artist.uses("Drag", lambda: hands.screen.drag(hands.window, drag, "shift"), "color")
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    artist.uses("Hover", lambda: hands.screen.hover(hands.window, *LEAF), artist.looks_new())
    artist.uses("Wheel", lambda: hands.screen.wheel(hands.window, [PETAL] * 3), artist.looks_new())
    artist.uses(
        "Drag by the middle button",
        lambda: hands.screen.drag(hands.window, [PETAL, LEAF], button=2),
        artist.looks_new(),
    )
    artist.close(click(*CLOSE))


def test_the_menu_on_a_piece(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    artist.uses("Fill This Piece", artist.pick(PETAL, 1, 3), "color")
    artist.uses("Accept This Piece", artist.pick(LEAF, 2, 3), "keep")
    artist.uses("Take This Piece Out of Its Region", artist.pick(RING, 3, 3), "split")
    artist.uses("Click", click(*RING), artist.goes())
    artist.uses("Join With the Region Shown", artist.pick(LEAF, 4, 3), artist.acts())
    artist.takes(YELLOW)
    artist.uses(
        "Take Its Colour", artist.pick(PETAL, 5, 3), artist.is_true(f"foreground() == {BLUE}")
    )
    selected = hands.gimp.bytes("selection(image)")
    artist.uses(
        "Select All of Its Colour",
        artist.pick(PETAL, 6, 3),
        lambda: hands.gimp.bytes("selection(image)") != selected,
    )
    artist.uses(
        "Lock Its Colour", artist.pick(PETAL, 7, 3), artist.is_true("kept(image)['locked']")
    )
    artist.uses(
        "Unlock Its Colour", artist.pick(PETAL, 7, 3), artist.is_true("not kept(image)['locked']")
    )
    artist.uses("_Next", click(*NEXT), artist.goes())
    artist.close(click(*CLOSE))


def test_the_colours_to_click_on(artist: Artist, place: Place) -> None:
    hands, click = artist.hands, artist.click
    path = place.base / "own.gpl"
    path.write_text("GIMP Palette\nName: own\n#\n200 30 10 coat\n9 9 90\n")

    def load() -> None:
        hands.screen.pick(hands.window, *PALETTE, 1)
        hands.choose_file("Load a palette", path)

    offered = "kept(image)['palette']"
    artist.uses("Load a palette file…", load, artist.is_true(f"len({offered}) == 2"))
    artist.uses("a colour of the palette", click(*FIRST_SWATCH), "color")
    assert acts(hands.gimp)[-1]["color"] == [200, 30, 10]
    artist.uses(
        "Ctrl+click on it",
        lambda: hands.screen.click(hands.window, *FIRST_SWATCH, "ctrl"),
        artist.is_true("foreground() == [200, 30, 10]"),
        foreground=[200, 30, 10],
    )
    artist.uses("a colour used here", click(*USED), "color")
    hands.screen.hover(hands.window, 200, 30)
    artist.uses("a suggested colour", click(*SUGGESTION), "color")
    hands.gimp.run("""
        many = [one for one in Gimp.palettes_get_list("") if one.get_color_count() > 9]
        Gimp.context_set_palette(many[0])
    """)
    artist.uses(
        "Take GIMP's own palette", artist.pick(PALETTE, 2), artist.is_true(f"len({offered}) > 9")
    )
    artist.uses(
        "Forget the loaded palette", artist.pick(PALETTE, 3), artist.is_true(f"not {offered}")
    )

    def follow() -> None:
        hands.screen.click(hands.window, *FOLLOW)
        hands.screen.rest(1.0)  # the dialog has to see what the colour was
        artist.takes(YELLOW)
        hands.screen.rest(1.0)
        hands.screen.hover(hands.window, 200, 30)

    artist.uses("Colour as soon as I pick", follow, "color", foreground=YELLOW)
    hands.screen.click(hands.window, *FOLLOW)
    artist.close(click(*CLOSE))


def test_the_list_and_where_to_work(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    hands.tab(2)
    hands.gimp.run("image.select_rectangle(Gimp.ChannelOps.REPLACE, 60, 60, 300, 300)")
    artist.uses("where to work", artist.pick(WORK_IN, "End"), "focus")
    artist.uses("where to work", artist.pick(WORK_IN, "Home"), "focus")
    artist.uses("which are listed", artist.pick(FILTER, "Down"), artist.looks_new(LIST))
    artist.uses("which are listed", artist.pick(FILTER, "Home"), artist.looks_new(LIST))
    hands.shot("control-list")
    artist.uses("a row of the list", click(*ROW), artist.goes())
    artist.close(click(*CLOSE))


def test_the_options(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    hands.tab(3)
    for steps, output in (("End", "layers"), ("Home", "flats")):
        chosen = artist.is_true(f"kept(image)['output'] == {output!r}")
        artist.uses("_Output", artist.pick(OUTPUT, steps), chosen)
    for name, row in (("_Gaps", GAPS), ("_Ink", INK)):
        artist.uses("auto", click(TICK, row), "find")

        def number(row: int = row) -> None:
            hands.screen.click(hands.window, NUMBER, row, times=2)
            hands.type("ctrl+a", "9", "0", "Return")

        artist.uses(name, number, "find")
        assert acts(hands.gimp)[-1][name[1:].lower().rstrip("s")] == 90
        way = [(SLIDER[0] + 80, row), (SLIDER[0] + 40, row)]
        artist.uses(name, lambda way=way: hands.screen.drag(hands.window, way), "find")
        artist.uses("auto", click(TICK, row), "find")
    hands.shot("control-options")
    artist.close(click(*CLOSE))


def test_the_line_art_and_scribbles(artist: Artist) -> None:
    hands, click = artist.hands, artist.click
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    second = "kept(image)['line_art'] == str(image.get_layers()[1].get_tattoo())"
    artist.uses("Line art la_yer", artist.pick(CHOOSER, "Up"), artist.is_true(second))
    artist.uses("Line art la_yer", artist.pick(CHOOSER, "Down"), artist.is_true(f"not {second}"))

    # In another mode GIMP paints nothing where nothing is.
    hands.gimp.run("Gimp.context_set_paint_mode(Gimp.LayerMode.NORMAL)")
    artist.looks()

    def scribble() -> None:
        hands.screen.click(hands.window, *SCRIBBLE)
        hands.gimp.until(
            "result = [one.get_name() for one in image.get_selected_layers()] == ['Hints']"
        )
        hands.screen.drag(hands.screen.window("GIMP$"), [(500, 300), (560, 330), (600, 350)])
        hands.hints(2)
        hands.screen.click(hands.window, *SCRIBBLE)

    artist.uses("Scribble", scribble, artist.is_true("image.get_selected_layers() == [mine]"))
    selected = hands.gimp.bytes("selection(image)")
    artist.draws()
    artist.uses(
        "Rea_d Again",
        click(*READ_AGAIN),
        lambda: hands.gimp.bytes("selection(image)") != selected,
    )
    artist.close(click(*CLOSE))


def test_work_that_is_cancelled(artist: Artist, place: Place) -> None:
    hands, click = artist.hands, artist.click
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    quiet, said = hands.screen.pixels(BAR), hands.said()

    def cancel() -> None:
        with place.daemon_held():
            hands.screen.click(hands.window, *FOREGROUND, times=3)
            hands.wait(lambda: hands.screen.pixels(BAR) != quiet, "nothing says that it works")
            hands.screen.click(hands.window, *CANCEL)
            hands.screen.rest(1.0)
        hands.wait(lambda: hands.screen.pixels(BAR) == quiet, "it works still")

    artist.uses("Cance_l", cancel, lambda: hands.said() != said)
    assert len(acts(hands.gimp)) < 3
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    artist.close(click(*CLOSE))


def test_the_book(artist: Artist, place: Place) -> None:
    hands, click = artist.hands, artist.click
    file = place.base / "control.cast"
    file.unlink(missing_ok=True)
    artist.uses("_Foreground", click(*FOREGROUND), "color")
    hands.tab(4)

    def ask(title: str, entry: int, name: object) -> Callable[[], None]:
        def named() -> None:
            hands.screen.pick(hands.window, *CAST, entry)
            hands.choose_file(title, name)

        return named

    has_cast = artist.is_true(f"kept(image)['cast'] == {str(file)!r}")
    new = ask("New cast from this page", 2, file.with_suffix(""))
    artist.uses("New cast from this page…", new, has_cast)
    hands.shot("control-book")
    artist.uses("Forget the cast", artist.pick(CAST, 3), lambda: not has_cast())
    artist.uses("Choose a cast…", ask("Choose a cast", 1, file), has_cast)
    assert len(read_cast(file).colors()) == 1
    hands.gimp.run("Gimp.context_set_foreground(Gegl.Color.new('#ffff00'))")
    artist.uses("_Foreground", click(*FOREGROUND), "color", foreground=YELLOW)
    artist.uses("Learn from this page", click(*LEARN), lambda: len(read_cast(file).colors()) == 2)
    artist.uses("Propose from cast", click(*PROPOSE), "cast")
    artist.close(click(*CLOSE))


def test_what_another_image_teaches(hands: Hands) -> None:
    hands.gimp.run("""
        first = image
        hints = json.dumps({"hints": {str(at): "#c81e0a" for at in range(1, 9)}})
        call("colorize", first, hints_json=hints, n_colors=0)
        image = load(image_path)
        first_display, display = display, Gimp.Display.new(image)
        line = image.get_layers()[0]
    """)
    artist = Artist(hands)
    click = artist.click
    hands.tab(3)
    artist.uses("Proposals", artist.pick(SPREAD, "End"), "spread")
    hands.tab(4)
    artist.uses("From another image", artist.pick(OTHERS, 1), "cast")
    proposed = "any(pixels(our_layer(image, 'Proposals'))[3::4])"
    artist.came(artist.is_true(proposed), "nothing is proposed")
    hands.screen.hover(hands.window, 200, 600)
    hands.screen.rest(1.0)
    said = hands.said()
    # A drawing of mere rings and leaves teaches nothing of which it were sure; it says so.
    artist.uses("Accept sure", click(*ACCEPT), lambda: hands.said() != said)
    hands.shot("control-another-image")
    artist.close(click(*CLOSE))
    hands.gimp.run("first_display.delete(); Gimp.context_set_defaults()")


def test_an_image_of_few_colours_is_converted(hands: Hands) -> None:
    hands.gimp.run("""
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
        image.select_ellipse(Gimp.ChannelOps.REPLACE, 4, 4, 600, 464)
    """)
    selected = hands.gimp.bytes("selection(image)")
    state = "result = foreground(), [one.get_id() for one in image.get_selected_layers()]"
    before = hands.gimp.run(state)
    hands.key("ctrl+alt+g")
    hands.screen.move(hands.window, 940, 0)
    hands.screen.rest(1.0)
    hands.shot("control-convert")
    hands.press("v")
    hands.gimp.until("result = kept(image) is not None")
    assert hands.gimp.run("result = image.get_base_type() == Gimp.ImageBaseType.RGB")
    hands.press("f")
    assert hands.hints(1) == [BLUE]
    hands.close()
    assert hands.gimp.bytes("selection(image)") == selected
    assert hands.gimp.run(state) == before


def test_every_label_of_the_dialog_is_among_what_is_used_here() -> None:
    used = {
        call.args[0].value
        for call in ast.walk(ast.parse(Path(__file__).read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "uses"
        and isinstance(call.args[0], ast.Constant)
    } | {"_Gaps", "_Ink"}
    labels = {label for path in UI.glob("*.py") for label in labelled(path)}
    assert len(labels) > 35
    # Two menus whose entries are used, a window for a file, and what all tests end with.
    elsewhere = {"Palette", "Cast", "Load a palette", "_Close", "Con_vert to RGB"}
    assert labels - used == elsewhere


def labelled(path: Path) -> Iterator[str]:
    """The labels of all buttons, ticks, entries of menus and options in a module."""
    for found in ast.walk(ast.parse(path.read_text())):
        parts: list[ast.expr] = []
        if isinstance(found, ast.Call) and "Gtk.Label" not in ast.unparse(found.func):
            name = ast.unparse(found.func).rpartition(".")[2]
            if "utton" in name or name in ("new", "_menu", "new_with_label", "new_with_mnemonic"):
                parts = [*found.args, *(one.value for one in found.keywords)][:1]
        elif isinstance(found, ast.Tuple) and len(found.elts) == 2:
            acts_on = isinstance(found.elts[1], ast.Lambda | ast.Attribute)
            parts = found.elts[:1] if acts_on else []
        for part in parts:
            if isinstance(part, ast.Call) and ast.unparse(part.func) == "tr":
                yield ast.literal_eval(part.args[0])
