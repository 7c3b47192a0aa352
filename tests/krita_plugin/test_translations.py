"""The plug-ins' words in other languages."""

from __future__ import annotations

import importlib.util
import string
import sys
from pathlib import Path
from types import ModuleType

import pytest
from gp_guide import i18n

PLUG_IN = Path(__file__).parents[2] / "krita_plugin"
FOLDER = PLUG_IN / "guidingpainter" / "translations"


def load(path: Path) -> ModuleType:
    """Load a module alone: its package needs Krita."""
    spec = importlib.util.spec_from_file_location(f"krita_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


make_pot = load(Path(__file__).parents[2] / "packaging" / "make_pot.py")


def fields(text: str) -> list[tuple[str | None, str | None]]:
    return sorted(
        (name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None
    )


@pytest.mark.parametrize("plug_in", make_pot.PLUG_INS, ids=lambda path: path.name)
def test_the_template_has_what_the_plug_in_says(plug_in: Path) -> None:
    kept = make_pot.target(plug_in).read_text(encoding="utf-8")
    assert kept == make_pot.template(plug_in)


@pytest.mark.parametrize(
    "path",
    [path for each in make_pot.PLUG_INS for path in (each / "translations").glob("*.po")],
    ids=lambda path: f"{path.parts[-3]}-{path.stem}",
)
def test_a_translation_is_whole_and_keeps_the_places_of_values(path: Path) -> None:
    found = i18n.read_po(path.read_text(encoding="utf-8"))
    assert set(found) == set(make_pot.messages(path.parents[1], make_pot.GUIDE))
    for text, translated in found.items():
        assert text.startswith("Colours of regions") or fields(translated) == fields(text), text


def test_the_first_language_that_there_is_wins(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text('msgid "Back"\nmsgstr "Zurück"\n', encoding="utf-8")
    (tmp_path / "pt_BR.po").write_text('msgid "Back"\nmsgstr "Voltar"\n', encoding="utf-8")
    german, brazilian = {"Back": "Zurück"}, {"Back": "Voltar"}
    assert i18n.load(["fr-FR", "de-AT", "pt-BR"], tmp_path) == german
    assert i18n.load(["pt_BR.UTF-8", "de"], tmp_path) == brazilian
    assert i18n.load(["en-US", "de"], tmp_path) == {}
    assert i18n.load(["pt-PT"], tmp_path) == {}


def test_messages_may_have_several_lines_and_fuzzy_ones_are_left_out() -> None:
    text = 'msgid ""\nmsgstr "Language: de\\n"\n\n'
    text += 'msgid "a "\n"\\"b\\""\nmsgstr ""\n"c"\n\n#, fuzzy\nmsgid "d"\nmsgstr "e"\n'
    assert i18n.read_po(text) == {'a "b"': "c"}


def test_anything_but_a_plain_text_for_the_translator_is_found(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("tr(f'{x}')\n")
    with pytest.raises(ValueError, match=r"module\.py:1"):
        make_pot.messages(tmp_path)
