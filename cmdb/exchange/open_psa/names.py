"""
Which definition a reference means: public names are the model's, private ones are seen from inside and by full path.

A reference is looked for in the container it stands in first. What the containers around it, the public names and full
paths then offer must be one and the same thing: of several, none is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from cmdb.exchange.estate.faults import Faults, short
from cmdb.exchange.open_psa.definitions import PARAMETER, Defined, Scope
from cmdb.exchange.open_psa.faults import MOST_NAMES, tell
from cmdb.exchange.open_psa.formulas import Reference


def near(name: str, known: Iterable[str], *, otherwise: str = "define it, or correct the name") -> str:
    """Return what a reader of an unknown name may have meant, or what to do where nothing is near."""
    names = list(known)
    found = get_close_matches(name, names, n=1, cutoff=0.6) if len(names) <= MOST_NAMES else []
    return f'did you mean "{found[0]}"?' if found else otherwise


class Names:
    """The definitions of a model: ``events`` (gates, basic and house events) and ``parameters``, each by id."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self.events: dict[str, Defined] = {}
        self.parameters: dict[str, Defined] = {}
        self._paths: dict[tuple[bool, str], Defined] = {}

    def define(self, one: Defined) -> None:
        """Take a definition; a second one of the same name or path is told, and the first one stays."""
        is_parameter = one.kind == PARAMETER
        table = self.parameters if is_parameter else self.events
        first = table.get(one.id) or self._paths.get((is_parameter, one.path))
        if first is not None:
            facts = {"kind": one.kind, "name": short(one.id), "first": first.line}
            tell(self._faults, "open_psa.twice", one.line, **facts)
            return
        table[one.id] = self._paths[is_parameter, one.path] = one

    def find(self, reference: Reference, scope: Scope, owner: str) -> Defined | None:
        """Return what a reference from inside ``scope`` means; None, and told, where it is nothing or not clear."""
        is_parameter = reference.kind == PARAMETER
        found = self._inside(reference.name, scope, is_parameter=is_parameter)
        if not found:
            table = self.parameters if is_parameter else self.events
            known = near(reference.name, table)
            facts = {"owner": owner, "kind": reference.kind, "name": short(reference.name), "hint": known}
            tell(self._faults, "open_psa.undefined", reference.line, **facts)
            return None
        if len(found) > 1:
            lines = {"first": found[0].line, "second": found[1].line}
            tell(self._faults, "open_psa.ambiguous", reference.line, owner=owner, name=reference.name, **lines)
            return None
        [one] = found
        if reference.kind not in (one.kind, "event"):
            facts = {"owner": owner, "name": short(one.id), "kind": reference.kind, "found": one.kind}
            tell(self._faults, "open_psa.other_kind", reference.line, first=one.line, **facts)
            return None
        return one

    def quietly(self, reference: Reference, scope: Scope) -> Defined | None:
        """Return what a reference means, without telling once more where it is nothing or not clear."""
        found = self._inside(reference.name, scope, is_parameter=reference.kind == PARAMETER)
        return found[0] if len(found) == 1 else None

    def _inside(self, name: str, scope: Scope, *, is_parameter: bool) -> list[Defined]:
        here = self._paths.get((is_parameter, ".".join((*scope.names, name)))) if scope.names else None
        if here is not None:
            return [here]
        around = [".".join((*scope.names[:length], name)) for length in range(len(scope.names) - 1, -1, -1)]
        table = self.parameters if is_parameter else self.events
        several = [*(self._paths.get((is_parameter, path)) for path in around), table.get(name)]
        return list({one.path: one for one in several if one is not None}.values())
