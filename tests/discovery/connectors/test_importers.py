"""The four importers against sources that answer anything: shaped all the same, and always as the catalogue has it."""

from __future__ import annotations

import contextlib
import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.configuration.admission import class_problems, relation_problems
from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.model.group import share_of
from discovery.connectors import backstage, itop, netbox, servicenow
from discovery.ports import Connector, Part, Shaped
from discovery.testing import TrialLine, told
from discovery.testing.samples import parts_of

FOLDER = Path(__file__).parents[3] / "discovery" / "connectors"
SAMPLES = [
    (connector, folder)
    for connector in (backstage.CONNECTOR, itop.CONNECTOR, netbox.CONNECTOR, servicenow.CONNECTOR)
    for folder in sorted((FOLDER / connector.name / "sample").iterdir())
]
each_sample = pytest.mark.parametrize(("connector", "folder"), SAMPLES, ids=lambda each: getattr(each, "name", None))

odd = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(
        [2**70, -1e308, "", "0", "1", "x" * 5_000, "10.0.0.1/99", "::1", "ff:ff:ff:ff:ff:ff", "a\nb", "50%"]
    ),
    st.text(max_size=5),
    st.lists(st.integers(0, 3), max_size=3),
    st.dictionaries(st.sampled_from(["id", "value", "display_value", "name"]), st.integers(0, 3) | st.text(max_size=3)),
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of everything within a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(place for key, each in inner for place in places(each, (*at, key)))]


@cache
def recorded(folder: Path) -> tuple[tuple[Part, ...], tuple[tuple[Any, ...], ...]]:
    """Return the parts of a sample, and the path of everything within them, a part's number first."""
    parts = tuple(parts_of(folder))
    return parts, tuple((number, *place) for number, part in enumerate(parts) for place in places(part.body))


def replaced(value: Any, place: tuple[Any, ...], by: Any) -> Any:
    if not place:
        return by
    found = copy.copy(value)
    found[place[0]] = replaced(found[place[0]], place[1:], by)
    return found


def faults(shaped: Shaped) -> list[str]:
    """Return whatever of the observations the catalogue does not allow."""
    catalogue, found = built_in(), []
    classes = {each.native_id: each.ci_class for each in shaped.observations}
    for each in shaped.observations:
        wrong = [*class_problems(catalogue, each.ci_class), *problems_of(catalogue, each.ci_class, each.attributes)]
        found += [f"{each.native_id}: {problem.message}" for problem in wrong]
        for group in each.groups:
            share_of(group.needs)
            if sum(relation.group == group.name for relation in each.relations) < 1:
                found.append(f"{each.native_id}: the group {group.name} is empty")
        for relation in each.relations:
            target = str(relation.target and relation.target.native_id)
            if target not in classes:
                found.append(f"{each.native_id}: {relation.type} leads to nothing")
            else:
                wrong = relation_problems(catalogue, relation.type, each.ci_class, classes[target])
                found += [f"{each.native_id}: {problem.message}" for problem in wrong]
    json.dumps(told(shaped), ensure_ascii=False).encode()
    keys = [(each.native_id, each.scope) for each in shaped.observations]
    return found + ([] if len(keys) == len(set(keys)) else ["something is observed twice"])


def shape(connector: Connector, folder: Path, parts: list[Part]) -> Shaped:
    loaded = connector.settings().load(json.loads((folder / "settings.json").read_text(encoding="utf-8")))
    (target,) = connector.targets(loaded, TrialLine())
    return connector.shape(target, loaded, parts)


@each_sample
def test_a_sample_fits_the_catalogue(connector, folder):
    """Classes, attributes and the ends of relations; every relation leads to something that is observed."""
    assert not faults(shape(connector, folder, parts_of(folder)))


@each_sample
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_odd_values_are_shaped_and_fit_the_catalogue(connector, folder, data):
    """Some values of a sample are something else: no error, and nothing that the catalogue would refuse."""
    known, everywhere = recorded(folder)
    parts = list(known)
    for _ in range(data.draw(st.integers(1, 6))):
        number, *place = everywhere[data.draw(st.integers(0, len(everywhere) - 1))]
        with contextlib.suppress(LookupError, TypeError):  # What was there may have been replaced already.
            parts[number] = Part(parts[number].name, replaced(parts[number].body, tuple(place), data.draw(odd)))

    assert not faults(shape(connector, folder, parts))


@each_sample
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_lost_parts_leave_nothing_dangling(connector, folder, data):
    """Whole listings are missing: what is left is related to what is left."""
    parts = [part for part in recorded(folder)[0] if data.draw(st.booleans())]

    assert not faults(shape(connector, folder, parts))
