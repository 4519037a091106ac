"""What a Neo4j server of our own needs: a Java of the right version, and its jars from Maven Central, fetched once."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

LTS = "5.26.29"
POM = Path(__file__).with_suffix(".xml")

# The places where installers of Java put it, besides JAVA_HOME, JAVA_HOME_25_X64 and so on, and the PATH.
PLACES = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home", "/opt/java/*")


class Missing(Exception):
    """Something the server needs is not on this machine; the text says what, and how to get it."""


def javas_for(version: str) -> tuple[int, ...]:
    """Return the versions of Java that a version of Neo4j runs on, the first preferred."""
    year = int(version.partition(".")[0])
    if year < 2025:
        return (17, 21)
    return (21,) if year == 2025 else (25,)


def find_java(version: str) -> Path:
    """
    Return the ``java`` that runs this version of Neo4j.

    Raises:
        Missing: none of those that were found has the right version.
    """
    wanted, found = javas_for(version), {}
    for java in _javas():
        number = _version_of(java)
        if number is not None:
            found.setdefault(number, java)
    for number in wanted:
        if number in found:
            return found[number]
    there = ", ".join(f"Java {number} at {java}" for number, java in sorted(found.items())) or "no Java"
    raise Missing(
        f"Neo4j {version} needs Java {' or '.join(map(str, wanted))} and here is {there}; "
        "install it, or name its folder with JAVA_HOME"
    )


def _javas() -> Iterator[Path]:
    named = [name for name in os.environ if name == "JAVA_HOME" or name.startswith("JAVA_HOME_")]
    homes = [Path(os.environ[name]) for name in sorted(named)]
    on_path = shutil.which("java")
    if on_path:
        homes.append(Path(on_path).resolve().parents[1])
    for place in PLACES:
        homes.extend(sorted(Path("/").glob(place[1:])))
    for home in homes:
        java = home / "bin" / ("java.exe" if os.name == "nt" else "java")
        if java.is_file():
            yield java


def _version_of(java: Path) -> int | None:
    """Return the main version; the file ``release`` beside it tells without a start of the machine."""
    release = java.parents[1] / "release"
    if release.is_file():
        text = release.read_text(encoding="utf-8", errors="replace")
        said = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    else:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
        said = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    return int(said[1]) if said else None


def jars(version: str) -> Path:
    """
    Return the folder with the server's jars, fetching them (about 120 MB) unless they are there.

    They lie in the user's cache (FORESHOCK_TEST_NEO4J_JARS names another folder), so that every checkout shares them.

    Raises:
        Missing: they are not there and can not be fetched.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise Missing(f"{version!r} is no version of Neo4j; one looks like {LTS} or 2026.09.0")
    cache = Path(os.environ.get("FORESHOCK_TEST_NEO4J_JARS") or platformdirs.user_cache_path("foreshock-neo4j"))
    folder = cache / version
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(cache / ".lock"):
            if not folder.is_dir():
                _fetch(version, folder)
    return folder


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Let the second of two test workers wait for what the first fetches; where it can not wait, it fetches too."""
    with path.open("w") as lock:
        if os.name == "posix":
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(version: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise Missing(
            f"the jars of Neo4j {version} are not in {folder} and Maven (mvn), which fetches them, is not here"
        )
    # Never seen half full: all is fetched beside, then renamed.
    with tempfile.TemporaryDirectory(dir=folder.parent) as beside:
        target = Path(beside) / "jars"
        goal = ["dependency:copy-dependencies", f"-DoutputDirectory={target}", f"-Dneo4j={version}"]
        done = subprocess.run(
            [maven, "--quiet", "--batch-mode", "--file", POM, *goal], capture_output=True, text=True, check=False
        )
        if done.returncode or not any(target.glob("neo4j-server-*.jar")):
            said = " ".join(re.findall(r"\[ERROR\] (\S.*)", done.stdout)[:1]) or done.stderr.strip()[-300:]
            raise Missing(f"Maven could not fetch the jars of Neo4j {version}: {said}")
        if not folder.is_dir():
            target.rename(folder)
