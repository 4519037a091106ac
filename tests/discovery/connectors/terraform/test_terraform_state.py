"""What the terraform connector makes of a state: classes, identifiers, dependencies, and never a secret."""

from __future__ import annotations

import copy
import json

import pytest

from cmdb.configuration.attributes import problems_of
from cmdb.configuration.catalogue import built_in
from cmdb.model.ci_class import AttributeType
from cmdb.model.observation import Identifier
from cmdb.model.relation import Strength
from cmdb.records import to_document
from discovery.connectors.terraform import CONNECTOR
from discovery.connectors.terraform.resource_types import TYPES
from discovery.connectors.terraform.values import _KINDS
from tests.discovery.connectors.terraform.reading_files import parts_of, shaped
from tests.discovery.connectors.terraform.states import LINEAGE, PLANTED, as_bytes, instance, resource, shop


@pytest.fixture
def of(tmp_path):
    """A function that reads a document and returns its observations by address."""

    def read(document, **file):
        path = tmp_path / "it.tfstate"
        path.write_bytes(as_bytes(document))
        return {each.evidence["address"]: each for each in shaped(path, **file).observations}

    return read


def ends(observation):
    """The addresses it depends on, with the strength."""
    return {each.target.native_id.partition("/")[2]: each.strength for each in observation.relations}


def test_a_resource_has_the_class_and_identifiers_by_which_other_sources_know_it(of):
    """Terraform's web server is the aws connector's: same instance id and ARN."""
    web = of(shop())["aws_instance.web[1]"]

    assert web.ci_class == "virtual_machine"
    assert web.native_id == f"{LINEAGE}/aws_instance.web[1]"
    assert Identifier("cloud_id", "i-0a000000000000001") in web.identifiers
    assert Identifier("terraform", web.native_id) in web.identifiers
    assert web.name == "web1"
    assert web.labels["team"] == "shop"


def test_a_kubernetes_object_is_known_by_its_name_in_the_cluster(of):
    """The settings say which cluster a state is about; a state does not."""
    assert Identifier("kubernetes_name", "blue/shop/Deployment/cart") in (
        of(shop(), cluster="blue")["kubernetes_deployment_v1.cart"].identifiers
    )
    assert not [
        each for each in of(shop())["kubernetes_deployment_v1.cart"].identifiers if each.kind == "kubernetes_name"
    ]


def test_a_data_source_is_nobody_to_terraform(of):
    """It was looked up, not built; somebody else lists it."""
    assert not [address for address in of(shop()) if "aws_ami" in address]


def test_what_is_reached_over_another_is_no_dependency_of_its_own(of):
    """A state lists all that is upstream: the network stands beneath the subnet alone."""
    assert ends(of(shop())["aws_instance.web[1]"]) == {"aws_subnet.app[1]": None}


def test_of_several_instances_the_one_that_a_value_names_is_meant(of):
    """web[2] holds the id of the second subnet."""
    assert ends(of(shop())["aws_instance.web[2]"]) == {"aws_subnet.app[2]": None}


def test_where_nothing_names_one_of_several_instances_none_alone_takes_it_down(of):
    """It is not known which it needs, so each dependency is soft."""
    state = shop()
    state["resources"][3]["instances"][0]["attributes"]["subnet_id"] = "unknown"

    assert ends(of(state)["aws_instance.web[1]"]) == {
        "aws_subnet.app[1]": Strength.SOFT,
        "aws_subnet.app[2]": Strength.SOFT,
    }


def test_of_several_things_of_one_type_none_alone_takes_it_down(of):
    """A load balancer in two subnets works in either; the aws connector knows the group, a state does not."""
    state = shop()
    state["resources"] += [
        resource("aws_subnet", "spare", instance({"id": "subnet-0e00000000000001"})),
        resource("aws_security_group", "web", instance({"id": "sg-0e00000000000001"})),
        resource(
            "aws_lb",
            "front",
            instance(
                {"id": "front", "subnets": ["subnet-0b00000000000001", "subnet-0e00000000000001"]},
                "aws_security_group.web",
                "aws_subnet.app",
                "aws_subnet.spare",
            ),
        ),
    ]
    front = of(state)["aws_lb.front"]

    assert ends(front) == {
        "aws_subnet.app[1]": Strength.SOFT,
        "aws_subnet.spare": Strength.SOFT,
        "aws_security_group.web": None,
    }
    assert {each.type for each in front.relations} == {"routes_through", "depends_on"}


def test_within_a_module_only_its_own_instance_is_meant(of):
    """Two copies of a module have nothing of each other."""
    state = shop()
    for key in ("a", "b"):
        module = f'module.edge["{key}"]'
        state["resources"] += [
            resource("aws_instance", "proxy", instance({"id": "i-1"}, "module.edge.aws_lb.front"), module=module),
            resource("aws_lb", "front", instance({"id": "x"}), module=module),
        ]

    assert ends(of(state)['module.edge["a"].aws_instance.proxy']) == {'module.edge["a"].aws_lb.front': None}


def test_an_id_that_several_resources_tell_belongs_to_the_one_whose_satellites_the_others_are(of):
    """A version of a secret tells the secret's ARN for its own; they stay two things."""
    state = shop()
    state["resources"][6]["instances"][0]["attributes"]["id"] = "db|v1"
    found = of(state)
    arn = Identifier("cloud_id", state["resources"][5]["instances"][0]["attributes"]["arn"])

    assert arn in found["aws_secretsmanager_secret.db"].identifiers
    assert arn not in found["aws_secretsmanager_secret_version.db"].identifiers


