"""An estate that discovery filled is read by names at the command line; ids stand where they are typed back."""

from __future__ import annotations

import json

import pytest

from cmdb.context import Context
from cmdb.stores.sqlite import open_store
from tests.builders import TestClock, an_actor
from tests.discovered import DB1, POSTGRES, SSH_DB1, SSH_WEB1, WEB1, discover_shop

WINDOW = ("--from", "2032-03-02T22:00Z", "--to", "2032-03-02T23:00Z")


@pytest.fixture
def shop(environment, tmp_path):
    """Let the store of the commands be that of the discovered shop."""
    clock = TestClock()
    store = open_store(tmp_path / "estate.db", clock=clock.now)
    discover_shop(Context(store, store.coordination, clock, an_actor("engineer", "engineer")))
    store.close()


@pytest.fixture
def patched(shop, foreshock):
    """A change that takes the database host down, assessed."""
    new = ("change", "new", "--title", "Patch", "--reason", "R", "--target", f"{DB1},minutes=20", *WINDOW)
    foreshock(*new, "--submit").ok()
    return foreshock("change", "assess", "CHG-1001").ok()


def without_ids(text):
    """Tell that a text has none of the ids that discovery made."""
    return not any(part in text for part in ("estate:", "process:", "endpoint:", "path:", "interface:"))


def test_impact_is_read_by_names(foreshock, shop):
    """Sentences, paths, groups, the drawing and the lists; as JSON it has the ids."""
    said = foreshock("impact", DB1, "--explain").ok().out
    assert said.startswith("If db1 fails")
    assert "Orders < postgresql on db1 < db1" in said
    assert "Logins needs 1 of sshd on db1 and sshd on web1" in said
    assert "Orders goes down because it hangs on postgresql on db1, which hangs on db1, which fails." in said
    assert "├─ sshd on db1  Down" in said
    assert "sshd on web1 alone carries Logins. Its twin sshd on db1 is down: it hangs on db1." in said
    assert without_ids(said)
    answer = foreshock("impact", DB1, "-o", "json").ok().json
    assert answer["failed"] == [DB1]
    assert SSH_DB1 in answer["down"]


def test_an_explanation_is_read_by_names_in_chinese_as_well(foreshock, shop):
    """The host comes first there."""
    chinese = {"FORESHOCK_LANGUAGE": "zh_CN"}
    said = foreshock("impact", DB1, "--explain", "orders", env=chinese).ok().out
    assert "它依赖 db1 上的 postgresql，后者依赖 db1" in said
    (told,) = foreshock("impact", DB1, "-o", "json", "--explain", "orders").ok().json["explanations"]
    assert "postgresql on db1" in told["sentence"]["en"]
    assert "db1 上的 postgresql" in told["sentence"]["zh"]
    assert told["facts"]["via"] == [POSTGRES]


def test_what_is_typed_back_has_the_id_beside_the_name(foreshock, shop):
    """Single points, risk groups, the components of an outage, all that depends on it, what is critical."""
    assert f"postgresql on db1 [{POSTGRES}]" in foreshock("spof", "orders").ok().out
    groups = foreshock("risk-groups", "logins").ok().out
    assert f"sshd on db1 [{SSH_DB1}] and sshd on web1 [{SSH_WEB1}]" in groups
    for words in (("outage", "orders"), ("impact", DB1, "--blast"), ("criticality", SSH_DB1, POSTGRES)):
        lines = foreshock(*words).ok().out.splitlines()
        assert any(POSTGRES in line and "postgresql on db1" in line for line in lines), words


