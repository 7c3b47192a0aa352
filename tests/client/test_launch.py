"""What a daemon's process is started with."""

from __future__ import annotations

import sys

import pytest
from gp_client.launch import environment_for


def test_what_an_editors_python_and_appimage_put_there_stays_with_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("PYTHONHOME", "APPDIR", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "/editor")
    monkeypatch.setenv("OTHER", "kept")
    found = environment_for("/somewhere/gp-daemon")
    assert not {"PYTHONHOME", "LD_LIBRARY_PATH"} & set(found)
    assert found["OTHER"] == "kept"
    assert environment_for(sys.executable)["PYTHONHOME"] == "/editor"
