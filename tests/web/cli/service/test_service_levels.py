"""Service hours, service levels and the scale of losses at the command line."""

from __future__ import annotations

HOURS = ("service-hours", "set", "office", "--zone", "Europe/Berlin", "--weekly", "mon-fri 08:00-18:00")
LEVEL = ("service-level", "set", "checkout", "--availability", "99.9")


def test_a_calendar_from_its_definition_to_its_years(foreshock):
    """What it says is shown as it was typed; -o json has every interval."""
    more = ("--holidays", "DE-BY", "--closed", "2026-12-24", "--opened", "2026-12-27 09:00-12:00")
    defined = foreshock(*HOURS, *more).ok()
    assert "office is defined. Expanded: " in defined.out

    assert "No year is expanded" not in foreshock("service-hours", "expand", "office", "--year", "2026").ok().out
    shown = foreshock("service-hours", "show", "office").ok().out
    for told in ("mon,tue,wed,thu,fri 08:00-18:00", "DE-BY", "2026-12-24", "2026-12-27 09:00-12:00", "holidays 0."):
        assert told in shown
    document = foreshock("service-hours", "show", "office", "-o", "json").ok().json
    year = next(each for each in document["years"] if each["year"] == 2026)
    assert year["intervals"][0] == {"start": "2026-01-02T07:00:00Z", "end": "2026-01-02T17:00:00Z"}
    assert [row["id"] for row in foreshock("service-hours", "list", "-o", "json").ok().json["rows"]] == ["office"]
    assert "office" in foreshock("service-hours", "list").ok().out


def test_a_year_whose_holidays_are_not_known_is_told(foreshock):
    """And what may be done about it."""
    foreshock(*HOURS, "--holidays", "CN").ok()

    told = foreshock("service-hours", "expand", "office", "--year", "2090").ok().out

    assert "Not known, as the holidays are not: 2090 (CN)" in told
    assert "not known (CN)" in foreshock("service-hours", "show", "office").ok().out


def test_the_job_that_looks_ahead_says_what_became_known(foreshock):
    """By hand as by the clock, each Sunday."""
    foreshock(*HOURS, "--holidays", "CN").ok()

    said = foreshock("job", "run", "service-hours").ok().out

    assert "0 years of service hours became known, " in said


def test_a_level_is_set_and_shown(foreshock, estate):
    """With its hours, its rate and its maintenance in words."""
    foreshock(*HOURS).ok()
    assert "No level was agreed" in foreshock("service-level", "list").ok().out
    more = ("--hours", "office", "--maintenance-minutes", "60", "--longest-interruption", "30")
    foreshock(*LEVEL, *more, "--rate", "1200", "--per", "hour", "--currency", "EUR").ok()

    shown = foreshock("service-level", "show", "checkout").ok().out
    for told in ("99.9 % of each month (UTC)", "office", "60 min a month", "at most 30 min", "1200 EUR a hour"):
        assert told in shown
    rows = foreshock("service-level", "list", "-o", "json").ok().json["rows"]
    assert rows[0]["rate"] == {"amount": "1200", "per": "hour", "currency": "EUR"}
    assert "checkout" in foreshock("service-level", "list").ok().out
    stale = foreshock(*LEVEL, "--if-version", "9")
    assert stale.status == 5


def test_the_scale_of_losses_is_shown_and_set(foreshock):
    """What is not named stays."""
    assert "Version 0 of the scale of losses" in foreshock("risk", "scale").ok().out
    foreshock("risk", "set-scale", "--weight", "2=0.5", "--minute-value", "EUR=250", "--half-at", "120").ok()

    document = foreshock("risk", "scale", "-o", "json").ok().json
    assert document["version"] == 1
    assert document["weights"] == {"1": 1.0, "2": 0.5, "3": 0.1, "4": 0.03, "none": 1.0}
    assert (document["minute_values"], document["half_at"]) == ({"EUR": "250"}, 120.0)
    assert "A tier 1 minute in EUR" in foreshock("risk", "scale").ok().out


def test_faults_name_the_options_they_came_from(foreshock, estate):
    """All at once."""
    wrong = foreshock("service-hours", "set", "X", "--zone", "Mars", "--weekly", "daily", "--holidays", "DE-XX")
    assert wrong.status == 2
    for told in ("ID: ", "--zone: 'Mars'", "--weekly 1: 'daily' can not be read", "--holidays 1: of 'DE-XX' no"):
        assert told in wrong.err

    level = foreshock("service-level", "set", "checkoutt", "--availability", "101", "--hours", "nights")
    assert level.status == 2
    assert "SERVICE: there is no CI checkoutt; did you mean checkout?" in level.err
    assert "--availability: 101.0 is no target" in level.err
    assert "--hours: there are no service hours nights" in level.err

    for words in (("--weight", "2"), ("--weight", "2=much"), ("--weight", "2=1", "--weight", "2=2"), ()):
        assert foreshock("risk", "set-scale", *words).status == 2
    assert "--weight" in foreshock("risk", "set-scale", "--weight", "3=0.9").err
    assert foreshock(*LEVEL, "--rate", "12").status == 2
    for words in (("service-hours", "show", "x"), ("service-hours", "expand", "x", "--year", "2026")):
        assert foreshock(*words).status == 4
    assert foreshock("service-level", "show", "reports").status == 4
