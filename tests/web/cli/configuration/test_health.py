"""Health at the command line: from the figures to the fault, from the fault to the command that mends it."""

from __future__ import annotations

import json
import shlex
import signal

import pytest

READS = [
    ("health",),
    ("health", "--by", "class"),
    ("health", "--by", "owner"),
    ("health", "--list"),
    ("health", "--list", "--limit", "3"),
    ("health", "--measure", "orphans"),
    ("health", "--measure", "completeness", "--class", "hardware"),
    ("health", "--owner", ""),
    ("health", "--trend"),
    ("sample", "list"),
    ("sample", "show", "SMP-1001"),
]
REFUSALS = [
    ("health", "--class", "serverr"),
    ("sample", "show", "SMP-9"),
    ("sample", "judge", "SMP-9", "--right", "web1"),
    ("sample", "judge", "SMP-1001", "--right", "nobody"),
    ("sample", "judge", "SMP-1001"),
    ("sample", "draw", "0"),
    ("sample", "draw", "5", "--seed", "-1"),
    ("sample", "draw", "5", "--class", "serverr"),
    ("sample", "draw", "5", "--owner", "nobody"),
]


def test_from_the_figures_to_the_command_that_mends(foreshock, estate):
    """The commands of the list, filled in and typed as they stand, take the faults away one by one."""
    whole = foreshock("health", "-o", "json").ok().json["all"]
    assert (whole["cis"], whole["measures"]["orphans"]) == (13, {"asked": 13, "faulty": 0, "share": 1.0})
    foreshock("ci", "add", "srv 9", "--class", "server").ok()
    fault = foreshock("health", "--measure", "orphans", "-o", "json").ok().json["rows"][0]
    assert (fault["ci"], fault["code"], fault["page"]) == ("srv 9", "orphans.alone", "/ci/relations?id=srv+9")
    words = shlex.split(fault["command"].replace("TYPE", "depends_on").replace("TARGET", "sw-b4"))
    foreshock(*words[1:]).ok()
    assert foreshock("health", "--measure", "orphans").ok().out == "Nothing is wrong by this.\n"
    lacking = foreshock("health", "--measure", "completeness", "--class", "service", "-o", "json").ok().json
    assert lacking["total"] == 3
    for row in lacking["rows"]:
        foreshock(*shlex.split(row["command"].replace("VALUE", "team-shop"))[1:]).ok()
    by = foreshock("health", "--by", "owner", "-o", "json").ok().json["parts"]
    assert by["team-shop"] == {
        "cis": 3,
        "sound": 3,
        "score": 1.0,
        "measures": {
            name: {"asked": asked, "faulty": 0, "share": 1.0 if asked else None}
            for name, asked in zip(whole["measures"], (3, 0, 0, 3, 3, 3), strict=True)
        },
    }
    assert foreshock("health", "--owner", "team-shop", "-o", "json").ok().json == {"rows": [], "total": 0}


def test_a_sample_is_drawn_judged_and_told(foreshock, estate):
    """What somebody found is a figure with its bounds, and a fault that names the sample."""
    drawn = foreshock("sample", "draw", "4", "--seed", "2026", "-o", "json").ok().json
    one, *others = [each["ci"] for each in drawn["judgements"]]
    right = [word for ci in others for word in ("--right", ci)]
    done = foreshock("sample", "judge", "SMP-1001", *right, "--wrong", f"{one}=it is in rack 4").ok()
    assert done.out == "SMP-1001: 4 of 4 looked at, 3 right\n"
    assert "3 of 4 CIs that were looked at were right: between 30.1 % and 95.4 %" in foreshock("health").ok().out
    listed = foreshock("health", "--measure", "correctness").ok().out
    assert "it is in rack 4" in listed
    assert "SMP-1001" in foreshock("sample", "list").ok().out
    assert foreshock("sample", "judge", "SMP-1001", "--right", one, "--if-version", "1").status == 5
    foreshock("sample", "judge", "SMP-1001", "--right", one, "--if-version", "2").ok()
    assert foreshock("sample", "show", "SMP-1001", "-o", "json").ok().json["right"] == 4


def test_a_day_is_measured_by_its_job_and_shown(foreshock, estate):
    """The job of the night, asked for by hand, leaves the figure of the day."""
    assert "No day was measured yet" in foreshock("health", "--trend").ok().out
    said = foreshock("job", "run", "health-measure").ok()
    assert "0 of 13 CIs have no fault" in said.out + said.err
    rows = foreshock("health", "--trend", "-o", "json").ok().json["rows"]
    assert [(each["cis"], each["sound"]) for each in rows] == [(13, 0)]


def test_the_sentences_are_also_there_in_chinese(foreshock, estate):
    """By the setting that explanations follow."""
    told = foreshock("health", env={"FORESHOCK_LANGUAGE": "zh"}).ok().out
    assert "没有任何问题" in told
    assert "缺少" in foreshock("health", "--list", env={"FORESHOCK_LANGUAGE": "zh_CN.UTF-8"}).ok().out


def test_questions_that_contradict_each_other_are_refused(foreshock, estate):
    """As is a measure nobody knows; an empty store has no figures."""
    assert foreshock("health", "--by", "class", "--trend").status == 2
    assert foreshock("health", "--measure", "beauty").status == 2
    assert foreshock("sample", "draw", "many").status == 2
    empty = {"FORESHOCK_STORE": "sqlite://:memory:"}
    assert foreshock("health", "--list", "--trend", env=empty).status == 2


@pytest.fixture
def url(process, estate, foreshock):
    """The settings that name a server on the store, of which one sample was drawn and judged."""
    foreshock("sample", "draw", "3", "--seed", "1").ok()
    ci = foreshock("sample", "show", "SMP-1001", "-o", "json").ok().json["judgements"][0]["ci"]
    foreshock("sample", "judge", "SMP-1001", "--right", ci).ok()
    foreshock("job", "run", "health-measure").ok()
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        yield {"FORESHOCK_URL": json.loads(opened)["address"]}
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)


def test_every_command_gives_the_same_at_a_server(foreshock, url):
    """What is read, byte for byte but for the minute; what is refused with the same status; and a sample entered."""
    for words in READS:
        for shape in ("json", "table"):
            here, there = foreshock(*words, "-o", shape), foreshock(*words, "-o", shape, env=url)
            if shape == "json" and "at" in (here.json if here.out else {}):
                assert {**here.json, "at": ""} == {**there.json, "at": ""}, words
            else:
                assert (there.status, there.out) == (here.status, here.out), (words, shape, here.err, there.err)
    for words in REFUSALS:
        here, there = (foreshock(*words, "-o", "json", env=env) for env in ({}, url))
        assert there.status == here.status != 0, (words, here.out, there.out, there.err)
    drawn = foreshock("sample", "draw", "2", "--seed", "5", "-o", "json", env=url).ok().json
    right = drawn["judgements"][0]["ci"]
    assert foreshock("sample", "judge", drawn["id"], "--right", right, "-o", "json", env=url).ok().json["right"] == 1
    assert foreshock("sample", "show", drawn["id"], "-o", "json").ok().json["judged"] == 1
