"""Writes the template for translators: `python krita_plugin/make_pot.py`.

A translation is a copy of it named by its language, such as ``de.po``, in the same folder.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

PLUG_IN = Path(__file__).parent / "guidingpainter"
TEMPLATE = PLUG_IN / "translations" / "guidingpainter.pot"
HEADER = r"""# What the GuidingPainter docker says.
msgid ""
msgstr ""
"Project-Id-Version: GuidingPainter\n"
"Language: \n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Content-Transfer-Encoding: 8bit\n"
"""


def messages(folder: Path = PLUG_IN) -> dict[str, list[str]]:
    """Return each text that the plug-in gives its translator, and the modules that it is in.

    Raises:
        ValueError: something else than a plain text is given to the translator.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*.py")):
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


def template() -> str:
    """Return the template's text."""
    entries = [HEADER]
    for text, places in sorted(messages().items(), key=lambda item: (item[1][0], item[0])):
        quoted = json.dumps(text, ensure_ascii=False)
        entries.append(f'#: {" ".join(places)}\nmsgid {quoted}\nmsgstr ""\n')
    return "\n".join(entries)


if __name__ == "__main__":
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.write_text(template(), encoding="utf-8")
    print(TEMPLATE)
