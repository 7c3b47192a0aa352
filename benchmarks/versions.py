"""Two versions of the code measured by turns: each in a worker process of its own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).parents[1]


class Ask(Protocol):
    """A worker that is asked for one round, by its number, and answers with a map."""

    def __call__(self, number: int) -> dict[str, Any]: ...


def checkout(commit: str, folder: Path) -> Path:
    """The daemon's code of a commit, unpacked into a folder.

    Raises:
        subprocess.CalledProcessError: there is no such commit here.
    """
    command = ["git", "-C", str(ROOT), "archive", commit, "daemon"]
    archive = subprocess.run(command, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        packed.extractall(folder, filter="data")
    return folder


@contextlib.contextmanager
def worker(source: Path, module: str, *arguments: str) -> Iterator[Ask]:
    """A process that runs one of these benchmarks on the daemon's code of a checkout.

    Args:
        source: the checkout.
        module: of this folder; started with ``--worker`` and the arguments it reads a round's
            number from each line of its input and answers with a line of JSON.
    """
    # Asked of this version alone: a worker's own client may be older, and have none.
    from gp_client.launch import environment_for

    paths = [str(source / "daemon"), str(ROOT)]
    # As the daemon of this version is started; those before were started with what there is.
    ours = environment_for(sys.executable) if source == ROOT else os.environ
    environment = {**ours, "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", module, "--worker", *arguments]
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        orders, answers = process.stdin, process.stdout

        def ask(number: int) -> dict[str, Any]:
            print(number, file=orders, flush=True)
            return json.loads(answers.readline())

        yield ask
        orders.close()


def module(names: Sequence[str]) -> Any:
    """The first of these modules that the version at hand has."""
    for name in names:
        with contextlib.suppress(ModuleNotFoundError):
            return importlib.import_module(name)
    raise SystemExit("This version has none of " + ", ".join(names))
