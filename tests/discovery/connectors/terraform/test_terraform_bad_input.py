"""What the terraform connector refuses, and how it says so."""

from __future__ import annotations

import os

import pytest
from marshmallow import ValidationError

from cmdb.exchange.terraform_json import MAX_BYTES
from discovery.connectors.terraform import CONNECTOR
from discovery.ports import Unreachable, Unreadable
from discovery.testing import Ended, TrialLine
from tests.discovery.connectors.terraform.reading_files import parts_of, shaped
from tests.discovery.connectors.terraform.states import PLANTED, as_bytes, shop

REFUSED = {
    "empty": (b" \n", "terraform.empty"),
    "cut off": (as_bytes(shop())[:-40], "terraform.syntax"),
    "no object": (b"[]", "terraform.wrong_type"),
    "something else": (b'{"kind": "List"}', "terraform.not_terraform"),
    "a key twice": (b'{"version": 4, "version": 4, "resources": []}', "terraform.repeated_key"),
    "UTF-16": ('{"version": 4}'.encode("utf-16"), "terraform.encoding"),
    "NaN": (b'{"version": 4, "serial": NaN}', "terraform.number"),
    "endless digits": (b'{"version": 4, "serial": ' + b"9" * 5_000 + b"}", "terraform.number"),
    "nested without end": (b'{"version": 4, "resources": ' + b"[" * 200_000, "terraform.too_deep"),
    "a packed plan": (b"PK\x03\x04rest", "terraform.binary"),
    "version 3": (b'{"version": 3, "terraform_version": "0.11.14", "modules": []}', "terraform.old_state"),
    "version 5": (b'{"version": 5, "terraform_version": "3.0.0"}', "terraform.new_state"),
    "a format to come": (b'{"format_version": "2.0", "values": {}}', "terraform.format"),
}


@pytest.mark.parametrize(("raw", "code"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_state_or_plan_is_refused_with_its_reason(tmp_path, raw, code):
    """Whole and in words, never half."""
    (tmp_path / "it").write_bytes(raw)

    with pytest.raises(Unreadable) as refused:
        parts_of(tmp_path / "it")

    assert code in {problem["code"] for problem in refused.value.facts["problems"]}


def test_a_state_of_version_3_is_told_what_to_do(tmp_path):
    """Terraform 0.12 brings it to version 4."""
    (tmp_path / "it").write_bytes(REFUSED["version 3"][0])

    with pytest.raises(Unreadable, match=r"version 3.*terraform apply -refresh-only.*terraform state pull"):
        parts_of(tmp_path / "it")


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    """Each with its place."""
    state = shop()
    state["lineage"] = "with spaces in it"
    state["resources"][1] = "no object"
    state["resources"][2]["instances"][1]["index_key"] = 1
    state["resources"][3]["instances"] = {"not": "a list"}
    state["resources"][4]["instances"][0]["index_key"] = True
    (tmp_path / "it").write_bytes(as_bytes(state))

    with pytest.raises(Unreadable) as refused:
        parts_of(tmp_path / "it")

    assert {(each["place"], each["code"]) for each in refused.value.facts["problems"]} == {
        ("/lineage", "terraform.lineage"),
        ("/resources/1", "terraform.wrong_type"),
        ("/resources/2/instances/1", "terraform.repeated_address"),
        ("/resources/3/instances", "terraform.wrong_type"),
        ("/resources/4/instances/0/index_key", "terraform.wrong_type"),
    }
    assert PLANTED not in str(refused.value.facts)


def test_a_file_above_the_limit_is_not_parsed(tmp_path):
    """However large it is, one byte more than the limit is read of it."""
    (tmp_path / "it").touch()
    os.truncate(tmp_path / "it", 2 * MAX_BYTES)

    with pytest.raises(Unreadable, match=f"more than {MAX_BYTES} bytes"):
        parts_of(tmp_path / "it")


def test_modules_in_one_another_without_end_are_refused(tmp_path):
    """A shown state can nest them; real ones go three deep."""
    module = {"resources": []}
    for _ in range(100):
        module = {"child_modules": [module]}
    (tmp_path / "it").write_bytes(as_bytes({"format_version": "1.0", "values": {"root_module": module}}))

    with pytest.raises(Unreadable, match="modules"):
        parts_of(tmp_path / "it")


def test_beyond_the_limit_of_resources_the_file_is_incomplete(tmp_path):
    """The first are read, the scope is not complete, and both the line and the notes say so."""
    (tmp_path / "it").write_bytes(as_bytes(shop()))
    line = TrialLine()
    parts = parts_of(tmp_path / "it", line=line, most=3)
    made = shaped(tmp_path / "it", most=3)

    assert [part.whole for part in parts] == [True, False]
    assert len(made.observations) == 3
    assert not made.complete
    assert line.noted == ["terraform.too_many"]
    assert "terraform.cut_short" in {note.code for note in made.notes}


def test_a_state_without_resources_is_complete_and_empty(tmp_path):
    """What becomes of a listing that has shrunk to nothing is not for a connector to judge."""
    (tmp_path / "it").write_bytes(
        as_bytes({"version": 4, "terraform_version": "1.11.4", "lineage": "x", "resources": []})
    )
    made = shaped(tmp_path / "it")

    assert made.complete == {"it/resources"}
    assert not made.observations


def test_a_file_that_is_not_there_is_unreachable(tmp_path):
    """It may be there the next time."""
    with pytest.raises(Unreachable):
        parts_of(tmp_path / "missing")


def test_a_pipe_is_not_waited_for(tmp_path):
    """It would keep the worker for ever."""
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Unreadable, match="names no file"):
        parts_of(tmp_path / "pipe")


@pytest.mark.parametrize("steps", range(5))
def test_reading_ends_where_it_is_cancelled(tmp_path, steps):
    """Between any two steps."""
    (tmp_path / "it").write_bytes(as_bytes(shop()))

    with pytest.raises(Ended):
        parts_of(tmp_path / "it", line=TrialLine(end_after=steps))


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"files": []},
        {"files": [{"name": "a/b", "path": "x"}]},
        {"files": [{"name": "a", "path": "x"}, {"name": "a", "path": "y"}]},
        {"files": [{"name": "a", "path": "x", "lineage": "a/b"}]},
        {"files": [{"name": "a", "path": "x", "token": "no such key"}]},
        {"files": [{"name": "a", "path": "x"}], "most": 0},
    ],
)
def test_settings_that_can_not_be_meant_are_refused(raw):
    """By key, before anything is read."""
    with pytest.raises(ValidationError):
        CONNECTOR.settings().load(raw)
