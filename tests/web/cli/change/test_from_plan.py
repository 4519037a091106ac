"""A Terraform plan becomes a change with targets and effects, and is assessed, in one command."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.discovery.connectors.terraform.states import LINEAGE, PLANTED
from tests.web.cli.change.plans import plan_of_the_shop, shop_estate, web

GIVEN = ("--title", "Larger web servers", "--reason", "More visitors")
WINDOW = ("--from", "2032-03-02T22:00+01:00", "--to", "2032-03-02T23:30+01:00")


@pytest.fixture
def shop(foreshock, tmp_path):
    """The estate, and the folder of state and plan."""
    shop_estate(foreshock, tmp_path)
    return tmp_path


@pytest.fixture
def ask(foreshock, shop):
    """Run `change from-plan` on the shop's plan."""

    def run(*words, **more):
        return foreshock("change", "from-plan", str(shop / "plan.json"), *words, **more)

    return run


def of_state(shop):
    return ("--state", str(shop / "terraform.tfstate"))


def test_one_command_raises_submits_and_assesses(ask, shop, foreshock):
    """Both web servers are targets, so the service that needs one of them goes down; nobody named a CI."""
    found = ask(*of_state(shop), *GIVEN, *WINDOW, "--down-minutes", "10", "--restart-minutes", "15", "-o", "json")

    assert found.status == 6  # One thing that is replaced is nobody's.
    change = foreshock("change", "show", found.json["change"]["id"], "-o", "json").ok().json
    assert change["state"] == "assessed"
    assert change["targets"] == [
        {"ci": web(1), "effect": "down", "offset": 0, "minutes": None, "expected": {}, "edit": None},
        {"ci": web(2), "effect": "restart", "offset": 0, "minutes": 15, "expected": {}, "edit": None},
        {
            "ci": f"tf:{LINEAGE}/aws_vpc.main",
            "effect": "config",
            "offset": 0,
            "minutes": None,
            "expected": {},
            "edit": None,
        },
    ]
    (service,) = [each for each in change["assessed"]["services"] if each["id"] == "store"]
    assert service["outcome"] == "DOWN"
    # One of the two is gone for good, so it is down for as long as the other restarts, and has no spare from then on.
    assert (service["minutes"]["DOWN"], service["minutes"]["REDUNDANCY_LOST"]) == (15, 75)
    assert found.json["assessed"]["hash"] == change["assessed"]["hash"]


def test_who_decides_reads_what_is_no_target(ask, shop, foreshock):
    """On the page of the change, for the assessment can not know it."""
    found = ask(*of_state(shop), *GIVEN, *WINDOW, "-o", "json").json
    reason = foreshock("change", "show", found["change"]["id"], "-o", "json").ok().json["reason"]

    assert reason.startswith("More visitors\n\n")
    assert "aws_instance.lost (down)" in reason
    assert "It creates: aws_instance.third." in reason


def test_each_effect_is_told_with_its_reason_and_what_is_no_target_by_name(ask, shop):
    """What is created is a note; what nobody knows is told with what would happen to it."""
    found = ask(*of_state(shop), "--dry-run", "-o", "json").json

    because = {each["ci"]: each["addresses"][0]["because"] for each in found["touched"]}
    assert because[web(1)]["code"] == "plan.deleted"
    assert because[web(2)] == {"code": "plan.updated_restarts", "facts": {"values": ["instance_type"]}}
    (lost,) = found["unfound"]
    assert (lost["address"], lost["effect"], lost["why"]) == ("aws_instance.lost", "down", "unknown")
    assert found["created"] == ["aws_instance.third"]
    assert found["missed"] == 1
    page = ask(*of_state(shop), "--dry-run").out
    assert "aws_instance.lost" in page
    assert "no CI is known by its ids" in page
    assert "it is updated in place, and that stops it for a moment (instance_type)" in page
    assert "1 resource is created and not there yet: aws_instance.third" in page


def test_a_dry_run_writes_nothing(ask, shop, foreshock, revision):
    """Not even a draft."""
    before = revision()
    ask(*of_state(shop), "--dry-run")

    assert revision() == before
    assert foreshock("change", "list", "-o", "json").json["rows"] == []


