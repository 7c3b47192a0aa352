"""An inference server for tests: KServe v2 over HTTP with binary tensors, on ONNX Runtime.

It follows the published protocol and serves a Triton model repository; it is no Triton.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from gp_daemon.networks import onnx_runtime

onnxruntime = onnx_runtime.load()

TYPES = {"FP32": np.float32, "UINT8": np.uint8, "INT32": np.int32, "BOOL": np.bool_}
_VALUE = re.compile(
    r'(input|output) \[ \{ name: "(\w+)" data_type: TYPE_(\w+) dims: \[ ([-\d, ]+) \] \} \]'
)


class Model:
    """One model of a repository."""

    def __init__(self, folder: Path) -> None:
        config = (folder / "config.pbtxt").read_text()
        assert f'name: "{folder.name}"' in config
        assert 'platform: "onnxruntime_onnx"' in config
        most = re.search(r"max_batch_size: (\d+)", config)
        assert most is not None
        self.most = int(most[1])
        self.values: dict[str, list[dict[str, Any]]] = {"input": [], "output": []}
        for side, name, kind, dims in _VALUE.findall(config):
            shape = [int(part) for part in dims.split(",")]
            shape = [-1, *shape] if self.most else shape
            self.values[side].append({"name": name, "datatype": kind, "shape": shape})
        self.session = onnxruntime.InferenceSession(str(folder / "1" / "model.onnx"))

    def _run(self, wanted: list[str], feed: dict[str, Any]) -> list[Any]:
        return list(self.session.run(wanted, feed))

    def infer(self, request: dict[str, Any], blob: bytes) -> tuple[dict[str, Any], bytes]:
        """Answer a request; ValueError where it breaks the protocol."""
        known = {value["name"]: value for value in self.values["input"]}
        feed, at = {}, 0
        for one in request["inputs"]:
            value = known.pop(one["name"])
            size = one["parameters"]["binary_data_size"]
            fits = len(one["shape"]) == len(value["shape"]) and all(
                want in (-1, have) for want, have in zip(value["shape"], one["shape"], strict=True)
            )
            if not fits or one["datatype"] != value["datatype"]:
                raise ValueError(f"{one['name']} has another shape or type")
            if self.most and one["shape"][0] > self.most:
                raise ValueError("too many at once")
            array = np.frombuffer(blob[at : at + size], TYPES[one["datatype"]])
            feed[one["name"]] = array.reshape(one["shape"])
            at += size
        if known or at != len(blob):
            raise ValueError("inputs are missing, or there is more data than inputs")
        wanted = [one["name"] for one in request["outputs"]]
        if not all(one["parameters"]["binary_data"] for one in request["outputs"]):
            raise ValueError("only binary outputs here")
        kinds = {value["name"]: value["datatype"] for value in self.values["output"]}
        outputs, blobs = [], []
        for name, array in zip(wanted, self._run(wanted, feed), strict=True):
            blobs.append(np.asarray(array).tobytes())
            about = {"name": name, "datatype": kinds[name], "shape": list(np.shape(array))}
            outputs.append({**about, "parameters": {"binary_data_size": len(blobs[-1])}})
        return {"outputs": outputs}, b"".join(blobs)


class KServe(ThreadingHTTPServer):
    """Serves a repository on a port of its own; ``hold`` delays answers until it is set."""

    daemon_threads = True

    def __init__(self, repository: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.models = {folder.name: Model(folder) for folder in repository.iterdir()}
        self.extensions = ["model_configuration", "binary_tensor_data"]
        self.hold = threading.Event()
        self.hold.set()
        self.asked: list[str] = []  # models that were run
        self.open: list[Any] = []  # sockets of connections
        self.thread = threading.Thread(target=self.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def drop_connections(self) -> None:
        """Close kept connections, as a server does that was restarted."""
        while self.open:
            self.open.pop().close_connection_now()

    def end(self) -> None:
        self.hold.set()
        self.shutdown()
        self.server_close()
        self.drop_connections()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: KServe  # type: ignore[assignment]

    def setup(self) -> None:
        super().setup()
        self.server.open.append(self)

    def close_connection_now(self) -> None:
        try:
            self.connection.shutdown(2)
        except OSError:
            return  # closed already

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts == ["v2"]:
            return self._say(200, {"name": "tests", "extensions": self.server.extensions})
        if len(parts) >= 3 and parts[:2] == ["v2", "models"] and parts[2] in self.server.models:
            model = self.server.models[parts[2]]
            if parts[3:] == ["ready"]:
                return self._send(200, b"", {})
            values = {f"{side}s": model.values[side] for side in ("input", "output")}
            return self._say(200, {"name": parts[2], "platform": "onnxruntime_onnx", **values})
        return self._say(404, {"error": "unknown model"})

    def do_POST(self) -> None:
        parts = self.path.strip("/").split("/")
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(parts[2])
        self.server.hold.wait(100)
        try:
            length = int(self.headers["Inference-Header-Content-Length"])
            model = self.server.models[parts[2]]
            about, blob = model.infer(json.loads(data[:length]), data[length:])
        except (KeyError, ValueError) as error:
            return self._say(400, {"error": str(error)})
        header = json.dumps({"model_name": parts[2], "model_version": "1", **about}).encode()
        sizes = {"Inference-Header-Content-Length": str(len(header))}
        return self._send(200, header + blob, sizes)

    def _say(self, status: int, body: dict[str, Any]) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            self.close_connection = True  # who asked has gone
