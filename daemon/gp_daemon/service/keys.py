"""CURVE keys of a daemon that serves other machines: its own pair, and who may come in.

``gp-daemon keys`` shows them, ``keys add NAME`` makes a key file for one client, ``keys remove
NAME`` shuts it out. The folder (0700) is ``$GUIDINGPAINTER_KEYS``, else ``keys`` in the user's
configuration folder. A client's secret key is in its key file alone; we keep the public one.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs
import zmq
from gp_client import streams
from gp_client.connection import not_private
from gp_client.errors import BAD_REQUEST, UNWRITABLE
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport.keyfile import ClientKey, write_private
from zmq.utils import z85

from gp_daemon.service.traffic import Guard

_SERVER, _CLIENTS = "server.json", "clients.json"
_MAX_NAME = 64


@dataclass(frozen=True)
class Pair:
    """A key pair in Z85."""

    public: str
    secret: str


def keys_folder() -> Path:
    """Return where the keys are."""
    chosen = os.environ.get("GUIDINGPAINTER_KEYS")
    return Path(chosen) if chosen else platformdirs.user_config_path("guidingpainter") / "keys"


class KeyRing:
    """The keys in one folder.

    Args:
        folder: made (0700) where it is missing.

    Raises:
        GuidingPainterError: UNWRITABLE where it cannot be made or others can open it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            problem = not_private(folder.lstat(), folder=True)
        except OSError as error:
            raise GPError(
                UNWRITABLE,
                f"The key folder {folder} cannot be made ({error.strerror}).",
                "Set GUIDINGPAINTER_KEYS to a folder of yours.",
            ) from error
        if problem:
            raise GPError(UNWRITABLE, f"The key folder {folder} {problem}.", f"chmod 700 {folder}")
        self._read: tuple[int, dict[bytes, str]] = (-1, {})

    def server(self) -> Pair:
        """Return the daemon's own pair, made at the first call.

        Raises:
            GuidingPainterError: UNWRITABLE, BAD_REQUEST for a damaged file.
        """
        path = self._folder / _SERVER
        if not path.exists():
            write_private(path, asdict(_new_pair()))
        fields = _load(path)
        try:
            return Pair(str(fields["public"]), str(fields["secret"]))
        except KeyError as error:
            raise _damaged(path) from error

    def add(self, name: str) -> ClientKey:
        """Let a new client in; return what goes into its key file.

        Raises:
            GuidingPainterError: BAD_REQUEST for a name that is taken or none, UNWRITABLE.
        """
        if not name.isprintable() or not 0 < len(name) <= _MAX_NAME:
            raise GPError(BAD_REQUEST, f"A name has 1 to {_MAX_NAME} letters.")
        clients = self.clients()
        if name in clients:
            raise GPError(
                BAD_REQUEST,
                f"{name} has a key already.",
                f"Remove it: gp-daemon keys remove {name}",
            )
        pair = _new_pair()
        write_private(self._folder / _CLIENTS, {**clients, name: pair.public})
        return ClientKey(self.server().public, pair.public, pair.secret)

    def remove(self, name: str) -> None:
        """Shut a client out, from its next connection on.

        Raises:
            GuidingPainterError: BAD_REQUEST for an unknown name, UNWRITABLE.
        """
        clients = self.clients()
        if clients.pop(name, None) is None:
            raise GPError(BAD_REQUEST, f"Nobody is called {name}.", "See: gp-daemon keys")
        write_private(self._folder / _CLIENTS, clients)

    def clients(self) -> dict[str, str]:
        """Return public keys by name.

        Raises:
            GuidingPainterError: BAD_REQUEST for a damaged file.
        """
        path = self._folder / _CLIENTS
        return {str(name): str(key) for name, key in _load(path).items()} if path.exists() else {}

    def name(self, public: bytes) -> str | None:
        """Return whose key (32 bytes) this is; the file is read again when it has changed."""
        path = self._folder / _CLIENTS
        try:
            changed = path.stat().st_mtime_ns
            if changed != self._read[0]:
                known = {z85.decode(key): name for name, key in self.clients().items()}
                self._read = (changed, known)
        except (OSError, ValueError, GPError):
            return None  # no file, or a damaged one: nobody comes in
        return self._read[1].get(public)

    def guard(self) -> Guard:
        """Return what the sockets need to know."""
        return Guard(secret=self.server().secret.encode(), name=self.name)


def main(argv: Sequence[str]) -> int:
    """Run ``gp-daemon keys``; returns 0, or raises what a KeyRing raises."""
    parser = argparse.ArgumentParser(prog="gp-daemon keys", description="Keys for other machines.")
    jobs = parser.add_subparsers(dest="job", metavar="JOB")
    adding = jobs.add_parser("add", help="make a key file for a client")
    adding.add_argument("name", metavar="NAME")
    adding.add_argument("-o", "--out", type=Path, metavar="FILE", help="default: NAME.gpkey")
    removing = jobs.add_parser("remove", help="shut a client out")
    removing.add_argument("name", metavar="NAME")
    options = parser.parse_args(argv)
    folder = keys_folder()
    if options.job is None and not (folder / _SERVER).exists():  # to look makes nothing
        streams.say("There are no keys. Make one for a client with: gp-daemon keys add NAME")
        return 0
    ring = KeyRing(folder)
    if options.job == "add":
        out = options.out or Path(f"{options.name}.gpkey".replace(os.sep, "_"))
        if out.exists():
            raise GPError(BAD_REQUEST, f"{out} exists already.", "Choose another name with -o.")
        write_private(out, asdict(ring.add(options.name)))
        streams.say(f"{out}: give it to {options.name} and to nobody else.")
        streams.say(f"There: GUIDINGPAINTER_KEY={out.name}, endpoint tcp://THIS-MACHINE:PORT")
    elif options.job == "remove":
        ring.remove(options.name)
        streams.say(f"{options.name} cannot connect any more.")
    else:
        print(f"daemon  {ring.server().public}")
        for name, key in sorted(ring.clients().items()):
            streams.say(f"client  {key}  {name}")
    return 0


def _new_pair() -> Pair:
    public, secret = zmq.curve_keypair()
    return Pair(public.decode(), secret.decode())


def _load(path: Path) -> dict[str, Any]:
    try:
        problem = not_private(path.stat(), folder=False)
        fields = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(path) from error
    if problem or not isinstance(fields, dict):
        raise _damaged(path, problem)
    return fields


def _damaged(path: Path, problem: str = "is damaged") -> GPError:
    return GPError(
        BAD_REQUEST, f"The key file {path} {problem or 'is damaged'}.", "Mend or remove it."
    )
