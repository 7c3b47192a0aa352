"""Our own words in the artist's language: gettext's .po files, read as they are."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path

_catalogue: dict[str, str] = {}
_others: list[Callable[[str], str]] = []


def use(catalogue: dict[str, str], otherwise: Callable[[str], str] = str) -> None:
    """Take these translations; a plug-in says so once, before it shows anything.

    Args:
        catalogue: text in the source to text on the screen.
        otherwise: the editor's own translator, for texts that are not in it.
    """
    _catalogue.clear()
    _catalogue.update(catalogue)
    _others[:] = [otherwise]


def tr(text: str) -> str:
    """Return a text in the artist's language."""
    found = _catalogue.get(text)
    if found:
        return found
    return _others[0](text) if _others else text


def load(languages: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the translations for the first language that there are any for.

    Args:
        languages: such as "de-AT", the best one first; English needs none.
        folder: holds files such as de.po.

    Returns:
        Text in the source to text on the screen; texts that are not translated are left out.
    """
    for language in languages:
        plain = language.replace("_", "-").split(".")[0]
        for name in (plain.replace("-", "_"), plain.split("-")[0]):
            if name == "en":
                return {}
            path = folder / f"{name}.po"
            if path.is_file():
                return read_po(path.read_text(encoding="utf-8"))
    return {}


def read_po(text: str) -> dict[str, str]:
    """Read messages of a .po file; those that are fuzzy or not translated are left out."""
    found: dict[str, str] = {}
    for entry in text.split("\n\n"):
        parts = {"msgid": "", "msgstr": ""}
        key, fuzzy = "", False
        for line in entry.splitlines():
            if line.startswith("#,") and "fuzzy" in line:
                fuzzy = True
            word, _, rest = line.partition(" ")
            if word in parts:
                key, line = word, rest
            if line.startswith('"') and key:
                parts[key] += ast.literal_eval(line)
        if parts["msgid"] and parts["msgstr"] and not fuzzy:
            found[parts["msgid"]] = parts["msgstr"]
    return found
