"""ZMTP bytes without a socket: what is written is read again, broken bytes are typed errors."""

from __future__ import annotations

from collections.abc import Callable

from gp_client.errors import CONNECTION_LOST
from gp_client.errors import GuidingPainterError as GPError
from gp_client.transport import codec as zmtp_codec
from gp_client.transport.codec import FrameReader, decode_metadata, encode_message, encode_metadata
from hypothesis import given
from hypothesis import strategies as st


def outcome(decode: Callable[[bytes], object], data: bytes) -> str:
    try:
        decode(data)
    except GPError as error:
        return error.code
    return "read"


@given(
    st.lists(st.lists(st.binary(max_size=400), min_size=1, max_size=4), max_size=5),
    st.lists(st.integers(1, 700), min_size=1, max_size=10),
)
def test_messages_survive_frames_cut_into_any_slices(
    messages: list[list[bytes]], slices: list[int]
) -> None:
    stream = b"".join(bytes(part) for message in messages for part in encode_message(message))
    reader, got, current, at, turn = FrameReader(), [], [], 0, 0
    while at < len(stream):
        target = reader.get_buffer()
        count = min(len(target), slices[turn % len(slices)], len(stream) - at)
        target[:count] = stream[at : at + count]
        target.release()
        reader.buffer_updated(count)
        at, turn = at + count, turn + 1
        while (frame := reader.pop()) is not None:
            current.append(bytes(frame[1]))
            if not frame[0] & zmtp_codec.MORE:
                got.append(current)
                current = []
    assert (got, current) == (messages, [])


@given(st.dictionaries(st.binary(min_size=1, max_size=30).map(bytes.lower), st.binary(max_size=99)))
def test_metadata_survives(items: dict[bytes, bytes]) -> None:
    assert decode_metadata(encode_metadata(items.items())) == items


@given(st.binary(max_size=60))
def test_broken_metadata_and_commands_are_typed_errors(data: bytes) -> None:
    for decode in (decode_metadata, zmtp_codec.decode_command):
        assert outcome(decode, data) in ("read", CONNECTION_LOST)
