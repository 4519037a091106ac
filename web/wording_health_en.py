"""The health of the records, in English."""

from __future__ import annotations

from collections.abc import Mapping

COMMA = ", "

MEASURES: Mapping[str, tuple[str, str]] = {
    "completeness": ("Completeness", "has what its class should have"),
    "correctness": ("Correctness", "was found right when a person looked"),
    "freshness": ("Freshness", "was seen within its source's time to live"),
    "orphans": ("No orphan", "is joined to what it should be"),
    "duplicates": ("No duplicate", "is not there twice, as far as anybody can tell"),
    "evidence": ("Evidence", "each relation is stated by somebody or still seen"),
}
"""Each measure: what it is called, and what a CI without a fault by it is."""

FAULTS: Mapping[str, tuple[str, str]] = {
    "completeness.missing": ("it has no {attributes}", "Enter what is missing, or let a source tell it"),
    "correctness.wrong": ("somebody looked ({sample}) and found it wrong: {note}", "Put it right"),
    "freshness.never": ("no source has ever seen it", "Add a source that sees it, or retire it"),
    "freshness.stale": (
        "{source} saw it last at {at}, more than {hours} hours ago",
        "Run the source, and find out why it was not run or not read to its end",
    ),
    "freshness.gone": (
        "{source} does not see it any more; it did at {at}",
        "Find out whether it is gone, then retire it",
    ),
    "orphans.alone": ("it has no relation to anything", "Record what it depends on, or what depends on it"),
    "orphans.out": ("it depends on nothing, as far as is known", "Record what it depends on"),
    "duplicates.doubted": ("it may be the same as {others}: the finding {finding} is open", "Decide the finding"),
    "duplicates.possible": ("it may be the same as {others}: both have the same {way}", "Merge them, or correct one"),
    "evidence.none": ("nobody states and no source sees: {relations}", "State it, or end it"),
    "evidence.proposed": (
        "too little speaks for: {relations}",
        "State it, or reject it with foreshock identity reject",
    ),
    "evidence.stale": (
        "no source has seen within its time to live: {relations}",
        "Run the source that saw it, state it, or reject it",
    ),
}
"""Each fault: what is wrong, and what there is to do."""

PAGE: Mapping[str, str] = {
    "title": "Health of the records",
    "lead": "How far the records can be trusted: each figure leads to the CIs it counts, each of them to what to do.",
    "score": "without any fault",
    "score_hint": "The share of CIs in which no measure finds a fault. Nothing is weighed.",
    "of": "of",
    "measures": "Measures",
    "measure": "Measure",
    "means": "A CI is sound when it",
    "asked": "Asked of",
    "faulty": "Faults",
    "share": "Sound",
    "audited": "Audit sample",
    "audited_line": "{right} of {judged} CIs that were looked at were right: between {low} and {high} of all, with "
    "95 % confidence.",
    "not_audited": "Nobody has compared a sample with what is really there. Draw one:",
    "trend": "From day to day",
    "trend_label": "Share of CIs without any fault, from {first} to {last}",
    "no_trend": "No day was measured yet. The job health-measure does it each night; now:",
    "day": "Day",
    "parts": "By",
    "class": "Class",
    "owner": "Owner group",
    "cis": "CIs",
    "no_owner": "no owner",
    "all_measures": "All measures",
    "all_classes": "All classes",
    "all_owners": "All owner groups",
    "show": "Show",
    "list": "What is wrong, and what to do",
    "ci": "CI",
    "says": "What is wrong",
    "todo": "What to do",
    "nothing": "Nothing is wrong by this.",
    "shown": "{shown} shown of {total}",
    "next": "Next page",
    "first": "First page",
    "back": "All figures",
    "empty": "There is no CI yet. Register one, or connect a source.",
    "other_language": "中文",
}
"""The headings and labels of the page."""
