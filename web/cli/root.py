"""The frame of every command: groups that import nothing, options all commands share, and one way to fail."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem

from cmdb.errors import ForeshockError
from web.cli import failures, tree
from web.cli.output import make_streams_safe
from web.cli.session import FORMATS, Session


def _choose_output(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.find_root().obj.output = value


def _choose_timing(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.find_root().obj.timing = True


def _show_version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from cmdb import __version__

        click.echo(f"foreshock {__version__}")
        context.exit()


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["-o", "--output"],
            type=click.Choice(FORMATS),
            expose_value=False,
            callback=_choose_output,
            help="The format of the answer; a table for people unless said otherwise.",
        ),
        click.Option(
            ["--timing"],
            is_flag=True,
            expose_value=False,
            callback=_choose_timing,
            help='Print {"load", "compute", "total"} in seconds on standard error.',
        ),
    ]


class Command(click.Command):
    """
    A command with the shared options.

    ``places`` maps JSON pointers of faults to the options they came from; ``example`` is shown below the help.
    """

    def __init__(self, *args: Any, example: str, places: Mapping[str, str] | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params += _shared_options()
        self.example = example
        self.places = places or {}

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Say of a value that stands alone by which option it is set."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            alone = re.search(r"unexpected extra arguments? \((\S+=\S*)", error.message)
            if alone is not None and any("--set" in each.opts for each in self.params):
                hint = f"{error.message}; a value is given by --set: --set {alone[1].rstrip(')')}"
                raise click.UsageError(hint, ctx=error.ctx) from None
            raise

    def invoke(self, ctx: click.Context) -> Any:
        session: Session = ctx.obj
        try:
            return super().invoke(ctx)
        except ForeshockError as error:
            return failures.report(error, session, self.places)
        except BrokenPipeError:
            return failures.stay_quiet()
        except KeyboardInterrupt:
            # Asked while the store is still open.
            return failures.report_interrupt(session.written(), in_parts=session.in_parts, is_told=session.is_told)


def command(*, example: str, places: Mapping[str, str] | None = None) -> Callable[[Callable[..., Any]], Command]:
    """Return the decorator that makes a function a command; its docstring is the help."""
    return click.command(cls=Command, example=example, places=places)


class LazyGroup(click.Group):
    """A group that knows its commands from :mod:`web.cli.tree` and imports only the one that is run."""

    def __init__(self, *, path: str, **more: Any) -> None:
        super().__init__(name=path or None, params=_shared_options(), help=tree.GROUPS.get(path), **more)
        self.path = path

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return tree.below(self.path)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        path = f"{self.path} {cmd_name}".strip()
        if path in tree.GROUPS:
            return LazyGroup(path=path)
        if path not in tree.COMMANDS:
            return None
        module, _, attribute = tree.COMMANDS[path][0].partition(":")
        found: click.Command = getattr(importlib.import_module(module), attribute)
        found.name = cmd_name
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        sections = (("Commands", tuple(tree.below(self.path))),) if self.path else tree.SECTIONS
        for title, names in sections:
            with formatter.section(title):
                formatter.write_dl([(name, tree.short_help(f"{self.path} {name}".strip())) for name in names])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        names = [name for name in tree.below(self.path) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=tree.short_help(f"{self.path} {name}".strip())) for name in names]
        return items + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in tree.below(self.path) and not args[0].startswith("-"):
            ctx.fail(_unknown(self.path, args[0]))
        return super().resolve_command(ctx, args)


class Root(LazyGroup):
    """The programme itself: reads the arguments, runs one command, and turns whatever happens into an exit status."""

    def main(self, args: Sequence[str] | None = None, *more: Any, **extra: Any) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        session = extra.setdefault("obj", Session())
        session.output = _output_asked_for(words)
        extra["standalone_mode"] = False
        if session.settings.no_color:
            extra["color"] = False
        if sys.stdout is None:
            # Started with it closed. What is written to the file that takes its number next would be lost or worse.
            raise SystemExit(failures.report_no_output())
        make_streams_safe()
        status = self._run(words, session, *more, **extra)
        raise SystemExit(status)

    def _run(self, words: list[str], session: Session, *more: Any, **extra: Any) -> int:
        try:
            _refuse_broken_text(words)
            answer = super().main(words, *more, **extra)
            status = answer if isinstance(answer, int) else 0
            if session.timing:
                click.echo(json.dumps(session.watch.seconds()), err=True)
            sys.stdout.flush()
            return status
        except click.Abort:
            return failures.report_interrupt(session.written(), in_parts=session.in_parts, is_told=session.is_told)
        except click.ClickException as error:
            return failures.report_usage(error, session)
        except ForeshockError as error:
            return failures.report(error, session, {})
        except BrokenPipeError:
            return failures.stay_quiet()
        except OSError as error:
            return failures.report_os_error(error, session)
        except Exception as error:
            return failures.report_unexpected(error, session)


def _output_asked_for(words: Sequence[str]) -> str:
    """Return the format an argument list names, for failures that come before the arguments are understood."""
    for place, word in enumerate(words):
        if word in {"-o", "--output"} and place + 1 < len(words) and words[place + 1] in FORMATS:
            return words[place + 1]
        for start in ("--output=", "-o"):
            if word.startswith(start) and word.removeprefix(start) in FORMATS:
                return word.removeprefix(start)
    return "table"


def _refuse_broken_text(words: Sequence[str]) -> None:
    for place, word in enumerate(words, start=1):
        if any("\ud800" <= c <= "\udfff" for c in word):
            shown = word.encode("utf-8", "backslashreplace").decode("ascii", "backslashreplace")
            raise click.UsageError(f"argument {place} is not UTF-8 text: {shown}")


def _unknown(path: str, word: str) -> str:
    import difflib

    near = difflib.get_close_matches(word, tree.below(path), n=1)
    meant = f"; did you mean '{near[0]}'?" if near else ""
    return f"there is no command '{f'{path} {word}'.strip()}'{meant}"


root = Root(
    path="",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
root.help = "Foreshock: know what a change will break before you approve it."
root.params.append(
    click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_show_version,
        help="Print the version and leave.",
    )
)
