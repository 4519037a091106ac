"""
What of a state leaves the file: the resources with the values that may be taken, and what they were built upon.

States hold passwords and keys in the clear, and a source's parts are kept and shown. So this happens while reading:
whatever is not named in :mod:`discovery.connectors.terraform.resource_types`, or is marked sensitive, goes no further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from cmdb.errors import below
from cmdb.exchange.estate.faults import Faults, shown
from cmdb.exchange.terraform_json import (
    MAX_DEPTH,
    MAX_MODULES,
    MAX_TEXT,
    cloud_ids,
    configured,
    sound_address,
    taken,
    tell,
    texts_of,
)
from discovery.connectors.terraform.resource_types import LABELS, type_of

MOST_DEPENDENCIES = 1_000
MOST_LABELS = 100
_CHECK_EVERY = 500


@dataclass(slots=True)
class Listed:
    """The resources of a document as plain JSON, in its order, and how many objects were passed over, by why."""

    resources: list[dict[str, Any]] = field(default_factory=list)
    passed: dict[str, int] = field(default_factory=dict)
    cut: bool = False

    def pass_over(self, why: str) -> None:
        self.passed[why] = self.passed.get(why, 0) + 1


@dataclass(frozen=True, slots=True)
class _Raw:
    """One instance as the document has it, with all its values: it does not leave this module."""

    address: str
    type: str
    provider: str
    values: Any
    sensitive: Any
    depends_on: tuple[str, ...]
    tainted: bool
    place: str


def read(
    document: Mapping[str, Any], kind: str, faults: Faults, *, most: int, check: Callable[[], None] = lambda: None
) -> Listed:
    """
    Return the managed resources of a state of version 4, a shown state, or the state that a plan was made from.

    All that is wrong is in ``faults``, and then nothing of it should be used. At most ``most`` are returned; ``cut``
    tells that there are more. ``check`` is called every few resources. Cost: O(size of the document).
    """
    listed = Listed()
    found: list[_Raw] = []
    first: dict[str, str] = {}
    raws = _of_state(document, listed, faults) if kind == "state" else _of_shown(document, kind, listed, faults)
    for position, raw in enumerate(raws):
        if position % _CHECK_EVERY == 0:
            check()
        if first.setdefault(raw.address, raw.place) != raw.place:
            facts = {"address": shown(raw.address), "first": first[raw.address]}
            tell(faults, "terraform.repeated_address", raw.place, **facts)
        elif len(found) >= most:
            listed.cut = True
            break
        else:
            found.append(raw)
    owners = _owners(found)
    for position, raw in enumerate(found):
        if position % _CHECK_EVERY == 0:
            check()
        listed.resources.append(_reduced(raw, owners, listed))
    return listed


def _of_state(document: Mapping[str, Any], listed: Listed, faults: Faults) -> Iterator[_Raw]:
    for position, resource in enumerate(_list(document, "resources", "", faults)):
        place = below("/resources", position)
        if not _is_object(resource, place, faults):
            continue
        if resource.get("mode") != "managed":
            listed.pass_over("data_source")
            continue
        names = [resource.get("type"), resource.get("name")]
        module = resource.get("module", "")
        block = ".".join(map(str, [module, *names] if module else names))
        if not all(isinstance(each, str) for each in (*names, module)) or not sound_address(block, place, faults):
            tell(faults, "terraform.wrong_type", place, key="type, name or module", found=shown(block), wanted="a text")
            continue
        for at, instance in enumerate(_list(resource, "instances", place, faults)):
            here = below(place, "instances", at)
            if not _is_object(instance, here, faults):
                continue
            if instance.get("deposed"):
                listed.pass_over("deposed")
                continue
            address = sound_address(block + _key(instance.get("index_key"), here, faults), here, faults)
            if address is not None:
                yield _Raw(
                    address=address,
                    type=str(resource["type"]),
                    provider=_provider(resource.get("provider")),
                    values=instance.get("attributes"),
                    sensitive=_mirror(instance.get("sensitive_attributes")),
                    depends_on=_dependencies(instance.get("dependencies")),
                    tainted=instance.get("status") == "tainted",
                    place=here,
                )


def _of_shown(document: Mapping[str, Any], kind: str, listed: Listed, faults: Faults) -> Iterator[_Raw]:
    place = "/prior_state/values" if kind == "plan" else "/values"
    state = document.get("prior_state") if kind == "plan" else document
    values = state.get("values") if isinstance(state, dict) else None
    if values is None:
        return
    root = values.get("root_module") if isinstance(values, dict) else values
    pending = [(root, below(place, "root_module"), 0)]
    modules = 0
    while pending:
        module, here, depth = pending.pop()
        modules += 1
        if depth > MAX_DEPTH or modules > MAX_MODULES:
            tell(faults, "terraform.too_many", here, limit=MAX_MODULES, what=f"modules (or {MAX_DEPTH} in one another)")
            return
        if not _is_object(module, here, faults):
            continue
        for position, resource in enumerate(_list(module, "resources", here, faults)):
            at = below(here, "resources", position)
            if _is_object(resource, at, faults):
                yield from _shown(resource, at, listed, faults)
        children = _list(module, "child_modules", here, faults)
        pending += [
            (child, below(here, "child_modules", n), depth + 1) for n, child in reversed([*enumerate(children)])
        ]


def _shown(resource: Mapping[str, Any], place: str, listed: Listed, faults: Faults) -> Iterator[_Raw]:
    if resource.get("mode") != "managed" or resource.get("deposed_key"):
        listed.pass_over("data_source" if resource.get("mode") != "managed" else "deposed")
        return
    address = sound_address(resource.get("address"), below(place, "address"), faults)
    kind = sound_address(resource.get("type"), below(place, "type"), faults)
    if address is not None and kind is not None:
        yield _Raw(
            address=address,
            type=kind,
            provider=_provider(resource.get("provider_name")),
            values=resource.get("values"),
            sensitive=resource.get("sensitive_values"),
            depends_on=_dependencies(resource.get("depends_on")),
            tainted=resource.get("tainted") is True,
            place=place,
        )


def _reduced(raw: _Raw, owners: Mapping[str, str], listed: Listed) -> dict[str, Any]:
    """Return what may be known of an instance as plain JSON; empty entries are left out."""
    values = {path: taken(raw.values, raw.sensitive, path) for path in type_of(raw.type).paths()}
    secret = [path for path, value in values.items() if value is None and taken(raw.values, None, path) is not None]
    for _ in secret:
        listed.pass_over("sensitive")
    blocks = set(raw.depends_on)
    named = {owners[text] for text in texts_of(raw.values) if text in owners} if blocks else set()
    body = {
        "address": raw.address,
        "type": raw.type,
        "provider": raw.provider,
        "values": {path: value for path, value in values.items() if _is_plain(value)},
        "labels": _labels(raw),
        "cloud_ids": [each.value for each in cloud_ids(raw.type, raw.values, raw.sensitive)],
        "depends_on": list(raw.depends_on),
        "named": sorted(each for each in named if each != raw.address and configured(each) in blocks),
        "tainted": raw.tainted,
    }
    return {key: value for key, value in body.items() if value}


def _owners(found: list[_Raw]) -> dict[str, str]:
    """Return whose id or ARN a text is, of those that one resource alone has."""
    owners: dict[str, str] = {}
    several: set[str] = set()
    for raw in found:
        for path in ("id", "arn", "self_link"):
            value = taken(raw.values, raw.sensitive, path)
            if isinstance(value, str) and value and owners.setdefault(value, raw.address) != raw.address:
                several.add(value)
    return {value: owner for value, owner in owners.items() if value not in several}


def _labels(raw: _Raw) -> dict[str, str]:
    labels: dict[str, str] = {}
    for path in LABELS:
        found = taken(raw.values, raw.sensitive, path)
        if isinstance(found, dict):
            labels |= {k: v for k, v in found.items() if isinstance(v, str) and len(k) <= 200 and len(v) <= 500}
    return dict(sorted(labels.items())[:MOST_LABELS])


def _is_plain(value: Any) -> bool:
    """Tell whether a value is short and holds nothing that could hold a secret: a text, a number, a list of texts."""
    if isinstance(value, list):
        return len(value) <= 100 and all(isinstance(each, str) and len(each) <= MAX_TEXT for each in value)
    return isinstance(value, (int, float)) or (isinstance(value, str) and 0 < len(value) <= MAX_TEXT)


def _mirror(paths: Any) -> Any:
    """
    Return the sensitive paths of a state file as a mirror of its values: true for each attribute that holds a secret.

    What can not be understood makes everything a secret.
    """
    if paths is None:
        return None
    if not isinstance(paths, list):
        return True
    mirror = {}
    for path in paths:
        step = path[0] if isinstance(path, list) and path else None
        if not isinstance(step, dict) or not isinstance(step.get("value"), str):
            return True
        mirror[step["value"]] = True
    return mirror


def _key(key: Any, place: str, faults: Faults) -> str:
    if key is None:
        return ""
    if isinstance(key, int) and not isinstance(key, bool):
        return f"[{key}]"
    if isinstance(key, str):
        return f"[{quoted(key)}]"
    tell(faults, "terraform.wrong_type", below(place, "index_key"), key="it", found=shown(key), wanted="text or number")
    return ""


def quoted(key: str) -> str:
    """
    Return a key of for_each as Terraform writes it in an address.

    >>> print(quoted('a"b${c}'))
    "a\\"b$${c}"
    """
    escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
    out = []
    for at, one in enumerate(key):
        if one in "$%" and key[at + 1 : at + 2] == "{":
            out.append(one * 2)
        elif one in escapes:
            out.append(escapes[one])
        elif one.isprintable():
            out.append(one)
        else:
            out.append(f"\\u{ord(one):04x}" if ord(one) < 0x10000 else f"\\U{ord(one):08x}")
    return f'"{"".join(out)}"'


def _provider(text: Any) -> str:
    """Return the short name of a provider: ``aws`` of ``provider["registry.example.org/hashicorp/aws"].west``."""
    if not isinstance(text, str):
        return ""
    inside = text.partition('["')[2].partition('"]')[0] or text
    return inside.rpartition("/")[2][:100]


def _dependencies(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        return ()
    texts = {each for each in found[:MOST_DEPENDENCIES] if isinstance(each, str) and len(each) <= MAX_TEXT}
    return tuple(sorted(map(configured, texts)))


def _list(holder: Mapping[str, Any], key: str, place: str, faults: Faults) -> list[Any]:
    found = holder.get(key)
    if found is not None and not isinstance(found, list):
        tell(faults, "terraform.wrong_type", below(place, key), key="it", found=shown(found), wanted="a list")
        return []
    return found or []


def _is_object(found: Any, place: str, faults: Faults) -> TypeGuard[dict[str, Any]]:
    if not isinstance(found, dict):
        tell(faults, "terraform.wrong_type", place, key="it", found=shown(found), wanted="an object")
        return False
    return True
