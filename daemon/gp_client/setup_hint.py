"""The command that installs a missing part, as it is where this copy of GuidingPainter came from.

There is no release on a package index, so that "pip install guidingpainter" leads nowhere: what can
be installed is a checkout, or a wheel, into the environment whose Python runs us.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from pathlib import Path

_NAME = "guidingpainter"


def pip(job: str) -> str:
    """Return the command by which this environment's packages are changed, up to their names.

    Args:
        job: "install" or "uninstall".
    """
    program = Path(sys.executable or "")
    if not program.name.lower().startswith(("python", "pypy")):
        return f"pip {job}"  # an editor runs us
    # What pipx and uv make may have no pip inside.
    if (Path(sys.prefix) / "pipx_metadata.json").is_file():
        return f"pipx runpip {_NAME} {job}{_yes(job)}"
    if not _has_pip():
        return f"uv pip {job} --python {_quoted(str(program))}"
    return f"{_quoted(str(program))} -m pip {job}{_yes(job)}"


def _yes(job: str) -> str:
    return " -y" if job == "uninstall" else ""


def _has_pip() -> bool:
    """Whether this Python can import pip; `uv` makes environments without it."""
    from importlib.util import find_spec  # an editor's start should not wait for it

    return find_spec("pip") is not None


def how_to_install(extra: str = "cpu") -> str:
    """Return the command that installs GuidingPainter with one of its extras.

    Args:
        extra: "cpu", "gpu" or "train".
    """
    origin = _origin()
    if origin is None:
        what = f"guidingpainter[{extra}]"
        return f"{pip('install')} 'PATH[{extra}]', PATH being your checkout or wheel of {what}"
    return f"{pip('install')} {_quoted(f'{origin}[{extra}]')}"


def _origin() -> Path | None:
    """The checkout or the wheel that was installed, where it is still there."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return checkout
    # Half of the standard library, which an editor's start should not wait for.
    import importlib.metadata
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    try:
        text = importlib.metadata.distribution(_NAME).read_text("direct_url.json")
        parts = urlsplit(json.loads(text or "{}").get("url", ""))
    except (importlib.metadata.PackageNotFoundError, ValueError, AttributeError):
        return None
    path = Path(url2pathname(parts.path))
    return path if parts.scheme == "file" and path.exists() else None


def _quoted(text: str) -> str:
    if os.name == "nt":
        return f'"{text}"'
    # Brackets mean something to every shell.
    return shlex.quote(text)
