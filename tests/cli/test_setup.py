"""What helps before the first page: help, completion, settings, and answers for scripts."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import gp_client
import pytest
from gp_cli import doctor
from gp_cli.install import gimp, krita
from gp_cli.main import main, parser

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("GUIDINGPAINTER_CONFIG", str(path))
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if os.name == "nt":
        pytest.skip("folders of Linux, which a test of Windows' would need as Windows names them")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/nowhere")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "GIMP3_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return tmp_path


def jobs() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def test_help_shows_examples_that_gp_takes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = capsys.readouterr().out.splitlines()
    examples = [line.strip().split("   ")[0].split() for line in lines if line.startswith("  gp ")]
    assert len(examples) >= 5
    for words in examples:
        parser().parse_args(words[1:])


@pytest.mark.parametrize(("name", "job"), list(jobs()))
def test_each_jobs_help_has_an_example(name: str, job: argparse.ArgumentParser) -> None:
    assert f"gp {name}" in str(job.epilog)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has a bash of 2007, Windows none")
def test_bash_completes_jobs_options_and_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out
    function = script.rpartition(" -F ")[2].split()[0]

    def completed(*words: str) -> list[str]:
        ask = f"COMP_WORDS=(gp {' '.join(words)}); COMP_CWORD={len(words)}; {function}; "
        command = ["bash", "-c", f'{script}\n{ask} echo "${{COMPREPLY[@]}}"']
        return subprocess.run(command, capture_output=True, text=True).stdout.split()

    assert completed("col") == ["colorize"]
    assert completed("install", "kri") == ["krita"]
    assert completed("status", "--js") == ["--json"]


def test_settings_are_shown_with_their_source(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text('memory = "2 GiB"\n')
    monkeypatch.setenv("GUIDINGPAINTER_SPREAD", "bold")
    assert main(["config"]) == 0
    said = capsys.readouterr().out
    assert f"memory   2048 MiB  from {config}" in said
    assert "spread   bold  from GUIDINGPAINTER_SPREAD" in said
    assert "workers  not set" in said
    assert main(["config", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["file"] == str(config)
    assert found["settings"] == {
        "memory": 2 << 30, "workers": None, "device": None, "spread": "bold"
    }  # fmt: skip


def test_wrong_settings_are_a_sentence_and_a_finding(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text("workers = 0\n")
    assert main(["config"]) == 2
    assert "from 2 to 64" in capsys.readouterr().err
    assert doctor.configured().level == "bad"


def test_the_doctor_and_the_status_speak_to_scripts(
    fake_daemon: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with gp_client.connect(start=True):
        assert main(["status", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["clients"] == 1
        main(["doctor", "--json"])
    findings = json.loads(capsys.readouterr().out)
    assert {"level", "text", "mend"} == findings[0].keys()
    assert len(findings) == len(doctor.examine())


def test_installing_says_where_it_looked_and_what_it_found(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = home / ".var/app/org.kde.krita/data/krita"
    own.mkdir(parents=True)
    assert main(["install", "krita"]) == 0
    said = capsys.readouterr().out
    assert f"this system: no {home}/.local/share/krita" in said
    assert f"Flatpak: found {own}" in said
    assert f"Snap: no {home}/snap/krita" in said
    assert f"Installed: {own}/pykrita/guidingpainter" in said


def test_installing_says_where_no_editor_is(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "gimp"]) == 0
    said = capsys.readouterr().out
    assert "has not been started here yet" in said
    assert f"Installed: {home}/.config/GIMP/3.0/plug-ins/guidingpainter" in said


def test_a_flatpak_that_was_never_started_counts(home: Path) -> None:
    apps = home / ".local/share/flatpak/app"
    for name in ("org.kde.krita", "org.gimp.GIMP"):
        (apps / name).mkdir(parents=True)
    assert home / ".var/app/org.kde.krita/data/krita" in krita.krita_folders()
    assert gimp.gimp_folders() == [home / ".var/app/org.gimp.GIMP/config/GIMP/3.0/plug-ins"]
