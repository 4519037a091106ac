"""What pages load in a browser: how it is built, that it is whole and small, and that no page needs it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from frontend import backend, building
from tests.builders import the_context
from tests.web.npm_registry import npm_registry
from tests.web.serving import client_of
from web import assets
from web.app import create_app

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "web" / "templates").rglob("*.html"))
FIRST_LOAD = 250_000
LICENCES = {"MIT", "BSD-0-Clause", "BSD-3-Clause", "Apache-2.0", "OFL-1.1", "0BSD"}


@pytest.fixture
def built():
    """What the build made here."""
    if not building.is_current():
        pytest.skip("the assets are not built from these sources: make assets")
    return assets.read(building.OUT)


@pytest.fixture
def sources(tmp_path, monkeypatch):
    """Sources with one npm package, and a cache of npm's that knows nothing yet."""
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    folder = tmp_path / "sources"
    folder.mkdir()
    package = {"name": "page", "private": True, "dependencies": {"wave": "1.0.0"}}
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
    return folder


def lock(sources: Path, integrity: str) -> None:
    """Write the lock file of the sources: one package, with this hash and without an address."""
    packages = {
        "": {"name": "page", "dependencies": {"wave": "1.0.0"}},
        "node_modules/wave": {"version": "1.0.0", "integrity": integrity},
    }
    text = json.dumps({"name": "page", "lockfileVersion": 3, "requires": True, "packages": packages})
    (sources / "package-lock.json").write_text(text, encoding="utf-8")


def test_a_package_is_fetched_from_the_registry_that_npm_is_set_to(sources, monkeypatch):
    """The lock file names no address, so a mirror does as well."""
    with npm_registry("wave", "1.0.0") as registry:
        lock(sources, registry.integrity)
        monkeypatch.setenv("npm_config_registry", registry.address)
        building._fetch(sources)

    assert (sources / "node_modules" / "wave" / "wave.js").is_file()


