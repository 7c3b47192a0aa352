"""`make test` fails where any of its parts does, and runs them all."""

from __future__ import annotations

import sys

import editors
import pytest
import side_by_side


@pytest.mark.parametrize(
    ("first", "arguments", "code"),
    [
        ([], ["--version"], 0),
        ([sys.executable, "-c", "raise SystemExit(0)"], ["--version"], 0),
        ([sys.executable, "-c", "raise SystemExit(3)"], ["--version"], 1),
        ([], ["--no-such-option"], 1),
    ],
)
def test_all_parts_run_and_one_that_fails_is_a_failure(
    first: list[str],
    arguments: list[str],
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(editors, "prepare", list)
    assert side_by_side.main(first, arguments) == code
    said = capfd.readouterr()
    word = "pytest" if code == 0 or first else "no-such-option"
    assert (said.out + said.err).count(word) >= 2  # both halves
    assert ("failed: see above" in said.err) == ("SystemExit(3)" in str(first))
