"""The connector of ``examples/``, as somebody else would ship it: installed, found by its entry point, run, checked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from threading import Thread

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "foreshock-shelf"
TOKEN = "shelf-token-0123456789"
PAGES = {
    "1": {
        "devices": [
            {"id": "s1", "kind": "server", "name": "web1", "vendor": "Acme", "serial": "S1", "powered_by": ["a", "b"]},
            {"id": "a", "kind": "strip", "name": "strip A"},
        ],
        "more": True,
    },
    "2": {
        "devices": [{"id": "b", "kind": "strip", "name": "strip B"}, {"id": "x", "kind": "lamp"}, {"kind": "server"}]
    },
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Install the package into a folder of its own, and return the environment that has it."""
    has = {each.name.lower(): each.version for each in metadata.distributions() if each.name}
    if "pip" not in has or int(has.get("setuptools", "0").partition(".")[0]) < 71:
        pytest.skip("installing a package needs pip and setuptools 71")
    folder = tmp_path_factory.mktemp("site")
    source = tmp_path_factory.mktemp("source") / "shelf"
    subprocess.run(["cp", "-r", str(EXAMPLE), str(source)], check=True)
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(folder), str(source)], check=True, capture_output=True)
    path = os.pathsep.join([str(folder), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture
def controller():
    """A shelf controller, which lists three devices that are known, on two pages."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_GET(self):
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            data = json.dumps(PAGES[self.path.partition("page=")[2]] if allowed else {}).encode()
            self.send_response(200 if allowed else 401)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ran(installed, folder, *command):
    """Return what a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", *command], env={**installed, "TOKEN": TOKEN}, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode in (0, 6), done.stdout + done.stderr
    return done.stdout


def test_its_own_tests_hold(installed):
    """The checks that Foreshock brings for connectors pass in its package."""
    done = ran(
        installed, EXAMPLE, "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", ".", "tests"
    )
    assert "passed" in done


def test_it_is_found_run_and_told_in_words(installed, controller, tmp_path):
    """One command makes a source of it, one runs it; what it notes is a sentence that it brought along."""
    installed = {**installed, "FORESHOCK_STORE": f"sqlite:///{tmp_path}/store.db"}
    settings = tmp_path / "shelf.json"
    settings.write_text(json.dumps({"controllers": [controller], "token": "env:TOKEN"}))
    assert "shelf" in ran(installed, tmp_path, "web.cli", "source", "connectors")
    ran(
        installed,
        tmp_path,
        "web.cli",
        "source",
        "put",
        "row7",
        "--connector",
        "shelf",
        "--settings",
        str(settings),
    )
    said = ran(installed, tmp_path, "web.cli", "discover", "run", "row7")
    assert "created 6" in said  # Three CIs, a group, and what the server is plugged into.
    assert "1 device of the kind lamp was left out" in said
    assert TOKEN not in said


def test_a_sample_is_recorded_from_a_live_target(installed, controller, tmp_path):
    """With its parts as they were sent, what became of them, and no credential."""
    settings = tmp_path / "shelf.json"
    settings.write_text(json.dumps({"controllers": [controller], "token": "env:TOKEN"}))
    sample = tmp_path / "sample" / "row7"
    ran(installed, tmp_path, "discovery.testing", "record", "shelf", str(settings), str(sample))
    assert sorted(path.name for path in (sample / "parts").iterdir()) == ["01-devices.json", "02-devices.json"]
    expected = json.loads((sample / "expected.json").read_text())
    here = controller.removeprefix("http://")
    assert [seen["native_id"] for seen in expected["observations"]] == [f"{here}/{each}" for each in ("a", "b", "s1")]
    assert "shelf" in ran(installed, tmp_path, "discovery.testing", "expect", "shelf")
    assert not any(TOKEN in path.read_text() for path in sample.rglob("*.json"))


def test_of_several_targets_the_first_is_recorded_and_that_is_said(installed, controller, tmp_path):
    """With the names of the others, and how one of them is recorded."""
    settings = tmp_path / "shelf.json"
    settings.write_text(json.dumps({"controllers": [controller, "http://shelf-8.example.org"], "token": "env:TOKEN"}))
    said = ran(installed, tmp_path, "discovery.testing", "record", "shelf", str(settings), str(tmp_path / "row7"))
    here = controller.removeprefix("http://")
    assert f"it is the first of 2 targets ({here}, shelf-8.example.org); --target ID records another" in said


def test_two_controllers_that_count_alike_give_two_of_each(installed, controller, tmp_path):
    """The id of the target stands in front of each native id."""
    installed = {**installed, "FORESHOCK_STORE": f"sqlite:///{tmp_path}/store.db"}
    settings = tmp_path / "shelf.json"
    there = controller.replace("127.0.0.1", "localhost")
    settings.write_text(json.dumps({"controllers": [controller, there], "token": "env:TOKEN"}))
    ran(installed, tmp_path, "web.cli", "source", "put", "row7", "--connector", "shelf", "--settings", str(settings))
    said = ran(installed, tmp_path, "web.cli", "discover", "run", "row7")
    assert "2 targets, 0 not read" in said
    assert "native id" not in said


def test_the_guide_shows_the_package_as_it_is():
    """Each file that the guide prints is the one that is installed here, to the letter."""
    guide = (ROOT / "docs" / "guides" / "write-a-connector.md").read_text(encoding="utf-8")
    shown = dict(re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```", guide, re.MULTILINE | re.DOTALL))
    assert shown == {path: (EXAMPLE / path).read_text(encoding="utf-8") for path in shown}
    assert {f"foreshock_shelf/{each}.py" for each in ("__init__", "config", "fetch", "shape", "notes")} <= shown.keys()
