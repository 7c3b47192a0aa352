"""A program for test_offline.py: works with the real daemon in a network of its own.

Run it inside new network and mount namespaces. It prints one JSON object: which names were looked
up at the resolver, and which IP sockets and files the daemon had open meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

import gp_client
from gp_cli import offline

LONG_ENOUGH = 15.0  # seconds of a daemon's life: the collector was looked up after ten
CONTROL = "a-name-that-we-look-up-ourselves.invalid"


def bring_up_loopback() -> None:
    """Make 127.0.0.1 reachable in this network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        up = struct.pack("16sh", b"lo", 0x1 | 0x40)  # IFF_UP, IFF_RUNNING
        fcntl.ioctl(one, 0x8914, up)  # SIOCSIFFLAGS


class Resolver(threading.Thread):
    """Writes down which names are asked for; never answers."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.asked: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 53))
        config = folder / "resolv.conf"
        config.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        subprocess.run(["mount", "--bind", str(config), "/etc/resolv.conf"], check=True)

    def run(self) -> None:
        while True:
            packet = self._socket.recv(4096)
            labels, at = [], 12
            while at < len(packet) and packet[at]:
                labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii", "replace"))
                at += 1 + packet[at]
            self.asked.add(".".join(labels))


def main(folder: Path) -> None:
    bring_up_loopback()
    resolver = Resolver(folder)
    resolver.start()
    with contextlib.suppress(OSError):  # nobody answers; that it is heard shows that we hear
        socket.getaddrinfo(CONTROL, 80)
    sockets: set[str] = set()
    files: set[str] = set()
    art = bytearray(b"\xff" * 120 * 160)
    for x in range(20, 140):
        art[30 * 160 + x] = art[90 * 160 + x] = 0
    for y in range(30, 91):
        art[y * 160 + 20] = art[y * 160 + 139] = 0
    with gp_client.connect(start=True, device="cpu", timeout=60) as client:
        while client.status()["uptime"] < LONG_ENOUGH:
            page = client.open(bytes(art), 160, 120)
            page.hint(page.regions[0].number, (10, 20, 30))
            page.render("flats")
            page.close()
            seen = offline.look(client.info["pid"])
            if seen is not None:
                sockets |= {f"{one.kind} {one.local} {one.remote}" for one in seen.network}
                files |= {str(path) for path in seen.written}
        client.shutdown()
    print(
        json.dumps({"asked": sorted(resolver.asked), "inet": sorted(sockets), "files": [*files]}),
        flush=True,
    )


if __name__ == "__main__":
    os.umask(0o077)
    main(Path(sys.argv[1]))
