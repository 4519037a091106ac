"""A small fictional Backstage: entities as files and as its catalog API over a real socket."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import yaml

from tests.discovery.connectors.importing import Asked, Reply

PLANTED = ("On-duty engineer", "duty@example.org", "pl4nted-secret")


def _entity(kind: str, name: str, /, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


FILES: dict[str, list[dict[str, Any]]] = {
    "catalog-info.yaml": [
        _entity("Domain", "commerce", {"owner": "group:default/platform"}, description="Buying and selling"),
        _entity("System", "shop", {"owner": "team-shop", "domain": "commerce"}, title="Online shop"),
        _entity("Group", "platform", {"type": "department", "children": [], "profile": {"email": "duty@example.org"}}),
        _entity("Group", "team-shop", {"type": "team", "parent": "platform", "members": ["duty"]}, title="Team Shop"),
        _entity("User", "duty", {"profile": {"displayName": "On-duty engineer", "email": "duty@example.org"}}),
        _entity("Location", "all", {"targets": ["./services/web/catalog-info.yaml"]}),
    ],
    "services/web/catalog-info.yaml": [
        _entity(
            "Component",
            "web",
            {
                "type": "website", "lifecycle": "production", "owner": "team-shop", "system": "shop",
                "consumesApis": ["cart-api"],
                "dependsOn": ["resource:sessions", "component:default/cart", "component:gone"],
            },
            annotations={"backstage.io/kubernetes-id": "web"}, labels={"tier": "1"}, tags=["python", "web"],
            links=[{"url": "https://example.org/pl4nted-secret"}],
        ),
    ],
    "services/cart/catalog-info.yaml": [
        _entity(
            "Component", "cart",
            {"type": "service", "owner": "team-shop", "system": "shop", "providesApis": ["cart-api"]},
        ),
        _entity(
            "Component", "cart-canary",
            {"type": "service", "owner": "user:duty", "providesApis": ["API:Default/Cart-API"]},
        ),
        _entity("Component", "cart-worker", {"type": "worker", "owner": "ghosts", "subcomponentOf": "cart"}),
        _entity("API", "cart-api", {"type": "openapi", "owner": "team-shop", "definition": "token: pl4nted-secret"}),
        _entity("Resource", "sessions", {"type": "redis-cache", "owner": "platform"}),
        _entity("Resource", "orders", {"type": "database", "owner": "platform", "dependencyOf": ["component:cart"]}),
        _entity("Resource", "robot", {"type": "warehouse-robot", "owner": "platform"}, namespace="floor"),
    ],
}  # fmt: skip


def write(folder: Path) -> Path:
    """Write the entities as files, several documents to one."""
    for name, entities in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump_all(entities, sort_keys=False), encoding="utf-8")
    return folder


class Catalog:
    """GET /api/catalog/entities/by-query as it is documented: a cursor from page to page, which holds the order."""

    def __init__(self) -> None:
        self.entities = [entity for entities in FILES.values() for entity in entities]

    def answer(self, asked: Asked) -> Reply:
        if asked.path != "/api/catalog/entities/by-query":
            return Reply({"error": {"name": "NotFoundError"}}, status=404)
        at = 0
        if "cursor" in asked.query:
            assert "orderField" not in asked.query
            at = int(base64.b64decode(asked.query["cursor"]).decode())
        end = at + int(asked.query["limit"])
        info = {"nextCursor": base64.b64encode(str(end).encode()).decode()} if end < len(self.entities) else {}
        return Reply({"items": self.entities[at:end], "totalItems": len(self.entities), "pageInfo": info})
