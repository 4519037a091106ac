"""The pools of an haproxy configuration, as ``redact`` left it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from discovery.connectors.ssh_linux.shape.pool import Pool, address_of

MOST_MEMBERS = 1_000
_METHODS = {"roundrobin": "round_robin", "static-rr": "round_robin", "leastconn": "least_connections"}
_HASHES = ("source", "uri", "url_param", "hdr", "hash", "rdp-cookie")


@dataclass(slots=True)
class _Section:
    kind: str
    name: str
    pool: Pool
    balance: str = ""
    defaults: list[str] = field(default_factory=list)
    uses: list[tuple[str, bool]] = field(default_factory=list)
    disabled: bool = False


def haproxy_pools(text: str) -> tuple[list[Pool], str | None]:
    """Return the pools that something listens for, by name, and the method, where all of them have the same one."""
    sections, needs = _sections(text)
    standing = [each for each in sections if not each.disabled]
    pools = {each.name: each for each in standing if each.kind in ("backend", "listen")}
    used: dict[str, bool] = {}
    for section in standing:
        if section.kind not in ("frontend", "listen"):
            continue
        has_default = any(not conditional for _, conditional in section.uses)
        if section.kind == "listen" and section.pool.members:
            used[section.name] = False
        for name, conditional in section.uses:
            chosen = sorted(pools) if "%" in name else [name]
            for each in chosen:
                used[each] = used.get(each, True) and (conditional and (has_default or len(section.uses) > 1))
    found = []
    for name in sorted(used.keys() & pools.keys()):
        pool = pools[name].pool
        members = len(pool.members)
        wanted = needs.get(name, 1)
        found.append(replace(pool, soft=used[name], needs=max(1, min(wanted, members)) if members else 1))
    return found, _method([pools[name] for name in used if name in pools])


def _sections(text: str) -> tuple[list[_Section], dict[str, int]]:
    sections: list[_Section] = []
    needs: dict[str, int] = {}
    inherited: list[str] = []
    balance = ""
    for line in text.splitlines():
        words = line.split()
        match words:
            case ["global" | "defaults" | "frontend" | "backend" | "listen" as kind, *more]:
                name = more[0] if more else ""
                sections.append(_Section(kind, name, Pool(name, where=f"haproxy: {kind} {name}")))
                if kind == "defaults":
                    inherited, balance = [], ""
                elif kind != "global":
                    sections[-1].defaults, sections[-1].balance = list(inherited), balance
            case ["needs", name, number]:
                needs[name] = max(needs.get(name, 1), int(number))
            case [*_] if sections and words:
                section = sections[-1]
                _line(section, words)
                if section.kind == "defaults":
                    inherited, balance = section.defaults, section.balance
    return sections, needs


def _line(section: _Section, words: list[str]) -> None:
    match words:
        case ["balance", method, *_]:
            section.balance = method
        case ["default-server", *flags]:
            section.defaults = flags
        case ["disabled"]:
            section.disabled = True
        case ["default_backend", name, *_]:
            section.uses.append((name, False))
        case ["use_backend", name, *more]:
            section.uses.append((name, bool(more)))
        case ["server", name, address, *flags]:
            _server(section, name, address, flags)
        case ["server-template", name, *_]:
            section.pool.unknown.append(name)


def _server(section: _Section, name: str, address: str, flags: list[str]) -> None:
    every = [*section.defaults, *flags]
    off = "disabled" in every and "enabled" not in flags
    if off or "weight=0" in every:
        return
    member = address_of(address)
    if member is None or len(section.pool.members) >= MOST_MEMBERS:
        section.pool.unknown.append(name)
    else:
        section.pool.members.append(replace(member, name=name))


def _method(sections: list[_Section]) -> str | None:
    methods = {_METHODS.get(each.balance or "roundrobin", _other(each.balance)) for each in sections}
    return methods.pop() if len(methods) == 1 else None


def _other(balance: str) -> str:
    return "hash" if balance.startswith(_HASHES) else "other"
