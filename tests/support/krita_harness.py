"""The real Krita under a virtual display, driven by scripts that run on its GUI thread."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from debian13 import inside
from scripted import WAIT_TIMEOUT, OwnDaemon, Scripts

DRIVER = Path(__file__).with_name("krita_driver")
BOOTSTRAP = Path(__file__).with_name("krita_bootstrap.py")
SHOTS = Path(__file__).parents[2] / "out" / "krita"  # kept after the tests, to be looked at
SCREEN = "1600x1000x24"
START_TIMEOUT = 240.0  # seconds: a cold first start on a busy machine
DOCKER_DELAY = 0.4  # seconds: four times what Krita's layer docker collects changes for


class KritaProcess:
    """One Krita with a home of its own.

    Args:
        base: an empty folder, short enough for unix sockets below it.
        root: the system that Krita runs in; ``base`` holds there too. None for this one.
    """

    def __init__(self, base: Path, root: Path | None = None) -> None:
        self.base, self.root = base, root
        self.home, self.drop, self.runtime = base / "home", base / "drop", base / "run"
        self._scripts = Scripts("Krita", self.drop, self.log)
        self._daemon = OwnDaemon(self.runtime / "guidingpainter")
        self._krita: subprocess.Popen[bytes] | None = None
        self.deaths: list[str] = []  # what Krita said when it died between two tests
        self.home.mkdir()
        self.drop.mkdir()
        self.runtime.mkdir(mode=0o700)
        # It takes a free display and says which one when it is ready.
        reading, writing = os.pipe()
        self._xvfb = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writing),
                "-screen",
                "0",
                SCREEN,
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(writing,),
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            self.display = int(pipe.readline())
        end = time.monotonic() + START_TIMEOUT
        # It says so a moment before it takes connections.
        while subprocess.run(["xdpyinfo"], env=self.environment, capture_output=True).returncode:
            assert time.monotonic() < end, "the display does not come up"
            time.sleep(0.05)

    @property
    def environment(self) -> dict[str, str]:
        """What Krita and its children run with."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "XDG_RUNTIME_DIR": str(self.runtime),
            "XDG_DATA_HOME": str(self.home / ".local/share"),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "XDG_CACHE_HOME": str(self.home / ".cache"),
            "DISPLAY": f":{self.display}",
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "GP_TEST_DROP": str(self.drop),
            "OMP_NUM_THREADS": "1",
        }

    def install_driver(self) -> None:
        """Put the test-only plug-in beside ours and switch it on."""
        pykrita = self.home / ".local/share/krita/pykrita"
        shutil.copytree(DRIVER, pykrita, dirs_exist_ok=True)
        rc = self.home / ".config/kritarc"
        rc.parent.mkdir(parents=True, exist_ok=True)
        text = rc.read_text() if rc.exists() else ""
        if "[python]" not in text:
            text += "\n[python]\n"
        rc.write_text(text.replace("[python]\n", "[python]\nenable_gptestdriver=true\n"))

    def start_daemon(self) -> None:
        """Start the daemon where the plug-in will find it; it cannot start one in another root."""
        self._daemon.start()

    def needs_own_daemon(self) -> None:
        """Leave the test out where the plug-in cannot start a daemon."""
        if self.root is not None:
            pytest.skip("Krita is in another root than gp-daemon")

    def start(self, *files: Path) -> None:
        """Start Krita, and give its scripts what the tests are written with."""
        self.launch(*files)
        self.run(BOOTSTRAP.read_text())

    def launch(self, *files: Path) -> None:
        """Start Krita and wait until its GUI thread answers."""
        log = (self.base / "krita.log").open("ab")
        command = ["krita", "--nosplash", *map(str, files)]
        self._krita = subprocess.Popen(
            command if self.root is None else inside(self.root, command),
            env=self.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.run("result = 1", timeout=START_TIMEOUT)
        # The dockers are there when the window is.
        self.until("result = len(Krita.instance().dockers()) > 0", timeout=START_TIMEOUT)

    def run(self, code: str, timeout: float = WAIT_TIMEOUT) -> Any:
        """Run a script on the GUI thread.

        Returns:
            What it left in ``result``.

        Raises:
            EditorDied: Krita crashed.
            AssertionError: the script raised, or Krita did not answer.
        """
        assert self._krita is not None
        return self._scripts.run(self._krita, code, timeout)

    def until(self, code: str, timeout: float = WAIT_TIMEOUT) -> Any:
        """Run a script again and again until its ``result`` is true; return it."""
        assert self._krita is not None
        return self._scripts.until(self._krita, code, timeout)

    def looks(self, times: int = 4) -> None:
        """Wait until the plug-in has looked so often at what is in front."""
        self.run(
            "looked = []; noted = controller()._timer.timeout.connect(lambda: looked.append(1))"
        )
        try:
            self.until(f"result = len(looked) >= {times} and idle()")
        finally:
            self.run("controller()._timer.timeout.disconnect(noted)")

    def pixels(self, code: str) -> bytes:
        """Return the bytes that an expression gives on the GUI thread."""
        path = self.base / "bytes"
        self.run(f"save_bytes({str(path)!r}, {code})")
        return path.read_bytes()

    def close_documents(self) -> None:
        """Close all documents without saving.

        Not at once: Krita's layer docker crashes where the last document goes while a layer's
        change still waits to be shown there (KisNodeModel::processUpdateQueue; it collects changes
        for a tenth of a second). An artist's hand is slower than that.
        """
        self.run("for each in app.documents(): each.waitForDone()")
        time.sleep(DOCKER_DELAY)
        self.run("for each in app.documents(): close_document(each)")
        self.until("result = not app.documents()")

    def restart(self) -> None:
        """Start a fresh Krita where the old one died between two tests; counted and told."""
        self.deaths.append(self.log())
        self.kill()
        for path in self.drop.iterdir():
            path.unlink()
        self.start()

    def daemon_pid(self) -> int:
        """Return the process id of the daemon that the plug-in started."""
        return json.loads((self.runtime / "guidingpainter/connection.json").read_text())["pid"]

    def screenshot(self, name: str) -> None:
        """Keep a picture of the whole screen."""
        path = SHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["import", "-window", "root", str(path)], env=self.environment, check=True, timeout=30
        )

    def log(self) -> str:
        """Return the end of what Krita said, with the stacks of a crash."""
        texts = []
        for path in (self.base / "krita.log", self.drop / "crash.log"):
            if path.exists():
                texts.append(path.read_text(errors="replace")[-3000:])
        return "\n".join(texts)

    def kill(self) -> None:
        """End Krita at once, with everything that it started."""
        if self._krita is not None and self._krita.poll() is None:
            os.killpg(self._krita.pid, signal.SIGKILL)
        if self._krita is not None:
            self._krita.wait(20)
        self._krita = None

    def close(self) -> None:
        """End Krita, the daemon and the display."""
        self.kill()
        self._daemon.stop()
        if (self.runtime / "guidingpainter/connection.json").exists():
            # It may have ended by itself, as it should.
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.daemon_pid(), signal.SIGKILL)
        self._xvfb.terminate()
        self._xvfb.wait(20)


