"""The real terraform makes states and plans with its built-in provider; what it says of them is what we read."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from cmdb.exchange.estate.faults import Faults
from cmdb.exchange.terraform_plan import read
from cmdb.model.change import Effect
from cmdb.model.observation import OBSERVATIONS
from cmdb.records import to_document
from tests.discovery.connectors.terraform.reading_files import parts_of, shaped
from tests.discovery.connectors.terraform.states import PLANTED

TERRAFORM = shutil.which("terraform")
pytestmark = pytest.mark.skipif(TERRAFORM is None, reason="needs the terraform binary")

MAIN = """
variable "password" {
  type      = string
  sensitive = true
}
variable "webs" { default = 2 }
variable "title" { default = "shop" }
resource "terraform_data" "db" {
  input = { title = var.title, password = var.password }
}
resource "terraform_data" "web" {
  count = var.webs
  input = terraform_data.db.id
}
module "edge" {
  source   = "./edge"
  for_each = toset(["a.b", "c[0]"])
  web      = terraform_data.web[0].id
  spares   = var.webs
}
"""
EDGE = r"""
variable "web" { type = string }
variable "spares" { type = number }
resource "terraform_data" "rule" {
  for_each = toset(["plain", "a \"quoted\" key", "$${x} %%{y}", "line\nbreak", "umlaut ä, 中文", "back\\slash"])
  input    = each.key
}
resource "terraform_data" "proxy" {
  input            = [var.web, [for rule in terraform_data.rule : rule.id]]
  triggers_replace = var.spares
}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an applied configuration, and a plan that shrinks, renames and adds."""
    folder = tmp_path_factory.mktemp("terraform")
    (folder / "edge").mkdir()
    (folder / "main.tf").write_text(MAIN, encoding="utf-8")
    (folder / "edge" / "main.tf").write_text(EDGE, encoding="utf-8")
    run(folder, "init")
    run(folder, "apply", "-auto-approve")
    (folder / "state.json").write_text(run(folder, "show", "-json"), encoding="utf-8")
    (folder / "new.tf").write_text('resource "terraform_data" "cache" {}\n', encoding="utf-8")
    run(folder, "plan", "-var=webs=1", "-var=title=store", "-out=next.plan")
    (folder / "plan.json").write_text(run(folder, "show", "-json", "next.plan"), encoding="utf-8")
    return folder


def run(folder: Path, *arguments: str) -> str:
    """Return what terraform says; nothing of the caller's environment reaches it, and it reaches no network."""
    env = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "CHECKPOINT_DISABLE": "1", "TF_VAR_password": PLANTED}
    (folder / ".terraformrc").touch()
    ended = subprocess.run(
        [TERRAFORM, *arguments], cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture
def lineage(folder):
    return json.loads((folder / "terraform.tfstate").read_text(encoding="utf-8"))["lineage"]


def documents(made):
    return [to_document(OBSERVATIONS, each) for each in made.observations]


def test_every_resource_is_found_by_the_address_that_terraform_gives_it(folder):
    """Count, for_each with any key, and modules: `terraform state list` says the same."""
    made = shaped(folder / "terraform.tfstate")

    assert sorted(each.evidence["address"] for each in made.observations) == sorted(
        run(folder, "state", "list").splitlines()
    )
    assert made.complete == {"it/resources"}


def test_the_file_and_what_terraform_shows_of_it_are_one(folder, lineage):
    """Given the lineage, which `terraform show -json` leaves out, the observations are the same."""
    assert documents(shaped(folder / "state.json", lineage=lineage)) == documents(shaped(folder / "terraform.tfstate"))


def test_a_plan_shows_what_is_there_before_it(folder, lineage):
    """What it would create is not there yet, what it would delete still is."""
    assert documents(shaped(folder / "plan.json", lineage=lineage)) == documents(shaped(folder / "terraform.tfstate"))


def test_without_the_lineage_a_note_says_what_is_missing(folder):
    """The things are found all the same, each by the name of the file."""
    made = shaped(folder / "state.json")

    assert "terraform.no_lineage" in {note.code for note in made.notes}
    assert not [each for each in made.observations if each.identifiers]
    assert {each.native_id.partition("/")[0] for each in made.observations} == {"it"}


def test_dependencies_are_those_of_the_configuration(folder):
    """The proxy of each edge uses the one web server that is named to it, and its own rules."""
    found = {each.evidence["address"]: each for each in shaped(folder / "terraform.tfstate").observations}
    proxy = found['module.edge["a.b"].terraform_data.proxy']
    ends = {each.target.native_id.partition("/")[2] for each in proxy.relations}

    assert "terraform_data.web[0]" in ends
    assert "terraform_data.web[1]" not in ends
    assert not [end for end in ends if end.startswith('module.edge["c[0]"]')]
    assert len(ends) == 1 + 6
    assert [each.target.native_id.partition("/")[2] for each in found["terraform_data.web[0]"].relations] == [
        "terraform_data.db"
    ]


def test_the_secret_of_the_configuration_leaves_no_file(folder):
    """Terraform writes it to all three in the clear."""
    for name in ("terraform.tfstate", "state.json", "plan.json"):
        assert PLANTED in (folder / name).read_text(encoding="utf-8")
        assert PLANTED not in json.dumps([part.body for part in parts_of(folder / name)])
        assert PLANTED not in repr(shaped(folder / name))


def test_a_plan_becomes_targets_and_effects(folder, lineage):
    """Deleted and replaced go down, updated in place is configuration, created is nothing yet."""
    faults = Faults()
    plan = read(io.BytesIO((folder / "plan.json").read_bytes()), faults, lineage=lineage)

    assert not faults.count
    assert {each.address: each.effect for each in plan.targets} == {
        "terraform_data.db": Effect.CONFIG,
        "terraform_data.web[1]": Effect.DOWN,
        'module.edge["a.b"].terraform_data.proxy': Effect.DOWN,
        'module.edge["c[0]"].terraform_data.proxy': Effect.DOWN,
    }
    assert plan.created == ("terraform_data.cache",)
    assert PLANTED not in repr(plan)


def test_every_target_is_one_of_the_things_that_the_state_lists(folder, lineage):
    """By the identifier that the connector gives them."""
    plan = read(io.BytesIO((folder / "plan.json").read_bytes()), Faults(), lineage=lineage)
    there = {each for one in shaped(folder / "terraform.tfstate").observations for each in one.identifiers}

    assert plan.targets
    assert all(set(target.identifiers) & there for target in plan.targets)


def test_a_packed_plan_is_told_how_to_become_readable(folder):
    """It is what `-out` writes, and easily given by mistake."""
    faults = Faults()

    assert read(io.BytesIO((folder / "next.plan").read_bytes()), faults) is None
    assert "terraform show -json FILE" in faults.problems[0].message