def test_no_secret_leaves_the_file(tmp_path):
    """Neither parts nor observations nor notes hold what was planted where states keep passwords."""
    path = tmp_path / "it.tfstate"
    path.write_bytes(as_bytes(shop()))
    parts, made = parts_of(path), shaped(path)

    assert PLANTED in path.read_text(encoding="utf-8")
    assert PLANTED not in json.dumps([part.body for part in parts])
    assert PLANTED not in repr(made)


@pytest.mark.parametrize("paths", ["all", {"not": "a list"}, [[]], [[{"type": "index", "value": 0}]], [None]])
def test_sensitive_paths_that_can_not_be_understood_make_everything_a_secret(of, paths):
    """Rather nothing than a password."""
    state = shop()
    state["resources"][3]["instances"][0]["sensitive_attributes"] = paths
    web = of(state)["aws_instance.web[1]"]

    assert not web.attributes
    assert not web.labels
    assert [each.kind for each in web.identifiers] == ["terraform"]


def test_a_value_of_the_wrong_type_is_left_out_and_told(tmp_path):
    """A document can say anything; the catalogue takes a port only if it is one."""
    state = shop()
    database = state["resources"][4]["instances"][0]["attributes"]
    database |= {"port": 70_000, "engine": {"not": "text"}, "engine_version_actual": True}
    (tmp_path / "it").write_bytes(as_bytes(state))
    made = shaped(tmp_path / "it")
    found = next(each for each in made.observations if each.ci_class == "database_instance")

    assert "port" not in found.attributes
    assert "engine" not in found.attributes
    assert "terraform.values_left_out" in {note.code for note in made.notes}


def test_every_row_of_the_table_fits_the_catalogue():
    """Classes, attributes and their types: a row that does not would have its CIs refused."""
    kinds = {
        "": {AttributeType.TEXT},
        "int": {AttributeType.INTEGER, AttributeType.DECIMAL},
        "port": {AttributeType.INTEGER},
        "cidr": {AttributeType.CIDR},
        "ip": {AttributeType.IP},
        "ips": {AttributeType.LIST},
        "fqdn": {AttributeType.FQDN},
        "texts": {AttributeType.LIST},
        "service_type": {AttributeType.ENUM},
    }
    assert kinds.keys() == _KINDS.keys()
    for name, row in TYPES.items():
        known = built_in().attributes_of(row.ci_class)
        assert known, name
        for attribute, path in row.attributes.items():
            assert known[attribute].type in kinds[path.partition(":")[2]], f"{name}.{attribute}"
        assert not problems_of(built_in(), row.ci_class, row.fixed), name
    assert set(CONNECTOR.classes) == {row.ci_class for row in TYPES.values()} | {"cloud_resource"}


def test_observations_fit_the_catalogue(of):
    """Attributes are of their types and relations join what they may."""
    found = of(shop(), cluster="blue")
    classes = {each.native_id: each.ci_class for each in found.values()}

    for each in found.values():
        assert not problems_of(built_in(), each.ci_class, each.attributes)
        for relation in each.relations:
            assert built_in().allowed(relation.type, each.ci_class, classes[relation.target.native_id])


def test_a_state_in_any_order_gives_the_same(of):
    """Terraform promises no order."""
    state = shop()
    turned = copy.deepcopy(state)
    turned["resources"].reverse()

    assert {k: to_json(v) for k, v in of(state).items()} == {k: to_json(v) for k, v in of(turned).items()}


def to_json(observation):
    from cmdb.model.observation import OBSERVATIONS

    return to_document(OBSERVATIONS, observation)


def test_what_is_left_over_from_a_replacement_is_told(tmp_path):
    """A deposed object is no longer the one of the address."""
    state = shop()
    state["resources"][1]["instances"].append(instance({"id": "vpc-0old0000"}, deposed="6a2c4f1b"))
    (tmp_path / "it").write_bytes(as_bytes(state))
    made = shaped(tmp_path / "it")

    assert len([each for each in made.observations if each.ci_class == "virtual_network"]) == 1
    assert "terraform.passed_deposed" in {note.code for note in made.notes}


def test_a_block_of_very_many_instances_is_no_dependency_on_all_of_them(tmp_path):
    """Ten thousand times a thousand relations help nobody; the note names the block."""
    state = shop()
    many = (instance({"id": f"i-{n:017x}"}, key=n) for n in range(2_000))
    users = (instance({"id": f"x{n}"}, "aws_instance.crowd", key=n) for n in range(2_000))
    one = instance({"id": "y", "target": f"i-{7:017x}"}, "aws_instance.crowd")
    state["resources"] = [
        resource("aws_instance", "crowd", *many),
        resource("aws_eip", "user", *users),
        resource("aws_eip", "one", one),
    ]
    (tmp_path / "it").write_bytes(as_bytes(state))
    made = shaped(tmp_path / "it")

    assert [ends(each) for each in made.observations if each.relations] == [{"aws_instance.crowd[7]": None}]
    assert [note.facts["blocks"] for note in made.notes if note.code == "terraform.too_many_instances"] == [
        ["aws_instance.crowd"]
    ]


def test_dependencies_that_go_round_in_a_circle_end(of):
    """No sound state has one; a hostile one may."""
    state = shop()
    state["resources"] = [
        resource("aws_lb", name, instance({"id": name}, *(f"aws_lb.{other}" for other in "abc" if other != name)))
        for name in "abc"
    ]

    assert set(ends(of(state)["aws_lb.a"])) == {"aws_lb.b", "aws_lb.c"}
