"""What the build made for browsers: where its files are, and how they are sent. Pages work without any of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask, request, send_from_directory, url_for
from werkzeug.wrappers import Response

THEMES = ("dark", "light")
THEME_COOKIE = "foreshock-theme"

# The name of a file has the hash of its content in it, so what was loaded once never has to be asked for again.
_KEPT = "public, max-age=31536000, immutable"
_HASHED = re.compile(r"-[A-Z0-9]{8}\.(css|js|woff2)$")


@dataclass(frozen=True, slots=True)
class Assets:
    """The built files: ``entries`` leads from a name such as ``app.js`` to its file, ``sizes`` to the bytes of each."""

    entries: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    first: tuple[str, ...] = ()

    @property
    def first_load(self) -> int:
        """Return the bytes that travel, compressed, before a browser shows its first page as it should look."""
        return sum(self.sizes[name]["compressed"] for name in self.first)


def read(folder: Path) -> Assets:
    """Return what was built into a folder; nothing where nothing was."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Assets()
    return Assets(manifest["entries"], manifest["files"], tuple(manifest["first"]))


def register(app: Flask, folder: Path | None = None) -> None:
    """Serve the built files, and give templates ``asset(name)`` and the ``theme`` that the reader chose."""
    place = Path(str(app.static_folder)) / "assets" if folder is None else folder
    assets = read(place)

    @app.get("/static/assets/<name>")
    def built(name: str) -> Response:
        packed = bool(request.accept_encodings["gzip"]) and name in assets.sizes and (place / f"{name}.gz").is_file()
        answer = send_from_directory(place, f"{name}.gz" if packed else name, mimetype=_type_of(name))
        if packed:
            answer.headers["Content-Encoding"] = "gzip"
        answer.headers["Vary"] = "Accept-Encoding"
        if _HASHED.search(name):
            answer.headers["Cache-Control"] = _KEPT
        return answer

    @app.context_processor
    def for_every_template() -> dict[str, object]:
        chosen = request.cookies.get(THEME_COOKIE) if request else None
        return {
            "asset": lambda name: url_for("built", name=assets.entries[name]) if name in assets.entries else "",
            "theme": chosen if chosen in THEMES else "",
        }


def _type_of(name: str) -> str | None:
    """Return the type of a file; what the machine's own table says of scripts and fonts may be wrong."""
    types = {".css": "text/css", ".js": "text/javascript", ".txt": "text/plain", ".woff2": "font/woff2"}
    return types.get(Path(name).suffix)
