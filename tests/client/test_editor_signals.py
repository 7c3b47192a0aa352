"""Inside an editor nobody has told the system to ignore SIGPIPE."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

PROGRAM = """
import signal, socket
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
from gp_client.errors import CONNECTION_LOST, GuidingPainterError
from gp_client.transport.zmtp import Dealer
near, far = socket.socketpair()
dealer = Dealer(near)
far.close()
try:
    dealer.send([b"x" * 100000], 5)
except GuidingPainterError as error:
    assert error.code == CONNECTION_LOST
    print("told")
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGPIPE is POSIX")
def test_writing_to_a_dead_daemon_is_an_error_and_does_not_kill_the_editor() -> None:
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "told"), done.stderr
