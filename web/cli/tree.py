"""
Every command: where it lives and what it is for, in one line each.

This table is all that ``foreshock --help`` and completion read; a command's module is imported when it is run. A path
without an entry of its own, such as ``ci``, is a group; groups stand in :data:`GROUPS`.
"""

from __future__ import annotations

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("web.cli.upkeep:init", "Make the store, and say where it is."),
    "demo": ("web.cli.demo:demo", "Load a small estate and show what one change would break."),
    "serve": ("web.cli.serve:serve", "Serve the pages and the JSON API on this machine."),
    "ci add": ("web.cli.configuration.register:add", "Register a CI, with what it depends on."),
    "ci show": ("web.cli.configuration.cis:show", "Show one CI: attributes and relations in both directions."),
    "ci provenance": ("web.cli.configuration.provenance:show", "Show whose each value of a CI is."),
    "ci set": ("web.cli.configuration.register:set_values", "Change a CI's name, attributes or figures."),
    "ci retire": ("web.cli.configuration.register:retire", "Retire CIs; their relations end with them."),
    "ci relate": ("web.cli.configuration.relations:relate", "Record that one CI depends on another."),
    "ci unrelate": ("web.cli.configuration.relations:unrelate", "End a relation."),
    "ci group": ("web.cli.configuration.relations:group", "State how many members of a redundancy group are needed."),
    "ci search": ("web.cli.configuration.search:search", "Find CIs by words in id, name and attributes."),
    "ci list": ("web.cli.configuration.search:list_cis", "List CIs, all or of some classes."),
    "ci history": ("web.cli.configuration.history:history", "Show every version of a CI: who changed what, when."),
    "ci tree": ("web.cli.configuration.tree:tree", "Draw what a CI depends on, or what depends on it."),
    "class list": ("web.cli.configuration.classes:list_classes", "List the CI classes."),
    "class show": ("web.cli.configuration.classes:show", "Show one class with all its attributes."),
    "class define": ("web.cli.configuration.classes:define", "Add a class, or change one of your own."),
    "class retire": ("web.cli.configuration.classes:retire", "Retire a class that no CI should have any more."),
    "relation-type list": ("web.cli.configuration.relation_types:list_types", "List the relation types."),
    "relation-type show": ("web.cli.configuration.relation_types:show", "Show one relation type."),
    "relation-type define": ("web.cli.configuration.relation_types:define", "Add a relation type, or change your own."),
    "relation-type retire": ("web.cli.configuration.relation_types:retire", "Retire a relation type."),
    "import estate": (
        "web.cli.configuration.imports:estate",
        "Read an estate document; --dry-run shows the difference.",
    ),
    "import open-psa": (
        "web.cli.configuration.fault_trees:open_psa",
        "Read a fault tree in Open-PSA MEF; its top gate becomes a service.",
    ),
    "import table": (
        "web.cli.configuration.imports_table:import_table",
        "Read a CSV, an Excel sheet or a list of records; bad rows can be handed back.",
    ),
    "export estate": ("web.cli.configuration.exports:estate", "Write the estate as a document."),
    "impact": ("web.cli.impact:impact", "What goes down, and what only loses its spare, if these CIs fail?"),
    "spof": ("web.cli.impact:spof", "Which single failures stop this service?"),
    "outage": ("web.cli.risks:outage", "How probable is an outage of this service?"),
    "criticality": ("web.cli.criticality:criticality", "Which CIs take most down by failing alone?"),
    "risk-groups": ("web.cli.risks:risk_groups", "Which CIs stop this service together?"),
    "change new": ("web.cli.change.changes:new", "Raise a change."),
    "change edit": ("web.cli.change.changes:edit", "Change what a change says; after submission approvals are void."),
    "change show": ("web.cli.change.show:show", "Show a change as a one-page summary."),
    "change list": ("web.cli.change.show:list_changes", "List changes."),
    "change submit": ("web.cli.change.changes:submit", "Hand a draft in."),
    "change assess": ("web.cli.change.assess:assess", "Compute what the change would do, and keep it as a record."),
    "change approve": ("web.cli.change.decide:approve", "Approve the assessed revision."),
    "change reject": ("web.cli.change.decide:reject", "Reject the assessed revision."),
    "calendar conflicts": ("web.cli.change.calendar:conflicts", "Which changes stop a service only together?"),
    "whatif": ("web.cli.change.whatif:whatif", "What would help a change, and what would be gained?"),
    "replay": ("web.cli.change.assess:replay", "Compute a stored assessment again and compare it byte for byte."),
    "policy show": ("web.cli.change.policy:show", "Show the policy in force."),
    "policy set": ("web.cli.change.policy:set_policy", "Put a policy file into force as a new version."),
    "incident import": (
        "web.cli.service.imports:import_incidents",
        "Read incidents from CSV; --dry-run shows the difference.",
    ),
    "incident open": ("web.cli.service.incidents:open_incident", "Record that something failed."),
    "incident edit": ("web.cli.service.incidents:edit", "Change what an incident says."),
    "incident resolve": ("web.cli.service.incidents:resolve", "Record that the interruption is over."),
    "incident show": ("web.cli.service.incidents:show", "Show one incident."),
    "incident list": ("web.cli.service.incidents:list_incidents", "List incidents, of a CI, a state or a time."),
    "source put": ("web.cli.discovery.sources:put", "Enter a source of discovery, or change it."),
    "source list": ("web.cli.discovery.sources:list_sources", "List the sources, and when each was read last."),
    "source show": ("web.cli.discovery.sources:show", "Show one source with its settings."),
    "source on": ("web.cli.discovery.sources:on", "Switch a source on again."),
    "source off": ("web.cli.discovery.sources:off", "Switch a source off."),
    "source connectors": ("web.cli.discovery.sources:connectors", "List the connectors and the settings they take."),
    "discover run": ("web.cli.discovery.discover:run", "Look at a source now, and take in what is seen."),
    "discover dry-run": ("web.cli.discovery.discover:dry_run", "Look at a source now, and show what would change."),
    "discover rehearse": (
        "web.cli.discovery.rules:rehearse",
        "Show what other rules would change, and change nothing.",
    ),
    "discover rules": ("web.cli.discovery.rules:show", "Show the rules of discovery that were set."),
    "discover set-rules": ("web.cli.discovery.rules:set_rules", "Put a file of rules into force."),
    "discover settle": ("web.cli.discovery.rules:settle", "Reconcile what is known anew, without looking anywhere."),
    "identity merge": ("web.cli.discovery.identity:merge", "Decide that two CIs are one."),
    "identity split": ("web.cli.discovery.identity:split", "Decide that what a CI is seen as is another one."),
    "identity keep-apart": ("web.cli.discovery.identity:keep_apart", "Decide that two things are two CIs."),
    "identity revoke": ("web.cli.discovery.identity:revoke", "Take such a decision back."),
    "identity list": ("web.cli.discovery.identity:list_decisions", "List the decisions on identity."),
    "identity reject": ("web.cli.discovery.identity:reject", "Decide that a relation discovery saw does not exist."),
    "identity rejections": ("web.cli.discovery.identity:list_rejections", "List the relations that were rejected."),
    "identity accept": ("web.cli.discovery.identity:accept", "Take the rejection of a relation back."),
    "finding list": ("web.cli.discovery.findings:list_findings", "List what a person should look at."),
    "worker": ("web.cli.worker:worker", "Run jobs: those that are due, and those that were asked for."),
    "job list": ("web.cli.jobs:list_jobs", "List the jobs, when each runs next and how it went last."),
    "job run": ("web.cli.jobs:run", "Run a job now, and wait until it has ended."),
    "run list": ("web.cli.runs:list_runs", "List runs of jobs."),
    "run show": ("web.cli.runs:show", "Show one run: how it stands, what it found, how far it is."),
    "run cancel": ("web.cli.runs:cancel", "Cancel a run, waiting or going on."),
    "run result": ("web.cli.runs:result", "Print the answer of a question that was asked with --job."),
    "check": ("web.cli.upkeep:check", "Look for anything wrong in the store; --repair mends what is safe."),
    "store compact": ("web.cli.store:compact", "Let go of old history, never of what a decision rests on."),
    "store copy": ("web.cli.store:copy", "Copy one store into another, history and all, and verify it."),
    "backup": ("web.cli.upkeep:backup", "Write a consistent copy of the store while others go on writing."),
    "restore": ("web.cli.upkeep:restore", "Bring a backup back as the store."),
    "migrate": ("web.cli.upkeep:migrate", "Bring the store to this programme's schema."),
    "audit verify": ("web.cli.upkeep:verify", "Check the hash chain of the store's log."),
    "completion": ("web.cli.completion:completion", "Print the script that completes commands in your shell."),
}

