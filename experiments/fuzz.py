"""Mutated messages against a live daemon: no crash, no growth, the next honest client is served.

python -m experiments.fuzz --count 1000000 --seed 1
"""

from __future__ import annotations

import argparse
import contextlib
import math
import random
import socket
import sys
import time
from typing import Any

import gp_client
import msgpack
import zmq
from gp_client import wire
from gp_client.connection import read_connection
from gp_client.transport import codec as zmtp_codec
from gp_client.wire import Frame, Request

_HOSTILE = (
    b"\xc1",
    b"\xdf\xff\xff\xff\xff",
    b"\xdd\xff\xff\xff\xff",
    b"\x91" * 900,
)
_DRAIN_EVERY = 50
_MOST_PARTS = 60  # more would end the connection, and with it what is on its way


def seeds() -> list[list[bytes]]:
    """Honest messages to start from; none that ends the daemon comes out of them by chance."""
    mask = Frame(bytes(64), (8, 8), "u1")
    picture = Frame(bytes(64), (8, 8), "GRAY8")
    page = "0" * 32
    requests = [
        Request(5, "open", {"gap": 1.0, "ink": 9, "area": [0, 0, 8, 8]}, (picture,)),
        Request(6, "hint", {"page": page, "region": 1, "color": [1, 2, 3]}),
        Request(7, "render", {"page": page, "kind": "flats", "crop": [0, 0, 1, 1]}),
        Request(8, "hello", {"session": "x", "heartbeats": True}),
        Request(9, "cancel", {"session": "x", "request": 1}),
        Request(10, "correct", {"page": page, "region": 1}, (mask,)),
        Request(11, "scribble", {"page": page, "color": [1, 2, 3]}, (mask,)),
        Request(12, "mask", {"page": page, "region": 1, "deadline": 1.5}),
    ]
    return [[bytes(part) for part in wire.encode_request(request)] for request in requests]


def nested(rng: random.Random) -> bytearray:
    """A request that is honest but for lists within lists, up to 2000 of them."""
    head: Any = msgpack.packb({"v": rng.choice((1, 2)), "id": 9, "op": "render", "args": None})
    names: Any = msgpack.packb({"page": "0" * 32, "kind": "flats", "crop": None})
    lists = b"\x91" * rng.randint(1, 2000) + b"\x90"
    return bytearray(head[:-1] + names[:-1] + lists)


def mutate(rng: random.Random, message: list[bytes]) -> list[bytearray]:
    """Return a message with one to four faults."""
    parts = [bytearray(part) for part in message]
    for _ in range(rng.randint(1, 4)):
        part = rng.choice(parts)
        choice = rng.randrange(9)
        if choice == 0 and part:
            part[rng.randrange(len(part))] = rng.randrange(256)
        elif choice == 1:
            del part[rng.randint(0, len(part)) :]
        elif choice == 2:
            part += rng.randbytes(rng.randint(1, 40))
        elif choice == 3:
            at = rng.randint(0, len(part))
            part[at:at] = rng.choice(_HOSTILE)
        elif choice == 4:
            parts.append(bytearray(rng.randbytes(rng.randint(0, 64))))
        elif choice == 5:
            rng.shuffle(parts)
        elif choice == 6:
            parts += [
                bytearray(rng.randbytes(rng.randint(0, 64))) for _ in range(rng.randint(9, 60))
            ]
        elif choice == 7:
            parts[0] = nested(rng)
        else:
            count = rng.randint(1, 12)
            parts = [bytearray(rng.randbytes(rng.randint(0, 64))) for _ in range(count)]
    return parts[:_MOST_PARTS]


def attack(endpoint: str, count: int, seed: int, end: float = math.inf) -> int:
    """Send mutated messages through libzmq, with and without a session.

    Args:
        endpoint: the daemon's.
        count: how many.
        seed: of the mutations.
        end: time.monotonic() seconds after which no more are sent.

    Returns:
        How many were sent.
    """
    rng, messages = random.Random(seed), seeds()
    context = zmq.Context()
    dealer = context.socket(zmq.DEALER)
    dealer.linger = 0
    dealer.connect(endpoint)
    dealer.send_multipart(wire.encode_request(Request(1, "hello", {})))
    sent = 0
    for turn in range(count):
        if time.monotonic() > end:
            break
        sent += 1
        dealer.send_multipart(mutate(rng, rng.choice(messages)))
        if turn % _DRAIN_EVERY == 0:
            while dealer.poll(0):
                dealer.recv_multipart()
    # The daemon has read them all once it answers this one.
    dealer.send_multipart(wire.encode_request(Request(2, "ping", {})))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and dealer.poll(1000):
        with contextlib.suppress(wire.BadMessage):
            reply = wire.decode_reply(dealer.recv_multipart())
            if reply.id == 2 and reply.result == {}:
                break
    else:
        raise SystemExit("the daemon does not answer")
    dealer.close()
    context.term()
    return sent


def attack_stream(path: str, count: int, seed: int) -> None:
    """Send ``count`` byte streams that are nearly ZMTP to a unix socket, below libzmq."""
    rng = random.Random(seed)
    about = zmtp_codec.encode_metadata([(b"Socket-Type", b"DEALER"), (b"Identity", b"")])
    honest = zmtp_codec.greeting(b"NULL") + zmtp_codec.encode_command(b"READY", about)
    shaken = honest
    honest += b"".join(bytes(one) for one in zmtp_codec.encode_message(seeds()[0]))
    for turn in range(count):
        (stream,) = mutate(rng, [honest])[:1]
        if turn % 50 == 0:  # a message whose parts do not end
            part = rng.randbytes(rng.randint(0, 200))
            more = zmtp_codec.frame_header(len(part), zmtp_codec.MORE) + part
            stream = bytearray(shaken + more * 5000)
        with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
            one.settimeout(5)
            one.connect(path)
            one.sendall(stream)


def main() -> int:
    """Run the attack against a daemon of our own; returns 1 where it grew by over 5 %."""
    from benchmarks.rig import daemon_process, private_daemon

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, help="send no message after so many minutes")
    parser.add_argument("--real", action="store_true", help="pages with networks (slow)")
    options = parser.parse_args()
    with private_daemon(fake=not options.real), gp_client.connect(start=True) as honest:
        page = honest.open(bytes(512), 32, 16) if not options.real else None
        connection = read_connection()
        if connection is None:
            return 1
        # What grows once, such as libzmq's pools, is no leak.
        attack(connection.main, max(2000, options.count // 20), options.seed)
        attack_stream(connection.main.removeprefix("ipc://"), 4000, options.seed)
        process = daemon_process()
        before, started = process.memory_info().rss, time.monotonic()
        end = started + 60 * (options.minutes or math.inf)
        sent = attack(connection.main, options.count, options.seed + 1, end)
        control = attack(connection.control, options.count // 10, options.seed + 2, end)
        attack_stream(connection.main.removeprefix("ipc://"), sent // 100, options.seed)
        seconds, after = time.monotonic() - started, process.memory_info().rss
        status = honest.status()
        if page is not None:
            page.hint(1, (9, 8, 7))
            assert page.render("flats")[:4] == bytes([9, 8, 7, 255])
    growth = (after - before) / before
    print(
        f"{sent} messages, {control} to the control socket, {sent // 100} streams "
        f"in {seconds:.1f} s, "
        f"seed {options.seed}: memory {before / 2**20:.1f} -> {after / 2**20:.1f} MiB "
        f"({growth:+.1%}), faults of ours {status['failures']}, honest client served"
    )
    return int(growth > 0.05 or status["failures"] > 0)


if __name__ == "__main__":
    sys.exit(main())
