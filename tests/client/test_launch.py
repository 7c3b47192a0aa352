"""What a daemon's process is started with."""

from __future__ import annotations

import sys

import pytest
from gp_client.launch import environment_for


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "glibc.malloc.hugetlb=1"),
        ("glibc.malloc.check=1", "glibc.malloc.check=1:glibc.malloc.hugetlb=1"),
        ("glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0"),
    ],
)
def test_memory_comes_in_large_pages_unless_somebody_chose(
    monkeypatch: pytest.MonkeyPatch, before: str | None, after: str
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if before is not None:
        monkeypatch.setenv("GLIBC_TUNABLES", before)
    assert environment_for("gp-daemon")["GLIBC_TUNABLES"] == after


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
