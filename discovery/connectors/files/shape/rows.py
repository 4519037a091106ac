"""The rows of a table as observations: what a column holds is what the settings say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from ipaddress import ip_address, ip_network
from typing import Any

from cmdb.exchange.estate import is_name
from cmdb.exchange.estate.faults import shown
from cmdb.exchange.tables import Unfit, texts_of, value_of
from cmdb.exchange.tables.values import SENTENCES, text_of
from cmdb.model.ci_class import Attribute, AttributeType
from cmdb.model.observation import EvidenceKind, Observation, ObservedRelation
from cmdb.model.run import Said
from discovery.connectors.files.config import LISTS
from discovery.connectors.files.shape.identity import end_of, identifiers_of

# What these attributes hold in every class, so that settings need not say it.
_USUAL = {
    "ip_addresses": "ips",
    "mac_addresses": "macs",
    "management_ip": "ip",
    "tags": "texts",
    "roles": "texts",
    "cpu_cores": "integer",
    "memory_mb": "integer",
    "rack_position": "integer",
    "port": "integer",
    "tier": "integer",
    "disk_gb": "decimal",
    "capacity_gb": "decimal",
    "cost": "decimal",
    "purchased_on": "date",
    "warranty_until": "date",
}
_MAC = re.compile(r"[0-9A-Fa-f]{2}([:-]?)(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}")
_MOST_ENTRIES = 1_000


def of_rows(file: str, table: Mapping[str, Any], pages: Sequence[Any], notes: list[Said]) -> list[Observation]:
    """Return an observation for each row that has an id and a class; the others, and odd cells, are noted."""
    found = []
    for page in pages:
        rows = _Rows(file, table, page, notes)
        found += [one for one in map(rows.observation, page["rows"]) if one is not None]
    return found


def attribute_of(meaning: str) -> Attribute:
    """Return the attribute that the settings mean by ``name`` or ``name:type``."""
    name, _, kind = meaning.partition(":")
    kind = kind or _USUAL.get(name, "text")
    if kind in LISTS:
        return Attribute(name, AttributeType.LIST, of=LISTS[kind])
    return Attribute(name, AttributeType(kind))


class _Rows:
    """One page of rows."""

    def __init__(self, file: str, table: Mapping[str, Any], page: Mapping[str, Any], notes: list[Said]) -> None:
        self._file, self._table, self._notes = file, table, notes
        # The number of a row stands before its cells.
        self._at = {column: at for at, column in enumerate(page["columns"], start=1)}
        self._epoch = date.fromisoformat(page["epoch"]) if "epoch" in page else None
        self._attributes = {column: attribute_of(meaning) for column, meaning in table["attributes"].items()}
        self._empty = frozenset(table["empty"])

    def observation(self, row: Sequence[Any]) -> Observation | None:
        """Return what a row says, or None where nobody can tell of what."""
        native_id = self._name(row, self._table["id"])
        column = self._table.get("class_column")
        ci_class = (self._name(row, column) if column else "") or self._table.get("ci_class", "")
        if not native_id or not ci_class:
            column = self._table["id"] if not native_id else column
            self._notes.append(Said("files.row_left_out", {"file": self._file, "row": row[0], "column": column}))
            return None
        name = (self._name(row, self._table["name"]) if "name" in self._table else "") or native_id
        attributes = dict(self._values(row))
        return Observation(
            "",
            self._file,
            native_id,
            ci_class,
            name,
            attributes=attributes,
            identifiers=identifiers_of(ci_class, name, attributes),
            relations=tuple(self._relations(row, native_id)),
            labels=dict(self._labels(row)),
            evidence={"file": self._file},
        )

    def _cell(self, row: Sequence[Any], column: str) -> Any:
        cell = row[self._at[column]] if column in self._at else None
        return None if isinstance(cell, str) and cell in self._empty else cell

    def _name(self, row: Sequence[Any], column: str) -> str:
        """Return a cell as a name, "" where it is none."""
        try:
            text = " ".join(text_of(row[self._at[column]]).split()) if column in self._at else ""
        except Unfit:
            return ""
        return text if is_name(text) else ""

    def _values(self, row: Sequence[Any]) -> Iterator[tuple[str, Any]]:
        for column, attribute in self._attributes.items():
            cell = self._cell(row, column)
            if cell is None:
                continue
            try:
                value = value_of(attribute, cell, separators=self._table["separators"], epoch=self._epoch)
            except Unfit as unfit:
                self._odd(row, column, SENTENCES[unfit.code].format(**unfit.facts))
                continue
            fit = [entry for entry in value if _fits(attribute.entry_type, entry)] if attribute.is_list else value
            if attribute.is_list and len(fit) < len(value):
                wrong = [entry for entry in value if entry not in fit]
                self._odd(row, column, f"{shown(wrong[0])} is no {attribute.entry_type.value}")
            if not attribute.is_list and not _fits(attribute.type, value):
                self._odd(row, column, f"{shown(value)} is no {attribute.type.value}")
            elif fit or not attribute.is_list:
                yield attribute.name, fit

    def _relations(self, row: Sequence[Any], native_id: str) -> Iterator[ObservedRelation]:
        for each in self._table["relations"]:
            column = each["column"]
            try:
                others = texts_of(self._cell(row, column), self._table["separators"])
            except Unfit as unfit:
                self._odd(row, column, SENTENCES[unfit.code].format(**unfit.facts))
                continue
            if len(others) > _MOST_ENTRIES:
                self._odd(row, column, f"it lists {len(others)} CIs; the first {_MOST_ENTRIES} are taken")
            for other in others[:_MOST_ENTRIES]:
                if other in self._empty or other == native_id:
                    continue
                if not is_name(other):
                    self._odd(row, column, f"{shown(other)} is no id")
                    continue
                source, target = (end_of(other), None) if each["reverse"] else (None, end_of(other))
                detail = f"{self._file}: column {column}"
                yield ObservedRelation(each["type"], EvidenceKind.DECLARED, target, source, detail=detail)

    def _labels(self, row: Sequence[Any]) -> Iterator[tuple[str, str]]:
        for column in self._table["labels"]:
            cell = self._cell(row, column)
            if cell is not None and not isinstance(cell, (list, dict)):
                yield column, text_of(cell)

    def _odd(self, row: Sequence[Any], column: str, said: str) -> None:
        facts = {"file": self._file, "row": row[0], "column": column, "said": said}
        self._notes.append(Said("files.cell_left_out", facts))


def _fits(kind: AttributeType, value: Any) -> bool:
    """Tell whether an address is one: a catalogue is not at hand here, and a wrong one would spoil identification."""
    try:
        match kind:
            case AttributeType.IP:
                ip_address(value)
            case AttributeType.CIDR:
                ip_network(value)
            case AttributeType.MAC:
                return bool(_MAC.fullmatch(value))
            case AttributeType.FQDN:
                return "." in value.rstrip(".") and " " not in value
            case AttributeType.URL:
                return "://" in value
    except ValueError:
        return False
    return True
