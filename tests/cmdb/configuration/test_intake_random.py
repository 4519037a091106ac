"""Random estates in and out: nothing altered, nothing twice, and its laws kept whatever several sources do."""

from __future__ import annotations

import io
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cmdb.configuration.errors import GroupsWouldBreak
from cmdb.configuration.intake import import_estate
from cmdb.errors import InvalidInput
from cmdb.model.ci import CIS, CIStatus
from cmdb.model.group import GROUPS, members_needed
from cmdb.model.relation import RELATIONS
from tests.builders import the_context
from tests.estate_files import a_group, a_relation, an_estate, an_item, given_out, lines_of, take


@st.composite
def estates(draw):
    """Random sound estates: CIs with attributes, relations of several types, groups that hold."""
    ids = draw(st.lists(st.text('abc:/~"é漢', min_size=1, max_size=4), min_size=1, max_size=6, unique=True))
    site, roles = st.text(max_size=5), st.lists(st.text(max_size=3), max_size=3)
    attributes = st.fixed_dictionaries({}, optional={"site": site, "roles": roles})
    records = []
    for ci_id in ids:
        item = an_item(ci_id)
        if given_attributes := draw(attributes):
            item["attributes"] = given_attributes
        if draw(st.booleans()):
            item["unavailability"] = draw(st.floats(0, 1) | st.sampled_from([0, 1]))
        records.append(item)
    ends = st.sampled_from(ids)
    joined = draw(
        st.lists(st.tuples(ends, st.sampled_from(["depends_on", "uses"]), ends, st.booleans()), max_size=8, unique=True)
    )
    for source, kind, target, grouped in joined:
        relation = {**a_relation(source, target), "type": kind}
        if grouped:
            relation["group"] = "g"
        elif draw(st.booleans()):
            relation["strength"] = draw(st.sampled_from(["hard", "soft", "none"]))
        if draw(st.booleans()):
            relation["confidence"] = draw(st.floats(0.01, 0.99))
        records.append(relation)
    for source in {source for source, _, _, grouped in joined if grouped}:
        members = len({target for s, _, target, grouped in joined if grouped and s == source})
        records.append(a_group(source, "g", draw(st.integers(1, members) | st.sampled_from(["50%", "1%", "100%"]))))
    return draw(st.permutations(records))


def in_order(estate: dict) -> dict:
    return {
        part: sorted(estate[part], key=lambda each: json.dumps(each, sort_keys=True))
        for part in ("items", "relations", "groups")
    }


@given(estates(), st.booleans())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_random_estate_goes_in_and_out_unaltered_and_not_in_twice(records, lines):
    """Whatever the ids and texts, in whatever order the records stand, as a document or as lines."""
    context = the_context()
    estate = an_estate(*records)
    content = lines_of(estate) if lines else json.dumps(estate).encode()

    import_estate(context, io.BytesIO(content), source="a")
    out = given_out(context)

    assert in_order(out) == in_order(estate)
    assert import_estate(context, io.BytesIO(json.dumps(out).encode()), source="a").revision is None


@given(estates(), estates())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_after_retiring_what_is_missing_the_store_is_the_file(before, after):
    """Whatever was there of the source, an import that retires the missing leaves exactly the new file."""
    context = the_context()
    take(context, *before)

    take(context, *after, retire_missing=True, allow_broken_groups=True)

    assert in_order(given_out(context)) == in_order(an_estate(*after))
    assert not context.store.check()


def what_is_broken(context) -> list[str]:
    """Return every law of an estate that the store does not keep."""
    active = {ci.id for ci in context.records.find(CIS) if ci.status is CIStatus.ACTIVE}
    groups = {(group.item, group.name): group for group in context.records.find(GROUPS)}
    members: dict[tuple[str, str], set[str]] = {pair: set() for pair in groups}
    wrong = [str(found) for found in context.store.check()]
    for relation in context.records.find(RELATIONS):
        wrong += [
            f"{end} of {relation} is not active" for end in (relation.source, relation.target) if end not in active
        ]
        if relation.group is not None:
            if (relation.source, relation.group) not in groups:
                wrong.append(f"{relation} names no group")
            members.setdefault((relation.source, relation.group), set()).add(relation.target)
    for pair, group in groups.items():
        if group.item not in active or not 0 < members_needed(group.needs, len(members[pair])) <= len(members[pair]):
            wrong.append(f"{group} has {members[pair]}")
    return wrong


@given(st.lists(st.tuples(estates(), st.sampled_from("ab"), st.booleans(), st.booleans()), min_size=2, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_several_sources_bring_and_take_away_the_estate_keeps_its_laws(imports):
    """
    Two sources import random estates in turn, with and without retiring: what is refused writes nothing, and what is
    taken leaves every end active, every named group defined and every group with the members it needs.
    """
    context = the_context()
    for records, source, retire, allow in imports:
        before = context.store.revision()
        try:
            take(context, *records, source=source, retire_missing=retire, allow_broken_groups=allow)
        except (InvalidInput, GroupsWouldBreak):
            assert context.store.revision() == before
        assert what_is_broken(context) == []