def test_a_draft_is_left_to_be_completed(ask, shop, foreshock):
    """Its window may follow."""
    found = ask("--lineage", LINEAGE, *GIVEN, "--draft", "-o", "json").json

    assert (found["change"]["state"], found["change"]["window"], found["assessed"]) == ("draft", None, None)
    assert foreshock("change", "submit", found["change"]["id"]).status == 2


def test_without_the_lineage_the_ids_of_the_provider_find_the_things(ask):
    """The servers have an id of AWS; the network's is not in the plan, so it is named and not guessed."""
    found = ask("--dry-run", "-o", "json").json

    assert [each["ci"] for each in found["touched"]] == [web(1), web(2)]
    assert {each["address"]: each["why"] for each in found["unfound"]} == {
        "aws_instance.lost": "unknown",
        "aws_vpc.main": "no_ids",
    }
    assert "plan.no_lineage" in {note["code"] for note in found["notes"]}


def test_a_ci_that_people_entered_is_known_by_its_cloud_id(foreshock, shop, ask):
    """Discovery need not have seen it."""
    foreshock("ci", "add", "lost", "--class", "virtual_machine", "--set", "cloud_id=i-0fffffffffffffff1").ok()
    found = ask("--dry-run", "-o", "json").json

    assert "lost" in {each["ci"] for each in found["touched"]}


def test_an_id_that_two_cis_have_is_no_target(foreshock, shop, ask):
    """Both are named; nobody picks one."""
    for name, ci_class in (("one", "virtual_machine"), ("other", "database_instance")):
        foreshock("ci", "add", name, "--class", ci_class, "--set", "cloud_id=i-0fffffffffffffff1").ok()
    (lost,) = [each for each in ask("--dry-run", "-o", "json").json["unfound"] if each["why"] == "several"]

    assert lost["cis"] == ["one", "other"]


def test_a_retired_ci_is_no_target(foreshock, shop, ask):
    """It is told that the plan touches something that should not be there any more."""
    foreshock("ci", "add", "lost", "--class", "virtual_machine", "--set", "cloud_id=i-0fffffffffffffff1").ok()
    foreshock("ci", "retire", "lost", "--yes").ok()
    (lost,) = [each for each in ask("--dry-run", "-o", "json").json["unfound"] if each["why"] == "retired"]

    assert lost["cis"] == ["lost"]


def test_a_plan_that_touches_nothing_known_raises_nothing(foreshock, tmp_path, estate):
    """It says which addresses, and what to do; nothing is written."""
    (tmp_path / "plan.json").write_text(json.dumps(plan_of_the_shop()), encoding="utf-8")
    refused = foreshock("change", "from-plan", str(tmp_path / "plan.json"), *GIVEN, *WINDOW)

    assert refused.status == 2
    assert "aws_instance.web[1]" in refused.err
    assert foreshock("change", "list", "-o", "json").json["rows"] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "terraform show -json FILE"),
        (b"{", "not JSON"),
        (b'{"version": 4, "lineage": "L", "resources": []}', "a plan"),
        (b"", "empty"),
    ],
)
def test_what_is_no_plan_is_refused_with_what_to_do(foreshock, shop, content, said):
    """A packed plan above all: it is what `terraform plan -out` writes."""
    (shop / "next.plan").write_bytes(content)
    refused = foreshock("change", "from-plan", str(shop / "next.plan"), "--dry-run")

    assert refused.status == 2
    assert said in refused.err


def test_a_state_that_tells_no_lineage_is_refused(foreshock, shop):
    """What `terraform show -json` prints of a state has none."""
    (shop / "shown.json").write_text('{"format_version": "1.0", "values": {}}', encoding="utf-8")
    refused = foreshock("change", "from-plan", str(shop / "plan.json"), "--state", str(shop / "shown.json"))

    assert refused.status == 2
    refused = foreshock("change", "from-plan", str(shop / "plan.json"), "--state", str(shop / "shown.json"), "--draft")
    assert "terraform state pull" in refused.err


def test_nothing_secret_of_the_plan_is_shown_or_kept(ask, shop):
    """A plan holds passwords in the clear."""
    assert PLANTED in (shop / "plan.json").read_text(encoding="utf-8")
    for words in (("--dry-run",), ("--dry-run", "-o", "json"), (*GIVEN, *WINDOW, "-o", "json")):
        found = ask(*of_state(shop), *words)
        assert PLANTED not in found.out + found.err
    assert all(PLANTED.encode() not in path.read_bytes() for path in shop.glob("estate.db*"))


