"""Who may do what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cmdb.roles import ACTS, Actor, Role, may, roles_that_may

ROOT = Path(__file__).resolve().parents[2]


def test_everyone_may_read_and_a_viewer_nothing_more():
    """Whatever a viewer may do, every role may; and none of it writes."""
    assert all(ACTS[Role.VIEWER] <= ACTS[role] for role in Role)
    assert all(act.endswith((":read", ":export")) for act in ACTS[Role.VIEWER])


def test_several_roles_add_up():
    """A service owner who is an auditor too may decide and verify."""
    both = Actor("owner", frozenset({Role.SERVICE_OWNER, Role.AUDITOR}))
    assert may(both, "change:approve")
    assert may(both, "audit:verify")
    assert not may(both, "ci:write")


def test_every_act_a_desk_asks_for_is_somebodys():
    """An act that no role has would be a door that never opens; an act nobody asks for would be a false promise."""
    asked = set()
    for package in ("cmdb", "impact", "web", "discovery"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "allow" and node.args:
                    assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno} asks for an act by variable"
                    asked.add(node.args[0].value)
    assert asked == set().union(*ACTS.values())


@pytest.mark.parametrize("act", ["change:approve", "policy:set"])
def test_a_refusal_can_name_who_may(act):
    """The roles that may do an act are found, in a fixed order."""
    named = roles_that_may(act)
    assert named == tuple(role for role in Role if act in ACTS[role])
    assert Role.ADMINISTRATOR in named
