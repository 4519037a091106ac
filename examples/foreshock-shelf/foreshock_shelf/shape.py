"""Makes observations of what a controller listed; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cmdb.model.run import Said
from discovery.ports import Part, Shaped, Target
from discovery.ports.drafting import Draft, address, mac, text, unique

KINDS = {"server": "server", "switch": "switch", "strip": "pdu"}
CLASSES = tuple(sorted(KINDS.values()))
SCOPE = "devices"


def shape(target: Target, settings: Any, parts: Sequence[Part]) -> Shaped:  # noqa: ARG001  Every shape is given both.
    """Return an observation of each device that has an id and a kind we know."""
    drafts: dict[str, Draft] = {}
    listed: dict[str, Mapping[str, Any]] = {}
    unknown: Counter[str] = Counter()
    nameless, twice = 0, set[str]()
    for device in (device for part in parts for device in part.body):
        id_, kind = text(device.get("id")), text(device.get("kind"))
        if not id_:
            nameless += 1
        elif kind not in KINDS:
            unknown[kind[:60] or "none"] += 1
        else:
            # Every controller counts from s1 on, so it stands in front.
            id_ = f"{target.id}/{id_}"
            if listed.setdefault(id_, device) == device:
                drafts[id_] = _draft(id_, kind, device)
            else:
                twice.add(id_)
    for id_, draft in drafts.items():
        _powered(draft, target, listed[id_].get("powered_by"), drafts)
    notes = [Said("shelf.kind_unknown", {"kind": kind, "count": count}) for kind, count in sorted(unknown.items())]
    notes += [Said("shelf.no_id", {"count": nameless})] if nameless else []
    notes += [Said("shelf.twice", {"count": len(twice), "ids": ", ".join(sorted(twice)[:5])})] if twice else []
    whole = bool(parts) and all(part.whole for part in parts) and not nameless and not twice
    complete = frozenset({f"{target.id}/{SCOPE}"} if whole else ())
    return Shaped(tuple(drafts[id_].made(target.id) for id_ in sorted(drafts)), complete, tuple(notes))


def _draft(id_: str, kind: str, device: Mapping[str, Any]) -> Draft:
    draft = Draft(SCOPE, id_, KINDS[kind], text(device.get("name")) or text(device.get("id")))
    vendor, serial = text(device.get("vendor")), text(device.get("serial"))
    draft.put(vendor=vendor, serial_number=serial)
    draft.known_by("serial", f"{vendor}|{serial}" if vendor and serial else None)
    draft.known_by("mac", mac(device.get("mac")))
    draft.known_by("ip", address(device.get("ip")))
    return draft


def _powered(draft: Draft, target: Target, named: Any, drafts: Mapping[str, Draft]) -> None:
    """Relate a device to its power strips; of two strips it needs one, and that is a group."""
    ids = [f"{target.id}/{each}" for each in unique(map(text, named))] if isinstance(named, list) else []
    strips = [each for each in ids if each in drafts and drafts[each].ci_class == "pdu"]
    group = "power" if len(strips) > 1 else None
    if group:
        draft.group(group, 1, "plugged into several strips")
    for strip in strips:
        draft.relate("powered_by", strip, "plugged into it", group=group)