def test_a_server_answers_the_same(ask, shop, process):
    """The lineage is read here; the plan goes to the server, which keeps nothing of it."""
    with process("serve", "--port", "0", "-o", "json") as server:
        opened = ""
        while not opened.endswith("}\n"):
            opened += server.stdout.readline().decode()
        there = {"FORESHOCK_URL": json.loads(opened)["address"]}
        dry = ask(*of_state(shop), "--dry-run", "-o", "json", env=there)
        page = ask(*of_state(shop), "--dry-run", env=there)
        made = ask(*of_state(shop), *GIVEN, *WINDOW, "-o", "json", env=there)
        server.terminate()
        server.communicate(timeout=60)

    assert dry.status == 6, dry
    assert dry == ask(*of_state(shop), "--dry-run", "-o", "json")
    assert page == ask(*of_state(shop), "--dry-run")
    assert made.json["assessed"]["change"] == made.json["change"]["id"]


# the real thing ------------------------------------------------------------------------------------------------------
MAIN = """
variable "webs" { default = 2 }
variable "title" { default = "shop" }
variable "password" { sensitive = true }
resource "terraform_data" "db" { input = { title = var.title, password = var.password } }
resource "terraform_data" "web" {
  count = var.webs
  input = terraform_data.db.id
}
resource "terraform_data" "edge" { triggers_replace = var.webs }
"""


def terraform(folder: Path, *arguments: str) -> str:
    """Return what terraform says; nothing of the caller's environment reaches it, and it reaches no network."""
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "CHECKPOINT_DISABLE": "1", "TF_VAR_password": PLANTED}
    (folder / ".terraformrc").touch()
    ended = subprocess.run(
        [shutil.which("terraform"), *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.skipif(shutil.which("terraform") is None, reason="needs the terraform binary")
def test_what_the_real_terraform_plans_is_assessed_in_one_command(foreshock, tmp_path):
    """State to CIs, plan to targets, and the service that needs what goes is down, no other."""
    folder = tmp_path / "infrastructure"
    folder.mkdir()
    (folder / "main.tf").write_text(MAIN, encoding="utf-8")
    terraform(folder, "init")
    terraform(folder, "apply", "-auto-approve")
    state = folder / "terraform.tfstate"
    files = json.dumps([{"name": "shop", "path": str(state)}])
    foreshock("source", "put", "tf", "--connector", "terraform", "--set", f"files={files}").ok()
    foreshock("discover", "run", "tf").ok()
    lineage = json.loads(state.read_text(encoding="utf-8"))["lineage"]
    ci = {name: f"tf:{lineage}/terraform_data.{name}" for name in ("db", "web[0]", "web[1]", "edge")}
    foreshock("ci", "add", "store", "--class", "service", "--name", "Store").ok()
    foreshock("ci", "add", "reports", "--class", "service", "--name", "Reports").ok()
    foreshock("ci", "relate", "store", "depends_on", ci["web[1]"]).ok()
    foreshock("ci", "relate", "reports", "depends_on", ci["db"]).ok()

    terraform(folder, "plan", "-var=webs=1", "-var=title=store", "-out=next.plan")
    packed = foreshock("change", "from-plan", str(folder / "next.plan"), "--dry-run")
    (folder / "next.json").write_text(terraform(folder, "show", "-json", "next.plan"), encoding="utf-8")
    found = foreshock(
        "change", "from-plan", str(folder / "next.json"), "--state", str(state), *GIVEN, *WINDOW, "-o", "json"
    ).ok()

    assert "terraform show -json" in packed.err
    assert {each["ci"]: each["effect"] for each in found.json["touched"]} == {
        ci["db"]: "config",
        ci["web[1]"]: "down",
        ci["edge"]: "down",
    }
    outcome = {each["id"]: each["outcome"] for each in found.json["assessed"]["services"]}
    assert outcome.get("store") == "DOWN"
    assert outcome.get("reports") in (None, "UNAFFECTED")
    assert PLANTED not in found.out
