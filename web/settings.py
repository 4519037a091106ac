"""
Every setting, described once: the name of its environment variable, its default, and what it does.

The documentation's table of settings is generated from :data:`SETTINGS`; a setting is one line here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple


class Setting(NamedTuple):
    """One setting; ``default`` is what holds when the variable is not set or empty, in words where it is computed."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "FORESHOCK_STORE",
        "sqlite:///PATH, foreshock.db in the user's data directory",
        "The store. `sqlite:///relative/path`, `sqlite:////absolute/path`, or a Neo4j server or cluster: "
        "`neo4j://HOST:PORT/DATABASE`, also `neo4j+s`, `neo4j+ssc`, `bolt`, `bolt+s`, `bolt+ssc` "
        "(port 7687 and database neo4j may be left out).",
    ),
    Setting(
        "FORESHOCK_STORE_USER",
        "neo4j, where there is a password",
        "A reference to the user of a Neo4j server: `env:NAME` or `file:PATH`.",
    ),
    Setting(
        "FORESHOCK_STORE_PASSWORD",
        "none, no authentication",
        "A reference to the password of a Neo4j server: `env:NAME` or `file:PATH`; never the password itself.",
    ),
    Setting(
        "FORESHOCK_PEOPLE",
        "none",
        "The people file (TOML): a table `[[person]]` for each person, with `id` and `roles`. Who is recorded by "
        "`foreshock person` acts with the recorded roles instead.",
    ),
    Setting(
        "FORESHOCK_ACTOR",
        "the operating system's user, as administrator",
        "The account that acts, of a recorded person or of the people file; one that neither names is a viewer.",
    ),
    Setting(
        "FORESHOCK_URL",
        "none, commands work on the store of this machine",
        "A server (`http://127.0.0.1:8080`): the commands ask it instead, and act as the person it acts as.",
    ),
    Setting(
        "FORESHOCK_TOKEN",
        "none, the server says who acts",
        "An API token (`fsk_...`) that the commands send to the server that FORESHOCK_URL names.",
    ),
    Setting(
        "FORESHOCK_SIGN_IN",
        "off, whoever reaches the server acts as FORESHOCK_ACTOR",
        "`on`: persons sign in, programmes send API tokens. Without it a server answers to this machine alone.",
    ),
    Setting(
        "FORESHOCK_PUBLIC_URL",
        "none, the address the server listens on",
        "The address people reach the server by (`https://cmdb.example.org`), as one-time links name it. With `https` "
        "cookies are for encrypted connections alone.",
    ),
    Setting(
        "FORESHOCK_TRUSTED_PROXY",
        "none, no proxy is believed",
        "The address of a proxy in front of the server: whose `X-Forwarded-For` and `-Proto` are believed.",
    ),
    Setting(
        "FORESHOCK_SESSION_MINUTES",
        "60,720",
        "Minutes after which a session ends unused, and behind a comma those after which it ends at all.",
    ),
    Setting(
        "FORESHOCK_AUDIT_SCHEDULE",
        "30 2 * * *, each day at 02:30 UTC",
        "When `foreshock worker` runs the job `audit-verify`: a crontab of five fields in UTC, the days of the week by "
        "name (`0 4 * * sun`), or `off`.",
    ),
    Setting(
        "FORESHOCK_HISTORY_DAYS",
        "not set, all history is kept",
        "Days of history to keep: `foreshock worker` lets go of what is older each Sunday at 04:00 UTC (the job "
        "`history-compact`), but for what decisions rest on.",
    ),
    Setting(
        "FORESHOCK_DISCOVERY_AT_ONCE",
        "not set, as many as the workers do",
        "How many runs of sources may go on at one time, of all workers of a store; and behind commas how many "
        "of one connector: `10`, `10,ssh_linux=2,aws=1` or `ssh_linux=2`.",
    ),
    Setting(
        "FORESHOCK_SECRETS",
        "not set, all but Foreshock's own",
        "Which references sources may name, behind commas, `*` for anything: `env:DISCOVERY_*,file:/etc/foreshock/*`. "
        "Whoever may define a source chooses where its credential is sent, so name those that are for sources.",
    ),
    Setting(
        "FORESHOCK_VERIFY_SCHEDULE",
        "0 5 * * *, each day at 05:00 UTC",
        "When `foreshock worker` runs the job `verify`, which holds the estate against every approved baseline: a "
        "crontab of five fields in UTC, or `off`.",
    ),
    Setting(
        "FORESHOCK_OUTCOME_HOOK",
        "none, no such call is heard",
        "A reference to the secret that calls from pipelines and Git hosts are signed with which report how a change "
        "went: `env:NAME` or `file:PATH`, at least 16 characters.",
    ),
    Setting(
        "FORESHOCK_SIGNING_KEY",
        "not set, verifications are sealed by their hash alone",
        "A reference to the key that signs verifications and checks them: `env:NAME` or `file:PATH`, 16 characters or "
        "more; never the key itself.",
    ),
    Setting(
        "FORESHOCK_LANGUAGE",
        "en",
        "The language of explanations at the command line: `en` or `zh`. Pages take the browser's, or `?lang=`.",
    ),
    Setting("FORESHOCK_DEBUG", "not set", "Any value: an error of the programme itself is shown with its traceback."),
    Setting("NO_COLOR", "not set", "Any value: no colour in the terminal."),
)


