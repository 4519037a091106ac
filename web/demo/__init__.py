"""
The built-in estate and its story: a change that looks harmless and takes the last spare of the most important service.

Both power strips of one rack hang on the same UPS. Everybody knows that the rack has two; nobody has looked where the
second one is plugged in. Then somebody asks for twenty minutes on that UPS. Besides, a list of the server room is read
as a source of discovery.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

from cmdb.change import changes
from cmdb.configuration.intake import import_estate
from cmdb.context import Context
from cmdb.model.change import BackOut, Change, ChangeState, Effect, Target, Window
from impact.questions.assess import assess
from web.bootstrap import make_app, make_context, make_runner, open_store
from web.demo.discovered import Discovered, discover
from web.settings import Settings

TITLE = "Replace the battery string of UPS S1"
PEOPLE = """\
# Who may do what in the demo; FORESHOCK_ACTOR names one of them.
[[person]]
id = "facility-engineer"
roles = ["engineer"]

[[person]]
id = "change-manager"
roles = ["change_manager"]

[[person]]
id = "cab-chair"
roles = ["cab_member"]

[[person]]
id = "auditor"
roles = ["auditor"]
"""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made: settings that lead to its store and its people, the assessed change, what was discovered."""

    settings: Settings
    change: str
    discovered: Discovered


def prepare(directory: Path) -> Demo:
    """Load the estate into a store in ``directory``, have the change assessed and the source read; once."""
    directory.mkdir(parents=True, exist_ok=True)
    people = directory / "people.toml"
    people.write_text(PEOPLE, encoding="utf-8")
    settings = Settings(store=f"sqlite:///{directory / 'foreshock.db'}", people=str(people))
    store = open_store(settings)
    try:
        engineer = make_context(settings._replace(actor="facility-engineer"), store)
        manager = make_context(settings._replace(actor="change-manager"), store)
        import_estate(engineer, io.BytesIO(estate()), source="demo")
        change = _assessed(engineer, manager)
        return Demo(settings, change, discover(engineer, make_runner(settings, store, holder="demo"), directory))
    finally:
        store.close()


def estate() -> bytes:
    """Return the estate document that comes with Foreshock."""
    return files(__name__).joinpath("estate.json").read_bytes()


def standing_page(demo: Demo) -> str:
    """Return the page of the change as one HTML document that needs no server, as a reader sees it."""
    client = make_app(demo.settings._replace(actor="reader")).test_client()
    html = client.get(f"/changes/{demo.change}").get_data(as_text=True)

    def inlined(link: re.Match[str]) -> str:
        return f"<style>\n{client.get(link['href']).get_data(as_text=True)}</style>"

    return re.sub(r'<link rel="stylesheet" href="(?P<href>[^"]+)">', inlined, html)


def _assessed(engineer: Context, manager: Context) -> str:
    """Return the id of the demo's change, assessed; an earlier run's serves while its window is still ahead."""
    now = engineer.clock.now()
    ahead = [c for c in _raised(engineer) if c.window is not None and c.window.start > now]
    change = ahead[0] if ahead else _raise(engineer, now)
    if change.state is ChangeState.DRAFT:
        change = changes.submit(engineer, change.id).record
    if change.state is ChangeState.SUBMITTED:
        assess(manager, change.id)
    return change.id


def _raised(context: Context) -> list[Change]:
    return [held.record for held in changes.listing(context, limit=1000).rows if held.record.title == TITLE]


def _raise(engineer: Context, now: datetime) -> Change:
    evening = datetime.combine(now.date() + timedelta(days=9 - now.weekday()), time(22), tzinfo=UTC)
    return changes.new(
        engineer,
        title=TITLE,
        reason="The batteries are six years old and failed their capacity test. Every rack has a second feed.",
        window=Window(evening, evening + timedelta(minutes=90)),
        targets=(Target("ups-s1", Effect.DOWN, offset=10, minutes=20),),
        steps=("Put UPS S1 out of service", "Swap the battery string", "Bring UPS S1 back and test it under load"),
        back_out=BackOut("Put the old battery string back and return UPS S1 to service", minutes=15),
    ).record
