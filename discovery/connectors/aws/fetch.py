"""Reads one account in one region: every listing of the table, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from discovery.connectors.aws.asking import Asking
from discovery.connectors.aws.faults import Withheld, word
from discovery.connectors.aws.listings import LISTINGS, Listing
from discovery.ports import CredentialsRefused, Line, Part, Target

# They say how to ask, or may hold what nobody needs here: a password that is about to be set.
LEFT_OUT = frozenset({"ResponseMetadata", "NextToken", "Marker", "NextMarker", "PendingModifiedValues"})


def targets(settings: Mapping[str, Any], line: Line) -> Iterator[Target]:
    """Yield a target for each region of each account; nobody is asked for that."""
    for account in settings["accounts"]:
        for region in settings["regions"]:
            line.check()
            facts = {"account": account["id"], "region": region}
            yield Target(f"{account['id']}/{region}", facts | _named(account))


def fetch(target: Target, settings: Mapping[str, Any], line: Line) -> Iterator[Part]:
    """
    Yield who one is there, then the pages of all listings.

    A listing that is refused, or longer than the settings allow, ends with a part that is not whole and says why; the
    others are read all the same.

    Raises:
        TargetError: nothing more can be read; the kind says whether to try again.
    """
    line.check()  # Loading the library takes a while; whoever is cancelled already does not wait for it.
    asking = Asking(target, settings, line)
    try:
        yield Part("identity", _identity(asking, target))
        keys: dict[str, list[str]] = {}
        for listing in LISTINGS:
            keys[listing.name] = []
            yield from _read(asking, listing, settings, keys)
    finally:
        asking.close()


def plain(value: Any) -> Any:
    """Return an answer of the library as plain JSON, without what says how to ask on."""
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items() if key not in LEFT_OUT}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(type(value).__name__)


def _named(account: Mapping[str, Any]) -> dict[str, str]:
    return {"name": account["name"]} if "name" in account else {}


def _identity(asking: Asking, target: Target) -> dict[str, str]:
    """Return whose credential it is; what another account holds must never be taken for this one's."""
    try:
        found = asking.ask("sts", "get_caller_identity")
    except Withheld as no:
        raise CredentialsRefused(target=target.id, reason=f"get_caller_identity: {no.code}") from None
    if found.get("Account") != target.facts["account"]:
        reason = f"it belongs to account {word(found.get('Account'))}, not to {target.facts['account']}"
        raise CredentialsRefused(target=target.id, reason=reason)
    return {"account": target.facts["account"], "region": target.facts["region"]}


def _read(asking: Asking, listing: Listing, settings: Mapping[str, Any], keys: dict[str, list[str]]) -> Iterator[Part]:
    """Yield the pages of one listing; ``keys`` gets what the listings that build on it ask for."""
    count = 0
    size = max(listing.least, min(listing.page, settings["page"])) if listing.page else 0
    for arguments in _arguments(listing, keys):
        try:
            for page in asking.pages(listing.service, listing.operation, size, **arguments):
                body = plain(page)
                if listing.of:
                    body["of"] = next(iter(arguments.values()))
                yield Part(listing.name, body)
                found = [each for each in body.get(listing.key) or [] if isinstance(each, dict)]
                count += max(1, _objects(found))  # A page without objects counts too: there is an end to everything.
                keys[listing.name] += _keys(listing.name, found)
                if count >= settings["most"]:
                    yield Part(listing.name, {"most": settings["most"]}, whole=False)
                    return
        except Withheld as no:
            if no.gone:  # It went between the two questions; the next reading finds it gone.
                yield Part(listing.name, {"of": next(iter(arguments.values())), "gone": True})
                continue
            yield Part(listing.name, {"withheld": no.code, "permission": _missing(listing, no)}, whole=False)
            return


def _arguments(listing: Listing, keys: Mapping[str, Sequence[str]]) -> Iterator[dict[str, Any]]:
    if not listing.of:
        yield {}
        return
    wanted = keys[listing.of]
    for at in range(0, len(wanted), listing.batch):
        some = list(wanted[at : at + listing.batch])
        yield {listing.argument: some if listing.batch > 1 else some[0]}


def _objects(found: Sequence[Mapping[str, Any]]) -> int:
    """Return how many objects a page holds; a reservation counts as its machines."""
    return sum(len(each["Instances"]) if isinstance(each.get("Instances"), list) else 1 for each in found)


def _keys(name: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what other listings ask for of these objects."""
    fields = {listing.each for listing in LISTINGS if listing.of == name}
    return [each[field] for field in sorted(fields) for each in found if isinstance(each.get(field), str)]


def _missing(listing: Listing, no: Withheld) -> str:
    """Return the permission that would have helped, "" where it is not for want of one."""
    return listing.permission if no.denied else ""
