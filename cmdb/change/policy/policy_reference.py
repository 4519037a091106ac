"""The reference page of the verdict policy: its keys, what is made of what nobody knows, its tests, and the default."""

from __future__ import annotations

from cmdb.change.policy.facts_text import FACT_NAMES, MAY_BE_UNKNOWN, PARTS
from cmdb.change.policy.policy import default
from cmdb.change.policy.policy_keys import FORMAT, KEYS
from cmdb.change.policy.policy_text import LONGEST
from cmdb.model.facts import HARMLESS

_TABLES = {
    "": ("Top of the text", "What the text is."),
    "block": ("[block]", "Asked first. Nobody may approve it; two persons may override it together, with a reason."),
    "cab": ("[cab]", "Asked next: the change advisory board decides. So it does where no rule holds at all."),
    "unknown_loss": ("[unknown_loss]", "Asked with `[cab]`, where the loss is not known."),
    "auto": (
        "[auto]",
        "Asked of a standard change of an approved model: the policy approves it by itself if all of this holds, and "
        "besides it is not retrospective, no service has planned minutes outside agreed maintenance, it meets no "
        "freeze, no peak event and no joint conflict, and there is a back-out plan; what of this is not known denies "
        "it. The reasons of a change that a peer decides say what denied it. The table may be left out: then nothing "
        "approves itself.",
    ),
    "peer": ("[peer]", "Asked last: somebody who neither requests, writes nor implements it decides."),
}


def policy_page() -> str:
    """Return the page, in Markdown."""
    parts = [
        "# The verdict policy",
        f'A policy is a TOML text of at most {LONGEST:,} bytes, `format = "{FORMAT}"`. It judges the facts of a change '
        "and nothing else, so a stored assessment can be judged again by another (`foreshock policy simulate`). "
        "Texts of the first format are judged for ever as they were.",
        "What is not known is never taken as low. Limits of P(fail), of losses and of P(breach) hold for the value and "
        "for its upper bound: where only the bound is over, the reason is `too_little_evidence`: CAB.",
    ]
    for table, (title, introduction) in _TABLES.items():
        rows = [_row(key.pointer, key.right, key.needed, key.meaning, key.unknown) for key in KEYS if _of(key) == table]
        head = "| key | value | needed | holds or says | not known |\n|---|---|---|---|---|"
        parts += [f"## {title}", introduction, "\n".join([head, *rows])]
    parts += [
        "## What is refused",
        "A text with unknown or missing keys, wrong values, a limit that nothing can be above, a peer's limit looser "
        "than the board's or looser for a higher tier than for a lower, an `[auto]` that not even the best change "
        "keeps, a policy by which no peer can decide anything, and a text of whose own tests one fails. All are named.",
        "## Tests of a policy",
        "Tables `[[test]]` in the text, or in a file of their own (`foreshock policy test FILE --cases FILE`), each "
        "with `name`, `facts`, the expected `verdict` and, if they matter, its `reasons` in their order.",
        _facts_table(),
        f"`unknown` lists facts that are not known; it may name {_words(MAY_BE_UNKNOWN)}.",
        "## The policy that comes with Foreshock",
        f"```toml\n{default().text.strip()}\n```",
    ]
    return "\n\n".join(parts) + "\n"


def _of(key: object) -> str:
    steps = getattr(key, "pointer", "").split("/")
    return steps[1] if len(steps) > 2 else ""


def _row(pointer: str, right: str, needed: bool, meaning: str, unknown: str) -> str:
    key = ".".join(pointer.split("/")[1 if pointer.count("/") == 1 else 2 :])
    return f"| `{key}` | {right} | {'yes' if needed else ''} | {meaning} | {unknown} |"


def _facts_table() -> str:
    rows = ["| fact | its parts | harmless |", "|---|---|---|"]
    for name in FACT_NAMES:
        value = getattr(HARMLESS, name)
        parts = _words(PARTS[name]) if name in PARTS else ""
        rows.append(f"| `{name}` | {parts} | {_harmless(value)} |")
    return "\n".join(rows)


def _harmless(value: object) -> str:
    if value is None or value == () or value is False:
        return "none" if value is not False else "false"
    if value is True:
        return "true"
    if hasattr(value, "__dataclass_fields__"):
        return ", ".join(f"{name} {getattr(value, name)}" for name in value.__dataclass_fields__)
    return str(value)


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)