GROUPS: dict[str, str] = {
    "ci": "Register, show and find configuration items.",
    "class": "The CI classes and their attributes.",
    "relation-type": "The types of relation and their readings.",
    "import": "Bring an estate in.",
    "export": "Take the estate out.",
    "change": "Raise, assess and decide changes.",
    "calendar": "Changes beside each other.",
    "incident": "What failed, from when until when.",
    "policy": "The rules that turn an assessment into a verdict.",
    "source": "What discovery looks at, and with which settings.",
    "discover": "Look at a source, and take in what is seen.",
    "identity": "Who is who among what discovery sees.",
    "finding": "What about the configuration a person should look at.",
    "job": "What is run, by the clock or when somebody asks.",
    "run": "Single runs of jobs, and what came of them.",
    "audit": "Prove that nothing was altered.",
    "store": "Keep the store small, and move it.",
}

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("init", "demo", "serve")),
    ("Estate", ("ci", "class", "relation-type", "import", "export")),
    ("Discovery", ("source", "discover", "identity", "finding")),
    ("Impact", ("impact", "spof", "outage", "risk-groups", "criticality")),
    ("Change", ("change", "whatif", "calendar", "replay", "policy")),
    ("Service", ("incident",)),
    ("Jobs", ("worker", "job", "run")),
    ("Store", ("check", "backup", "restore", "migrate", "store", "audit", "completion")),
)


def below(path: str) -> list[str]:
    """Return the names directly below a group, in the table's order; ``""`` is the programme itself."""
    if not path:
        return [name for _, names in SECTIONS for name in names]
    return [command.removeprefix(f"{path} ") for command in COMMANDS if command.startswith(f"{path} ")]


def short_help(path: str) -> str:
    """Return the line that says what a command or group is for."""
    return GROUPS[path] if path in GROUPS else COMMANDS[path][1]
