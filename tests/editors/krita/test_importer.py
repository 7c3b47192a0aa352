"""Krita's own importer takes the archive that `gp install krita --zip` makes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from krita_harness import KritaProcess

pytestmark = [pytest.mark.editor, pytest.mark.timeout(600)]


def test_kritas_importer_unpacks_the_archive(krita: KritaProcess, tmp_path: Path) -> None:
    archive, resources = tmp_path / "plugin.zip", tmp_path / "resources"
    command = [sys.executable, "-m", "gp_cli.main", "install", "krita", "--zip", str(archive)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for folder in ("pykrita", "actions"):
        (resources / folder).mkdir(parents=True)
    imported = krita.run(f"""
        from plugin_importer.plugin_importer import PluginImporter
        importer = PluginImporter({str(archive)!r}, {str(resources)!r}, lambda plugin: True)
        result = [plugin["name"] for plugin in importer.import_all()]
    """)
    assert imported == ["guidingpainter"]
    assert (resources / "pykrita/guidingpainter/lib/gp_client/daemon_path.txt").exists()
    assert (resources / "actions/guidingpainter.action").exists()
