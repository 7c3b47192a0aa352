"""The daemon's hand-made bundle, for tests of `gp`."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image


def _daemon_fixtures() -> ModuleType:
    path = Path(__file__).parents[1] / "daemon" / "conftest.py"
    spec = importlib.util.spec_from_file_location("daemon_fixtures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hand-made bundle; do not change it."""
    folder = tmp_path_factory.mktemp("tiny")
    _daemon_fixtures().make_bundle(folder)
    return folder


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page that is quickly done: one line across it."""
    path = tmp_path / "page.png"
    line_art = np.full((60, 90), 255, np.uint8)
    line_art[20:22] = 0
    Image.fromarray(line_art).save(path)
    return path
