"""Message layout, the same in protocols 1 and 2: one msgpack header, then raw frames.

A message is ``[header][frame]*``. The header is a msgpack map that declares each frame's shape and
its dtype or pixel format, so that a frame's size is checked before anybody reads it as pixels.
Nothing here touches a socket; ``docs/protocol.md`` describes the same for other languages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgpack

from gp_client.errors import BAD_REQUEST, TOO_LARGE, UNSUPPORTED_FORMAT, VERSION
from gp_client.errors import GuidingPainterError as GPError

PROTOCOL = 1  # the lowest that is spoken; what a message that names no other is
PROTOCOLS = (1, 2)  # what a request may ask in; its answer is in the same

MAX_SIDE = 1 << 17  # canvas pixels
MAX_PIXELS = 100_000_000  # canvas pixels
MAX_HEADER = 256 * 1024  # bytes
MAX_FRAMES = 8  # per message, without the header
MAX_FRAME = MAX_PIXELS * 8  # bytes: a 16-bit RGBA canvas of the largest size
MAX_DIMENSIONS = 4
MAX_DEPTH = 16  # of lists and maps in a header
MAX_ID = 2**63 - 1

# Pixel formats, bytes a pixel; 16-bit samples are little-endian. Shape is [height, width].
FORMATS = {
    "GRAY8": 1,
    "GRAY16": 2,
    "GRAYA8": 2,
    "GRAYA16": 4,
    "RGB8": 3,
    "RGBA8": 4,
    "BGRA8": 4,
    "RGB16": 6,
    "RGBA16": 8,
    "BGRA16": 8,
}
# Plain arrays, bytes an element, little-endian.
DTYPES = {"u1": 1, "u2": 2, "i4": 4, "f4": 4}

Buffer = bytes | bytearray | memoryview


class BadMessage(GPError):
    """A message that breaks the layout.

    ``request_id`` is the id that the message carried, or None where it could not be read.
    """

    def __init__(self, code: str, message: str, request_id: int | None = None) -> None:
        super().__init__(code, message)
        self.request_id = request_id


@dataclass(frozen=True)
class Frame:
    """Raw bytes with their declared shape and kind (a key of FORMATS or of DTYPES)."""

    data: Buffer
    shape: tuple[int, ...]
    kind: str

    @property
    def nbytes(self) -> int:
        """Size of ``data`` in bytes, whatever its element type."""
        return memoryview(self.data).nbytes


@dataclass(frozen=True)
class Request:
    """What a client asks: ``op`` with ``args`` and frames, under the client's own ``id``."""

    id: int
    op: str
    args: dict[str, Any] = field(default_factory=dict)
    frames: tuple[Frame, ...] = ()
    version: int = PROTOCOL


@dataclass(frozen=True)
class Progress:
    """An event on the way to the reply: a stage's name and its fraction, 0..1."""

    stage: str
    fraction: float


@dataclass(frozen=True)
class Reply:
    """What a daemon says about request ``id``: one of result, error and progress is set.

    None of them in a heartbeat, which has no id either.
    """

    id: int | None
    result: dict[str, Any] | None = None
    frames: tuple[Frame, ...] = ()
    error: GPError | None = None
    progress: Progress | None = None


def expected_size(shape: Sequence[int], kind: str) -> int:
    """Return the bytes that a frame of this shape and kind has.

    Raises:
        GuidingPainterError: UNSUPPORTED_FORMAT for an unknown kind, BAD_REQUEST for a shape that is
            none, TOO_LARGE beyond MAX_FRAME.
    """
    size = FORMATS.get(kind) or DTYPES.get(kind)
    if size is None:
        raise GPError(
            UNSUPPORTED_FORMAT,
            f"The pixel format {kind[:32]!r} is not supported.",
            "Use one of " + ", ".join(FORMATS) + ".",
        )
    if not 1 <= len(shape) <= MAX_DIMENSIONS or any(
        not isinstance(side, int) or isinstance(side, bool) or side < 0 for side in shape
    ):
        raise GPError(BAD_REQUEST, "A frame's shape is not a list of one to four whole numbers.")
    if any(side > MAX_FRAME for side in shape) or math.prod(shape) * size > MAX_FRAME:
        raise GPError(TOO_LARGE, f"A frame is larger than {MAX_FRAME} bytes.")
    return math.prod(shape) * size