def test_the_page_of_a_change_is_read_by_names_and_its_record_stays(foreshock, patched):
    """Plan, reasons, single points, phases; the record is what it was, and it replays."""
    assert "db1 goes down 22:00-22:20" in patched.out
    assert "Orders < postgresql on db1 < db1" in patched.out
    assert "22:00-22:20  out: db1" in patched.out
    assert without_ids(patched.out)
    assert "; score " in patched.out
    assert set(foreshock("change", "show", "CHG-1001").ok().out.splitlines()) <= set(patched.out.splitlines())
    record = foreshock("change", "show", "CHG-1001", "-o", "json").ok().json["assessed"]
    assert record["inputs"]["targets"][0]["ci"] == DB1
    assert "postgresql on" not in json.dumps(record)
    assert foreshock("replay", "CHG-1001").ok().out.startswith("ASM-1001 of CHG-1001 replays")


def test_what_would_help_is_read_by_names(foreshock, patched):
    """Measures and what nothing helps against."""
    said = foreshock("whatif", "CHG-1001").ok().out
    assert "No order of work helps against db1: whenever it is out, Orders goes down." in said
    assert without_ids(said)


def test_an_old_assessment_has_the_names_of_its_time(foreshock, patched):
    """What was renamed since is called as it was when it was assessed."""
    foreshock("ci", "set", DB1, "--name", "renamed").ok()
    said = foreshock("change", "show", "CHG-1001").ok().out
    assert "postgresql on db1" in said
    assert "renamed" not in said
    assert "If renamed fails" in foreshock("impact", DB1).ok().out


def test_joint_conflicts_are_read_by_names(foreshock, shop):
    """The services that stop, and what is out together."""
    for ci in (SSH_DB1, SSH_WEB1):
        foreshock("change", "new", "--title", "T", "--reason", "R", "--target", ci, *WINDOW, "--submit").ok()
    said = foreshock("calendar", "conflicts", "--from", "2032-03-01T00:00Z").ok().out
    assert "stop Logins" in said
    assert "out together sshd on db1, sshd on web1" in said
    assert without_ids(said)


@pytest.mark.parametrize(
    "words",
    [
        ("impact", "db1"),
        ("ci", "show", "db1"),
        ("spof", "db1"),
        ("outage", "orders", "--down", "db1"),
        ("criticality", "db1"),
        ("ci", "retire", "db1", "--yes"),
        ("calendar", "conflicts", "--down", "db1"),
        ("change", "new", "--title", "T", "--reason", "R", "--target", "db1", *WINDOW),
        ("whatif", "--target", "db1", *WINDOW),
        ("incident", "open", "--title", "T", "--ci", "db1", "--priority", "2"),
        ("ci", "relate", "orders", "depends_on", "db1"),
    ],
)
def test_a_name_that_is_typed_for_an_id_is_told_the_id(foreshock, shop, revision, words):
    """Never taken for the CI: the answer says which CI has that name, and what to give."""
    before = revision()
    refused = foreshock(*words)
    assert refused.status in (2, 4)
    assert f"db1 is the name of {DB1}; give that id" in refused.err
    as_json = foreshock(*words, "-o", "json").json
    assert as_json["named"] == {"db1": {"count": 1, "cis": [{"id": DB1, "class": "virtual_machine", "of": None}]}}
    assert revision() == before


def test_a_service_to_explain_that_is_given_by_name_is_told_its_id(foreshock, shop):
    """As anything else that takes an id."""
    assert "Orders: did you mean orders?" in foreshock("impact", DB1, "--explain", "Orders").err


def test_a_name_that_several_have_is_told_them_all(foreshock, shop):
    """By what tells them apart; what was read in an answer can be typed as well."""
    foreshock("ci", "add", "k8s:web1", "--class", "kubernetes_workload", "--name", "web1").ok()
    said = foreshock("impact", "web1", "sshd on db1", "nothing like it").err
    several = f"{WEB1} (virtual machine), k8s:web1 (kubernetes workload)"
    assert f"web1 is the name of 2 CIs; give the id of one: {several}" in said
    assert f"sshd on db1 is the name of {SSH_DB1}; give that id" in said
    assert "ci search WORD" in said
    told = foreshock("impact", WEB1, "k8s:web1").ok().out
    assert f"If web1 [{WEB1}], web1 [k8s:web1] fail together" in told
