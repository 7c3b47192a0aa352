"""The message layout: round trips, and limits that hold before anything is read."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from gp_client import wire
from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, VERSION
from gp_client.errors import GuidingPainterError as GPError
from gp_client.wire import BadMessage, Frame, Progress, Reply, Request
from hypothesis import given
from hypothesis import strategies as st

KINDS = {**wire.FORMATS, **wire.DTYPES}
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.binary()
values = st.recursive(
    scalars | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    kind = draw(st.sampled_from(sorted(KINDS)))
    shape = tuple(draw(st.lists(st.integers(0, 5), min_size=1, max_size=4)))
    size = wire.expected_size(shape, kind)
    return Frame(draw(st.binary(min_size=size, max_size=size)), shape, kind)


ids = st.integers(0, wire.MAX_ID)
args = st.dictionaries(st.text(), values, max_size=5)
frame_lists = st.lists(frames(), max_size=wire.MAX_FRAMES).map(tuple)


def raw(**header: Any) -> list[bytes]:
    return [msgpack.packb({"v": 1, "id": 3, "op": "ping", **header})]  # type: ignore[list-item]


def refusal(parts: list[bytes]) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        wire.decode_request(parts)
    return caught.value


@given(ids, st.text(min_size=1, max_size=64), args, frame_lists)
def test_a_request_survives_the_wire(
    request_id: int, op: str, arguments: dict[str, Any], parts: tuple[Frame, ...]
) -> None:
    request = Request(request_id, op, arguments, parts)
    assert wire.decode_request(wire.encode_request(request)) == request


@given(ids, args, frame_lists)
def test_a_result_survives_the_wire(
    request_id: int, result: dict[str, Any], parts: tuple[Frame, ...]
) -> None:
    reply = wire.decode_reply(wire.encode_result(request_id, result, parts))
    assert reply == Reply(request_id, result, parts)


@given(st.none() | ids, st.text(), st.text(), st.text())
def test_an_error_survives_the_wire(
    request_id: int | None, code: str, message: str, hint: str
) -> None:
    reply = wire.decode_reply(wire.encode_error(request_id, GPError(code, message, hint)))
    assert reply.error is not None
    assert (reply.id, reply.error.code) == (request_id, code)
    assert (reply.error.message, reply.error.hint) == (message, hint)


@given(ids, st.text(), st.floats(0, 1))
def test_progress_survives_the_wire(request_id: int, stage: str, fraction: float) -> None:
    event = Progress(stage, fraction)
    assert wire.decode_reply(wire.encode_progress(request_id, event)) == Reply(
        request_id, progress=event
    )


@given(st.lists(st.binary(max_size=80), max_size=12))
def test_random_bytes_are_refused_or_read_but_never_crash(parts: list[bytes]) -> None:
    for decode in (wire.decode_request, wire.decode_reply):
        try:
            outcome = decode(parts)
        except BadMessage as error:
            outcome = error.code
        codes = (BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, VERSION)
        assert isinstance(outcome, (Request, Reply)) or outcome in codes


def test_unknown_header_fields_are_ignored() -> None:
    assert wire.decode_request(raw(color_space="sRGB")) == Request(3, "ping")


def test_frames_are_passed_on_without_a_copy() -> None:
    picture = bytes(100)
    parts = wire.encode_request(Request(1, "open", {}, (Frame(picture, (10, 10), "GRAY8"),)))
    assert parts[1] is picture


def test_another_version_is_refused_with_the_requests_id() -> None:
    error = refusal(raw(v=3))
    assert (error.code, error.request_id) == (VERSION, 3)


@pytest.mark.parametrize("version", wire.PROTOCOLS)
def test_a_request_says_which_protocol_it_speaks(version: int) -> None:
    parts = wire.encode_request(Request(3, "ping", version=version))
    assert wire.decode_request(parts).version == version


@pytest.mark.parametrize("request_id", [-1, 2**63, True, "1", None, 1.0])
def test_an_id_that_is_no_whole_number_is_refused(request_id: object) -> None:
    assert refusal(raw(id=request_id)).code == BAD_REQUEST


@pytest.mark.parametrize("op", ["", "x" * 65, 7, None])
def test_an_op_that_is_no_short_text_is_refused(op: object) -> None:
    assert refusal(raw(op=op)).code == BAD_REQUEST


def test_args_that_are_no_map_are_refused() -> None:
    assert refusal(raw(args=[1])).code == BAD_REQUEST


def test_a_header_over_the_limit_is_refused_unread() -> None:
    assert refusal([b"\xc1" * (wire.MAX_HEADER + 1)]).code == TOO_LARGE


def test_more_frames_than_the_limit_are_refused() -> None:
    assert refusal([*raw(), *[b""] * (wire.MAX_FRAMES + 1)]).code == TOO_LARGE


def test_a_frame_that_is_not_declared_is_refused() -> None:
    assert refusal([*raw(), b"x"]).code == BAD_REQUEST


def test_a_declared_frame_that_does_not_come_is_refused() -> None:
    assert refusal(raw(frames=[{"shape": [1], "dtype": "u1"}])).code == BAD_REQUEST


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ([3], BAD_REQUEST),
        ([-2, -1], BAD_REQUEST),
        ([], BAD_REQUEST),
        ([1, 1, 1, 1, 2], BAD_REQUEST),
        ([2.0], BAD_REQUEST),
        ([True, 2], BAD_REQUEST),
        ([2**40, 2**40], TOO_LARGE),
        ([0, 2**62], TOO_LARGE),
        ([wire.MAX_FRAME, 2], TOO_LARGE),
    ],
)
def test_a_shape_that_does_not_fit_its_bytes_is_refused(shape: list[Any], expected: str) -> None:
    declared = [{"shape": shape, "dtype": "u1"}]
    assert refusal([*raw(frames=declared), b"xy"]).code == expected


def test_an_unknown_pixel_format_is_unsupported() -> None:
    declared = [{"shape": [1, 1], "format": "CMYK8"}]
    assert refusal([*raw(frames=declared), b"x"]).code == UNSUPPORTED_FORMAT


def test_encoding_refuses_bytes_that_are_not_the_declared_picture() -> None:
    with pytest.raises(GPError) as caught:
        wire.encode_request(Request(1, "open", {}, (Frame(bytes(5), (2, 2), "GRAY8"),)))
    assert caught.value.code == BAD_REQUEST


def test_deep_nesting_is_refused() -> None:
    assert refusal([b"\x91" * 100_000 + b"\x00"]).code == BAD_REQUEST


@pytest.mark.parametrize("inner", [[], {}])
def test_nesting_that_would_exhaust_whoever_prints_it_is_refused(inner: Any) -> None:
    for _ in range(500):
        inner = [inner] if isinstance(inner, list) else {"a": inner}
    packed: Any = msgpack.packb({"v": 1, "id": 7, "op": "render", "args": {"crop": inner}})
    assert refusal([packed]).code == BAD_REQUEST
