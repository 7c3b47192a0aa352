"""Which files and connections a process has open, as the system sees it.

Linux alone shows this (`/proc`); elsewhere nothing is claimed.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import stat
import struct
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

_KINDS = ("tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6")
_STANDARD = {"0", "1", "2"}  # whoever started it chose these
_LISTENS = "0A"  # a tcp socket's state in /proc/net


@dataclass(frozen=True)
class NetworkSocket:
    """One socket of a process that reaches beyond it over IP.

    Attributes:
        kind: "tcp", "udp6" and so on; "unbound": made, and not connected to anything yet.
        local, remote: "address:port".
        listens: whether it waits for others; then ``remote`` says nothing.
    """

    kind: str
    local: str
    remote: str
    listens: bool


@dataclass(frozen=True)
class Seen:
    """What was seen of a process.

    Attributes:
        files: how many files and sockets it has open.
        network: its IP sockets.
        written: the plain files that it has open for writing, but its standard output and error.
    """

    files: int
    network: tuple[NetworkSocket, ...]
    written: tuple[Path, ...]


def look(pid: int) -> Seen | None:
    """Look at a process's open files; None where the system does not show them."""
    folder = Path(f"/proc/{pid}")
    before = _targets(folder)
    if not before:
        return None
    known, local = _network(folder), _local(folder)
    after = _targets(folder)
    network, written = [], []
    for number, target in before.items():
        if after.get(number) != target:
            continue  # closed while we looked, so that the tables need not have it
        if target.startswith("socket:["):
            inode = target[len("socket:[") : -1]
            if inode not in local:
                network.append(known.get(inode, NetworkSocket("unbound", "", "", False)))
        elif target.startswith("/") and number not in _STANDARD and _is_written(folder, number):
            written.append(Path(target))
    return Seen(len(before), tuple(network), tuple(written))


def inference_server(pid: int) -> str:
    """The address that a daemon's command line names for its networks, or nothing."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    for word, following in itertools.pairwise(words):
        name, equals, value = word.partition(b"=")
        # A daemon takes an option's beginning for the whole.
        if len(name) > 2 and b"--triton".startswith(name):
            return os.fsdecode(value if equals else following)
    return ""


def addresses(url: str) -> set[str]:
    """Every "address:port", as `NetworkSocket` has it, that an http address leads to now."""
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return set()
    hosts = {str(entry[4][0]) for entry in found}
    return {f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts}


def _targets(folder: Path) -> dict[str, str]:
    """What each descriptor of a process is, by number."""
    found = {}
    try:
        for descriptor in (folder / "fd").iterdir():
            with contextlib.suppress(OSError):  # closed since
                found[descriptor.name] = os.readlink(descriptor)
    except OSError:
        return {}
    return found


def _is_written(folder: Path, number: str) -> bool:
    """Whether a descriptor is a plain file that is open for writing."""
    try:
        text = (folder / "fdinfo" / number).read_text()
        info = (folder / "fd" / number).stat()
    except OSError:
        return False
    flags = next((line.split()[1] for line in text.splitlines() if line.startswith("flags:")), "0")
    plain = stat.S_ISREG(info.st_mode) and info.st_nlink > 0  # else it goes when it is closed
    return plain and bool(int(flags, 8) & (os.O_WRONLY | os.O_RDWR))


def _local(folder: Path) -> set[str]:
    """Inodes of sockets that do not leave the machine: unix sockets and the kernel's own."""
    rows = {"unix": 6, "netlink": 9}  # where the inode stands
    return {row[column] for name, column in rows.items() for row in _rows(folder, name, column)}


def _network(folder: Path) -> dict[str, NetworkSocket]:
    """IP sockets of a process's network by inode, whosesoever they are."""
    found = {}
    for kind in _KINDS:
        for row in _rows(folder, kind, 9):
            listens = kind.startswith("tcp") and row[3] == _LISTENS
            found[row[9]] = NetworkSocket(kind, _address(row[1]), _address(row[2]), listens)
    return found


def _rows(folder: Path, name: str, column: int) -> list[list[str]]:
    """A table of the kernel's as words. The name that a program gave its socket comes last and may
    be any bytes; only what stands before it is looked at."""
    try:
        lines = (folder / "net" / name).read_bytes().split(b"\n")[1:]
    except OSError:  # a kernel without this protocol
        return []
    rows = ([word.decode("ascii", "replace") for word in line.split()] for line in lines)
    return [row for row in rows if len(row) > column]


def _address(text: str) -> str:
    """Read the kernel's hexadecimal address, 32-bit words in the machine's byte order."""
    packed, _, port = text.partition(":")
    words = [int(packed[at : at + 8], 16) for at in range(0, len(packed), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    host = socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
    return f"[{host}]:{int(port, 16)}" if ":" in host else f"{host}:{int(port, 16)}"
