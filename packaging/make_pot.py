"""Writes the templates for translators: `python packaging/make_pot.py`.

Each plug-in has its own, with what it says and what gp_guide, which travels with it, says. A
translation is a copy of it named by its language, such as ``de.po``, in the same folder.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

_ROOT = Path(__file__).parents[1]
GUIDE = _ROOT / "daemon" / "gp_guide"
PLUG_INS = (
    _ROOT / "krita_plugin" / "guidingpainter",
    _ROOT / "gimp_plugin" / "guidingpainter" / "gp_gimp",
)
HEADER = r"""# What GuidingPainter says in {editor}.
msgid ""
msgstr ""
"Project-Id-Version: GuidingPainter\n"
"Language: \n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"""


def messages(*folders: Path) -> dict[str, list[str]]:
    """Return each text that modules give the translator, and the modules that it is in.

    Raises:
        ValueError: something else than a plain text is given to the translator.
    """
    found: dict[str, list[str]] = {}
    for path in (path for folder in folders for path in sorted(folder.rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr"):
                continue
            text = node.args[0]
            if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
                raise ValueError(f"{path.name}:{node.lineno}: not a plain text")
            places = found.setdefault(text.value, [])
            if path.name not in places:
                places.append(path.name)
    return found


def template(plug_in: Path) -> str:
    """Return the text of a plug-in's template."""
    entries = [HEADER.format(editor="GIMP" if plug_in.name == "gp_gimp" else "Krita")]
    found = messages(plug_in, GUIDE)
    for text, places in sorted(found.items(), key=lambda item: (item[1][0], item[0])):
        quoted = json.dumps(text, ensure_ascii=False)
        entries.append(f'#: {" ".join(places)}\nmsgid {quoted}\nmsgstr ""\n')
    return "\n".join(entries)


def target(plug_in: Path) -> Path:
    """Return where a plug-in's template lies, beside its translations."""
    return plug_in / "translations" / "guidingpainter.pot"


if __name__ == "__main__":
    for each in PLUG_INS:
        target(each).parent.mkdir(exist_ok=True)
        target(each).write_text(template(each), encoding="utf-8")
        print(target(each))
