"""`import open-psa` at the command line: a fault tree goes into the estate once, whole, and never into another tree."""

from __future__ import annotations

import json
import signal

import pytest

TREE = """<opsa-mef>
<define-fault-tree name="cooling"><label>Loss of cooling</label>
<define-gate name="top"><or><gate name="pumps"/><basic-event name="tank"/></or></define-gate>
<define-gate name="pumps"><and><basic-event name="p1"/><basic-event name="p2"/></and></define-gate>
</define-fault-tree>
<model-data>
<define-basic-event name="p1"><float value="0.01"/></define-basic-event>
<define-basic-event name="p2"><float value="0.02"/></define-basic-event>
<define-basic-event name="tank"><float value="1e-4"/></define-basic-event>
</model-data>
</opsa-mef>
"""


@pytest.fixture
def file(tmp_path):
    """The file of a small tree."""
    path = tmp_path / "cooling.xml"
    path.write_text(TREE)
    return path


def brought(foreshock, file, *words):
    return foreshock("import", "open-psa", str(file), *words, "-o", "json").ok().json


def test_the_top_event_is_a_service_that_goes_down_with_the_tree(foreshock, file):
    """Both pumps, or the tank."""
    answer = brought(foreshock, file)

    assert {name: answer[name] for name in ("service", "items", "relations", "groups")} == {
        "service": "top",
        "items": 5,
        "relations": 4,
        "groups": 1,
    }
    assert answer["revision"] == 1
    for failed, outcome in ((["tank"], "DOWN"), (["p1", "p2"], "DOWN"), (["p1"], "REDUNDANCY_LOST")):
        [service] = foreshock("impact", *failed, "-o", "json").ok().json["services"]
        assert (service["id"], service["outcome"]) == ("top", outcome)
    shown = foreshock("ci", "show", "p2", "-o", "json").ok().json
    assert json.dumps(shown).count("0.02") == 1


def test_people_read_what_the_tree_has_become(foreshock, file):
    """The figures of every import, and which service it is."""
    shown = foreshock("import", "open-psa", str(file), "--dry-run").ok().out
    assert "nothing was written" in shown
    assert "The top event is the service top: 5 CIs, 4 relations and 1 groups." in shown


def test_importing_twice_makes_no_revision(foreshock, file, revision):
    """And a dry run none at all."""
    assert brought(foreshock, file, "--dry-run")["revision"] is None
    assert revision() == 0
    brought(foreshock, file)
    assert (brought(foreshock, file)["new"], revision()) == (0, 1)


def test_a_changed_tree_says_what_of_the_old_one_stays(foreshock, file):
    """Without --retire-missing the estate holds more than the tree; with it, the tree alone."""
    brought(foreshock, file)
    file.write_text(TREE.replace("<and>", "<or>").replace("</and>", "</or>"))

    stays = brought(foreshock, file)
    assert (stays["missing"], stays["notes"][0]["code"]) == (3, "open_psa.stays")

    brought(foreshock, file, "--retire-missing")
    [service] = foreshock("impact", "p1", "-o", "json").ok().json["services"]
    assert service["outcome"] == "DOWN"


def test_two_trees_with_the_same_names_do_not_become_one(foreshock, file, tmp_path, revision):
    """The second is refused, and is another tree under a prefix."""
    brought(foreshock, file)
    other = tmp_path / "other.xml"
    other.write_text(TREE)

    refused = foreshock("import", "open-psa", str(other), "-o", "json")
    assert refused.status == 2
    assert [fault["code"] for fault in refused.json["errors"]] == ["open_psa.id_taken"]
    assert revision() == 1

    assert brought(foreshock, other, "--prefix", "other:")["service"] == "other:top"
    assert foreshock("impact", "tank", "-o", "json").ok().json["down"] == ["top"]


def test_everything_that_is_wrong_is_told_with_its_line(foreshock, file, revision):
    """As people read it, and as a script does; the option is named where it is at fault."""
    file.write_text(TREE.replace("<and>", "<xor>").replace("</and>", "</xor>").replace("0.02", "2"))

    shown = foreshock("import", "open-psa", str(file), "--top", "nowhere")
    assert shown.status == 2
    assert "line 4: gate pumps uses <xor>" in shown.err
    assert "line 8: the probability of basic event p2 is 2.0" in shown.err
    assert '--top: there is no gate "nowhere"' in shown.err

    answer = foreshock("import", "open-psa", str(file), "-o", "json").json
    assert [(fault["line"], fault["code"]) for fault in answer["errors"]] == [
        (4, "open_psa.not_coherent"),
        (8, "open_psa.probability"),
    ]
    assert revision() == 0


def test_the_tree_may_come_from_standard_input(foreshock):
    """And its gate by name."""
    answer = foreshock("import", "open-psa", "-", "--top", "pumps", "-o", "json", input=TREE).ok().json
    assert (answer["service"], answer["items"], answer["source"]) == ("pumps", 3, "standard-input")
    assert answer["notes"][0]["message"].startswith("1 gates and 1 basic events are not below pumps")


def test_a_server_gives_the_same_answer(foreshock, process, file, tmp_path):
    """FORESHOCK_URL: the file is sent, and read there; faults too."""
    bad = tmp_path / "bad.xml"
    bad.write_text(TREE.replace("1e-4", "7"))
    server = process("serve", "--port", "0", "-o", "json", env={"FORESHOCK_STORE": f"sqlite:///{tmp_path}/s.db"})
    try:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        url = {"FORESHOCK_URL": json.loads(opened)["address"]}
        for words in ((str(bad),), (str(file), "--top", "nowhere"), (str(file), "--prefix", "x:"), (str(file),)):
            here, there = (foreshock("import", "open-psa", *words, "-o", "json", env=env) for env in ({}, url))
            assert (there.status, there.json) == (here.status, here.json)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