@contextlib.contextmanager
def krita_with_plugin(root: Path | None) -> Iterator[KritaProcess]:
    """Run a Krita with the plug-in as `gp install krita` leaves it, and the docker shown.

    Args:
        root: the system that Krita runs in, None for this one.
    """
    base = Path(tempfile.mkdtemp(prefix="gpk", dir=None if root is None else root / "tmp"))
    made = KritaProcess(base, root)
    try:
        command = [sys.executable, "-m", "gp_cli.main", "install", "krita"]
        subprocess.run(command, env=made.environment, check=True, stdout=subprocess.DEVNULL)
        made.install_driver()
        if root is not None:
            made.start_daemon()
        made.start()
        yield made
    finally:
        made.close()
        shutil.rmtree(base)


class Page:
    """A document in front, and the docker's steps on it.

    Args:
        krita: where.
        path: a picture or a .kra file.
    """

    def __init__(self, krita: KritaProcess, path: Path) -> None:
        self.krita = krita
        krita.run(f"doc = open_document({str(path)!r})")
        krita.until("result = ready(doc)")
        # Krita 5.2 shows its dockers anew when the first document is opened.
        krita.run("if not dock.isFloating() and len(app.documents()) == 1: tidy()")

    def begin(self) -> None:
        """Press the button that looks at the line art, and wait for the first region."""
        self.krita.run("click('next')")
        self.settle()
        assert self.place().startswith("Region"), f"{self.place()} {self.message()}"

    def settle(self) -> None:
        """Wait until nothing is being worked on."""
        self.krita.until("result = idle()")

    def color(self, red: int, green: int, blue: int) -> None:
        """Give the region that is shown a colour by the colour picker, and wait until it has it."""
        self.krita.run(f"set_foreground({red}, {green}, {blue})")
        self.act("click('foreground')")

    def act(self, code: str) -> None:
        """Do something that is one act, and wait until all that follows from it is done."""
        before = self.krita.run(f"before = acts(); {code}; result = before")
        self.krita.until(f"result = acts() != {before} or text('message')")
        self.settle()
        assert not self.message(), self.message()

    def undo(self, redo: bool = False) -> None:
        """Press Krita's own undo, and wait until the page has followed."""
        name = f"edit_{'redo' if redo else 'undo'}"
        before = self.krita.run("result = acts()")
        # While it paints, Krita ignores undo and redo without a word.
        self.krita.until(f"""
            result = app.activeDocument().tryBarrierLock()
            if result:
                app.activeDocument().unlock()
                app.action({name!r}).trigger()
        """)
        try:
            self.krita.until(f"result = acts() {'>' if redo else '<'} {before}")
        except AssertionError as error:
            raise AssertionError(
                f"{error}; {self.krita.run(f'result = undo_state({name!r})')}"
            ) from error
        self.settle()

    def mouse(self, *steps: object) -> None:
        """Use the mouse and the keys."""
        command = ["xdotool", *map(str, steps)]
        subprocess.run(command, env=self.krita.environment, check=True, timeout=30)

    def click(self, place: str, x: int, y: int, key: str = "") -> None:
        """Click with the real mouse on a pixel of the canvas.

        Args:
            place: "picture" for the docker's, "canvas" for Krita's view.
            x, y: the pixel.
            key: held meanwhile, such as "shift".
        """
        across, down = self.krita.run(f"result = at_{place}({x}, {y})")
        held = (["keydown", key], ["keyup", key]) if key else ([], [])
        self.mouse("mousemove", across, down, *held[0], "click", 1, *held[1])

    def message(self) -> str:
        """Return the docker's error line."""
        return self.krita.run("result = text('message')")

    def place(self) -> str:
        """Return which region the docker says it shows."""
        return self.krita.run("result = text('place')")

    def colored(self) -> dict[int, tuple[int, int, int]]:
        """Return the regions that the artist gave a colour, by number."""
        return {number: tuple(color) for number, color in self.krita.run("result = coloured()")}

    def piece(self, number: int | None = None) -> tuple[int, int]:
        """Return a pixel well inside a region, that which is shown if none is named."""
        x, y = self.krita.run(
            f"result = controller().session.view.probes({number or 0} or region())[0]"
        )
        return x, y
