"""
What Terraform's documents have in common: reading them within bounds, addresses, and what identifies a resource.

A document is a state file of version 4, or what ``terraform show -json`` prints of a state or of a plan. States hold
passwords and keys in the clear, so nobody takes a value from one but by its name, and never one that is marked
sensitive (:func:`taken`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from cmdb.exchange.estate.faults import Faults, problem, shown
from cmdb.exchange.estate.limits import MIB
from cmdb.model.observation import Identifier

MAX_BYTES = 64 * MIB  # of a document, all of which is held in memory at once; parsed it takes about eight times that
MAX_ADDRESS = 1_000  # characters of the address of a resource
MAX_TEXT = 1_000  # characters of a value that is taken
MAX_RESOURCES = 100_000  # instances of resources in one document
MAX_MODULES = 20_000
MAX_DEPTH = 50  # modules within modules

SENTENCES = {
    "terraform.empty": "it is empty; the output of `terraform state pull` or `terraform show -json` would be right",
    "terraform.too_large": "it has more than {limit} bytes; split the configuration into several states",
    "terraform.encoding": "it is not UTF-8 (byte {byte}); a shell may have re-coded it: write it as UTF-8",
    "terraform.syntax": "it is not JSON: {what}, at column {column}",
    "terraform.binary": (
        "it is a packed plan as `terraform plan -out` writes it; `terraform show -json FILE` makes JSON of it"
    ),
    "terraform.too_deep": "objects and lists are nested too deeply to be Terraform's",
    "terraform.number": "a number in it is none that JSON can carry",
    "terraform.repeated_key": "the key {name} stands twice in one object, so it can not be told which holds",
    "terraform.not_terraform": "it is neither a state nor a plan: {found}; {wanted}",
    "terraform.old_state": (
        "the state is of version {found}; only version 4 is read. Terraform 0.12 or newer writes it: run"
        " `terraform apply -refresh-only` (0.12 to 0.15.3: `terraform refresh`), then `terraform state pull`"
    ),
    "terraform.new_state": "the state is of version {found}, of a newer Terraform; give `terraform show -json` instead",
    "terraform.format": "format_version is {found}; a version from 0.1 up to 1.x would be right",
    "terraform.wrong_type": "{key} is {found}; {wanted} would be right",
    "terraform.address": "the address is {found}; 1 to {limit} characters, none of them a control character, are right",
    "terraform.repeated_address": "the address {address} stands twice, first at {first}; it is unique",
    "terraform.too_many": "there are more than {limit} {what}; nothing from here on was read",
    "terraform.lineage": "the lineage is {found}; the `lineage` of the state file would be right",
    "terraform.wanted": "it is a {found}; a {wanted} is asked for",
}

_BOM = b"\xef\xbb\xbf"
_ARN = re.compile(r"arn:[a-z0-9-]+:[a-z0-9-]+:[^\s]*:[^\s]+")
_AWS_ID = re.compile(r"[a-z]{1,20}-[0-9a-f]{8,17}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LINEAGE = re.compile(r"[^\s/\x00-\x1f\x7f]{1,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_INDEX = re.compile(r'\[(?:\d+|"(?:[^"\\]|\\.)*")\]')


def tell(faults: Faults, code: str, place: str = "", **facts: Any) -> None:
    """Keep a fault of this module's sentences at the JSON pointer ``place``."""
    faults.keep(problem(code, SENTENCES[code], place, **facts))


def document_of(stream: BinaryIO, faults: Faults) -> dict[str, Any] | None:
    """
    Return the JSON object that a stream holds; None when ``faults`` says why not.

    Cost: at most :data:`MAX_BYTES` and what they are parsed to. Raises nothing for what is in the stream.
    """
    raw = stream.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        tell(faults, "terraform.too_large", limit=MAX_BYTES)
    elif raw.startswith(b"PK\x03\x04"):
        tell(faults, "terraform.binary")
    elif not raw.strip():
        tell(faults, "terraform.empty")
    else:
        return _object(raw.removeprefix(_BOM), faults)
    return None


def _object(raw: bytes, faults: Faults) -> dict[str, Any] | None:
    repeated: Counter[str] = Counter()
    strange: list[str] = []

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(found)
        if len(held) < len(found):
            repeated.update(name for name, times in Counter(name for name, _ in found).items() if times > 1)
        return held

    try:
        document = json.loads(raw.decode("utf-8"), object_pairs_hook=pairs, parse_constant=strange.append)
    except UnicodeDecodeError as error:
        tell(faults, "terraform.encoding", byte=error.start + 1)
        return None
    except json.JSONDecodeError as error:
        facts = {"what": error.msg, "column": error.colno}
        faults.keep(problem("terraform.syntax", SENTENCES["terraform.syntax"], error.lineno, **facts))
        return None
    except RecursionError:
        tell(faults, "terraform.too_deep")
        return None
    except ValueError:  # Python refuses to make a number of thousands of digits.
        tell(faults, "terraform.number")
        return None
    before = faults.count
    if strange:
        tell(faults, "terraform.number")
    for name in sorted(repeated):
        tell(faults, "terraform.repeated_key", name=shown(name))
    if not isinstance(document, dict):
        tell(faults, "terraform.wrong_type", key="the document", found=shown(document), wanted="an object")
    return document if faults.count == before else None


