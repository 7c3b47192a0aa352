"""The client and a real daemon process: starting, dying, hanging, and going on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import gp_client
import pytest
from client_steps import Kill, open_page, pixel
from fake_daemon import LONG, SLEEPY
from gp_client import Client, GuidingPainterError, connect, launch, link
from gp_client.connection import is_alive, read_connection
from gp_client.errors import (
    BAD_REQUEST,
    CANCELLED,
    CONNECTION_LOST,
    NO_DAEMON,
    NO_SUCH_PAGE,
    NO_SUCH_REGION,
    SUPERSEDED,
    TIMEOUT,
)
from serving import PATIENCE, code_of, daemon_pid, wait_until

pytestmark = pytest.mark.usefixtures("fake_daemon")


def test_a_page_goes_from_open_to_render() -> None:
    with connect(start=True) as client:
        stages: list[str] = []
        page = client.open(
            bytes(512), 32, 16, gap=40, progress=lambda stage, _: stages.append(stage)
        )
        assert stages
        assert stages[0].startswith("step ")
        assert [region.number for region in page.regions] == [1, 2, 3, 4]
        assert page.regions[1].bbox == (8, 0, 8, 16)
        assert (page.width, page.height, page.grid) == (32, 16, (16, 16))
        assert page.mask(2) == gp_client.Mask((8, 0, 8, 16), b"\xff" * 128)
        page.hint(2, (1, 2, 3))
        assert page.suggest(1) == (1, 0, 1)
        assert pixel(page, 2) == (1, 2, 3, 255)
        assert len(page.render("flats", preview=True)) == 16 * 16 * 4
        page.unhint(2)
        assert pixel(page, 2) == (0, 0, 0, 0)
        page.close()
        assert code_of(lambda: page.mask(1)) == NO_SUCH_PAGE


def test_without_a_daemon_there_is_one_clear_sentence() -> None:
    assert code_of(connect) == NO_DAEMON


def test_a_second_client_uses_the_daemon_that_runs() -> None:
    with connect(start=True) as one, connect() as two:
        assert one.info["pid"] == two.info["pid"]
        assert two.status()["clients"] == 2


def test_two_clients_that_start_a_daemon_at_once_share_one() -> None:
    clients: list[Client] = []
    threads = [
        threading.Thread(target=lambda: clients.append(connect(start=True))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len({client.info["pid"] for client in clients}) == 1
    assert len(clients) == 3
    for client in clients:
        client.close()


def test_a_mask_that_does_not_fit_the_canvas_is_refused_before_it_is_sent() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        mask = gp_client.Mask((31, 0, 2, 1), b"\xff\xff")
        assert code_of(lambda: page.correct(1, mask)) == BAD_REQUEST
        assert code_of(lambda: page.scribble(b"\xff", (0, 0, 0))) == BAD_REQUEST


def test_a_page_can_be_worked_on_in_part_and_offers_alternatives() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(512), 32, 16, area=(8, 0, 8, 8))
        assert page.alternatives(2) == [(2, 0, 0), (0, 2, 0)]
        outside = (0, 0, 33, 1)
        assert code_of(lambda: client.open(bytes(512), 32, 16, area=outside)) == BAD_REQUEST


def test_layers_cover_the_canvas_each_with_its_colour() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(2, (200, 2, 3))
        canvas = bytearray(32 * 16 * 4)
        for layer in page.layers():
            x, y, width, _ = layer.bbox
            picture, mask = page.layer(layer, "BGRA8"), page.layer_mask(layer)
            assert mask.bbox == layer.bbox
            assert mask.data.count(255) == layer.pixels
            for at, inside in enumerate(mask.data):
                if inside:
                    place = 4 * ((y + at // width) * 32 + x + at % width)
                    assert canvas[place : place + 4] == bytes(4)
                    canvas[place : place + 4] = picture[4 * at : 4 * at + 4]
        assert bytes(canvas[32:36]) == bytes([3, 2, 200, 255])
        assert canvas[3::4] == b"\xff" * (32 * 16)


def test_layers_of_colours_that_have_changed_are_superseded() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        layer = page.layers()[0]
        page.hint(2, (200, 2, 3))
        assert code_of(lambda: page.layer(layer)) == SUPERSEDED
        again = page.layers()[0]
        assert page.layer_mask(again).bbox == again.bbox


def test_a_layer_survives_a_killed_daemon(kill: Kill) -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(2, (200, 2, 3))
        layer = next(layer for layer in page.layers() if layer.regions == (2,))
        kill()
        assert page.layer(layer, "RGB8") == bytes([200, 2, 3]) * 128


def test_a_crop_is_part_of_the_picture() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        page.hint(2, (1, 2, 3))
        assert page.render("flats", crop=(8, 0, 2, 1)) == bytes([1, 2, 3, 255]) * 2


def test_a_view_of_a_picture_is_that_picture_and_outlives_its_client() -> None:
    with connect(start=True) as client:
        page = client.open(bytes(1024 * 512), 1024, 512)  # large: memory of its own
        page.hint(2, (1, 2, 3))
        view = page.render_view("flats")
        assert view == page.render("flats")
    assert view[4 * 256 : 4 * 257] == bytes([1, 2, 3, 255])


def test_a_client_that_idles_gives_and_gets_signs_of_life(
    kill: Kill, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gp_client.session._BEAT_AFTER", 0.05)
    with connect(start=True) as client:
        assert client.alive
        kill()
        wait_until(lambda: not client.alive)
        assert open_page(client).regions
        assert client.alive


def test_a_daemons_death_is_a_typed_error_within_two_seconds_without_start(kill: Kill) -> None:
    starter = connect(start=True)
    with connect(timeout=PATIENCE) as client:
        page = open_page(client)
        kill()
        started = time.monotonic()
        assert code_of(lambda: page.hint(1, (0, 0, 0))) in (NO_DAEMON, CONNECTION_LOST)
        # The promise is 2 s; a busy machine gets more, but not so much as any time-out of ours has.
        assert time.monotonic() - started < PATIENCE / 2
    starter.close()


def test_a_hung_daemon_that_cannot_be_seen_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    with connect(start=True, timeout=2) as client:
        page = open_page(client)
        pid = daemon_pid()
        monkeypatch.setattr(link, "is_alive", lambda _pid: False)  # such as another machine's
        os.kill(pid, signal.SIGSTOP)
        assert code_of(lambda: page.mask(1)) == TIMEOUT
        os.kill(pid, signal.SIGCONT)
        assert page.mask(1).bbox == (0, 0, 8, 16)


def test_a_stopped_daemon_is_waited_for_with_one_line_and_no_work_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with connect(start=True, timeout=0.2) as client:
        page = open_page(client)
        page.hint(1, (9, 8, 7))
        pid, answers = daemon_pid(), []
        os.kill(pid, signal.SIGSTOP)
        asker = threading.Thread(target=lambda: answers.append(page.render("flats")))
        asker.start()
        waiting = lambda: [one for one in caplog.messages if "waiting for it" in one]  # noqa: E731
        wait_until(waiting)

        def come() -> None:
            with connect(timeout=0.2) as other:
                answers.append(other.info["pid"])

        newcomer = threading.Thread(target=come)
        newcomer.start()
        wait_until(lambda: len(waiting()) == 2)  # one line each
        time.sleep(1)  # several time-outs long, in which no more is said and nobody gives up
        assert (answers, len(waiting())) == ([], 2)
        os.kill(pid, signal.SIGCONT)
        asker.join(PATIENCE)
        newcomer.join(PATIENCE)
        assert pid in answers
        assert any(isinstance(one, bytes) and one[:4] == b"\x09\x08\x07\xff" for one in answers)


def test_what_waits_for_a_stopped_daemon_can_be_cancelled() -> None:
    with connect(start=True, timeout=0.3) as client:
        page, codes = open_page(client), []
        pid = daemon_pid()
        os.kill(pid, signal.SIGSTOP)
        asker = threading.Thread(target=lambda: codes.append(code_of(lambda: page.mask(1))))
        asker.start()
        wait_until(client.cancel)
        asker.join(PATIENCE)
        assert codes == [CANCELLED]
        os.kill(pid, signal.SIGCONT)
        assert page.mask(2).bbox == (8, 0, 8, 16)


def test_work_longer_than_the_timeout_goes_on_while_the_daemon_gives_signs_of_life() -> None:
    with connect(start=True, timeout=1) as client:
        assert len(open_page(client, ink=SLEEPY).render("soft")) == 32 * 16 * 4  # takes 2 s


def test_work_is_cancelled_from_another_thread() -> None:
    with connect(start=True) as client:
        running = threading.Event()
        codes: list[str] = []

        def work() -> None:
            codes.append(
                code_of(
                    lambda: client.open(
                        bytes(512), 32, 16, gap=LONG, progress=lambda *_: running.set()
                    )
                )
            )

        thread = threading.Thread(target=work)
        thread.start()
        assert running.wait(PATIENCE)
        assert client.cancel()
        thread.join(PATIENCE)
        assert codes == [CANCELLED]
        assert not client.cancel()


def test_a_progress_callback_that_raises_stops_the_work() -> None:
    class StopIt(Exception):
        pass

    def progress(stage: str, fraction: float) -> None:
        raise StopIt

    with connect(start=True) as client:
        with pytest.raises(StopIt):
            client.open(bytes(512), 32, 16, gap=LONG, progress=progress)
        # A client's work is done in its order: this would wait for minutes.
        assert open_page(client).regions


def test_calls_from_several_threads_do_not_mix() -> None:
    with connect(start=True) as client:
        wrong: list[int] = []

        def work(value: int) -> None:
            page = client.open(bytes([value]) * 512, 32, 16)
            for _ in range(20):
                if page.suggest(2) != (0, value, 2):
                    wrong.append(value)

        threads = [threading.Thread(target=work, args=(value,)) for value in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
        assert wrong == []


def test_errors_of_the_daemon_arrive_typed_and_leave_the_connection_usable() -> None:
    with connect(start=True) as client:
        page = open_page(client)
        assert code_of(lambda: page.hint(9, (0, 0, 0))) == NO_SUCH_REGION
        assert code_of(lambda: page.render("oil")) == BAD_REQUEST
        assert page.hints == {}
        assert page.mask(1).data


def test_pixels_that_do_not_fit_their_size_are_refused_before_they_are_sent() -> None:
    with connect(start=True) as client:
        assert code_of(lambda: client.open(bytes(10), 32, 16)) == BAD_REQUEST


def test_shutdown_ends_the_daemon_and_removes_its_files(runtime: Path) -> None:
    with connect(start=True) as client:
        process = launch._started[-1]
        client.shutdown()
        assert process.wait(PATIENCE) == 0
    assert {path.name for path in runtime.iterdir()} == {"daemon.log", "daemon.lock"}


def test_after_a_shutdown_a_client_that_starts_daemons_starts_another() -> None:
    with connect(start=True) as client:
        page, first = open_page(client), client.info["pid"]
        page.hint(1, (1, 2, 3))
        client.shutdown()
        assert not client.alive
        client.ensure_connected()
        assert client.alive
        assert client.info["pid"] != first
        assert page.hints == {1: (1, 2, 3)}
        assert page.mask(1).data


def test_a_started_daemon_ends_when_its_starter_died_and_no_client_is_left(runtime: Path) -> None:
    program = (
        "import gp_client, os, signal\n"
        "client = gp_client.connect(start=True)\n"
        "print(client.info['pid'], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    starter = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=PATIENCE)
    pid = int(starter.stdout)
    wait_until(lambda: not is_alive(pid))
    assert read_connection() is None


def test_a_daemon_that_cannot_start_says_why(fake_daemon: Path) -> None:
    assert code_of(lambda: connect(start=True, device="quantum")) == NO_DAEMON
    fake_daemon.write_text("#!/bin/sh\nexit 3\n")
    assert code_of(lambda: connect(start=True)) == NO_DAEMON


def test_the_daemons_own_reason_reaches_the_client(fake_daemon: Path) -> None:
    line = '{"ready": false, "error": {"code": "bundle_damaged", "message": "No.", "hint": "Yes."}}'
    fake_daemon.write_text(
        "#!/bin/sh\nwhile [ $# -gt 1 ]; do [ $1 = --ready-fd ] && fd=$2; shift; done\n"
        f"echo '{line}' > /proc/self/fd/$fd\n"
    )
    with pytest.raises(GuidingPainterError) as caught:
        connect(start=True)
    assert (caught.value.code, caught.value.message) == ("bundle_damaged", "No.")


def test_a_closed_client_says_so() -> None:
    client = connect(start=True)
    client.close()
    client.close()
    assert code_of(lambda: open_page(client)) == NO_DAEMON


def test_of_a_page_only_what_could_change_is_copied() -> None:
    rows = bytearray([7]) * 512
    with connect(start=True) as client:
        kept = client.open(memoryview(bytes(rows)).toreadonly(), 32, 16)
        copied = client.open(rows, 32, 16)
        rows[:] = bytes(512)
        os.kill(daemon_pid(), signal.SIGKILL)  # what the client kept is sent once more
        assert [page.suggest(1) for page in (kept, copied)] == [(0, 7, 1), (0, 7, 1)]
    assert isinstance(kept._picture.data, memoryview)
    assert isinstance(copied._picture.data, bytes)
