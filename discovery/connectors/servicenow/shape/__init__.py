"""Makes observations of the records of ServiceNow's CMDB and the relations between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from cmdb.model.relation import Strength
from cmdb.model.run import Said
from discovery.connectors.servicenow.shape.items import draft_of
from discovery.connectors.servicenow.shape.relations import relate, unique_names
from discovery.connectors.servicenow.shape.rows import Record, Table, tables_of
from discovery.connectors.servicenow.tables import BELOW, CLASSES, LABELS, RELATIONS, TABLES
from discovery.ports import Part, Shaped, Target
from discovery.ports.drafting import Draft

__all__ = ["CLASSES", "shape"]


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:
    """
    Return the observations of the CMDB; pure.

    A record that several tables list is of the last of them, which is the most special one. What is retired is left out
    and counted; so is every relation that leads to nothing or whose type nothing is known of.
    """
    tables = tables_of(parts)
    counted: Counter[tuple[str, ...]] = Counter()
    drafts: dict[str, Draft] = {}
    gone: set[str] = set()
    for table in settings["tables"]:
        for record in tables.get(table, Table()).records:
            native = record.native_id(table)
            if not native:
                counted["servicenow.left_out", table, "it has neither a sys_id nor a name"] += 1
            elif _gone(record, settings):
                if native not in gone:
                    counted["servicenow.left_out", table, "it is retired"] += 1
                gone.add(native)
            else:
                if native in drafts:
                    _again(table, record, counted)
                drafts[native] = draft_of(native, table, record, _class_of(table, record, settings, counted))
    _owners(drafts, tables)
    relate(drafts, tables.get(RELATIONS, Table()).records, settings["relation_types"], counted)
    cut = sum(draft.cut for draft in drafts.values())
    notes = [_said(key, count) for key, count in sorted(counted.items())]
    notes += [Said("servicenow.shortened", {"count": cut})] if cut else []
    made = tuple(drafts[native].made(target.id) for native in sorted(drafts))
    return Shaped(made, _complete(target, settings, tables), tuple(notes))


def _complete(target: Target, settings: Any, tables: dict[str, Table]) -> frozenset[str]:
    """Return the tables that were read to their end; none, where the relations of their records were not."""
    relations = tables.get(RELATIONS)
    if relations is not None and not relations.whole:
        return frozenset()
    return frozenset(f"{target.id}/{table}" for table in settings["tables"] if table in tables and tables[table].whole)


def _gone(record: Record, settings: Any) -> bool:
    for field, skipped in (("operational_status", "skip_operational"), ("install_status", "skip_install")):
        # An export with display values says the word.
        if record.text(field) in settings[skipped] or record.shown(field).casefold() == "retired":
            return True
    return False


def _class_of(table: str, record: Record, settings: Any, counted: Counter[tuple[str, ...]]) -> str:
    own = record.text("sys_class_name")
    own = LABELS.get(own, own)
    classes = {**TABLES, **BELOW, **settings["classes"]}
    general = classes.get(table)
    found = classes.get(own)
    # A record of a special table may also stand in a listing that was told to be something else.
    if table in settings["classes"] and own not in settings["classes"]:
        found = settings["classes"][table]
    if found is None and own and own != table:
        counted["servicenow.class_of_table", own, general or "application_component"] += 1
    found = found or general or "application_component"
    return "virtual_machine" if found == "server" and record.text("virtual") in ("true", "1") else found


def _again(table: str, record: Record, counted: Counter[tuple[str, ...]]) -> None:
    if not record.sys_id:
        counted["servicenow.left_out", table, "another record of the table has its name, and there is no sys_id"] += 1


def _owners(drafts: dict[str, Draft], tables: dict[str, Table]) -> None:
    """Make adapters parts of what they are in."""
    names = unique_names(drafts)
    for record in tables.get("cmdb_ci_network_adapter", Table()).records:
        draft = drafts.get(record.native_id("cmdb_ci_network_adapter"))
        owner = drafts.get(record.text("cmdb_ci")) or names.get(record.shown("cmdb_ci"))
        if draft is not None and owner is not None and owner is not draft:
            draft.owner = owner.native_id
            draft.known_by("part", f"interface:{draft.name}")
            draft.relate("part_of", owner.native_id, "what it is in", strength=Strength.HARD)


def _said(key: tuple[str, ...], count: int) -> Said:
    code, first, second = key
    names = {
        "servicenow.left_out": ("table", "because"),
        "servicenow.class_of_table": ("table", "class"),
        "servicenow.relation_left_out": ("type", "because"),
    }[code]
    return Said(code, {names[0]: first, names[1]: second, "count": count})
