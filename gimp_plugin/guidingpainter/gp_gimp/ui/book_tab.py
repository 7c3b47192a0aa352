"""The dialog's part for a whole book: the image's cast, and what is done with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gp_client.cast import SUFFIX
from gp_guide.listing import progress
from gp_guide.page_view import PageView

from ..editor.host import tr
from ..walk.book import Book
from .toolkit import Gtk
from .widgets import SPACE, button, label, row


class BookTab(Gtk.Box):
    """Which cast the image has, and buttons to learn from a page and to use it.

    Args:
        book: does what they say.
    """

    def __init__(self, book: Book) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=SPACE)
        self._book = book
        self._name = label("")
        self._name.set_name("cast")
        menu = _menu(
            tr("Cast"),
            tr(
                "A file that keeps what finished pages taught: colours that follow the figures "
                "through a whole book."
            ),
            lambda: [
                (tr("Choose a cast…"), lambda: self._ask(False)),
                (tr("New cast from this page…"), lambda: self._ask(True)),
                (tr("Forget the cast"), book.forget),
            ],
        )
        others = _menu(
            tr("From another image"),
            tr("Have the guide propose what was coloured in another open image, by what is drawn."),
            lambda: [
                (document.name, lambda document=document: book.take_from(document))
                for document in book.others()
            ],
        )
        self._learn = button(
            tr("Learn from this page"),
            tr("Add the colours that you gave on this page to the cast."),
            self._learn_page,
        )
        self._use = button(
            tr("Propose from cast"),
            tr("Have the guide propose colours for what it knows from other pages."),
            book.use,
        )
        self._keep = button(
            tr("Accept sure"),
            tr("Accept all proposals of which the guide is sure, as one step."),
            book.keep_sure,
        )
        self._needing = (menu, others, self._learn)
        for line in (row(self._name, menu), row(self._learn, self._use), row(self._keep, others)):
            self.pack_start(line, False, False, 0)

    def show_page(self, view: PageView | None) -> None:
        """Show the image's cast, and what can be done."""
        path = self._book.path
        self._name.set_text(Path(path).name if path else tr("No cast yet"))
        self._name.set_tooltip_text(path or None)
        for widget in self._needing:
            widget.set_sensitive(view is not None)
        self._use.set_sensitive(view is not None and bool(path))
        self._keep.set_sensitive(view is not None and progress(view)[2] > 0)

    def _learn_page(self) -> None:
        if self._book.path:
            self._book.learn()
        else:
            self._ask(True)

    def _ask(self, new: bool) -> None:
        action = Gtk.FileChooserAction.SAVE if new else Gtk.FileChooserAction.OPEN
        title = tr("New cast from this page") if new else tr("Choose a cast")
        dialog = Gtk.FileChooserNative.new(title, self.get_toplevel(), action, None, None)
        only = Gtk.FileFilter()
        only.add_pattern(f"*{SUFFIX}")
        only.set_name(tr("Casts (*.cast)"))
        dialog.add_filter(only)
        if new:
            dialog.set_do_overwrite_confirmation(False)  # a page is added, nothing is lost
            dialog.set_current_name(tr("book") + SUFFIX)
        path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.ACCEPT else None
        if path:
            (self._book.learn if new else self._book.choose)(path)
        dialog.destroy()


def _menu(
    text: str, tip: str, entries: Callable[[], list[tuple[str, Callable[[], None]]]]
) -> Gtk.Widget:
    """Return a button with a menu that is made when it is opened."""
    button = Gtk.MenuButton(label=text)
    button.set_tooltip_text(tip)
    menu = Gtk.Menu()

    def fill(*_: object) -> None:
        for child in menu.get_children():
            child.destroy()
        for name, chosen in entries():
            entry = Gtk.MenuItem(label=name)
            entry.connect("activate", lambda _entry, chosen=chosen: chosen())
            menu.append(entry)
        if not menu.get_children():
            nothing = Gtk.MenuItem(label=tr("No other image is coloured"))
            nothing.set_sensitive(False)
            menu.append(nothing)
        menu.show_all()

    fill()
    menu.connect("show", fill)
    button.set_popup(menu)
    return button
