"""The store as a whole at the command line: what lies long ago goes, a copy is proven, damage is mended in words."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cmdb.stores.neo4j import store as neo4j_store


def store_of(environment) -> Path:
    """Return the path of the store a run works on."""
    return Path(environment["FORESHOCK_STORE"].removeprefix("sqlite:///"))


@pytest.fixture
def history(foreshock, estate):
    """The estate with eight versions of one CI."""
    for n in range(8):
        foreshock("ci", "set", "web1", "--name", f"Web {n}").ok()


# compact -------------------------------------------------------------------------------------------------------------
def test_history_goes_and_what_is_left_is_said(foreshock, history):
    """First what would go, then what went; reading below says that it is gone."""
    would = foreshock("store", "compact", "--before", "5", "--dry-run").ok().out
    assert "History would begin at revision 5. 4 version(s) would go." in would
    assert foreshock("ci", "show", "web1", "--as-of", "2").ok()
    went = foreshock("store", "compact", "--before", "5").ok().out
    assert "History begins at revision 5. 4 version(s) went." in went
    assert "The store had" in went
    gone = foreshock("ci", "show", "web1", "--as-of", "2")
    assert gone.status == 4
    assert "revision 2 is no longer kept; the oldest is 5" in gone.err
    assert "Web 3" in foreshock("ci", "show", "web1", "--as-of", "5").ok().out
    assert "No version(s) had to go." in foreshock("store", "compact", "--before", "5").ok().out
    assert foreshock("check").ok()
    assert foreshock("audit", "verify").ok()


def test_a_script_gets_the_figures(foreshock, history):
    """As one document."""
    found = foreshock("store", "compact", "--before", "7", "-o", "json").ok().json
    assert found["bytes_after"] > 0
    assert found["bytes_before"] > 0
    found = {name: value for name, value in found.items() if not name.startswith("bytes")}
    assert found == {"floor": 7, "gone": 6, "kept": 0, "cited": [], "dry_run": False}


def test_a_cited_revision_stays(foreshock, history):
    """It is told for how many, and the decision can still be replayed."""
    foreshock(
        "change", "new", "--title", "Swap", "--target", "web1", "--from", "2099-03-02T22:00Z",
        "--to", "2099-03-02T23:00Z", "--implementer", "night", "--reason", "fan", "--submit",
    ).ok()  # fmt: skip
    foreshock("change", "assess", "CHG-1001")
    for n in range(4):
        foreshock("ci", "set", "web1", "--name", f"Later {n}").ok()
    newest = foreshock("init", "-o", "json").json["revision"]
    out = foreshock("store", "compact", "--before", str(newest)).ok().out
    assert "for the 1 revision(s) that assessments, and so decisions, rest on" in out
    assert foreshock("replay", "CHG-1001").ok()


@pytest.mark.parametrize("before", ["3650d", "2020-01-01", "0"])
def test_what_lies_before_everything_lets_nothing_go(foreshock, history, before):
    """And says so."""
    assert "history stays whole" in foreshock("store", "compact", "--before", before).ok().out


@pytest.mark.parametrize("before", ["0d", "2199-01-01", "2199-01-01T00:00:00Z", "9"])
def test_a_day_a_moment_an_age_or_a_revision_says_where_history_begins(foreshock, history, before):
    """Here each is the newest revision."""
    found = foreshock("store", "compact", "--before", before, "--dry-run", "-o", "json").ok().json
    assert (found["floor"], found["gone"]) == (9, 8)


@pytest.mark.parametrize("before", ["yesterday", "2026-02-30", "-1d", "2026-01-01T00:00:00", ""])
def test_what_is_no_point_in_time_is_refused(foreshock, history, before):
    """With the option's name."""
    run = foreshock("store", "compact", "--before", before)
    assert run.status == 2
    assert "--before" in run.err


def test_only_an_administrator_lets_history_go(foreshock, history, people):
    """Whoever is to be judged by it can not."""
    run = foreshock("store", "compact", "--before", "5", env=people("requester"))
    assert run.status == 7
    assert "administrator" in run.err


def test_history_says_where_it_begins(foreshock, history):
    """A first version that is not the first says why."""
    foreshock("store", "compact", "--before", "5").ok()
    run = foreshock("ci", "history", "web1").ok()
    assert "Version 5, revision 5" in run.out
    assert "Version 4" not in run.out
    assert "history begins at revision 5" in run.err


# copy ----------------------------------------------------------------------------------------------------------------
def test_a_copy_is_proven_and_goes_on(foreshock, history, environment, tmp_path):
    """In words and as a document; the other store answers the same."""
    here, there = environment["FORESHOCK_STORE"], f"sqlite:///{tmp_path}/new/copy.db"
    out = foreshock("store", "copy", here, there).ok().out
    assert "Copied everything up to revision 9." in out
    assert "Verified: nothing is wrong in the copy" in out
    assert "ci" in out
    exported = foreshock("export", "estate").ok().out
    assert foreshock("export", "estate", env={"FORESHOCK_STORE": there}).ok().out == exported
    assert "up to date" in foreshock("store", "copy", here, there).ok().out
    foreshock("ci", "set", "web1", "--name", "Newest").ok()
    found = foreshock("store", "copy", here, there, "-o", "json").ok().json
    assert (found["since"], found["revision"], found["verified"]) == (9, 10, True)
    past = foreshock("ci", "history", "web1", "-o", "json").ok().out
    assert foreshock("ci", "history", "web1", "-o", "json", env={"FORESHOCK_STORE": there}).ok().out == past


