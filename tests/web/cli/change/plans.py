"""A plan as `terraform show -json` prints it, for the state of the connector's tests, and the estate read from that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.discovery.connectors.terraform.states import LINEAGE, PLANTED, as_bytes, shop


def entry(address: str, *actions: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    """Return one entry of resource_changes."""
    kind = address.rpartition("module.")[2].split(".")[-2]
    change = {"actions": list(actions), "before": before, "after": after}
    return {"address": address, "mode": "managed", "type": kind, "change": change}


def instance(number: int, **values: Any) -> dict[str, Any]:
    """Return the values of one of the two web servers."""
    return {"id": f"i-0a00000000000000{number}", "instance_type": "m5.large", "user_data": PLANTED, **values}


def plan_of_the_shop() -> dict[str, Any]:
    """One web server goes, the other is resized, the network gets a tag, one thing is nobody's and one is new."""
    changes = [
        entry("aws_instance.web[1]", "delete", before=instance(1)),
        entry("aws_instance.web[2]", "update", before=instance(2), after=instance(2, instance_type="m5.xlarge")),
        entry("aws_vpc.main", "update", before={"tags": {}}, after={"tags": {"team": "shop"}}),
        entry("aws_instance.lost", "delete", "create", before={"id": "i-0fffffffffffffff1"}),
        entry("aws_instance.third", "create", after=instance(3)),
    ]
    return {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}, "resource_changes": changes}


def shop_estate(foreshock: Any, folder: Path) -> str:
    """Discover the shop's state, and enter a service that needs one of its two web servers; return the lineage."""
    (folder / "terraform.tfstate").write_bytes(as_bytes(shop()))
    (folder / "plan.json").write_text(json.dumps(plan_of_the_shop()), encoding="utf-8")
    files = json.dumps([{"name": "shop", "path": str(folder / "terraform.tfstate")}])
    foreshock("source", "put", "tf", "--connector", "terraform", "--set", f"files={files}").ok()
    foreshock("discover", "run", "tf").ok()
    estate = {
        "format": "estate/1",
        "items": [{"id": "store", "class": "service", "name": "Store", "attributes": {"tier": 1}}],
        "groups": [{"item": "store", "name": "web", "needs": 1}],
        "relations": [
            {"source": "store", "type": "depends_on", "target": web(number), "group": "web"} for number in (1, 2)
        ],
    }
    (folder / "store.json").write_text(json.dumps(estate), encoding="utf-8")
    foreshock("import", "estate", str(folder / "store.json")).ok()
    return LINEAGE


def web(number: int) -> str:
    """Return the id of the CI that one of the web servers is."""
    return f"tf:{LINEAGE}/aws_instance.web[{number}]"
