"""The parts of either source as one form: per model, id > fields, references as ids, choices as their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from discovery.connectors.netbox.models import COUNTS, IN_DUMPS, MODELS, VERSION
from discovery.ports import Part

Row = dict[str, Any]


class Ref(NamedTuple):
    """An object that may be of several models."""

    model: str
    id: int


class CableEnd(NamedTuple):
    """Where a cable is plugged in: at its side ``A`` or ``B``."""

    cable: int
    side: str
    at: Ref


@dataclass(slots=True)
class Rows:
    """All that was read; ``counts`` how many objects the source has of each model, also of those that were not read."""

    by_model: dict[str, dict[int, Row]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    cut: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    version: tuple[int, int] | None = None
    cable_ends: list[CableEnd] = field(default_factory=list)
    port_pairs: list[tuple[int, int, int, int]] = field(default_factory=list)

    def of(self, model: str) -> dict[int, Row]:
        """Return the objects of a model by id, in the order of their ids."""
        return self.by_model.get(model, {})

    def find(self, model: str, id_: Any) -> Row:
        """Return an object, or an empty row where there is none."""
        return self.of(model).get(id_, {}) if type(id_) is int else {}

    def name(self, model: str, id_: Any) -> str:
        """Return the name of an object, "" where there is none."""
        return str(self.find(model, id_).get("name") or "")


def rows_of(parts: Sequence[Part]) -> Rows:
    """Return what the parts of a target hold; a body of another form than NetBox gives is passed over."""
    raw: dict[str, list[Row]] = defaultdict(list)
    rows = Rows()
    for part in parts:
        if not part.whole:
            rows.cut.add(part.name)
        if part.name == COUNTS and isinstance(part.body, dict):
            rows.counts.update((model, number) for model, number in part.body.items() if type(number) is int)
        elif part.name == VERSION and isinstance(part.body, dict):
            rows.version = _version(part.body.get("version"))
        elif isinstance(part.body, list):
            rows.read.add(part.name)
            raw[part.name].extend(row for row in part.body if isinstance(row, dict))
    types = _content_types(raw.pop("contenttypes.contenttype", ()))
    for model in MODELS:
        if model in raw:
            flat = (_flat_row(row, types) for row in raw[model])
            rows.by_model[model] = {row["id"]: row for row in sorted(flat, key=lambda row: row["id"])}
    _take_dumped(raw, rows, types)
    _take_nested(raw, rows)
    for model in (*MODELS, *IN_DUMPS):
        rows.counts.setdefault(model, len(raw.get(model, ())))
    return rows


def numbers(row: Mapping[str, Any], key: str) -> list[int]:
    """Return the numbers of a list, none where there is no list."""
    found = row.get(key)
    return [each for each in found if type(each) is int] if isinstance(found, list) else []


def ref(row: Mapping[str, Any], type_key: str, id_key: str) -> Ref | None:
    """Return what a generic reference points to, None where it points nowhere."""
    model, id_ = row.get(type_key), row.get(id_key)
    return Ref(model, id_) if isinstance(model, str) and type(id_) is int else None


def _flat_row(row: Row, types: Mapping[int, str]) -> Row:
    tags = row.get("tags")
    found = {name: _flat(value) for name, value in row.items() if name not in ("tags", "custom_fields")}
    for name in found:
        if name.endswith("_type") and name in _GENERIC:
            found[name] = _model_name(row[name], types)
    # Whatever else is a list is none of NetBox's, and can not be looked up.
    found = {name: value for name, value in found.items() if name in _LISTS or not isinstance(value, list)}
    found["tags"] = _slugs(tags) if isinstance(tags, list) else []
    custom = row.get("custom_fields")
    found["custom_fields"] = custom if isinstance(custom, dict) else {}
    if type(found.get("id")) is not int:
        found["id"] = 0
    return found


_LISTS = frozenset(("groups", "ipaddresses", "ports"))
_GENERIC = frozenset(
    ("scope_type", "assigned_object_type", "termination_type", "interface_type", "content_type", "object_type")
) | {"parent_object_type"}


def _flat(value: Any) -> Any:
    """Return the id of a nested object, the value of a choice, a list of these, or what is a scalar already."""
    if isinstance(value, dict):
        return value["id"] if type(value.get("id")) is int else _scalar(value.get("value"))
    if isinstance(value, list):
        return [_flat(each) for each in value if not isinstance(each, list)]
    return _scalar(value)


def _scalar(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else None


def _slugs(tags: Iterable[Any]) -> list[str]:
    return sorted({str(tag["slug"]) for tag in tags if isinstance(tag, dict) and tag.get("slug")})


def _model_name(value: Any, types: Mapping[int, str]) -> str | None:
    """Return ``dcim.site`` for what names a model: that text (API), a pair (a dump with natural keys), or a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and len(value) == 2:
        return ".".join(map(str, value))
    return types.get(value) if type(value) is int else None