def test_a_half_copied_store_says_so_at_every_door(foreshock, history, environment, tmp_path):
    """With what to do; the same command goes on."""
    here, there = environment["FORESHOCK_STORE"], tmp_path / "copy.db"
    foreshock("store", "copy", here, f"sqlite:///{there}").ok()
    with closing(sqlite3.connect(there)) as raw:
        raw.execute("INSERT INTO loading VALUES (1)")
        raw.commit()
    run = foreshock("ci", "list", env={"FORESHOCK_STORE": f"sqlite:///{there}"})
    assert run.status == 2
    assert "interrupted at revision 9; do the same again to go on" in run.err
    foreshock("store", "copy", here, f"sqlite:///{there}").ok()
    assert foreshock("ci", "list", env={"FORESHOCK_STORE": f"sqlite:///{there}"}).ok()


def test_a_copy_goes_neither_onto_itself_nor_onto_another_history(foreshock, history, estate, environment, tmp_path):
    """Nor from nowhere, nor to an address that is none; nothing is made or altered."""
    here = environment["FORESHOCK_STORE"]
    assert "the same store" in foreshock("store", "copy", here, f"sqlite:///{tmp_path}/./estate.db").err
    other = f"sqlite:///{tmp_path}/other.db"
    theirs = f"sqlite:///{tmp_path}/theirs.db"
    foreshock("import", "estate", str(estate), env={"FORESHOCK_STORE": theirs}).ok()
    run = foreshock("store", "copy", here, theirs)
    assert run.status == 2
    assert "another history" in run.err
    assert foreshock("store", "copy", f"sqlite:///{tmp_path}/none.db", other).status == 4
    assert not (tmp_path / "other.db").exists()
    assert not (tmp_path / "none.db").exists()
    run = foreshock("store", "copy", here, "postgres://x")
    assert run.status == 2
    assert "postgres is no kind of store" in run.err


def test_only_an_administrator_copies_a_store(foreshock, history, environment, people, tmp_path):
    """For a copy holds everything."""
    run = foreshock(
        "store", "copy", environment["FORESHOCK_STORE"], f"sqlite:///{tmp_path}/copy.db", env=people("board")
    )
    assert run.status == 7
    assert not (tmp_path / "copy.db").exists()


# check --repair ------------------------------------------------------------------------------------------------------
def test_what_derives_from_the_log_is_mended_and_told(foreshock, history, environment):
    """Check says that it can be, and afterwards that it is."""
    with closing(sqlite3.connect(store_of(environment))) as raw:
        raw.execute("UPDATE kind SET living = 77 WHERE name = 'ci'")
        raw.commit()
    run = foreshock("check")
    assert run.status == 1
    assert "foreshock check --repair" in run.out
    run = foreshock("check", "--repair").ok()
    assert "1 thing(s) were wrong and are mended" in run.out
    assert "the number of records differs" in run.out
    assert "The store is sound" in run.out
    assert "Nothing was wrong there." in foreshock("check", "--repair").ok().out


def test_what_was_altered_in_the_log_is_not_mended(foreshock, history, environment):
    """It says that only a backup helps, and status 1."""
    with closing(sqlite3.connect(store_of(environment))) as raw:
        raw.execute("UPDATE revision SET actor = 'nobody' WHERE number = 4")
        raw.commit()
    run = foreshock("check")
    assert "backup" in run.out
    run = foreshock("check", "--repair")
    assert run.status == 1
    assert "the log is never touched" in run.out
    found = foreshock("check", "--repair", "-o", "json").json
    assert (found["sound"], found["mended"]) == (False, [])
    assert found["findings"] == [{"code": "check.altered", "facts": {"revision": 4}}]


# away, or damaged ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("words", [("check",), ("audit", "verify"), ("ci", "list"), ("ci", "list", "-o", "json")])
def test_a_server_that_is_away_ends_with_the_status_to_try_again(foreshock, monkeypatch, words):
    """Status 75, where a check that found something has 1."""
    monkeypatch.setitem(neo4j_store.open_store.__kwdefaults__, "patience", 0.2)
    with socket.socket() as free:
        # It is bound and nobody listens, so every connection is refused.
        free.bind(("127.0.0.1", 0))
        run = foreshock(*words, env={"FORESHOCK_STORE": f"bolt://127.0.0.1:{free.getsockname()[1]}"})
    assert run.status == 75
    assert "can not be used: it does not answer" in run.out + run.err


def test_a_file_that_can_not_be_read_any_more_is_no_reason_to_try_again(foreshock, history, environment):
    """Status 1: it is damaged, and stays so."""
    foreshock("init").ok()
    path = store_of(environment)
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))
    run = foreshock("ci", "list")
    assert run.status == 1
    assert f"the store {path} is damaged" in run.err
