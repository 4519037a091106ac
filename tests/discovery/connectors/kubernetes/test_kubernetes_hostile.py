"""Whatever stands in a body, shaping ends, raises nothing, and gives what the catalogue takes."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from discovery.connectors.kubernetes import CONNECTOR
from discovery.ports import Part, Target
from tests.discovery.connectors.kubernetes.bodies import Bodies, shop
from tests.discovery.connectors.kubernetes.reading import by_id, read, shaped
from tests.discovery.connectors.kubernetes.record import FOLDER
from tests.discovery.connectors.kubernetes.served import says, serving

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["50%", "Node", "::1", "10Gi"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any, path: tuple = ()) -> list[tuple]:
    """Return the paths of everything inside a value."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(below for key, inner in steps for below in places(inner, (*path, key)))]


def recorded() -> list[Part]:
    folder = FOLDER / "all_pods" / "parts"
    return [Part(path.stem.partition("-")[2], json.loads(path.read_text())) for path in sorted(folder.iterdir())]


@pytest.fixture(scope="module")
def parts():
    return recorded()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_value_of_another_form_anywhere_does_no_harm(parts, data):
    """One place of a recorded cluster holds something else; what comes of it still fits the catalogue."""
    at = data.draw(st.integers(0, len(parts) - 1))
    body = copy.deepcopy(parts[at].body)
    path = data.draw(st.sampled_from(places(body)))
    holder = body
    for step in path[:-1]:
        holder = holder[step]
    if path:
        holder[path[-1]] = data.draw(ANYTHING)
    else:
        body = data.draw(ANYTHING)
    changed = [*parts[:at], Part(parts[at].name, body), *parts[at + 1 :]]
    loaded = CONNECTOR.settings().load({"cluster": "prod", "server": "https://127.0.0.1", "pods": "all"})
    for each in CONNECTOR.shape(Target("prod"), loaded, changed).observations:
        assert problems_of(built_in(), each.ci_class, dict(each.attributes)) == []
        assert all(1 <= int(group.needs) <= len(each.relations) for group in each.groups)


def test_an_annotation_of_any_length_is_left_out_and_told():
    """The namespace is there; so is its short label."""
    bodies = Bodies()
    bodies.add("namespaces", "shop", labels={"team": "shop"}, annotations={"story": "x" * 100_000})
    result = shaped(bodies)
    assert by_id(result)["Namespace/shop"].labels == {"team": "shop"}
    assert [note.code for note in result.notes] == ["kubernetes.labels_left_out"]


def test_half_a_character_can_be_written_in_the_end():
    """An escape that is no character becomes a question mark."""
    with serving(shop()) as (address, server):
        server.faults.append(says("namespaces", b'{"items": [{"metadata": {"name": "a\\ud800b"}}]}'))
        _, result = read(address)
    assert "Namespace/a?b" in by_id(result)


def test_an_ingress_of_countless_hosts_keeps_some_and_says_so():
    """As many as an attribute should hold."""
    bodies = Bodies()
    rules = [{"host": f"h{at}.example.org"} for at in range(5_000)]
    bodies.add("ingresses", "many", "shop", spec={"rules": rules})
    result = shaped(bodies)
    assert len(by_id(result)["shop/Ingress/many"].attributes["hosts"]) == 1_000
    assert [(note.code, note.facts["count"]) for note in result.notes] == [("kubernetes.list_cut", 5_000)]


def test_names_that_mean_something_elsewhere_are_only_names():
    """Shell, LDAP and path words pass as they are: nobody runs them."""
    bodies = Bodies()
    name = "$(reboot);*)(uid=*))|../../x"
    bodies.deployment(name, "shop", ["n1"])
    assert by_id(shaped(bodies))[f"shop/Deployment/{name}"].name == name
