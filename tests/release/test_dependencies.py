"""No new behaviour of a library arrives unasked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def requirements() -> list[Requirement]:
    about = project()
    groups = [about["build-system"]["requires"], about["project"]["dependencies"]]
    groups += about["project"]["optional-dependencies"].values()
    return [Requirement(line) for group in groups for line in group]


def pinned() -> dict[str, Version]:
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


@pytest.mark.parametrize("requirement", requirements(), ids=lambda one: one.name)
def test_a_dependency_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    operators = {one.operator for one in requirement.specifier}
    assert operators == {">=", "<"}


def test_what_make_installs_is_written_down_and_within_the_bounds() -> None:
    versions = pinned()
    for requirement in requirements():
        name = canonicalize_name(requirement.name)
        if name in ("setuptools", "torch", "onnxruntime-gpu"):
            continue  # builds; named by the Makefile; excludes the CPU's build
        assert versions[name] in requirement.specifier, name


def test_the_constraints_are_versions_and_no_addresses() -> None:
    for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9.-]+==[0-9a-z.]+", line), line


def test_make_installs_from_the_constraints() -> None:
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "CONSTRAINTS ?= packaging/constraints.txt" in rules
    installs = [line for line in rules.splitlines() if "pip install" in line]
    assert len(installs) == 1
    assert "$(CONSTRAINTS:%=-c %)" in installs[0]
