"""What `gp-train` says of options that cannot be, before it does anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from gp_client.errors import GuidingPainterError
from gp_training import cli
from gp_training.evaluation.paper import ITEMS
from gp_training.options import check_machine


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--side", "50", "50 is no multiple of 32"),
        ("--side", "0", "0 is less than 32"),
        ("--scenes", "0", "0 is less than 1"),
        ("--crops", "1", "1 is less than 2"),
        ("--threads", "0", "0 is less than 1"),
        ("--workers", "-1", "-1 is less than 0"),
        ("--seed", "two", "'two' is not a whole number"),
        ("--seed", "9" * 40, "is not a whole number"),
        ("--minutes", "nan", "'nan' is not a number of minutes"),
        ("--minutes", "-1", "'-1' is not a number of minutes"),
        ("--minutes", "soon", "'soon' is not a number of minutes"),
    ],
)
def test_a_number_that_cannot_be_is_said(
    option: str, value: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["paper", "fig5", "-o", str(tmp_path / "out"), f"{option}={value}"])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("device", ["tpu", "cuda:99", ""])
def test_a_device_that_cannot_be_used_is_an_error_in_a_sentence(device: str) -> None:
    with pytest.raises(GuidingPainterError, match="torch cannot use the device"):
        check_machine(device, None)


def test_a_compiler_that_is_unknown_is_an_error_that_names_those_that_are() -> None:
    with pytest.raises(GuidingPainterError, match=r"'nothing'.*inductor"):
        check_machine("cpu", "nothing")
    check_machine("cpu", "inductor")


def test_the_help_of_paper_names_every_item(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["paper", "--help"])
    words = capsys.readouterr().out.replace(",", " ").split()
    assert not set(ITEMS) - set(words)