def encode_request(request: Request) -> list[Buffer]:
    """Return the parts of a request: the header, then each frame's own buffer, not copied."""
    header = {"id": request.id, "op": request.op, "args": request.args}
    return _encode(header, request.frames, request.version)


def encode_result(
    request_id: int,
    result: Mapping[str, Any],
    frames: Sequence[Frame] = (),
    version: int = PROTOCOL,
) -> list[Buffer]:
    """Return the parts of a successful reply."""
    return _encode({"id": request_id, "ok": dict(result)}, frames, version)


def encode_error(request_id: int | None, error: GPError, version: int = PROTOCOL) -> list[Buffer]:
    """Return the parts of an error reply; ``request_id`` is None where the request had none."""
    body = {"code": error.code, "message": error.message, "hint": error.hint}
    return _encode({"id": request_id, "error": body}, (), version)


def encode_progress(request_id: int, progress: Progress, version: int = PROTOCOL) -> list[Buffer]:
    """Return the parts of a progress event."""
    return _encode(
        {
            "id": request_id,
            "event": "progress",
            "stage": progress.stage,
            "fraction": progress.fraction,
        },
        (),
        version,
    )


def decode_request(parts: Sequence[Buffer]) -> Request:
    """Read a request, checking every limit before a frame is looked at.

    Raises:
        BadMessage: with the request's id where it could be read.
    """
    header, request_id = _header(parts)
    if request_id is None:
        raise BadMessage(BAD_REQUEST, "A request needs an id, a whole number from 0 up.")
    op, args = header.get("op"), header.get("args", {})
    if not isinstance(op, str) or not 1 <= len(op) <= 64:
        raise BadMessage(BAD_REQUEST, "A request needs an op, a short text.", request_id)
    if not isinstance(args, dict) or not all(isinstance(key, str) for key in args):
        raise BadMessage(BAD_REQUEST, "A request's args are a map with text keys.", request_id)
    return Request(request_id, op, args, _frames(header, parts, request_id), header["v"])


def decode_reply(parts: Sequence[Buffer]) -> Reply:
    """Read a reply or a progress event.

    Raises:
        BadMessage: for a message that breaks the layout.
    """
    header, request_id = _header(parts)
    if "error" in header:
        return Reply(request_id, error=_error(header["error"], request_id))
    if request_id is None:
        if header.get("event") == "heartbeat":
            return Reply(None)
        raise BadMessage(BAD_REQUEST, "A reply needs the id of its request.")
    if header.get("event") == "progress":
        stage, fraction = header.get("stage"), header.get("fraction")
        if not isinstance(stage, str) or not isinstance(fraction, (int, float)):
            raise BadMessage(BAD_REQUEST, "A progress event lacks stage or fraction.", request_id)
        return Reply(request_id, progress=Progress(stage, float(fraction)))
    result = header.get("ok")
    if not isinstance(result, dict):
        raise BadMessage(BAD_REQUEST, "A reply has neither ok, error nor event.", request_id)
    return Reply(request_id, result, _frames(header, parts, request_id))


def _encode(
    header: dict[str, Any], frames: Sequence[Frame], version: int = PROTOCOL
) -> list[Buffer]:
    if len(frames) > MAX_FRAMES:
        raise GPError(BAD_REQUEST, f"A message has at most {MAX_FRAMES} frames.")
    declared = []
    for frame in frames:
        if frame.nbytes != expected_size(frame.shape, frame.kind):
            raise GPError(
                BAD_REQUEST,
                f"{frame.nbytes} bytes are not a {frame.kind} picture of {list(frame.shape)}.",
                "Width, height and format must fit the number of bytes.",
            )
        declared.append({"shape": list(frame.shape), _kind_key(frame.kind): frame.kind})
    packed = msgpack.packb({"v": version, **header, "frames": declared}, use_bin_type=True)
    if packed is None or len(packed) > MAX_HEADER:
        raise GPError(
            TOO_LARGE,
            f"A message's header is larger than {MAX_HEADER} bytes.",
            "Ask for less at once, of layers for a part.",
        )
    return [packed, *(frame.data for frame in frames)]


