"""The sample pages are all credited, and readable."""

from __future__ import annotations

import csv
from pathlib import Path

from gp_cli.files import pictures

SAMPLES = Path(__file__).parents[2] / "docs" / "samples"


def manifest() -> list[dict[str, str]]:
    with (SAMPLES / "manifest.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_sample_is_in_the_manifest() -> None:
    assert {path.name for path in SAMPLES.glob("*.png")} == {row["file"] for row in manifest()}


def test_the_credits_say_what_the_manifest_says() -> None:
    lines = (SAMPLES / "CREDITS.md").read_text(encoding="utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ")][1:]
    assert table == [
        f"| {row['file']} | {row['author']} | {row['source']} | {row['licence']} |"
        for row in manifest()
    ]


def test_every_sample_can_be_read() -> None:
    for path in SAMPLES.glob("*.png"):
        picture = pictures.read(path)
        assert min(picture.width, picture.height) > 100
