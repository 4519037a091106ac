"""The store at the command line: made, checked, copied, brought back; and every place that is no store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest


def store_of(environment) -> Path:
    """Return the path of the store a run works on."""
    return Path(environment["FORESHOCK_STORE"].removeprefix("sqlite:///"))


def test_init_makes_the_store_once_and_says_where(foreshock, environment):
    """Twice does no harm."""
    first = foreshock("init", "-o", "json").ok().json
    assert first == {"store": str(store_of(environment)), "created": True, "schema": first["schema"], "revision": 0}
    assert store_of(environment).exists()

    assert foreshock("init", "-o", "json").ok().json["created"] is False
    assert str(store_of(environment)) in foreshock("init").ok().out


def test_a_store_that_is_made_by_the_way_is_said_to_be_new(foreshock, environment):
    """The address may have been mistyped, and then an empty list would be taken for the truth."""
    first = foreshock("ci", "list", "-o", "json").ok()
    assert first.json["rows"] == []
    assert first.err == f"There was no store, so an empty one is made: {store_of(environment)}\n"
    assert foreshock("ci", "list").ok().err == ""


def test_init_says_once_that_it_made_the_store(foreshock):
    """It is there for that."""
    assert foreshock("init").ok().err == ""


def test_a_backup_comes_back_as_another_store(foreshock, estate, tmp_path):
    """What was exported before and after is the same to the byte."""
    exported = foreshock("export", "estate").ok().out
    foreshock("backup", str(tmp_path / "copy.db")).ok()
    elsewhere = {"FORESHOCK_STORE": f"sqlite:///{tmp_path}/elsewhere/back.db"}

    assert foreshock("restore", str(tmp_path / "copy.db"), "-o", "json", env=elsewhere).ok().json["revision"] == 1

    assert foreshock("export", "estate", env=elsewhere).ok().out == exported
    foreshock("check", env=elsewhere).ok()


def test_neither_backup_nor_restore_overwrites_anything(foreshock, estate, tmp_path):
    """A file that is there stays as it is; status 2."""
    foreshock("backup", str(tmp_path / "copy.db")).ok()
    before = (tmp_path / "copy.db").read_bytes()

    again = foreshock("backup", str(tmp_path / "copy.db"))
    assert again.status == 2
    assert "copy.db is there already" in again.err
    assert (tmp_path / "copy.db").read_bytes() == before
    assert foreshock("restore", str(tmp_path / "copy.db")).status == 2
    assert foreshock("restore", str(tmp_path / "nowhere.db"), env=elsewhere(tmp_path)).status == 4


def elsewhere(folder: Path) -> dict[str, str]:
    """Return the settings of a store that is not there yet."""
    return {"FORESHOCK_STORE": f"sqlite:///{folder}/elsewhere.db"}


def test_check_and_audit_find_nothing_in_a_sound_store(foreshock, estate, people):
    """Status 0; the auditor may verify but not maintain."""
    assert foreshock("check", "-o", "json").ok().json == {"revision": 1, "sound": True, "findings": []}
    assert foreshock("audit", "verify", "-o", "json", env=people("auditor")).ok().json["sound"] is True

    refused = foreshock("check", env=people("auditor"))
    assert refused.status == 7
    assert "administrator" in refused.err


def test_a_single_altered_value_is_found_and_named(foreshock, estate, environment):
    """Somebody edits the database behind Foreshock's back: status 1, and what is wrong in words."""
    with sqlite3.connect(store_of(environment)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        altered = 0
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            if "document" in columns and not table.startswith("sqlite_"):
                changed = connection.execute(
                    f"UPDATE \"{table}\" SET document = replace(document, 'Debian 12', 'Debian 13')"
                )
                altered += changed.rowcount
    connection.close()
    assert altered, "the schema has no documents; this test must learn the new one"

    run = foreshock("audit", "verify")

    assert run.status == 1
    assert "[check." in run.out
    assert foreshock("check", "-o", "json").json["sound"] is False


def test_a_person_of_the_people_file_may_only_what_their_roles_say(foreshock, estate, people):
    """An unknown person is a viewer: reading works, writing names who may."""
    stranger = people("stranger")
    foreshock("class", "list", env=stranger).ok()

    run = foreshock("import", "estate", str(estate), "-o", "json", env=stranger)

    assert run.status == 7
    assert run.json["code"] == "not_allowed"
    assert run.json["status"] == 403


@pytest.mark.parametrize("content", [b"this is no database, only a text that is long enough " * 20, b"\x00" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(foreshock, environment, content):
    """Status 2, and not a byte of it changes."""
    store_of(environment).write_bytes(content)

    run = foreshock("change", "list")

    assert run.status == 2
    assert "is not a Foreshock store" in run.err
    assert store_of(environment).read_bytes() == content


def test_a_database_of_somebody_else_is_refused(foreshock, environment):
    """A SQLite file that is not ours is not taken over."""
    with sqlite3.connect(store_of(environment)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()

    assert foreshock("init").status == 2


def test_a_store_of_a_newer_schema_is_refused(foreshock, estate, environment):
    """The message names both schemas and what to do."""
    with sqlite3.connect(store_of(environment)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert version, "the schema's number is not where this test looks for it"

    run = foreshock("check")

    assert run.status == 2
    assert "999" in run.err
    assert "newer Foreshock" in run.err


def test_a_directory_is_no_store(foreshock, environment):
    """Status 2, with its name."""
    store_of(environment).mkdir()

    run = foreshock("init")

    assert run.status == 2
    assert "directory" in run.err


def test_a_store_without_permission_says_so(foreshock, finish, estate, environment, ordinary):
    """No traceback, and the store stays as it is."""
    store_of(environment).chmod(0)

    run = finish("change", "list", **ordinary)

    assert run.status == 75
    assert str(store_of(environment)) in run.err
    assert "Traceback" not in run.err


def test_an_address_that_is_no_store_says_what_would_be_right(foreshock):
    """FORESHOCK_STORE is named, and how it is written."""
    run = foreshock("init", env={"FORESHOCK_STORE": "postgres://x"})

    assert run.status == 2
    assert "sqlite:///PATH" in run.err
