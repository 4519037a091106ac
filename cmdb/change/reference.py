"""The reference page of change management, made from the tables the desks work by."""

from __future__ import annotations

from collections.abc import Iterable

from cmdb.change.decisions import AUTHORITY, VOID
from cmdb.change.moves import GUARDS, rows
from cmdb.change.policy.reasons import REASONS
from cmdb.roles import Role


def changes_page() -> str:
    """Return the page of moves, guards, authorities and reasons, in Markdown."""
    parts = [
        "# Changes: moves, verdicts and reasons",
        "What leads a change from state to state. Everything that is not here is refused, with the rule.",
        _table(("move", "from", "to", "act", "what must hold"), rows()),
        "## Guards",
        "A refused move names its guard by this code.",
        _table(("code", "what must hold"), ((f"`{code}`", meaning) for code, meaning in GUARDS.items())),
        "## Who approves which verdict",
        "Nobody decides about a change they request, write or implement, by another account or as a delegate either; "
        "whoever approved does not implement. Whoever may decide at all may reject.",
        _table(("verdict", "roles"), ((verdict.value, _roles(roles)) for verdict, roles in AUTHORITY.items())),
        "## What makes a decision void",
        _table(("code", "meaning"), ((f"`{code}`", meaning) for code, meaning in VOID.items())),
        "## Reasons of a verdict, in their order",
        _table(("code", "sentence"), ((f"`{code}`", sentence) for code, sentence in REASONS.items())),
    ]
    return "\n\n".join(parts) + "\n"


def _roles(roles: frozenset[Role]) -> str:
    return ", ".join(role.value for role in Role if role in roles) or "nobody"


def _table(head: tuple[str, ...], body: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
