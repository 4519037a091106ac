"""What becomes of declared entities: references resolved as Backstage does, and dependencies with their direction."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cmdb.model.observation import EvidenceKind, Observation
from discovery.connectors.backstage import CONNECTOR
from discovery.connectors.backstage.config import BackstageSettings
from discovery.ports import Shaped
from discovery.testing import TrialLine, told
from discovery.testing.samples import parts_of
from tests.discovery.connectors.backstage.world import Catalog, write
from tests.discovery.connectors.importing import serving, shaped

SAMPLES = Path(__file__).parents[4] / "discovery" / "connectors" / "backstage" / "sample"


@pytest.fixture
def shown(tmp_path) -> Shaped:
    return shaped(CONNECTOR, {"folder": str(write(tmp_path))}, TrialLine())


@pytest.fixture
def found(shown) -> dict[str, Observation]:
    return {each.native_id: each for each in shown.observations}


def ends(observation: Observation, type_: str, group: str | None = None) -> set[str]:
    return {
        str(each.target.native_id)
        for each in observation.relations
        if each.type == type_ and each.group == group and each.target
    }


def test_a_component_depends_on_what_it_says(found):
    """By whatever spelling of a reference: with and without kind, namespace and capitals."""
    assert ends(found["component:default/web"], "depends_on") == {"resource:default/sessions", "component:default/cart"}
    assert ends(found["component:default/cart"], "depends_on") == {"resource:default/orders"}


def test_an_api_depends_on_those_who_provide_it_and_is_used_by_those_who_consume_it(found):
    """While one of two components provides it, it is there."""
    api = found["api:default/cart-api"]

    assert ends(api, "depends_on", "providers") == {"component:default/cart", "component:default/cart-canary"}
    assert [(group.name, group.needs) for group in api.groups] == [("providers", 1)]
    assert ends(found["component:default/web"], "uses") == {"api:default/cart-api"}


def test_a_whole_works_worse_without_its_parts(found):
    """Domain, system, component, subcomponent."""
    assert ends(found["domain:default/commerce"], "uses") == {"system:default/shop"}
    assert ends(found["system:default/shop"], "uses") == {"component:default/web", "component:default/cart"}
    assert ends(found["component:default/cart"], "uses") == {"component:default/cart-worker"}
    assert ends(found["component:default/cart-worker"], "part_of") == {"component:default/cart"}


def test_teams_own_and_persons_do_not(found, shown):
    """A user who owns something is counted; a team that is not in the catalog is named all the same."""
    assert found["component:default/web"].attributes["owner"] == "Team Shop"
    assert ends(found["component:default/web"], "owned_by") == {"group:default/team-shop"}
    assert found["component:default/cart-worker"].attributes["owner"] == "ghosts"
    assert "owner" not in found["component:default/cart-canary"].attributes
    notes = [(note.code, dict(note.facts)) for note in shown.notes]
    assert ("backstage.reference_left_out", {"field": "owner", "because": "a person, or no team", "count": 1}) in notes
    assert ("backstage.left_out", {"kind": "user", "because": "a person", "count": 1}) in notes


def test_a_reference_that_leads_nowhere_is_counted(shown):
    """Nothing goes silently."""
    assert (
        "backstage.reference_left_out",
        {"field": "dependsOn", "because": "it leads to nothing that is taken", "count": 1},
    ) in [(note.code, dict(note.facts)) for note in shown.notes]


def test_resources_get_their_class_by_the_words_of_their_type(found, shown):
    """One that no word tells is noted, until the settings say what it is."""
    assert found["resource:default/sessions"].ci_class == "cache"
    assert found["resource:default/orders"].ci_class == "database"
    assert found["resource:floor/robot"].ci_class == "external_service"
    assert [dict(note.facts) for note in shown.notes if note.code == "backstage.type_unknown"] == [
        {"type": "resource/warehouse-robot", "class": "external_service", "count": 1}
    ]


def test_a_type_may_be_given_its_class(tmp_path):
    """By kind and type."""
    settings = {"folder": str(write(tmp_path)), "types": {"resource/warehouse-robot": "server"}}
    told = shaped(CONNECTOR, settings, TrialLine())

    assert {each.ci_class for each in told.observations if each.native_id == "resource:floor/robot"} == {"server"}


def test_everything_is_declared(shown):
    """A person said so; nobody saw it."""
    kinds = {relation.evidence for each in shown.observations for relation in each.relations}
    kinds |= {group.evidence for each in shown.observations for group in each.groups}

    assert kinds == {EvidenceKind.DECLARED}


def test_labels_and_annotations_are_kept_for_the_rules(found):
    """As the source has them."""
    web = found["component:default/web"]

    assert web.labels["backstage.io/kubernetes-id"] == "web"
    assert web.labels["tier"] == "1"
    assert web.attributes["tags"] == ["python", "web"]
    assert web.evidence == {"kind": "component", "file": "services/web/catalog-info.yaml"}


def test_the_api_and_the_files_say_the_same(shown):
    """But for the file, which the API does not name."""
    with serving(Catalog().answer) as server:
        over_http = shaped(CONNECTOR, {"url": server.url, "page_size": 3}, TrialLine())

    def plain(shape: Shaped) -> list[object]:
        return [
            (
                each.native_id,
                each.ci_class,
                each.name,
                each.attributes,
                each.labels,
                [(relation.type, relation.target, relation.group) for relation in each.relations],
            )
            for each in shape.observations
        ]

    assert plain(over_http) == plain(shown)
    assert over_http.complete == shown.complete


def test_of_two_entities_with_one_name_the_first_file_counts(tmp_path):
    """The other is counted; the order in which files are found does not matter."""
    write(tmp_path)
    (tmp_path / "zz").mkdir()
    (tmp_path / "zz" / "catalog-info.yaml").write_text(
        "apiVersion: backstage.io/v1alpha1\nkind: component\nmetadata: {name: WEB, title: Other}\n"
    )
    found = shaped(CONNECTOR, {"folder": str(tmp_path)}, TrialLine())

    assert [each.name for each in found.observations if each.native_id == "component:default/web"] == ["web"]
    assert {"kind": "component", "because": "another entity has its name", "count": 1} in [
        dict(note.facts) for note in found.notes
    ]


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir()))
def test_a_recorded_sample_gives_what_is_expected_of_it(name):
    """The parts of each sample, shaped twice, give its expected.json."""
    folder = SAMPLES / name
    settings = BackstageSettings().load(json.loads((folder / "settings.json").read_text()))
    target = next(iter(CONNECTOR.targets(settings, TrialLine())))
    expected = json.loads((folder / "expected.json").read_text())

    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
    assert told(CONNECTOR.shape(target, settings, parts_of(folder))) == expected