def _content_types(rows: Iterable[Row]) -> dict[int, str]:
    return {row["id"]: f"{row.get('app_label')}.{row.get('model')}" for row in rows if type(row.get("id")) is int}


def _take_dumped(raw: Mapping[str, list[Row]], rows: Rows, types: Mapping[int, str]) -> None:
    """Take what a dump has in tables of its own: the ends of cables, the pairing of ports, tags."""
    for row in raw.get("dcim.cabletermination", ()):
        model, at = _model_name(row.get("termination_type"), types), row.get("termination_id")
        if model and type(at) is int and type(row.get("cable")) is int:
            rows.cable_ends.append(CableEnd(row["cable"], str(row.get("cable_end")), Ref(model, at)))
    for row in raw.get("dcim.portmapping", ()):
        pair = tuple(row.get(name) for name in ("front_port", "front_port_position", "rear_port", "rear_port_position"))
        if all(type(each) is int for each in pair):
            rows.port_pairs.append(pair)  # type: ignore[arg-type]
    slugs = {row["id"]: str(row.get("slug")) for row in raw.get("extras.tag", ()) if type(row.get("id")) is int}
    for row in raw.get("extras.taggeditem", ()):
        tagged = rows.find(_model_name(row.get("content_type"), types) or "", row.get("object_id"))
        tag = row.get("tag")
        slug = slugs.get(tag) if type(tag) is int else None
        if tagged and slug:
            tagged["tags"] = sorted({*tagged["tags"], slug})


def _take_nested(raw: Mapping[str, list[Row]], rows: Rows) -> None:
    """Take what the API gives within other objects: the ends of cables, and how the ports of a panel are paired."""
    for row in raw.get("dcim.cable", ()):
        for side, name in (("A", "a_terminations"), ("B", "b_terminations")):
            ends = row.get(name)
            for end in ends if isinstance(ends, list) else ():
                found = ref(end, "object_type", "object_id") if isinstance(end, dict) else None
                if found and type(row.get("id")) is int:
                    rows.cable_ends.append(CableEnd(row["id"], side, found))
    for id_, row in rows.of("dcim.frontport").items():
        rear, at = row.get("rear_port"), row.get("rear_port_position")
        if type(rear) is int:
            rows.port_pairs.append((id_, 1, rear, at if type(at) is int else 1))
    for row in raw.get("dcim.frontport", ()):
        # NetBox 4.5: a front port may be paired with several rear ports.
        pairs = row.get("rear_ports")
        for pair in pairs if isinstance(pairs, list) else ():
            rear = _flat(pair.get("rear_port")) if isinstance(pair, dict) else None
            if type(rear) is int:
                here, there = pair.get("position"), pair.get("rear_port_position")
                rows.port_pairs.append(
                    (row["id"], here if type(here) is int else 1, rear, there if type(there) is int else 1)
                )


def _version(said: Any) -> tuple[int, int] | None:
    major, _, minor = str(said).partition(".")
    return (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else None