def test_a_package_that_is_not_the_one_of_the_lock_file_is_refused(sources, monkeypatch, tmp_path):
    """A hash that differs fails the build, also where doing without would be allowed, and leaves what stood there."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "kept").write_text("as it was", encoding="utf-8")
    with npm_registry("wave", "1.0.0") as registry:
        lock(sources, "sha512-" + "A" * 86 + "==")
        monkeypatch.setenv("npm_config_registry", registry.address)
        with pytest.raises(building.NotBuilt, match="EINTEGRITY") as fault:
            building.build(sources, out)

    assert not isinstance(fault.value, building.NoRegistry)
    assert [path.name for path in out.iterdir()] == ["kept"]


def test_where_nobody_answers_it_is_said_so(sources, monkeypatch, tmp_path):
    """A registry that is not there is told from a build that is at fault; nothing is left lying about."""
    lock(sources, "sha512-" + "A" * 86 + "==")
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")

    with pytest.raises(building.NoRegistry, match="ECONNREFUSED"):
        building.build(sources, tmp_path / "web" / "static" / "assets")

    assert list((tmp_path / "web").rglob("*")) == [tmp_path / "web" / "static"]


@pytest.fixture
def nobody(monkeypatch):
    """A machine where something has to be built and no registry answers."""

    def build(*_):
        raise building.NoRegistry("no npm registry answers (ENOTFOUND)")

    monkeypatch.setattr(building, "is_current", lambda *_: False)
    monkeypatch.setattr(building, "build", build)
    monkeypatch.delenv("FORESHOCK_ASSETS", raising=False)
    monkeypatch.delenv("CI", raising=False)


def test_without_a_registry_make_goes_on_with_one_warning(nobody, capsys):
    """It says what is missing, that the pages work, and how to try again."""
    assert building.main() == 0

    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "WARNING: no npm registry answers (ENOTFOUND)" in said
    assert "make assets" in said


def test_without_a_registry_continuous_integration_fails(nobody, monkeypatch, capsys):
    """What is tested there is what people get."""
    monkeypatch.setenv("CI", "true")

    assert building.main() == 1
    assert "no npm registry answers" in capsys.readouterr().err


@pytest.mark.parametrize("hook", [backend.build_wheel, backend.build_sdist])
def test_nothing_is_handed_on_that_lacks_its_assets_unnoticed(nobody, hook, tmp_path):
    """A wheel or an sdist fails, and names the way to build without."""
    with pytest.raises(SystemExit, match="FORESHOCK_ASSETS=skip"):
        hook(str(tmp_path))


def test_nothing_is_built_where_that_is_asked_for(nobody, monkeypatch, capsys):
    """FORESHOCK_ASSETS=skip neither builds, nor warns, nor asks for Node, in continuous integration either."""
    asked = (
        backend.get_requires_for_build_wheel,
        backend.get_requires_for_build_sdist,
        backend.get_requires_for_build_editable,
    )
    assert all(backend.REQUIRED in ask() for ask in asked)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("FORESHOCK_ASSETS", "skip")

    assert building.main() == 0
    assert capsys.readouterr().err == ""
    assert not any(backend.REQUIRED in ask() for ask in asked)


@pytest.fixture
def small(tmp_path):
    """Sources, and what was built from them."""
    made = tmp_path / "sources", tmp_path / "out"
    for folder in made:
        folder.mkdir()
    (made[0] / "app.js").write_text("1", encoding="utf-8")
    (made[1] / "app-X.js").write_text("1", encoding="utf-8")
    manifest = {"inputs": building.digest(made[0]), "files": {"app-X.js": {"bytes": 1, "compressed": 1}}}
    (made[1] / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return made


def test_what_is_built_already_is_not_built_again(small):
    """The same sources and whole files: nothing to do."""
    assert building.is_current(*small)


@pytest.mark.parametrize(
    ("place", "name", "content"),
    [
        (0, "app.js", "2"),
        (0, "more.css", ""),
        (0, "package-lock.json", "{}"),
        (1, "app-X.js", None),
        (1, "app-X.js", "cut short"),
        (1, "manifest.json", "{"),
        (1, "manifest.json", "[]"),
        (1, "manifest.json", None),
    ],
)
def test_whatever_changed_or_is_not_whole_is_built_again(small, place, name, content):
    """A source, a lock file, a missing or a cut file."""
    path = small[place] / name
    path.unlink() if content is None else path.write_text(content, encoding="utf-8")

    assert not building.is_current(*small)


def test_every_package_of_the_lock_file_has_a_hash_and_none_an_address():
    """Whoever installs gets these bytes, from wherever they fetch them."""
    packages = json.loads((building.SOURCES / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert len(packages) > 10
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_every_package_may_be_handed_on(built):
    """Each is named with its licence and its text, and the licence is one of those we looked at."""
    said = (building.OUT / building.LICENCES).read_text(encoding="utf-8")
    told = dict(re.findall(r"^(\S+) \d[\w.]*: (.+)\n\n=+$", said, re.MULTILINE))
    assert {"@tabler/core", "htmx.org", "cytoscape", "echarts", "@fontsource-variable/inter"} <= set(told)
    assert {part for licence in told.values() for part in re.findall(r"[\w.-]+", licence)} <= LICENCES


def test_the_first_load_is_small_and_has_neither_graph_nor_charts(built):
    """Compressed, our own sheets included; graph and charts are loaded by the page that has one."""
    own = sum(len(gzip.compress(path.read_bytes())) for path in (ROOT / "web" / "static").glob("*.css"))
    assert built.first_load + own < FIRST_LOAD
    assert {built.entries["app.css"], built.entries["app.js"]} <= set(built.first)
    assert not {built.entries["graph.js"], built.entries["charts.js"]} & set(built.first)
    script = (building.OUT / built.entries["app.js"]).read_text(encoding="utf-8")
    assert built.entries["graph.js"] in script
    assert built.entries["charts.js"] in script


LOADS = re.compile(
    r"""(?:url\(\s*["']?|@import\s*["']?|(?:\bfrom|\bimport|import\(|fetch\(|\bsrc=|importScripts\()\s*["'`])\s*(?:https?:)?//"""
)


def test_nothing_that_is_built_loads_from_another_host(built):
    """No style, script or font names an address elsewhere that a browser would fetch."""
    for name in built.sizes:
        if name.endswith((".css", ".js")):
            assert not LOADS.findall((building.OUT / name).read_text(encoding="utf-8")), name


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "web" / "templates")))
def test_no_template_has_script_or_style_in_itself_or_loads_from_elsewhere(template):
    """The content policy forbids it; only the one page, which is sent by itself with the hash of its style, has one."""
    text = template.read_text(encoding="utf-8")
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert re.search(r'\ssrc="\{\{', tag), tag
    if template.name != "summary.html":
        assert "<style" not in text
    assert not re.search(r"<[^>]*\s(?:style|on[a-z]+|hx-on[:\w-]*)\s*=", text)
    assert not re.search(r"""(?:src|href|action)\s*=\s*["']?\s*(?:https?:)?//""", text)


def test_what_is_built_is_sent_compressed_and_kept(built):
    """With its type, for good, and as it is to a program that can not unpack."""
    client = create_app(lambda _: None).test_client()
    types = {"css": "text/css", "js": "text/javascript", "woff2": "font/woff2", "txt": "text/plain"}
    for name, sizes in built.sizes.items():
        packed = client.get(f"/static/assets/{name}", buffered=True, headers={"Accept-Encoding": "gzip"})
        plain = client.get(f"/static/assets/{name}", buffered=True, headers={"Accept-Encoding": "identity"})
        assert (packed.status_code, len(packed.data), len(plain.data)) == (200, sizes["compressed"], sizes["bytes"])
        assert packed.mimetype == plain.mimetype == types[name.rpartition(".")[2]]
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert ("Content-Encoding" in packed.headers) == (sizes["compressed"] < sizes["bytes"])
        assert "Content-Encoding" not in plain.headers
        assert ("immutable" in packed.headers["Cache-Control"]) == (name != building.LICENCES)
        assert "default-src 'none'" in packed.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2f..%2fapp.py", "manifest.json.gz", "%2e%2e/tokens.css/x"])
def test_nothing_else_is_served_there(name):
    """What was not built is not found, and no way leads out of the folder."""
    context = the_context(role="viewer")
    assert client_of(lambda _: context).get(f"/static/assets/{name}").status_code == 404


@pytest.fixture
def page(tmp_path):
    """Open a page that has nothing of its own, by a server whose assets stand in a folder; return its text."""
    from flask import Flask, render_template_string

    def opened(folder: Path, cookie: str = "") -> str:
        app = Flask("web", static_folder=str(tmp_path))
        assets.register(app, folder)
        text = "{{ asset('app.css') }}|{{ asset('app.js') }}|{{ asset('other.js') }}|{{ theme }}"
        app.add_url_rule("/", view_func=lambda: render_template_string(text))
        client = app.test_client()
        if cookie:
            client.set_cookie(assets.THEME_COOKIE, cookie)
        return client.get("/").text

    return opened


def test_templates_are_given_the_files_by_name(page, tmp_path):
    """A name leads to the file with the hash of its content; what was not built to nothing."""
    manifest = {"entries": {"app.css": "app-A.css", "app.js": "app-B.js"}, "files": {}, "first": []}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    assert page(tmp_path) == "/static/assets/app-A.css|/static/assets/app-B.js||"
    assert page(tmp_path / "nowhere") == "|||"


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ('"><b>', ""), ("", "")])
def test_the_theme_is_what_the_reader_chose(page, tmp_path, cookie, theme):
    """Dark or light; without a choice, or with anything else in the cookie, the system's."""
    assert page(tmp_path, cookie) == f"|||{theme}"


@pytest.mark.promises
def test_wheel_and_sdist_bring_the_assets(built, tmp_path):
    """Both hold every built file; the sdist what they are made from too, so what installs it builds nothing."""
    tree = tmp_path / "tree"
    kept = shutil.ignore_patterns(".*", "*.egg-info", "build", "__pycache__", "docs", "tests", "bench")
    shutil.copytree(ROOT, tree, ignore=kept)
    for hook in ("build_wheel", "build_sdist"):
        asked = f"import sys; from frontend import backend; backend.{hook}(sys.argv[1])"
        subprocess.run([sys.executable, "-c", asked, str(tmp_path)], cwd=tree, check=True, capture_output=True)

    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel, tarfile.open(next(tmp_path.glob("*.tar.gz"))) as sdist:
        installed = set(wheel.namelist())
        handed_on = {name.partition("/")[2] for name in sdist.getnames()}
    for name in (*built.sizes, building.MANIFEST):
        assert {f"web/static/assets/{name}"} <= installed & handed_on
    assert {path.relative_to(ROOT).as_posix() for path in building.sources_in()} <= handed_on
