"""The pages of health: figures that lead to faults, faults that lead to what to do, in both languages."""

from __future__ import annotations

import doctest

from cmdb.configuration import measuring, register, sampling
from cmdb.model.health import HealthMeasurement, Measure, Tally
from tests.builders import a_ci, as_actor, moment
from tests.web.pages.walking import House
from web import wording_health, wording_health_en, wording_health_zh
from web.pages.configuration.health import HIGH, WIDE, trend_of

EVIL = "<script>alert('x')</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def test_a_figure_leads_to_its_cis_and_a_ci_to_its_page(house):
    """From the health of all to the one thing to do, by links alone."""
    person = house.person("engineer")
    page = person.opens("/health?lang=en")
    assert "0 % without any fault" in page.words
    page = person.opens("/health/faults?measure=completeness&class=service&lang=en")
    assert "it has no owner" in page.words
    assert "2 shown of 2" in page.words
    edited = person.follows("Enter what is missing, or let a source tell it")
    assert "Checkout" in edited.words or "Reports" in edited.words
    assert "Nothing is wrong by this." in person.opens("/health/faults?measure=orphans&lang=en").words
    by_owner = person.opens("/health?by=owner&lang=en")
    assert "no owner" in by_owner.words


def test_every_address_of_a_remedy_is_a_page(house):
    """Whatever is wrong, the link leads somewhere."""
    person = house.person("engineer")
    for fault in measuring.faults(as_actor(house.context, "viewer"), limit=1000).rows:
        person.opens(wording_health.remedy(fault).address)


def test_pages_of_many_faults_continue_each_other():
    """The next page begins where this one ended, in the same question and language."""
    house = House(*(a_ci(f"web{n:03}") for n in range(120)))
    person = house.person("viewer")
    first = person.opens("/health/faults?measure=completeness&lang=en")
    assert "50 shown of 120" in first.words
    second = person.follows("Next page")
    assert "web050" in second.words
    assert "web049" not in second.words
    assert "20 shown of 120" in person.follows("Next page").words
    assert "web000" in person.follows("First page").words


def test_the_trend_is_drawn_on_the_server_and_told_as_a_table(house):
    """A line without any script, with its title for who can not see it, and the same days in rows."""
    administrator = as_actor(house.context, "administrator")
    for _ in range(3):
        measuring.measure(administrator)
        house.clock.forward(days=1)
    person = house.person("viewer")
    page = person.opens("/health?lang=en")
    assert "Share of CIs without any fault, from 2026-03-02 to 2026-03-04" in page.words
    assert '<path d="M0.0 96.0L320.0 96.0L640.0 96.0"' in page.source
    assert "<script" not in page.markup
    assert "没有任何问题" in person.opens("/health?lang=zh").words


def test_a_line_goes_from_the_oldest_on_the_left_and_from_all_sound_on_top():
    """One day is a point; days of an empty store are left out; nothing measured is no line."""
    at = moment("2026-03-02T12:00Z")
    days = [HealthMeasurement(f"2026-03-0{n}", at, n, Tally(4, sound)) for n, sound in ((1, 0), (2, 2), (3, 4))]
    assert trend_of(days).dots == ((0.0, HIGH), (WIDE / 2, HIGH / 2), (WIDE, 0.0))
    assert trend_of(days[:1]).dots == ((0.0, HIGH),)
    assert trend_of([HealthMeasurement("2026-03-01", at, 1, Tally())]) is None
    assert trend_of([]) is None


def test_a_sample_is_told_with_its_bounds(house):
    """And where there is none, how to draw one."""
    person = house.person("viewer")
    assert "foreshock sample draw 50" in person.opens("/health").words
    engineer = as_actor(house.context, "engineer")
    sample = sampling.draw(engineer, 2, seed=1).record
    sampling.judge(engineer, sample.id, [sampling.Result(each.ci, True) for each in sample.judgements])
    assert "2 of 2 CIs that were looked at were right: between 34.2 % and 100 % of all" in person.opens("/health").words


def test_names_are_text_whatever_they_hold():
    """Owners and ids of CIs, in figures, lists, links and commands."""
    house = House()
    register.add_ci(as_actor(house.context, "engineer"), id=EVIL[:60], ci_class="server", attributes={"owner": EVIL})
    person = house.person("viewer")
    for address in ("/health?by=owner", "/health/faults?lang=zh", "/health/faults?owner=" + "%3Cb%3E"):
        assert "<img" not in person.opens(address).source
    assert EVIL in person.opens("/health?by=owner").words


def test_what_is_no_question_is_refused_and_an_empty_store_says_what_to_do():
    """A measure, class, part or place that is none."""
    person = House().person("viewer")
    assert "There is no CI yet" in person.opens("/health?lang=en").words
    for address in ("/health?by=colour", "/health/faults?measure=beauty", "/health/faults?after=x"):
        person.opens(address, status=422)
    person.opens("/health/faults?class=serverr", status=404)


def test_both_languages_say_the_same_things():
    """Each measure, fault and word of the page, and every fact a sentence names."""
    for name in ("MEASURES", "FAULTS", "PAGE"):
        english, chinese = getattr(wording_health_en, name), getattr(wording_health_zh, name)
        assert english.keys() == chinese.keys(), name
    assert {code.partition(".")[0] for code in wording_health_en.FAULTS} == {measure.value for measure in Measure}
    assert doctest.testmod(wording_health).failed == 0