class Secret(str):
    """A text that no message, log or traceback shows by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


class Settings(NamedTuple):
    """The settings that hold for this process; empty texts mean "not set"."""

    store: str = ""
    store_user: str = ""
    store_password: str = ""
    people: str = ""
    actor: str = ""
    url: str = ""
    token: Secret = Secret()
    sign_in: str = ""
    public_url: str = ""
    trusted_proxy: str = ""
    session_minutes: str = ""
    audit_schedule: str = ""
    history_days: str = ""
    discovery_at_once: str = ""
    secrets: str = ""
    verify_schedule: str = ""
    signing_key: str = ""
    outcome_hook: str = ""
    language: str = ""
    debug: bool = False
    no_color: bool = False


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of an environment, by default the process's own."""
    env = os.environ if environment is None else environment
    return Settings(
        store=env.get("FORESHOCK_STORE", ""),
        store_user=env.get("FORESHOCK_STORE_USER", ""),
        store_password=env.get("FORESHOCK_STORE_PASSWORD", ""),
        people=env.get("FORESHOCK_PEOPLE", ""),
        actor=env.get("FORESHOCK_ACTOR", ""),
        url=env.get("FORESHOCK_URL", ""),
        token=Secret(env.get("FORESHOCK_TOKEN", "")),
        sign_in=env.get("FORESHOCK_SIGN_IN", ""),
        public_url=env.get("FORESHOCK_PUBLIC_URL", ""),
        trusted_proxy=env.get("FORESHOCK_TRUSTED_PROXY", ""),
        session_minutes=env.get("FORESHOCK_SESSION_MINUTES", ""),
        audit_schedule=env.get("FORESHOCK_AUDIT_SCHEDULE", ""),
        history_days=env.get("FORESHOCK_HISTORY_DAYS", ""),
        discovery_at_once=env.get("FORESHOCK_DISCOVERY_AT_ONCE", ""),
        secrets=env.get("FORESHOCK_SECRETS", ""),
        verify_schedule=env.get("FORESHOCK_VERIFY_SCHEDULE", ""),
        signing_key=env.get("FORESHOCK_SIGNING_KEY", ""),
        outcome_hook=env.get("FORESHOCK_OUTCOME_HOOK", ""),
        language=env.get("FORESHOCK_LANGUAGE", ""),
        debug=bool(env.get("FORESHOCK_DEBUG")),
        no_color=bool(env.get("NO_COLOR")),
    )
