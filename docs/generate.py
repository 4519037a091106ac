"""
Write the generated pages of the reference, or tell which of them no longer agree with the code.

``python docs/generate.py`` writes them; ``tests/test_docs.py`` calls :func:`pages` and holds the files to it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"


def settings() -> str:
    """Return the page of the settings."""
    from web.settings import SETTINGS

    rows = [f"| `{s.name}` | {s.default} | {s.meaning} |" for s in SETTINGS]
    return _page(
        "Settings",
        "Foreshock reads its settings from environment variables.",
        "| variable | when it is not set | what it does |\n|---|---|---|",
        rows,
    )


def roles() -> str:
    """Return the page of roles and acts."""
    from cmdb.roles import ACTS, Role

    acts = sorted(set().union(*ACTS.values()))
    rows = [f"| `{act}` | {' | '.join('yes' if act in ACTS[r] else '' for r in Role)} |" for act in acts]
    head = f"| act | {' | '.join(r.value for r in Role)} |\n|---|{'---|' * len(Role)}"
    return _page(
        "Roles", "What each role may do. Every desk asks for the act itself, so no door can forget it.", head, rows
    )


def errors() -> str:
    """Return the page of every error, with what each door makes of it, and of every problem of an input."""
    from docs.problems import problems
    from web.wording import EXIT_STATUS, HTTP_STATUS

    rows = [
        f"| `{e.code}` | {inspect.getdoc(e).splitlines()[0]} | {EXIT_STATUS[e.family]} | {HTTP_STATUS[e.family]} |"
        for e in sorted(error_classes(), key=lambda e: e.code)
    ]
    page = _page(
        "Errors",
        "Every failure has a stable code. The command line ends with the exit status, the API answers with the HTTP "
        "status and a problem document (RFC 9457); faults of an input are listed in it, all of them at once.",
        "| code | what it says | exit status | HTTP status |\n|---|---|---|---|",
        rows,
    )
    told = {code: " / ".join(map(_plain, sentences)) for code, sentences in problems(ROOT).items()}
    return page + _page(
        "Problems",
        "What `input.invalid` lists, each with its place: a line, or a JSON pointer (RFC 6901).",
        "| code | what it says |\n|---|---|",
        [f"| `{code}` | {sentence or 'what is wrong, and what would be right'} |" for code, sentence in told.items()],
        level=2,
    )


def classes() -> str:
    """Return the page of the built-in classes and relation types."""
    from cmdb.configuration.catalogue.reference import classes_page

    return classes_page()


def commands() -> str:
    """Return the page of the command line."""
    from web.cli.reference import page

    return page()


def changes() -> str:
    """Return the page of how a change moves, who decides, and the reasons of verdicts."""
    from cmdb.change.reference import changes_page

    return changes_page()


def policy() -> str:
    """Return the page of the verdict policy: its keys, its tests and the one that comes with Foreshock."""
    from cmdb.change.policy.policy_reference import policy_page

    return policy_page()


def api() -> str:
    """Return the page of the JSON API."""
    from web.api.reference import page
    from web.app import create_app

    return page(create_app(lambda _: None))  # type: ignore[arg-type,return-value]  # Nothing is asked of it.


def error_classes() -> set[type]:
    """Return every error class of the project, after importing all of its modules."""
    from cmdb.errors import ForeshockError

    for package in ("cmdb", "discovery", "impact", "web"):
        if (ROOT / package).is_dir():
            _import_all(package)
    return {ForeshockError, *_below(ForeshockError)}


def _below(base: type) -> Iterator[type]:
    for child in base.__subclasses__():
        yield child
        yield from _below(child)


def _import_all(package: str) -> None:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)


def _plain(sentence: str) -> str:
    """Return a sentence as a cell of a table: its facts by name, set apart."""
    named = re.sub(r"\{(\w+)[^{}]*\}", r"*\1*", sentence.replace("{{", "\0").replace("}}", "\1"))
    return named.replace("\0", "{").replace("\1", "}").replace("|", "\\|")


def _page(title: str, introduction: str, head: str, rows: list[str], *, level: int = 1) -> str:
    lead = [] if level == 1 else [""]
    return "\n".join([*lead, f"{'#' * level} {title}", "", introduction, "", head, *rows, ""])


def connectors() -> str:
    """Return the page of the tools that a connector is given."""
    from docs.connector_reference import connectors as written

    return written()


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": commands,
    "api.md": api,
    "settings.md": settings,
    "roles.md": roles,
    "errors.md": errors,
    "classes.md": classes,
    "changes.md": changes,
    "policy.md": policy,
    "connectors.md": connectors,
}


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {REFERENCE / name: write() for name, write in PAGES.items()}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    REFERENCE.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
