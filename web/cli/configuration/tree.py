"""Dependencies drawn as a tree: what a CI depends on, or what depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from web.cli import options
from web.cli.output import emit
from web.cli.root import command
from web.cli.session import Session

if TYPE_CHECKING:
    from web.naming import Names

MOST_CHILDREN = 25
MOST_NODES = 2000


@command(example="foreshock ci tree checkout --depth 3", places={"/as_of": "--as-of"})
@click.argument("ci")
@click.option("--up", is_flag=True, help="What depends on it, instead of what it depends on.")
@click.option(
    "--depth", type=click.IntRange(1, 20), default=2, show_default=True, metavar="N", help="How many steps to follow."
)
@options.as_of()
@click.pass_obj
def tree(session: Session, /, ci: str, up: bool, depth: int, as_of: str | None) -> None:
    """
    Draw what a CI depends on, or with --up what depends on it. A CI that was drawn already is named, not drawn again.

    What is too much for one branch or for the drawing is counted.
    """
    from cmdb.configuration import search

    desk = session.twin(search)
    at = session.pinned(as_of)
    first = desk.get_ci(session.context, ci, at=at).record
    walk = _Walk(session, "in" if up else "out", at)
    document = walk.node(first.id, first.name, first.ci_class)
    level = [document]
    for _ in range(depth):
        level = [child for node in level for child in walk.grow(node)]
    rows = list(_rows(document, None, 0))

    def lines() -> Iterator[str]:
        return _lines(document, session.names((row["id"] for row in rows), at=at))

    emit(session, document, lines, rows=rows)


class _Walk:
    """Grows the tree level by level, so that a CI is drawn where it is nearest."""

    def __init__(self, session: Session, direction: str, at: int) -> None:
        self._session = session
        self._direction = direction
        self._at = at
        self._drawn: set[str] = set()

    def node(self, ci: str, name: str, ci_class: str, **relation: Any) -> dict[str, Any]:
        again = ci in self._drawn
        self._drawn.add(ci)
        return {"id": ci, "name": name, "class": ci_class, **relation, "again": again, "more": False, "children": []}

    def grow(self, node: dict[str, Any]) -> list[dict[str, Any]]:
        """Give a node its children and return those that are to grow further."""
        from cmdb.configuration import search

        if node["again"]:
            return []
        if len(self._drawn) >= MOST_NODES:
            node["more"] = True
            return []
        direction: Any = self._direction
        asked, context = self._session.twin(search), self._session.context
        found = asked.neighbours_of(context, node["id"], direction, limit=MOST_CHILDREN, at=self._at)
        for neighbour in found.rows:
            relation, other = neighbour.relation.record, neighbour.ci
            child = self.node(other.id, other.name, other.ci_class, type=relation.type, group=relation.group)
            node["children"].append(child)
        node["more"] = found.after is not None
        children: list[dict[str, Any]] = node["children"]
        return children


def _rows(node: dict[str, Any], parent: str | None, depth: int) -> Iterator[dict[str, Any]]:
    keys = ("id", "name", "class", "type", "group", "again", "more")
    yield {"depth": depth, "parent": parent, **{key: node.get(key) for key in keys}}
    for child in node["children"]:
        yield from _rows(child, node["id"], depth + 1)


def _lines(node: dict[str, Any], names: Names, lead: str = "", branch: str = "") -> Iterator[str]:
    from web.cli.tables import plain
    from web.naming import without_id

    relation = f"{node['type']} " if "type" in node else ""
    group = f", group {node['group']}" if node.get("group") else ""
    again = ", drawn above" if node["again"] else ""
    about = click.style(f"  {plain(without_id(names, node['id']))}, {node['class']}{plain(group)}{again}", dim=True)
    yield f"{lead}{branch}{relation}{click.style(plain(node['id']), bold=True)}{about}"
    below = lead + {"": "", "├─ ": "│  ", "└─ ": "   "}[branch]
    for place, child in enumerate(node["children"]):
        last = place == len(node["children"]) - 1 and not node["more"]
        yield from _lines(child, names, below, "└─ " if last else "├─ ")
    if node["more"]:
        yield f"{below}└─ and more: foreshock ci show {plain(node['id'])}"
