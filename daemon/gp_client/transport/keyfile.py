"""A client's key file, for a daemon on another machine: made there by ``gp-daemon keys add``."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gp_client.errors import NO_DAEMON, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError

VARIABLE = "GUIDINGPAINTER_KEY"
_Z85 = 40  # characters of a CURVE key


@dataclass(frozen=True)
class ClientKey:
    """CURVE keys in Z85: the daemon's public one, and the client's own pair."""

    server: str
    public: str
    secret: str


def read_key(path: str | os.PathLike[str]) -> ClientKey:
    """Read a key file.

    Raises:
        GuidingPainterError: NO_DAEMON where it is missing, damaged, or open to other users.
    """
    file = Path(path)
    try:
        mode = file.stat().st_mode
        fields: Any = json.loads(file.read_bytes()[:4096])
        key = ClientKey(str(fields["server"]), str(fields["public"]), str(fields["secret"]))
    except OSError as error:
        raise GPError(
            NO_DAEMON,
            f"The key file {file} cannot be read ({error.strerror}).",
            "Ask for one where the daemon runs: gp-daemon keys add NAME",
        ) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise GPError(
            NO_DAEMON, f"The key file {file} is damaged.", "Ask for a new one."
        ) from error
    if any(len(part) != _Z85 for part in asdict(key).values()):
        raise GPError(NO_DAEMON, f"The key file {file} is damaged.", "Ask for a new one.")
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise GPError(
            NO_DAEMON,
            f"The key file {file} is open to other users.",
            f"Make it yours alone: chmod 600 {file}",
        )
    return key


def write_private(path: Path, fields: dict[str, Any]) -> None:
    """Write JSON that only its owner may read, in one step.

    Raises:
        GuidingPainterError: UNWRITABLE.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(fields, file, indent=1)
        os.replace(temporary, path)
    except OSError as error:
        raise GPError(
            UNWRITABLE, f"{path} cannot be written ({error.strerror}).", "Choose another folder."
        ) from error
