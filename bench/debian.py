"""
What cannot be installed without package X: the Debian package graph as an estate, beside dose-debcheck in the same run.

``python -m bench.debian [ANSWERS]`` takes the packages that ``apt-cache dumpavail`` of this machine names (the newest
version of each), asks :func:`impact.answers.what_goes_down` for every package of the file ANSWERS (left out: the
``debian/answers.json`` of the test data), and asks dose-debcheck (Debian package ``dose-distcheck``) twice with X taken
out: of the packages as they are, and of the same packages without version constraints and conflicts, which is what the
graph holds. The second answer must be ours, package for package; where the first differs, each package is named with
the clause that only its version constraint, or a conflict, decides. The plain reachability beside it counts what a walk
would report.

A package needs each clause of its Depends and Pre-Depends; a clause is a group with needs 1 over its alternatives and
those who provide them. Packages that can not be installed from the start, with or without constraints, are taken out of
both sides, as are qualifiers of architecture (:any), of which one machine's list holds only one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.debian_versions import newer, satisfies
from bench.table import tell
from impact.answers import blast_radius, what_goes_down
from impact.graph import Graph, build

_KEPT = (
    *("Package", "Version", "Architecture", "Multi-Arch", "Essential"),
    *("Depends", "Pre-Depends", "Conflicts", "Breaks", "Provides"),
)
_CONFLICTS = ("Conflicts", "Breaks")
_NAMES = re.compile(r"\s*([a-z0-9][a-z0-9+.-]+)(?::[a-z0-9]+)?\s*(?:\(\s*(<<|<=|=|>=|>>)\s*([^)\s]+)\s*\))?\s*")
_BROKEN = re.compile(r"^  package: (\S+)$", re.MULTILINE)

Clause = list[tuple[str, str | None, str | None]]
"""The alternatives of one clause: (name, relation, version), the last two None without a constraint."""


@dataclass(slots=True)
class Package:
    """One package: its fields as they stand, its clauses, and what it provides with the version, if one is given."""

    fields: dict[str, str]
    clauses: list[Clause]
    provides: list[tuple[str, str | None, str | None]]

    @property
    def name(self) -> str:
        return self.fields["Package"]

    def stanza(self, *, constrained: bool) -> str:
        """Return it for dose-debcheck; not ``constrained`` is without versions, conflicts and qualifiers."""
        if constrained:
            return "".join(f"{key}: {value}\n" for key, value in self.fields.items()) + "\n"
        plain = {key: value for key, value in self.fields.items() if key not in _CONFLICTS}
        plain.pop("Pre-Depends", None)
        plain |= {"Depends": ", ".join(" | ".join(name for name, _, _ in clause) for clause in self.clauses)}
        plain |= {"Provides": ", ".join(name for name, _, _ in self.provides)}
        return "".join(f"{key}: {value}\n" for key, value in plain.items() if value) + "\n"


Packages = dict[str, Package]


def packages_of(text: str) -> Packages:
    """Return the packages of a list, the newest version of each."""
    found: Packages = {}
    for stanza in text.split("\n\n"):
        fields = {}
        for line in stanza.replace("\n ", " ").splitlines():
            key, _, value = line.partition(": ")
            if key in _KEPT:
                fields[key] = value
        if not fields:
            continue
        held = found.get(fields["Package"])
        if held is None or newer(fields["Version"], held.fields["Version"]):
            found[fields["Package"]] = _package(fields)
    return found


def _package(fields: dict[str, str]) -> Package:
    clauses = [
        [_named(alternative) for alternative in clause.split("|")]
        for key in ("Pre-Depends", "Depends")
        if key in fields
        for clause in fields[key].split(",")
    ]
    return Package(
        fields, clauses, [_named(each) for each in fields["Provides"].split(",")] if "Provides" in fields else []
    )


def _named(text: str) -> tuple[str, str | None, str | None]:
    matched = _NAMES.fullmatch(text)
    if matched is None:
        raise ValueError(f"{text!r} is no name of a package with a version")
    return matched[1], matched[2], matched[3]


def providers(packages: Packages) -> dict[str, list[str]]:
    """Return who is, or provides, each name."""
    found: dict[str, list[str]] = {name: [name] for name in packages}
    for package in packages.values():
        for name, _, _ in package.provides:
            if package.name not in found.setdefault(name, []):
                found[name].append(package.name)
    return found


def members(clause: Clause, offered: dict[str, list[str]]) -> list[str]:
    """Return the packages of which one is enough for a clause, versions left aside."""
    return sorted({each for name, _, _ in clause for each in offered.get(name, ())})


def without(packages: Packages, broken: Iterable[str]) -> Packages:
    """Return the packages without those that are broken, and without all that no alternative is left for then."""
    gone = set(broken)
    while gone:
        packages = {name: package for name, package in packages.items() if name not in gone}
        offered = providers(packages)
        gone = {
            name
            for name, package in packages.items()
            if not all(members(clause, offered) for clause in package.clauses)
        }
    return packages


def graph_of(packages: Packages) -> Graph:
    """Return the packages as a graph of CIs; a clause that one package alone can fulfil is a plain relation."""
    offered = providers(packages)
    items = [(name, "software", name, None, None, None, False) for name in packages]
    relations: list[tuple[str, str, str | None, str, float]] = []
    groups: list[tuple[str, str, int | str, str]] = []
    for name, package in packages.items():
        joined = dict.fromkeys(tuple(members(clause, offered)) for clause in package.clauses)
        for number, clause in enumerate(joined, start=1):
            group = f"clause {number}" if len(clause) > 1 else None
            relations += [(name, each, group, "hard", 1.0) for each in clause]
            if group is not None:
                groups.append((name, group, 1, "hard"))
    return build(revision=1, items=[items], relations=[relations], groups=[groups])


# dose-debcheck -------------------------------------------------------------------------------------------------------
def broken_by_dose(checked: Iterable[Package], others: Iterable[Package], *, constrained: bool) -> set[str]:
    """Return those of ``checked`` that dose-debcheck can not install from all of them together."""
    with tempfile.TemporaryDirectory() as folder:
        words = []
        for option, several in (("--fg", checked), ("--bg", others)):
            path = Path(folder, f"{option.strip('-')}.list")
            path.write_text("".join(package.stanza(constrained=constrained) for package in several))
            if path.stat().st_size:
                words.append(f"{option}={path}")
        command = ["dose-debcheck", "-tdeb", "--failures", f"--deb-native-arch={_architecture()}", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "broken-packages:" not in done.stdout:
        raise SystemExit(f"dose-debcheck failed: {done.stderr or done.stdout}")
    return set(_BROKEN.findall(done.stdout))


def _architecture() -> str:
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


# why answers differ --------------------------------------------------------------------------------------------------
def reason(package: Package, packages: Packages, offered: dict[str, list[str]], broken: set[str]) -> str:
    """Return which clause of a package only its versions break, or that another package, or a conflict, does."""
    failing = [clause for clause in package.clauses if not _fulfilled(clause, packages, offered, broken)]
    direct = [clause for clause in failing if set(members(clause, offered)) - broken]
    if direct:
        left = sorted(set(members(direct[0], offered)) - broken)
        return f"{_shown(direct[0])}: {', '.join(left[:3])} would do but for the version"
    if failing:
        return f"{_shown(failing[0])}, which is broken for its own reason"
    return "a conflict among what it needs"


def _fulfilled(clause: Clause, packages: Packages, offered: dict[str, list[str]], broken: set[str]) -> bool:
    for name, relation, version in clause:
        for each in offered.get(name, ()):
            if each not in broken and _has_version(packages[each], name, relation, version):
                return True
    return False


def _has_version(package: Package, name: str, relation: str | None, version: str | None) -> bool:
    if relation is None or version is None:
        return True
    offered = [package.fields["Version"]] if package.name == name else []
    offered += [given for provided, _, given in package.provides if provided == name and given is not None]
    return any(satisfies(each, relation, version) for each in offered)


def _shown(clause: Clause) -> str:
    return " | ".join(f"{name} ({relation} {version})" if relation else name for name, relation, version in clause)


# the table -----------------------------------------------------------------------------------------------------------
class Sums:
    """What the rows come to."""

    def __init__(self) -> None:
        self.asked = self.ours = self.walked = self.differing = 0
        self.alike, self.within = True, True
        self.taken = self.waited = 0.0


def compare(x: str, packages: Packages, graph: Graph, sums: Sums) -> Iterator[str]:
    """Yield the row of one package, and a line for each package about which the two differ; add to ``sums``."""
    began = time.perf_counter()
    ours = set(what_goes_down(graph, [x]).down)
    taken = time.perf_counter() - began
    reached = {each.id for each in blast_radius(graph, [x])} - {x}
    # Only what reaches X can depend on it being there, so the rest need not be asked about.
    checked = [packages[name] for name in sorted(reached)]
    others = [package for name, package in packages.items() if name not in reached and name != x]
    began = time.perf_counter()
    dose = broken_by_dose(checked, others, constrained=True) if checked else set()
    waited = time.perf_counter() - began
    alike = broken_by_dose(checked, others, constrained=False) if checked else set()
    same = "equal" if alike == ours else f"DIFFERENT: {sorted(alike ^ ours)}"
    share = f"{len(dose ^ ours) / max(len(dose), 1):.1%}"
    sums.asked, sums.ours, sums.walked = sums.asked + 1, sums.ours + len(ours), sums.walked + len(reached)
    sums.differing += len(dose ^ ours)
    sums.alike, sums.within = sums.alike and alike == ours, sums.within and len(dose ^ ours) <= 0.05 * len(dose)
    sums.taken, sums.waited = sums.taken + taken, sums.waited + waited
    yield (
        f"| {x} | {len(ours)} | {len(alike)}, {same} | {len(dose)} | {len(dose ^ ours)} ({share}) | {len(reached)} | "
        + (f"{taken * 1e3:.1f} ms | {waited:.1f} s |")
    )
    rest = {name: package for name, package in packages.items() if name != x}
    offered = providers(rest)
    for name in sorted(ours - dose):
        yield f"    {name}: down here, installable there, which nothing explains"
    for name in sorted(dose - ours):
        yield f"    {name}: {reason(packages[name], rest, offered, dose)}"


def main() -> None:
    """Compare every package of the answers' file."""
    beside = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("FORESHOCK_TEST_DATA", beside))
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else folder / "debian" / "answers.json"
    missing = [tool for tool in ("apt-cache", "dose-debcheck") if shutil.which(tool) is None]
    if missing or not path.is_file():
        print(f"skipped: needs {', '.join([*missing, *([] if path.is_file() else [str(path)])])}")
        return
    asked = json.loads(path.read_text())["answers"]
    text = subprocess.run(["apt-cache", "dumpavail"], capture_output=True, text=True, check=True).stdout
    whole = packages_of(text)
    packages = without(whole, broken_by_dose(whole.values(), (), constrained=True))
    began = time.perf_counter()
    graph = graph_of(packages)
    print(
        f"{len(whole)} packages, {len(whole) - len(packages)} not installable from the start and left out; "
        f"{len(graph.targets)} relations, {len(graph.owners)} groups, built in {time.perf_counter() - began:.1f} s"
    )
    print("| without | ours | dose, no constraints | dose | differ | plain reachability | ours took | dose took |")
    print("|---|---|---|---|---|---|---|---|")
    cases: list[str] = []
    sums = Sums()
    for x in asked:
        if x not in packages:
            print(f"| {x} | is not in the list of this machine |")
            continue
        row, *lines = compare(x, packages, graph, sums)
        print(row, flush=True)
        cases += [f"without {x}:", *lines] if lines else []
    tell(
        f"what can not be installed without each of {sums.asked} packages",
        f"{len(packages):,} packages",
        f"{sums.ours:,} in {sums.taken * 1e3:.0f} ms; dose differs on {sums.differing}",
        peer=f"dose-debcheck {sums.waited:.1f} s; a plain walk says {sums.walked:,}",
        ratio=f"{sums.waited / sums.taken:,.0f}" if sums.taken else "",
        goal="equal but for versions, 5 %",
        kept=sums.alike and sums.within,
    )
    print("\nWhere version constraints or conflicts make the difference:", *(cases or ["nowhere"]), sep="\n")


if __name__ == "__main__":
    main()
