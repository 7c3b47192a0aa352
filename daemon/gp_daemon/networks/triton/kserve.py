"""Networks on an inference server that speaks KServe's v2 protocol over HTTP, such as Triton.

The protocol: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol,
with its binary tensor extension. Only grids of a few hundred pixels go there, never canvases.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import threading
import urllib.parse
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from gp_canvas import cancellation
from gp_client.errors import BAD_REQUEST, DEVICE_UNAVAILABLE, INTERNAL, GuidingPainterError
from numpy.typing import NDArray

from gp_daemon.networks.bundle import Bundle
from gp_daemon.networks.graphs import GraphNetworks
from gp_daemon.networks.interface import check_interface, outputs
from gp_daemon.networks.triton.repository import model_name

_TYPES = {"FP32": "<f4", "UINT8": "u1", "INT32": "<i4", "BOOL": "?"}
_NAMES = {np.dtype(code): name for name, code in _TYPES.items()}
_LENGTH = "Inference-Header-Content-Length"
_SECONDS = 30.0  # without a byte from the server
_MOST = 1 << 28  # bytes of an answer: far more than a grid needs
_HINT = "Is it running, and does it serve what `gp-daemon models DIR` writes?"


class Server:
    """An inference server. Thread-safe: connections are kept, and lent to one thread at a time.

    Args:
        url: ``http://host:port`` or ``https://host:port``.

    Raises:
        GuidingPainterError: BAD_REQUEST for another address.
    """

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise GuidingPainterError(
                BAD_REQUEST,
                f"{url!r} is no address of an inference server.",
                "Give its HTTP port: http://host:8000 (gRPC is not spoken).",
            )
        self.url = url.rstrip("/")
        self._secure, self._host, self._path = parts.scheme == "https", parts.hostname, parts.path
        self._port = parts.port
        self._idle: deque[http.client.HTTPConnection] = deque()

    def ask(self, path: str) -> dict[str, Any]:
        """GET a path and return its JSON, {} where the answer has no body.

        Raises:
            GuidingPainterError: DEVICE_UNAVAILABLE.
        """
        body, _ = self._exchange("GET", path, b"", {})
        return _json(body) if body else {}

    def infer(
        self, model: str, feed: Mapping[str, NDArray[Any]], outputs: Sequence[str]
    ) -> list[NDArray[Any]]:
        """Run a model.

        Args:
            model: its name.
            feed: its inputs; float32, uint8, int32 or bool.
            outputs: which outputs are wanted.

        Returns:
            The outputs, in that order.

        Raises:
            GuidingPainterError: DEVICE_UNAVAILABLE where the server fails or is gone, CANCELLED,
                TIMEOUT.
        """
        inputs, blobs = [], []
        for name, array in feed.items():
            data = np.ascontiguousarray(array)
            blobs.append(data.tobytes())
            size = {"binary_data_size": len(blobs[-1])}
            kind = _NAMES[data.dtype]
            about = {"name": name, "shape": list(data.shape), "datatype": kind}
            inputs.append({**about, "parameters": size})
        wanted = [{"name": name, "parameters": {"binary_data": True}} for name in outputs]
        header = json.dumps({"inputs": inputs, "outputs": wanted}).encode()
        body = b"".join([header, *blobs])
        about = {_LENGTH: str(len(header)), "Content-Type": "application/octet-stream"}
        answer, length = self._exchange("POST", f"v2/models/{model}/infer", body, about)
        found = _tensors(answer, length)
        if not set(outputs) <= set(found):
            raise _senseless("an answer without the outputs that were asked for")
        return [found[name] for name in outputs]

    def _exchange(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[bytes, int | None]:
        """One request; asked again where the server had closed a kept connection meanwhile."""
        with contextlib.suppress(IndexError):
            kept = self._idle.pop()
            with contextlib.suppress(OSError, http.client.HTTPException):
                return self._once(kept, method, path, body, headers)
        connection = self._connect()
        try:
            return self._once(connection, method, path, body, headers)
        except (OSError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
            raise GuidingPainterError(
                DEVICE_UNAVAILABLE, f"The inference server {self.url} failed: {reason}.", _HINT
            ) from error

    def _once(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes,
        headers: dict[str, str],
    ) -> tuple[bytes, int | None]:
        try:
            with _ends_with_job(connection):
                url = f"{self._path.rstrip('/')}/{path}"
                connection.request(method, url, body or None, headers)
                answer = connection.getresponse()
                data = answer.read(_MOST + 1)
                if len(data) > _MOST:
                    raise _senseless("far too much")
        except BaseException:
            connection.close()  # it may be in the middle of anything
            raise
        self._idle.append(connection)
        if answer.status != 200:
            said = data[:200].decode(errors="replace")
            raise GuidingPainterError(
                DEVICE_UNAVAILABLE,
                f"The inference server {self.url} refuses ({answer.status}): {said}",
                _HINT,
            )
        length = answer.getheader(_LENGTH)
        return data, int(length) if length and length.isdigit() else None

    def close(self) -> None:
        """Close the connections that nobody uses."""
        with contextlib.suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=_SECONDS)


class ServedEngine(GraphNetworks):
    """A bundle's networks as a server runs them. Thread-safe, unlike an engine of this machine.

    Args:
        bundle: a loaded bundle; the server must serve the very same networks.
        url: see `Server`.

    Raises:
        GuidingPainterError: BAD_REQUEST for the address; DEVICE_UNAVAILABLE where nothing answers,
            or the models are missing; BUNDLE_DAMAGED where they have another interface.

    Attributes:
        device: where the networks run, in words.
        waiting: runs that the server has not answered yet.
    """

    def __init__(self, bundle: Bundle, url: str) -> None:
        super().__init__(bundle)
        self._server = Server(url)
        self.device = f"inference server {self._server.url}"
        self.waiting = 0
        self._lock = threading.Lock()
        try:
            self._check()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections to the server."""
        self._server.close()

    def _check(self) -> None:
        if "binary_tensor_data" not in self._server.ask("v2").get("extensions", []):
            raise GuidingPainterError(
                DEVICE_UNAVAILABLE,
                f"The inference server {self._server.url} does not take binary tensors.",
                "Use NVIDIA Triton, or another server with the binary tensor data extension.",
            )
        for role in self.bundle.roles:
            name = model_name(self.bundle, role)
            self._server.ask(f"v2/models/{name}/ready")
            about = self._server.ask(f"v2/models/{name}")
            inputs, given = (
                [str(one.get("name")) for one in about.get(side, [])]
                for side in ("inputs", "outputs")
            )
            check_interface(self.bundle, role, inputs, given)

    def run(self, role: str, feed: dict[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """See `GraphNetworks`; the server puts runs of several clients together itself."""
        cancellation.check()
        with self._lock:
            self.waiting += 1
        try:
            wanted = outputs(self.bundle, role)
            return self._server.infer(model_name(self.bundle, role), feed, wanted)
        finally:
            with self._lock:
                self.waiting -= 1


@contextlib.contextmanager
def _ends_with_job(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Within the block, a job that is cancelled ends the connection, and raises so."""
    token = cancellation.current.get()
    if token is None:
        yield
        return

    def end() -> None:
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(2)

    with token.interrupts(end):
        try:
            yield
        except (OSError, http.client.HTTPException):
            token.check()  # broken because we wanted it to: no failure of the server
            raise


def _tensors(answer: bytes, length: int | None) -> dict[str, NDArray[Any]]:
    """The outputs of an answer whose first ``length`` bytes are JSON, all binary."""
    if length is None or not 0 < length <= len(answer):
        raise _senseless("an answer without binary tensors")
    found, at = {}, length
    try:
        for output in _json(answer[:length])["outputs"]:
            shape = [int(side) for side in output["shape"]]
            dtype = np.dtype(_TYPES[output["datatype"]])
            size = int(output["parameters"]["binary_data_size"])
            if size != math.prod(shape) * dtype.itemsize or at + size > len(answer):
                raise ValueError
            array = np.frombuffer(answer, dtype, math.prod(shape), at).reshape(shape)
            found[str(output["name"])] = array.copy()  # writable, and free of the rest
            at += size
    except (KeyError, TypeError, ValueError) as error:
        raise _senseless("an answer that makes no sense") from error
    return found


def _json(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError as error:
        raise _senseless("an answer that is no JSON") from error
    if not isinstance(found, dict):
        raise _senseless("an answer that is no JSON object")
    return found


def _senseless(what: str) -> GuidingPainterError:
    return GuidingPainterError(INTERNAL, f"The inference server sent {what}.", _HINT)
