"""Whatever the docker is told: selection, layer, colours and tool are as she left them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from krita_harness import KritaProcess, Page
from krita_sample import SIZE, select
from PIL import Image

pytestmark = [
    pytest.mark.editor,
    pytest.mark.timeout(900),
    pytest.mark.parametrize("krita", ["native", "debian13"], indirect=True),
]

MINE = (9, 80, 170)
# Of hers(), in its order.
PARTS = ("selection", "layer", "foreground", "background", "tool", "drawn")


class Do(NamedTuple):
    """One thing that she does.

    Attributes:
        widget: the docker's, by its name.
        code: what she does; " THEN " divides what is done when the first is through.
        before: what must have been done for it.
        hers: which of PARTS she asked to be changed.
    """

    widget: str
    code: str
    before: str = ""
    hers: tuple[str, ...] = ()


COLORED = "controller().walk.go_to(coloured()[0][0])"
PROPOSED = """
regions = controller().session.view.regions.values()
controller().walk.go_to(next(each.number for each in regions if each.state == 'proposed'))
"""
TAKE = f"""
view = controller().session.view
other = next(each.number for each in view.regions.values()
             if each.state == 'colored' and each.color != {MINE})
controller().walk.click(*view.probes(other)[0], 'take')
"""
RECENT = f"""
offered = dock.findChild(QWidget, 'recent').colors
pick('recent', next(color for color in offered if color != {MINE}))
"""
LEARN = "controller().book.learn(__import__('tempfile').mkdtemp() + '/book')"

ALL = (
    Do("foreground", "click('foreground')"),
    Do("suggestion", "click('suggestion')"),
    Do("next", "click('next')"),
    Do("back", "click('back')"),
    Do("skip", "click('skip')"),
    Do("keep", "click('keep')"),  # leave white
    *(Do("suggestion", "click('suggestion')") for _ in range(4)),  # then something is proposed
    Do("spread", "choose('spread', 2)"),
    Do("keep", "click('keep')", PROPOSED),
    Do("keepAll", "click('keepAll')"),
    Do("learn", LEARN),
    Do("useCast", "click('useCast')"),
    Do("keepSure", "controller().book.keep_sure()"),
    Do("castMenu", "controller().book.forget()"),
    Do("bookFold", "click('bookFold') THEN click('bookFold')"),
    Do("clear", "click('clear')", COLORED),
    Do("foreground", "click('foreground')"),
    Do("everywhere", "click('everywhere')", COLORED),
    Do("picture", "controller().walk.click(300, 20, 'go')"),
    Do("picture", "controller().walk.click(300, 20, 'fill')"),
    Do("picture", TAKE, hers=("foreground",)),
    Do("picture", "controller().walk.click(351, 221, 'join')"),
    Do("merge", "click('merge') THEN controller().walk.click(311, 102, 'join')"),
    Do("split", "click('split')"),
    Do("inside", "click('inside')"),
    Do("zoom", "click('zoom')"),
    Do("select", "click('select')", hers=("selection",)),
    Do("selectColor", "click('selectColor')", COLORED, ("selection",)),
    Do("lock", "click('lock') THEN click('lock')", COLORED),
    Do("canvas", "click('canvas') THEN click('canvas')"),
    Do("scribble", "click('scribble') THEN click('scribble')"),
    Do("output", "choose('output', 1)"),
    Do("output", "choose('output', 2)"),
    Do("output", "choose('output', 0)"),
    Do("spread", "choose('spread', 0)"),
    Do("gap", "dock.findChild(QSlider, 'gap').setValue(3)"),
    Do("ink", "dock.findChild(QSlider, 'ink').setValue(180)"),
    Do("regions", "l = dock.findChild(QListWidget, 'regions'); l.itemClicked.emit(l.item(1))"),
    Do("filter", "choose('filter', 1)"),
    Do("filter", "choose('filter', 0)"),
    Do("workIn", "choose('workIn', 1)"),  # in her selection
    Do("workIn", "choose('workIn', 0)"),
    Do("listFold", "click('listFold') THEN click('listFold')"),
    Do("optionsFold", "click('optionsFold') THEN click('optionsFold')"),
    Do("paletteMenu", "dock._palette.loaded.emit({(1, 2, 3): 'night'})"),
    Do("palette", "pick('palette', (1, 2, 3))", hers=("foreground",)),
    Do("recent", RECENT, hers=("foreground",)),
    Do("paletteMenu", "dock._palette.loaded.emit({})"),
    Do("follow", "click('follow') THEN click('follow')"),
    Do("begins", "click('begins') THEN click('begins')"),
    Do("study", "click('study') THEN click('study')"),
    Do("lineArt", "choose('lineArt', 0) THEN choose('lineArt', 1)"),
)  # fmt: skip
ELSEWHERE = {"cancel", "convert", "switch"}  # below, and while work goes on


@pytest.fixture
def own(krita: KritaProcess, page: Page) -> Iterator[Page]:
    """A page whose artist has a selection, a layer, colours and a tool of her own."""
    krita.run("""
        mine = doc.createNode('Mine', 'paintlayer')
        doc.rootNode().addChildNode(mine, None)
        doc.waitForDone()
        doc.setActiveNode(mine)
        app.action('KritaShape/KisToolRectangle').trigger()
    """)
    krita.until("""
        names = controller().session.names
        result = controller().session.document.krita == doc and len(names) == 2
        result = result and dock._names == names
    """)
    krita.run("choose('lineArt', 1)")
    page.begin()
    hold(krita)
    page.settle()
    yield page
    krita.run("app.action('KritaShape/KisToolBrush').trigger()")


def hold(krita: KritaProcess) -> None:
    """Take what is hers again."""
    mask = np.zeros(SIZE, np.uint8)
    mask[100:160, 50:200] = 1
    select(krita, mask)
    krita.run(f"set_foreground{MINE}")


def hers(krita: KritaProcess) -> dict[str, object]:
    return dict(zip(PARTS, krita.run("result = hers()"), strict=True))


def changed(
    krita: KritaProcess, before: dict[str, object], asked: tuple[str, ...] = ()
) -> dict[str, object]:
    """What differs when all has come to rest: Krita makes a new layer the active one for a turn.

    Args:
        krita: where.
        before: what was hers.
        asked: what she asked to be changed.
    """
    kept = [before[part] for part in PARTS if part not in asked]
    places = [place for place, part in enumerate(PARTS) if part not in asked]
    with contextlib.suppress(AssertionError):  # what differs is returned
        krita.until(f"now = hers(); result = [now[at] for at in {places}] == {kept!r}", 10.0)
    after = hers(krita)
    return {part: (before[part], after[part]) for part in PARTS if before[part] != after[part]}


def test_everything_in_the_docker_leaves_what_is_hers(krita: KritaProcess, own: Page) -> None:
    before = hers(krita)
    assert before["selection"] is not None
    assert before["layer"] == "Mine"
    assert before["drawn"]
    found = {}
    for place, do in enumerate(ALL):
        if do.before:
            krita.run(do.before)
            own.settle()
        acts = krita.run("result = acts()")
        for code in do.code.split(" THEN "):
            krita.run(code)
            own.settle()
            if do.widget in ("gap", "ink"):
                krita.until(
                    "result = not dock.findChild(QSlider, 'gap').moving and "
                    "not dock.findChild(QSlider, 'ink').moving and idle()"
                )
        if do.widget == "scribble":
            krita.until("result = doc.activeNode().name() == 'Mine'")
        differs = changed(krita, before, do.hers)
        assert set(do.hers) <= set(differs), f"{do.code} does not change {do.hers}"
        found[place, do.code] = {part: differs[part] for part in differs if part not in do.hers}
        if krita.run("result = acts()") > acts:
            own.undo()
            own.undo(redo=True)
            again = changed(krita, before, do.hers)
            found[place, do.code, "undone"] = {
                part: again[part] for part in again if part not in do.hers
            }
        if do.hers:
            hold(krita)
            assert hers(krita) == before
        assert not krita.run("result = app_modal() is not None")
    assert not {key: differs for key, differs in found.items() if differs}


def test_a_fill_shows_no_selection_on_the_way_whether_krita_fills_or_not(
    krita: KritaProcess, own: Page
) -> None:
    before = hers(krita)
    krita.run("""
        paint = sys.modules['guidingpainter.editor.paint']
        looks, look = [], paint._look

        def watched(*of):
            looks.append(drawn())
            return look(*of)

        paint._look = watched
        click('suggestion')
    """)
    own.settle()
    try:
        looks = krita.run("result = looks")
        assert looks[0]  # before the selection is laid
        assert not any(looks[1:2])  # and then it is not shown
        assert not changed(krita, before)
        krita.run("""
            kept, paint.FILL, paint.PATIENCE = (paint.FILL, paint.PATIENCE), 'view_grid', 100
            click('suggestion')
        """)
        krita.until("result = 'did not fill' in text('message') and idle()")
        assert not changed(krita, before)
    finally:
        krita.run("paint._look = look; paint.FILL, paint.PATIENCE = kept")
        krita.run("app.action('view_grid').setChecked(False)")


def test_what_she_chooses_while_krita_fills_is_hers_and_stays(
    krita: KritaProcess, own: Page
) -> None:
    krita.run("""
        paint = sys.modules['guidingpainter.editor.paint']
        kept, paint.FILL, paint.PATIENCE = (paint.FILL, paint.PATIENCE), 'view_grid', 1 << 20
        click('suggestion')
    """)
    try:
        krita.until("result = doc.activeNode().name() == 'Flats'")  # it waits for the fill now
        mask = np.zeros(SIZE, np.uint8)
        mask[200:300, 300:380] = 1
        select(krita, mask)
        krita.run("""
            doc.setActiveNode(nodes(doc)['Background']); set_foreground(1, 200, 3)
            chosen = hers(); paint.PATIENCE = 0
        """)
        krita.until("result = 'did not fill' in text('message') and idle()")
        assert krita.run("result = hers()[:3] == chosen[:3]"), krita.run(
            "result = [hers(), chosen]"
        )
        krita.run("paint.FILL, paint.PATIENCE = kept")
        own.act("click('suggestion')")
        assert krita.run("result = hers()[:3] == chosen[:3]")
    finally:
        krita.run("paint.FILL, paint.PATIENCE = kept; app.action('view_grid').setChecked(False)")


def test_every_widget_of_the_docker_is_among_them(krita: KritaProcess, own: Page) -> None:
    names = krita.run("""
        from PyQt5.QtWidgets import QAbstractButton
        swatches = type(dock.findChild(QWidget, 'recent'))
        picture = type(dock.findChild(QWidget, 'picture'))
        kinds = (QAbstractButton, QComboBox, QSlider, QListWidget, swatches, picture)
        found = {each.objectName() for kind in kinds for each in dock.widget().findChildren(kind)}
        result = sorted(name for name in found if not name.startswith('qt_'))
    """)
    assert set(names) - {""} == {do.widget for do in ALL} | ELSEWHERE


def test_every_shortcut_leaves_what_is_hers(krita: KritaProcess, own: Page) -> None:
    krita.run("click('foreground')")
    own.settle()
    before = hers(krita)
    names = krita.run("""
        result = [name for name, _, _ in sys.modules["guidingpainter.ui.actions"].STEPS]
    """)
    assert len(names) > 15
    twice = {f"guidingpainter_{name}" for name in ("scribble", "canvas", "merge", "lock")}
    selects = ("guidingpainter_select", "guidingpainter_select_color")
    found = {}
    for name in names:
        if name in ("guidingpainter_select_color", "guidingpainter_lock"):
            krita.run(COLORED)
            own.settle()
        for _ in range(1 + (name in twice)):
            krita.run(f"app.action({name!r}).trigger()")
            own.settle()
        if name == "guidingpainter_scribble":
            krita.until("result = doc.activeNode().name() == 'Mine'")
        asked = ("selection",) if name in selects else ()
        differs = changed(krita, before, asked)
        if name in selects:
            assert set(differs) == {"selection"}
            hold(krita)
        elif differs:
            found[name] = differs
    assert not found


def test_a_conversion_to_rgb_leaves_what_is_hers(
    krita: KritaProcess, line_art: Path, tmp_path: Path
) -> None:
    path = tmp_path / "gray.png"
    with Image.open(line_art) as image:
        image.convert("L").save(path)
    try:
        page = Page(krita, path)
        page.begin()
        hold(krita)
        before = hers(krita)
        krita.run("click('convert')")
        krita.until("result = doc.colorModel() == 'RGBA' and not controller().session.gray")
        page.settle()
        differs = changed(krita, before, ("foreground", "background"))
        # Krita gives the colours of another model in other numbers.
        assert not set(differs) - {"foreground", "background"}
    finally:
        krita.close_documents()


def test_a_helper_stopped_and_started_leaves_what_is_hers(krita: KritaProcess, own: Page) -> None:
    krita.needs_own_daemon()
    before = hers(krita)
    krita.run("click('switch')")
    krita.until("result = 'not running' in text('daemon')")
    assert hers(krita) == before
    krita.run("click('switch')")
    krita.until("result = 'default' in text('daemon') and idle()")
    assert hers(krita) == before
