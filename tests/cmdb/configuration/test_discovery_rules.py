"""The rules of discovery as text: what they change, and everything that can be wrong with them."""

from __future__ import annotations

import pytest

from cmdb.configuration import discovery_rules
from cmdb.configuration.discovery_defaults import RULES
from cmdb.configuration.discovery_rules_text import read_rules
from cmdb.errors import InvalidInput, NotAllowed
from cmdb.model.discovery_rules import Age, Fading
from cmdb.model.observation import EvidenceKind
from tests.builders import as_actor, the_context

TEXT = b"""
format = "foreshock-discovery-rules/1"
proposing = ["nmap_sweep", "guesses"]

[identification]
ways = ["serial", "fqdn+mac"]
not_unique_from = 4
junk = { serial = ["acme|GENERIC"] }

[precedence]
"server.os" = ["netbox", "ssh_linux"]

[hours_to_live]
ssh_linux = 12

[evidence]
confirmed = 0.7
traffic_out = { weight = 0.5, half_life_days = 1 }

[ageing.whole]
missing = { days = 1, readings = 2 }

[sweep]
share = 0.2
least = 10

[labels]
owner = ["squad"]
"""


def test_what_a_text_says_holds_and_the_rest_stays():
    """Of tables that map, each key stands alone."""
    rules = read_rules(TEXT)
    assert rules.identifications == (("serial",), ("fqdn", "mac"))
    assert rules.junk["serial"] == {"acme|generic"}
    assert rules.junk["*"] == RULES.junk["*"]
    assert rules.precedence["server.os"] == ("netbox", "ssh_linux")
    assert rules.precedence["*"] == RULES.precedence["*"]
    assert (rules.hours_to_live["ssh_linux"], rules.hours_to_live["*"]) == (12.0, 24.0)
    assert rules.fading[EvidenceKind.TRAFFIC_OUT] == Fading(0.5, 1.0)
    assert rules.fading[EvidenceKind.TRACE] == RULES.fading[EvidenceKind.TRACE]
    assert (rules.whole.missing, rules.whole.retired) == (Age(1.0, 2), RULES.whole.retired)
    assert (rules.sweep_share, rules.sweep_least, rules.confirmed, rules.not_unique_from) == (0.2, 10, 0.7, 4)
    assert rules.labels["owner"] == ("squad",)
    assert rules.proposing == {"nmap_sweep", "guesses"}


def test_everything_that_is_wrong_is_told_at_once():
    """Each with its place and what would be right."""
    wrong = b"""
format = "rules"
colour = "red"
proposing = "nmap"
[identification]
ways = ["serial", ""]
not_unique_from = 1
[precedence]
"*" = "ssh"
[hours_to_live]
ssh = 0
[evidence]
traffic_out = { weight = 2, half_life = 3 }
hearsay = { weight = 0.1 }
[ageing.whole]
missing = { days = -1 }
[sweep]
share = true
"""
    with pytest.raises(InvalidInput) as refused:
        read_rules(wrong)
    assert {problem.place for problem in refused.value.problems} == {
        "/format",
        "/colour",
        "/proposing",
        "/identification/ways",
        "/identification/not_unique_from",
        "/precedence/*",
        "/hours_to_live/ssh",
        "/evidence/traffic_out/weight",
        "/evidence/traffic_out/half_life",
        "/evidence/hearsay",
        "/ageing/whole/missing/days",
        "/ageing/whole/missing/readings",
        "/sweep/share",
    }


@pytest.mark.parametrize("content", [b"\xff", b"= 1", b"[" * 5000, b"x" * 200_000, b""])
def test_what_is_no_text_of_rules_is_refused(content):
    """Whatever it is."""
    with pytest.raises(InvalidInput):
        read_rules(content)


def test_rules_that_were_set_are_in_force():
    """And the versions before stay."""
    context = the_context(role="administrator")
    assert discovery_rules.rules_in_force(context) == RULES
    discovery_rules.set_rules(context, TEXT)
    discovery_rules.set_rules(context, TEXT.replace(b"0.7", b"0.6"))
    assert discovery_rules.rules_in_force(context).confirmed == 0.6
    assert [each.version for each in discovery_rules.versions(context)] == [2, 1]
    with pytest.raises(NotAllowed):
        discovery_rules.set_rules(as_actor(context, "viewer"), TEXT)
