"""Small estates written in a line a CI, for tests that tell a story."""

from __future__ import annotations

from impact.graph import Graph, build


def sketch(*lines: str, cannot_fail: str = "", revision: int = 1) -> Graph:
    """
    Return the graph of ``lines`` such as ``"shop: net, 1 of (web1 web2), soft mail"``: what comes first needs the rest.

    A CI whose name starts with a capital letter is a service; ``"2 of (a b c)"`` is a hard group, ``"soft 1 of (a b)"``
    a soft one, a share is written ``"50% of (a b)"``. ``cannot_fail`` names CIs of unavailability 0.
    """
    names: dict[str, None] = {}
    relations, groups = [], []
    for line in lines:
        owner, _, needed = (part.strip() for part in line.partition(":"))
        names[owner] = None
        for number, need in enumerate(filter(None, (part.strip() for part in needed.split(",")))):
            strength, _, rest = need.partition(" ") if need.split(" ")[0] in ("soft", "none") else ("hard", "", need)
            count, of, members = rest.partition(" of ")
            group = f"group {number}" if of else None
            for target in members.strip("()").split() if of else [rest]:
                names[target] = None
                relations.append((owner, target, group, strength, 1.0))
            if group:
                groups.append((owner, group, count if count.endswith("%") else int(count), strength))
    fixed = set(cannot_fail.split())
    items = []
    for name in names:
        service = name[0].isupper()
        chance = 0.0 if name in fixed else None
        items.append((name, "service" if service else "server", name, chance, None, None, service))
    return build(revision=revision, items=[items], relations=[relations], groups=[groups])
