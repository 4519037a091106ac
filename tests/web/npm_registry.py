"""An npm registry on this machine with one package, to fetch from in tests."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True)
class Registry:
    """Where the registry answers, and the hash of its package."""

    address: str
    integrity: str


@contextmanager
def npm_registry(name: str, version: str) -> Iterator[Registry]:
    """Serve a package of one script, under any path that npm asks for."""
    content = _package(name, version)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            packed = self.path.endswith(".tgz")
            body = content if packed else json.dumps(_described(name, version, integrity, self._address())).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream" if packed else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _address(self) -> str:
            return f"http://127.0.0.1:{self.server.server_address[1]}/"

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Registry(f"http://127.0.0.1:{server.server_address[1]}/", integrity)
    finally:
        server.shutdown()
        server.server_close()


def _described(name: str, version: str, integrity: str, address: str) -> dict[str, object]:
    dist = {"tarball": f"{address}{name}/-/{name}-{version}.tgz", "integrity": integrity}
    return {
        "name": name,
        "dist-tags": {"latest": version},
        "versions": {version: {"name": name, "version": version, "dist": dist}},
    }


def _package(name: str, version: str) -> bytes:
    packed = io.BytesIO()
    about = json.dumps({"name": name, "version": version, "main": f"{name}.js"})
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for file, text in (("package.json", about), (f"{name}.js", "export default 1;\n")):
            entry = tarfile.TarInfo(f"package/{file}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
