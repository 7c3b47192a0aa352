"""Krita's settings: the plug-in's switch goes in, and out without a trace."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from gp_cli.install import kritarc
from gp_cli.main import main
from hypothesis import given
from hypothesis import strategies as st

LINES = (
    b"",
    b"[python]",
    b"[tail]",
    b"a=1",
    b"name=F\xfc\xdfe",
    b"enable_other=true",
    b"enable_guidingpainter=false",
    b"enable_guidingpainter=true",
)
ON = b"enable_guidingpainter=true"


@pytest.fixture
def rc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config").mkdir()
    return tmp_path / "config/kritarc"


def is_on(text: bytes) -> bool:
    """Read the switch as Krita does: the last one in the group counts, in however many pieces."""
    group, value = b"", b""
    for line in text.splitlines():
        if line.startswith(b"["):
            group = line
        elif group == b"[python]" and line.startswith(b"enable_guidingpainter="):
            value = line.partition(b"=")[2]
    return value == b"true"


def install(rc: Path, earlier: kritarc.Before | None) -> kritarc.Before:
    noted = kritarc.before(rc, earlier)
    kritarc.enable(rc, noted)
    return noted


texts = st.builds(
    lambda lines, end, ended: end.join(lines) + (end if ended and lines else b""),
    st.lists(st.sampled_from(LINES), max_size=7),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)


@given(texts, st.integers(1, 3))
def test_settings_are_as_before_the_first_install(before: bytes, installs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / "kritarc"
        rc.write_bytes(before)
        noted = None
        for _ in range(installs):
            noted = install(rc, noted)
            assert is_on(rc.read_bytes())
        kritarc.disable(rc, noted)
        assert rc.read_bytes() == before


@given(texts)
def test_what_is_added_elsewhere_meanwhile_stays(before: bytes) -> None:
    head, tail = b"[head]\nh=1\n", b"[more]\nm=1\n"
    with tempfile.TemporaryDirectory() as folder:
        rc = Path(folder) / "kritarc"
        rc.write_bytes(before)
        noted = install(rc, None)
        text = rc.read_bytes()
        joint = b"" if text.endswith(b"\n") else b"\n"
        rc.write_bytes(head + text + joint + tail)
        kritarc.disable(rc, noted)
        found = rc.read_bytes()
    assert found.startswith(head)
    assert found.endswith(tail)
    assert found[len(head) : -len(tail)].strip() == before.strip()


KRITARC = {
    "absent": None,
    "empty": b"",
    "one empty line": b"\n",
    "the bare group": b"[python]\n",
    "without the group": b"theme=dark\n\n[tail]\nx=1\n",
    "with the group": b"theme=dark\n\n[python]\nenable_other=true\n\n[tail]\nx=1\n",
    "switched off": b"[python]\nenable_aaa=true\nenable_guidingpainter=false\n",
    "switched on": b"[python]\nenable_aaa=true\nenable_guidingpainter=true\n",
    "the switch of another group": b"[other]\nenable_guidingpainter=true\n",
    "from Windows": b"theme=dark\r\n\r\n[tail]\r\nx=1\r\n",
    "without a last line's end": b"theme=dark\n[tail]\nx=1",
    "in another encoding": b"name=F\xfc\xdfe\n",
}


@pytest.mark.parametrize("kind", KRITARC)
def test_uninstall_leaves_kritas_settings_as_they_were(kind: str, rc: Path) -> None:
    before = KRITARC[kind]
    if before is not None:
        rc.write_bytes(before)
        rc.chmod(0o600)
    for _ in range(2):
        assert main(["install", "krita"]) == 0
        assert is_on(rc.read_bytes())
    assert main(["uninstall", "krita"]) == 0
    assert (rc.read_bytes() if rc.exists() else None) == before
    assert before is None or rc.stat().st_mode & 0o777 == 0o600


def test_the_group_is_not_made_twice(rc: Path) -> None:
    rc.write_bytes(b"theme=dark\n\n[python]\nenable_other=true\n\n[tail]\nx=1\n")
    assert main(["install", "krita"]) == 0
    assert rc.read_bytes() == (
        b"theme=dark\n\n[python]\n" + ON + b"\nenable_other=true\n\n[tail]\nx=1\n"
    )


def test_what_krita_and_the_artist_wrote_meanwhile_stays(rc: Path) -> None:
    rc.write_bytes(b"a=1\n")
    assert main(["install", "krita"]) == 0
    rc.write_bytes(b"a=2\n\n[python]\nenable_aaa=true\n" + ON + b"\n\n[tail]\nx=1\n")
    assert main(["install", "krita"]) == 0
    assert main(["uninstall", "krita"]) == 0
    assert rc.read_bytes() == b"a=2\n\n[python]\nenable_aaa=true\n\n[tail]\nx=1\n"


def test_settings_that_krita_wrote_anew_lose_the_switch_alone(rc: Path) -> None:
    assert main(["install", "krita"]) == 0
    rc.write_bytes(b"a=1\n\n[python]\n" + ON + b"\n\n[tail]\nx=1\n")
    assert main(["uninstall", "krita"]) == 0
    assert rc.read_bytes() == b"a=1\n\n[tail]\nx=1\n"


def test_one_that_an_older_version_installed_is_switched_off(rc: Path, tmp_path: Path) -> None:
    assert main(["install", "krita"]) == 0
    listed = tmp_path / "data/krita/pykrita/guidingpainter/installed.json"
    listed.write_text('{"files": {}}', encoding="utf-8")
    rc.write_bytes(b"a=1\n\n[python]\n" + ON + b"\n")
    assert main(["install", "krita"]) == 0
    assert main(["uninstall", "krita"]) == 0
    assert rc.read_bytes() == b"a=1\n"


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_link_to_the_settings_stays_one(rc: Path, tmp_path: Path) -> None:
    there = tmp_path / "dotfiles"
    there.write_bytes(b"a=1\n")
    rc.symlink_to(there)
    assert main(["install", "krita"]) == 0
    assert rc.readlink() == there
    assert is_on(there.read_bytes())
    assert main(["uninstall", "krita"]) == 0
    assert there.read_bytes() == b"a=1\n"
