"""A client's key file, for a daemon on another machine: made there by ``gp-daemon keys add``."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gp_client.errors import NO_DAEMON
from gp_client.errors import GuidingPainterError as GPError
from gp_client.files import write_bytes

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
    write_bytes(path, json.dumps(fields, indent=1).encode(), private=True)
