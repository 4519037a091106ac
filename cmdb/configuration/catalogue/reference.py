"""The page of the reference that lists every built-in class, attribute and relation type, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator

from cmdb.configuration.catalogue import Catalogue, built_in, families
from cmdb.model.ci_class import Attribute, CIClass
from cmdb.model.relation_type import RelationType

_INTRODUCTION = """\
# Classes and relation types

What comes with Foreshock. An organisation adds classes, attributes and relation types of its own while the system runs;
those have a history like every record. A class has all attributes of the classes it descends from. `unavailability` is
the steady-state chance that a CI is down by itself, `mtbf_hours` the mean time between its failures; both are orders of
magnitude, inherited where a class states none, and give way to what a CI states.
"""
_TYPES = """\
## Attribute types

Values stand in documents as plain JSON. They are checked and never rewritten.

| type | in a document |
|---|---|
| `text` | text of at most 64 kB |
| `integer` | a whole number up to 2^53 - 1, written without a fraction |
| `decimal` | a finite number; 15 digits survive every tool |
| `boolean` | `true` or `false` |
| `date` | a day such as `"2026-03-02"` |
| `time` | a moment with its offset (RFC 3339) such as `"2026-03-02T09:00:00+01:00"` |
| `enum` | one of the attribute's choices |
| `ip` | an IPv4 or IPv6 address |
| `cidr` | a network such as `"192.0.2.0/24"`, without host bits |
| `mac` | a MAC address, with colons, hyphens, dots or none |
| `fqdn` | a full domain name in ASCII |
| `url` | an absolute URL |
| `reference` | the id of a CI of the named class, or of one below it |
| `list` | a list of at most 10,000 entries of one of the other types |
| `json` | any JSON value, at most 64 kB and 32 levels deep |
"""


def classes_page() -> str:
    """Return the page as Markdown; the same bytes for the same catalogue."""
    catalogue = built_in()
    parts = [_INTRODUCTION, _TYPES]
    for family, classes in families().items():
        parts.append(f"## {family.capitalize()}\n")
        parts += ["\n".join(_of_class(catalogue, each)) for each in classes]
    parts += ["## Relation types\n", "\n".join(_of_relation_types(catalogue))]
    return "\n".join(parts)


def _of_class(catalogue: Catalogue, each: CIClass) -> Iterator[str]:
    yield f"### `{each.name}`: {each.label} ({each.label_zh})\n"
    yield f"{each.description}{' No CI is of this class itself.' if each.abstract else ''}\n"
    line = catalogue.lineage(each.name)[1:]
    facts = [f"below `{' > '.join(line)}`"] if line else []
    facts += [f"unavailability {figure:f}".rstrip("0").rstrip(".") for figure in _given(each.unavailability)]
    facts += [f"mtbf_hours {figure:,.0f}" for figure in _given(each.mtbf_hours)]
    if facts:
        yield f"{'; '.join(facts)}\n"
    if each.attributes:
        yield "| attribute | type | label | |\n|---|---|---|---|"
        yield from map(_of_attribute, each.attributes)
        yield ""


def _given(figure: float | None) -> tuple[float, ...]:
    return () if figure is None else (figure,)


def _of_attribute(attribute: Attribute) -> str:
    kind = f"list of {attribute.entry_type}" if attribute.is_list else attribute.type.value
    if attribute.refers_to:
        kind += f" to `{attribute.refers_to}`"
    told = [attribute.description] if attribute.description else []
    told += [f"one of {', '.join(attribute.choices)}"] if attribute.choices else []
    told += [f"from {attribute.minimum:,} to {attribute.maximum:,}"] if attribute.maximum is not None else []
    told += [f"in {attribute.unit}"] if attribute.unit else []
    told += [f"matches `{attribute.pattern}`"] if attribute.pattern else []
    told += [word for word in ("required", "unique") if getattr(attribute, word)]
    return f"| `{attribute.name}` | {kind} | {attribute.label} ({attribute.label_zh}) | {'; '.join(told)} |"


def _of_relation_types(catalogue: Catalogue) -> Iterator[str]:
    yield "The source depends on the target. An end that names classes takes CIs of those and of all below them.\n"
    yield "| type | source to target | target to source | default | from | to | |\n|---|---|---|---|---|---|---|"
    yield from map(_of_relation_type, sorted(catalogue.relation_types.values(), key=lambda each: each.name))
    yield ""


def _of_relation_type(each: RelationType) -> str:
    ends = (", ".join(f"`{name}`" for name in end) or "any" for end in (each.source_classes, each.target_classes))
    readings = f"{each.reading} ({each.reading_zh}) | {each.reverse} ({each.reverse_zh})"
    return f"| `{each.name}` | {readings} | {each.strength} | {' | '.join(ends)} | {each.description} |"
