"""What a user sets for good, in a file or by the environment."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_daemon import cli
from gp_daemon.networks import settings
from gp_daemon.networks.settings import Settings
from gp_daemon.service.lifecycle import memory_budget
from gp_daemon.service.server import Options

ALL = 'memory = "1.5 GiB"\nworkers = 3\ndevice = "gpu:2"\nspread = "bold"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("GUIDINGPAINTER_CONFIG", str(path))
    return path


def told(*arguments: str) -> Options:
    return cli.limits(cli.parser().parse_args(arguments))


def test_the_file_sets_all_of_it(file: Path) -> None:
    file.write_text(ALL)
    found = settings.load()
    assert (found.memory, found.workers) == (3 << 29, 3)
    assert (found.device, found.gpu, found.spread) == ("gpu:2", 2, "bold")
    assert set(found.sources.values()) == {str(file)}


def test_without_a_file_nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GUIDINGPAINTER_CONFIG")
    monkeypatch.setattr(
        "gp_daemon.networks.settings.platformdirs.user_config_path", lambda name: tmp_path / name
    )
    assert settings.config_file() == tmp_path / "guidingpainter" / "config.toml"
    assert settings.load() == Settings()
    assert told() == Options(memory=memory_budget())


def test_the_environment_is_over_the_file_and_the_command_line_over_both(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(ALL)
    monkeypatch.setenv("GUIDINGPAINTER_WORKERS", "5")
    monkeypatch.setenv("GUIDINGPAINTER_MEMORY", "800 MiB")
    assert settings.load().sources["workers"] == "GUIDINGPAINTER_WORKERS"
    assert told() == Options(memory=800 << 20, workers=5)
    options = told("--memory", "2GiB", "--workers", "7")
    assert options == Options(memory=2 << 30, workers=7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("memory = 4\n", "is no memory"),
        ('memory = "4 GB"\n', "is no memory"),
        ('memory = "1 MiB"\n', "is no memory"),
        ("workers = 1\n", "from 2 to 64"),
        ("workers = true\n", "from 2 to 64"),
        ('device = "cuda"\n', '"gpu:0"'),
        ('spread = "wild"\n', '"careful"'),
        ('color = "red"\n', "no setting 'color'"),
        ("memory\n", "is no TOML"),
        ("#" * 70_000, "too large"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_place(
    file: Path, text: str, words: str
) -> None:
    file.write_text(text)
    with pytest.raises(GuidingPainterError) as caught:
        settings.load()
    assert caught.value.code == BAD_REQUEST
    assert str(file) in caught.value.message
    assert words in str(caught.value)


def test_a_wrong_variable_and_a_file_that_was_named_and_is_missing_are_said(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GuidingPainterError, match="There is no"):
        settings.load()
    file.write_text("")
    monkeypatch.setenv("GUIDINGPAINTER_WORKERS", "many")
    with pytest.raises(GuidingPainterError, match="GUIDINGPAINTER_WORKERS: 'many' is no workers"):
        settings.load()


@pytest.mark.parametrize("words", [["--memory", "4"], ["--workers", "1"], ["--workers", "65"]])
def test_options_have_the_same_bounds(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.parser().parse_args(words)
    assert words[0] in capsys.readouterr().err


def test_the_device_and_the_spread_that_were_set_reach_the_service(
    file: Path, bundle_folder: Path
) -> None:
    def load(*arguments: str) -> dict[str, object]:
        words = ["--bundle", str(bundle_folder), *arguments]
        options: argparse.Namespace = cli.parser().parse_args(words)
        return cli.load_backend(options).about()

    file.write_text('device = "cpu"\nspread = "bold"\n')
    about = load()
    assert (about["spread"], str(about["device"])[:3]) == ("bold", "CPU")
    file.write_text('device = "gpu:99"\n')
    with pytest.raises(GuidingPainterError):
        load()
    assert "spread" not in load("--cpu")