def kind_of(document: Mapping[str, Any], faults: Faults) -> str | None:
    """
    Return what a document is: ``state`` (the file), ``shown_state`` or ``plan`` (as ``terraform show -json`` prints).

    None when ``faults`` says why it is none of them, such as a state file of version 3.
    """
    if "format_version" in document:
        found = document["format_version"]
        if not isinstance(found, str) or not re.fullmatch(r"[01]\.[0-9]{1,4}", found):
            tell(faults, "terraform.format", "/format_version", found=shown(found))
            return None
        if "resource_changes" in document or "planned_values" in document:
            return "plan"
        if "values" in document or set(document) <= {"format_version", "terraform_version", "checks"}:
            return "shown_state"
        told = "neither values nor resource_changes in it"
        tell(faults, "terraform.not_terraform", found=told, wanted="`terraform show -json` prints them")
        return None
    version = document.get("version")
    if version == 4 and not isinstance(version, bool):
        return "state"
    if isinstance(version, int) and not isinstance(version, bool) and "terraform_version" in document:
        tell(faults, "terraform.old_state" if version < 4 else "terraform.new_state", "/version", found=version)
        return None
    told = f"it has the keys {', '.join(shown(key) for key in sorted(document)[:8])}" if document else "it has no keys"
    tell(faults, "terraform.not_terraform", found=told, wanted="a state has version 4, a plan has format_version")
    return None


def sound_address(value: Any, place: str, faults: Faults) -> str | None:
    """Return an address that can be shown and kept, or None where ``faults`` says what is wrong with it."""
    if isinstance(value, str) and 0 < len(value) <= MAX_ADDRESS and not _CONTROL.search(value):
        return value
    tell(faults, "terraform.address", place, found=shown(value), limit=MAX_ADDRESS)
    return None


def sound_lineage(value: Any, place: str, faults: Faults) -> str:
    """Return a lineage, or "" where ``faults`` says what is wrong with it; empty is empty."""
    if value in (None, "") or (isinstance(value, str) and _LINEAGE.fullmatch(value)):
        return value or ""
    tell(faults, "terraform.lineage", place, found=shown(value))
    return ""


def configured(address: str) -> str:
    """
    Return an address without the keys of count and for_each: the block of the configuration it comes from.

    >>> configured('module.edge["a.b"].aws_instance.web[0]')
    'module.edge.aws_instance.web'
    """
    return _INDEX.sub("", address)


def taken(values: Any, sensitive: Any, path: str) -> Any:
    """
    Return what stands at a dotted path (``metadata.0.name``) of a resource's values; None for nothing or a secret.

    ``sensitive`` mirrors the values with ``true`` for each that is a secret; one that merely holds a secret counts as
    one.
    """
    for step in path.split("."):
        values, sensitive = _step(values, step), _step(sensitive, step) if sensitive is not True else True
        if values is None or sensitive is True:
            return None
    return None if _holds_true(sensitive) else values


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None


def _holds_true(mirror: Any) -> bool:
    pending = [mirror]
    while pending:
        one = pending.pop()
        if one is True:
            return True
        pending.extend(one.values() if isinstance(one, Mapping) else one if isinstance(one, list) else ())
    return False


def cloud_ids(resource_type: str, values: Any, sensitive: Any) -> tuple[Identifier, ...]:
    """
    Return by which ids its provider knows a resource, those that are unique in the world alone.

    That is its ARN, an AWS id such as ``i-0abc``, an Azure resource id, a Google self link or an OpenStack UUID.

    >>> cloud_ids("aws_instance", {"id": "i-0123456789abcdef0", "arn": "arn:aws:ec2:x:1:instance/i-0123"}, {})[0].value
    'i-0123456789abcdef0'
    """
    found = []
    for path in ("id", "arn", "self_link"):
        value = taken(values, sensitive, path)
        if isinstance(value, str) and len(value) <= MAX_TEXT and _is_cloud_id(resource_type, path, value):
            found.append(Identifier("cloud_id", value))
    return tuple(dict.fromkeys(found))


def _is_cloud_id(resource_type: str, path: str, value: str) -> bool:
    provider = resource_type.partition("_")[0]
    if provider in ("aws", "awscc"):
        return bool(_ARN.fullmatch(value) or (path == "id" and _AWS_ID.fullmatch(value)))
    if provider in ("azurerm", "azapi"):
        return path == "id" and value.startswith("/subscriptions/")
    if provider == "google":
        return path == "self_link" and value.startswith("https://")
    return provider == "openstack" and path == "id" and bool(_UUID.fullmatch(value))


def shared_ids(resources: Iterable[tuple[str, str, Iterable[Identifier]]]) -> dict[Identifier, str | None]:
    """
    Return the identifiers that several resources bear, each with the address it belongs to, None where that is open.

    ``resources`` are address, type and identifiers. What hangs on a thing (``aws_secretsmanager_secret_version``) may
    tell the thing's id for its own; its type is the longer name, so the id belongs to the one of the shortest.
    """
    bearers: dict[Identifier, list[tuple[int, str]]] = {}
    for address, resource_type, identifiers in resources:
        for identifier in identifiers:
            bearers.setdefault(identifier, []).append((len(resource_type), address))
    return {identifier: _nearest(found) for identifier, found in bearers.items() if len(found) > 1}


def _nearest(found: list[tuple[int, str]]) -> str | None:
    first, second, *_ = sorted(found)
    return first[1] if first[0] < second[0] else None


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text within a value, however deep; to be compared, never to be kept."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
