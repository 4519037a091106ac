"""Who acts while nobody signs in."""

from __future__ import annotations

import getpass

import pytest

from cmdb.errors import InvalidInput
from cmdb.roles import Role
from web.actors import acting, read_people
from web.settings import read

PEOPLE = """
[[person]]
id = "cab-chair"
roles = ["cab_member", "service_owner"]

[[person]]
id = "net-engineer"
roles = ["engineer"]
"""


@pytest.fixture
def people(tmp_path):
    file = tmp_path / "people.toml"
    file.write_text(PEOPLE, encoding="utf-8")
    return file


def test_the_operating_systems_user_is_administrator(people):
    """Whoever can start the programme may do everything; a people file changes nothing about it."""
    actor = acting(read({"FORESHOCK_PEOPLE": str(people)}))
    assert (actor.id, actor.roles) == (getpass.getuser(), {Role.ADMINISTRATOR})


def test_a_person_of_the_file_has_the_roles_of_the_file(people):
    """FORESHOCK_ACTOR names another person, with that person's roles alone."""
    actor = acting(read({"FORESHOCK_PEOPLE": str(people), "FORESHOCK_ACTOR": "cab-chair"}))
    assert actor.roles == {Role.CAB_MEMBER, Role.SERVICE_OWNER}


@pytest.mark.parametrize("written", ["CAB member", "cab-member", " cab_member "])
def test_a_role_may_be_written_as_people_write_it(tmp_path, written):
    """Capitals, blanks and hyphens do not make another role."""
    file = tmp_path / "people.toml"
    file.write_text(f'[[person]]\nid = "chair"\nroles = ["{written}"]\n', encoding="utf-8")
    assert read_people(file) == {"chair": {Role.CAB_MEMBER}}


@pytest.mark.parametrize("environment", [{}, {"FORESHOCK_PEOPLE": "FILE"}])
def test_an_unknown_person_is_a_viewer(environment, people):
    """A name alone opens nothing."""
    named = {key: str(people) for key in environment}
    assert acting(read({**named, "FORESHOCK_ACTOR": "stranger"})).roles == {Role.VIEWER}


def test_every_fault_of_the_file_is_named_at_once(tmp_path):
    """Six mistakes, six places."""
    file = tmp_path / "people.toml"
    file.write_text(
        'extra = 1\n[[person]]\nid = ""\nroles = ["boss"]\n[[person]]\nid = "a"\nroles = []\nname = "x"\n'
        '[[person]]\nid = "a"\nroles = ["viewer"]\n',
        encoding="utf-8",
    )
    with pytest.raises(InvalidInput) as refused:
        read_people(file)
    places = {problem.pointer for problem in refused.value.problems}
    assert places == {
        "/extra",
        "/person/0/id",
        "/person/0/roles/0",
        "/person/1/name",
        "/person/1/roles",
        "/person/2/id",
    }


@pytest.mark.parametrize("content", [b"[[person", b"\xff\xfe", None])
def test_a_file_that_can_not_be_read_is_said_so(tmp_path, content):
    """Not TOML, not UTF-8, not there."""
    file = tmp_path / "people.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"people\.toml"):
        read_people(file)
