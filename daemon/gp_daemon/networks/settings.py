"""What this machine's daemon is told for good: a small TOML file, and the environment over it.

    # ~/.config/guidingpainter/config.toml (Windows, macOS: `gp config` names it)
    memory = "4 GiB"     # that pages may hold, 64 MiB or more
    workers = 3          # threads for work on canvases, 2 to 64
    device = "gpu:0"     # or "cpu": the daemon fails where it cannot be had
    spread = "careful"   # of new pages: "off", "careful" or "bold"

The command line is over both.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import platformdirs
from gp_client.errors import BAD_REQUEST, GuidingPainterError
from gp_client.types import Level

FILE = "GUIDINGPAINTER_CONFIG"
_NAME = "config.toml"
_PREFIX = "GUIDINGPAINTER_"
_UNITS = {"MiB": 1 << 20, "GiB": 1 << 30}
_LEAST, _MOST = 64 << 20, 1 << 44  # bytes of memory
_MAX_FILE = 1 << 16  # bytes
MIN_WORKERS, MAX_WORKERS = 2, 64


@dataclass(frozen=True)
class Settings:
    """What was set; None where nothing was.

    Attributes:
        memory: bytes that pages may hold.
        workers: threads for work on canvases.
        device: "cpu" or "gpu:N".
        spread: how sure proposals must be on a new page.
        sources: by name of a setting, the file or the variable that set it.
    """

    memory: int | None = None
    workers: int | None = None
    device: str | None = None
    spread: Level | None = None
    sources: dict[str, str] = field(default_factory=dict)

    @property
    def gpu(self) -> int | None:
        """The number of the CUDA device, None for another device or none."""
        return int(self.device.partition(":")[2]) if self.device and self.device != "cpu" else None


def config_file() -> Path:
    """Return the file, which need not exist: ``$GUIDINGPAINTER_CONFIG`` or the user's own."""
    chosen = os.environ.get(FILE)
    return Path(chosen) if chosen else platformdirs.user_config_path("guidingpainter") / _NAME


def load() -> Settings:
    """Read file and environment.

    Raises:
        GuidingPainterError: BAD_REQUEST for a file that cannot be read or is no TOML, a name that
            is no setting, or a value that is none of its own; it names the place.
    """
    path = config_file()
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for name, value in _read(path).items():
        if name not in _CHECKS:
            raise _wrong(f"{path}: there is no setting {name!r}.", f"Known: {', '.join(_CHECKS)}.")
        values[name], sources[name] = _checked(name, value, str(path)), str(path)
    for name in _CHECKS:
        variable = _PREFIX + name.upper()
        text = os.environ.get(variable)
        if text:
            number = name == "workers" and text.isascii() and text.isdigit() and len(text) < 4
            values[name] = _checked(name, int(text) if number else text, variable)
            sources[name] = variable
    return Settings(**values, sources=sources)


def memory_of(value: object) -> int:
    """Return the bytes that a size such as "4 GiB" means.

    Raises:
        ValueError: it is no such text, less than 64 MiB or more than 16 TiB.
    """
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(MiB|GiB)", str(value))
    size = int(float(found[1]) * _UNITS[found[2]]) if found else 0
    if not _LEAST <= size <= _MOST:
        raise ValueError
    return size


def _workers(value: object) -> int:
    if type(value) is not int or not MIN_WORKERS <= value <= MAX_WORKERS:
        raise ValueError
    return value


def _device(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"cpu|gpu:[0-9]{1,2}", value):
        raise ValueError
    return value


def _spread(value: object) -> str:
    if value not in get_args(Level):
        raise ValueError
    return str(value)


_CHECKS: dict[str, Callable[[object], object]] = {
    "memory": memory_of,
    "workers": _workers,
    "device": _device,
    "spread": _spread,
}
_WANTED = {
    "memory": 'Write a size of 64 MiB or more: "800 MiB" or "4 GiB".',
    "workers": f"Write a whole number from {MIN_WORKERS} to {MAX_WORKERS}.",
    "device": 'Write "cpu" or "gpu:0".',
    "spread": 'Write "off", "careful" or "bold".',
}


def _checked(name: str, value: object, place: str) -> object:
    try:
        return _CHECKS[name](value)
    except ValueError:
        shown = repr(value)[:60]
        raise _wrong(f"{place}: {shown} is no {name}.", _WANTED[name]) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
    except FileNotFoundError:
        if os.environ.get(FILE):
            raise _wrong(f"There is no {path}.", f"Make it, or unset {FILE}.") from None
        return {}
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise _wrong(f"The settings {path} cannot be read ({why}).") from error
    if len(data) > _MAX_FILE:
        raise _wrong(f"{path} is too large for a file of settings.")
    try:
        return tomllib.loads(data.decode())
    except ValueError as error:  # of the encoding too
        raise _wrong(f"{path} is no TOML: {error}", 'A line looks so: spread = "bold"') from error


def _wrong(message: str, hint: str = "") -> GuidingPainterError:
    return GuidingPainterError(BAD_REQUEST, message, hint)