def _kind_key(kind: str) -> str:
    return "format" if kind in FORMATS else "dtype"


def _header(parts: Sequence[Buffer]) -> tuple[dict[str, Any], int | None]:
    if not parts:
        raise BadMessage(BAD_REQUEST, "The message is empty.")
    if len(parts) - 1 > MAX_FRAMES:
        raise BadMessage(TOO_LARGE, f"The message has more than {MAX_FRAMES} frames.")
    packed = memoryview(parts[0])
    if packed.nbytes > MAX_HEADER:
        raise BadMessage(TOO_LARGE, f"The message's header is larger than {MAX_HEADER} bytes.")
    try:
        header = msgpack.unpackb(packed, raw=False, strict_map_key=True)
    except (ValueError, TypeError, OverflowError, RecursionError, msgpack.UnpackException):
        # What it holds is not ours to guess, and its text may be hostile: say no more than this.
        raise BadMessage(BAD_REQUEST, "The message's header is not msgpack.") from None
    if not isinstance(header, dict):
        raise BadMessage(BAD_REQUEST, "The message's header is not a map.")
    if _is_deep(header):  # whoever prints or compares it later would run out of stack
        raise BadMessage(BAD_REQUEST, "The message's header is nested too deeply.")
    request_id = header.get("id")
    if (
        not isinstance(request_id, int)
        or isinstance(request_id, bool)
        or not 0 <= request_id <= MAX_ID
    ):
        request_id = None
    version = header.get("v")
    if type(version) is not int or version not in PROTOCOLS:
        shown = version if isinstance(version, int) else "nothing readable"
        known = " and ".join(map(str, PROTOCOLS))
        raise BadMessage(
            VERSION, f"This side speaks protocols {known}, the other {shown}.", request_id
        )
    return header, request_id


def _is_deep(value: Any) -> bool:
    """Whether lists and maps lie in each other MAX_DEPTH deep; looks at one depth after another."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        inner = (one.values() if isinstance(one, dict) else one for one in level)
        level = [part for parts in inner for part in parts if isinstance(part, (list, dict))]
        if not level:
            return False
    return True


def _frames(header: dict[str, Any], parts: Sequence[Buffer], request_id: int) -> tuple[Frame, ...]:
    declared = header.get("frames", [])
    if not isinstance(declared, list) or len(declared) != len(parts) - 1:
        raise BadMessage(
            BAD_REQUEST, "The header does not declare the frames that follow it.", request_id
        )
    frames = []
    for entry, data in zip(declared, parts[1:], strict=True):
        if not isinstance(entry, dict) or not isinstance(entry.get("shape"), list):
            raise BadMessage(BAD_REQUEST, "A frame's declaration has no shape.", request_id)
        kind = entry.get("format", entry.get("dtype"))
        if not isinstance(kind, str):
            raise BadMessage(BAD_REQUEST, "A frame needs a format or a dtype.", request_id)
        try:
            size = expected_size(entry["shape"], kind)
        except GPError as error:
            bad = BadMessage(error.code, error.message, request_id)
            bad.hint = error.hint
            raise bad from None
        if memoryview(data).nbytes != size:
            raise BadMessage(
                BAD_REQUEST,
                f"A frame has {memoryview(data).nbytes} bytes, its declaration says {size}.",
                request_id,
            )
        frames.append(Frame(data, tuple(entry["shape"]), kind))
    return tuple(frames)


def _error(body: Any, request_id: int | None) -> GPError:
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        raise BadMessage(BAD_REQUEST, "An error reply has no code.", request_id)
    return GPError(body["code"], str(body.get("message", "")), str(body.get("hint", "")))
