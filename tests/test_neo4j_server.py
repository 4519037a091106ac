"""The test server itself: it answers, keeps what was written through a crash, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.neo4j_jars import Missing, find_java, jars
from tests.neo4j_server import Named, NotReady

ROOT = Path(__file__).resolve().parent.parent


def test_a_server_answers_and_is_wiped(neo4j_server):
    """What a test finds is what it wrote."""
    with neo4j_server.driver() as driver:
        driver.execute_query("CREATE CONSTRAINT one IF NOT EXISTS FOR (n:Thing) REQUIRE n.id IS UNIQUE")
        driver.execute_query("UNWIND range(1, 20000) AS n CREATE (:Thing {id: n})")
        neo4j_server.wipe(schema=True)
        assert driver.execute_query("MATCH (n) RETURN count(n)").records[0][0] == 0
        assert driver.execute_query("SHOW CONSTRAINTS").records == []


def test_a_named_server_that_holds_something_is_not_touched(neo4j_server):
    """Somebody may name the wrong one."""
    neo4j_server.wipe()
    with neo4j_server.driver() as driver:
        driver.execute_query("CREATE (:Precious)")
        with pytest.raises(NotReady, match=r"holds 1 node"), Named(neo4j_server.address):
            pass
        assert driver.execute_query("MATCH (n:Precious) RETURN count(n)").records[0][0] == 1
    neo4j_server.wipe()
    with Named(neo4j_server.address):
        pass


def test_a_named_server_may_carry_user_and_password():
    """Its address goes on without them."""
    named = Named("neo4j+s://us%40er:p%3Aw@db.example.org:7687")
    assert (named.address, named.user, named.password) == ("neo4j+s://db.example.org:7687", "us@er", "p:w")
    assert named.full_address == "neo4j+s://us%40er:p%3Aw@db.example.org:7687"
    assert Named("bolt://[::1]:7687").user == ""


def test_a_server_ends_with_the_process_that_started_it(tmp_path, neo4j_server):
    """Even one that was killed; no test run leaves an orphan."""
    script = (
        "import sys, time; from pathlib import Path; from tests.neo4j_server import Server\n"
        "server = Server(Path(sys.argv[1]), version=sys.argv[2]).start()\n"
        "print(server.pid(), flush=True); time.sleep(600)"
    )
    version = os.environ.get("FORESHOCK_TEST_NEO4J_VERSION", "5.26.29")
    try:
        find_java(version)
        jars(version)
    except Missing as missing:
        pytest.skip(str(missing))
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), version], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as starter:
        server = int(starter.stdout.readline())
        starter.kill()
    while is_there(server):
        time.sleep(0.05)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_what_is_missing_is_said_in_words(tmp_path, monkeypatch):
    """Java of the right version, Maven, a version that looks like one."""
    for name in [name for name in os.environ if name.startswith("JAVA_HOME")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("tests.neo4j_jars.PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("FORESHOCK_TEST_NEO4J_JARS", str(tmp_path))
    with pytest.raises(Missing, match=r"Neo4j 5\.26\.29 needs Java 17 or 21 and here is no Java"):
        find_java("5.26.29")
    with pytest.raises(Missing, match=r"Maven \(mvn\), which fetches them, is not here"):
        jars("5.26.29")
    with pytest.raises(Missing, match=r"'latest' is no version of Neo4j"):
        jars("latest")


@pytest.mark.parametrize(("number", "wanted"), [("17.0.15", "5.26.29"), ("21", "5.26.29"), ("25.0.3", "2026.09.0")])
def test_java_is_found_by_its_home(tmp_path, monkeypatch, number, wanted):
    """As hosted runners name it, whatever else is there."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    (tmp_path / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{number}"\n')
    for name in [name for name in os.environ if name.startswith("JAVA_HOME")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("tests.neo4j_jars.PLACES", ())
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME_SOME_X64", str(tmp_path))
    assert find_java(wanted) == tmp_path / "bin" / "java"
