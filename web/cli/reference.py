"""The reference page of the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from web.cli import failures, tree
from web.cli.root import Command, root
from web.wording import EXIT_STATUS

_INTRODUCTION = """\
# Command line

Data go to standard output, messages and progress to standard error, so answers can be piped. Colour and progress are
shown on a terminal only, and never when `NO_COLOR` is set. A command's `--help` says what this page says.

Every command takes these options, before or after its name:

| option | meaning |
|---|---|
"""
_STATUSES = """\
## Exit statuses

| status | meaning |
|---|---|
"""
_MEANINGS = {
    0: "done, and where something was checked, nothing is wrong",
    1: "it failed, or a check found something",
    2: "wrong usage or wrong input; nothing was written",
    3: "a gate: `--fail-on` was reached, or a decision has to be taken first",
    4: "what was asked for is not there",
    5: "somebody else was faster: read again",
    6: "partly applied",
    7: "the acting person may not do this",
    75: "not now: the store or the server is away or busy, or its answer was lost; the message says which, try again",
    failures.INTERRUPTED: "interrupted with Ctrl-C; a message says whether anything was written",
    failures.BROKEN_PIPE: "whoever read the output stopped reading",
}
_ERRORS = """
Errors are sentences on standard error, each with the place it is about. With `-o json` they are the API's problem
document on standard output instead: `type`, `title`, `status`, `code` and, for wrong input, `errors` with a `line` or
a JSON `pointer` and a `message` for each fault.
"""


def page() -> str:
    """Return the page as Markdown; the same bytes for the same commands."""
    shared = [row for row in _rows(root) if "--version" not in row]
    parts = [_INTRODUCTION + "\n".join(shared) + "\n\n`foreshock --version` prints the version.\n"]
    for title, names in tree.SECTIONS:
        parts.append(f"## {title}\n")
        parts += [_command(path) for path in _paths(names)]
    statuses = sorted({0, *EXIT_STATUS.values(), failures.INTERRUPTED, failures.BROKEN_PIPE})
    parts.append(_STATUSES + "\n".join(f"| {status} | {_MEANINGS[status]} |" for status in statuses) + "\n" + _ERRORS)
    return "\n".join(parts)


def _paths(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if name in tree.GROUPS:
            yield from _paths(tuple(f"{name} {command}" for command in tree.below(name)))
        else:
            yield name


def _command(path: str) -> str:
    context, found = _resolved(path)
    assert isinstance(found, Command)
    own = [piece for piece in found.collect_usage_pieces(context) if piece]
    lines = [
        f"### `foreshock {path}`",
        "",
        f"`foreshock {path} {' '.join(own)}`",
        "",
        inspect.cleandoc(found.help or ""),
    ]
    rows = list(_rows(found, shared=False))
    if rows:
        lines += ["", "| option | meaning |", "|---|---|", *rows]
    return "\n".join([*lines, "", "```sh", found.example, "```", ""])


def _resolved(path: str) -> tuple[click.Context, click.Command]:
    context = click.Context(root, info_name="foreshock")
    group: click.Command = root
    for name in path.split():
        assert isinstance(group, click.Group)
        found = group.get_command(context, name)
        assert found is not None
        group, context = found, click.Context(found, info_name=name, parent=context)
    return context, group


def _rows(command: click.Command, *, shared: bool = True) -> Iterator[str]:
    common = {option.name for option in root.params}
    for option in command.params:
        if isinstance(option, click.Option) and (shared or option.name not in common):
            names = ", ".join([*option.opts, *option.secondary_opts])
            value = "" if option.is_flag else f" {_value(option)}"
            default = f" Default: {option.default}." if option.show_default else ""
            meaning = f"{option.help}{default}".replace("|", "\\|").replace("\n", " ")
            yield f"| {_code(names + value)} | {meaning} |"


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return option.type.name.upper()


def _code(text: str) -> str:
    """Return code for a cell of a table, in which a bar must be escaped."""
    return "`" + text.replace("|", "\\|") + "`"
