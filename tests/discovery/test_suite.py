"""The checks for connectors can fail: each promise that is broken is told in a sentence that says what to do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from marshmallow import fields

from cmdb.model.observation import Observation
from discovery.ports import Connector, Part, Settings, Shaped, Stumbled, Target, Unreadable
from discovery.ports.http import Api, WebAddress
from discovery.testing import HttpChecks, Sample, TrialLine, hostile
from discovery.testing.trial import read


class _Settings(Settings):
    url = WebAddress(required=True)
    most = fields.Integer(load_default=20)


def _targets(settings, line):
    """Yield the datacentres that the counterpart lists: one that asks already here."""
    with Api(settings["url"], line, target=settings["url"], headers={}, seconds=0.25) as api:
        listed = api.get("/datacenters").body
    if not isinstance(listed, list):
        raise Unreadable(target=settings["url"], reason="no list")
    for name in listed:
        yield Target(str(name), {"address": settings["url"]})


def _fetch(target, settings, line):
    with Api(target.facts["address"], line, target=target.id, headers={}, seconds=0.25) as api:
        for listing in ("nodes", "services"):
            read, page = 0, 1
            while True:
                body = api.get(f"/{listing}", {"page": page}).body
                if not isinstance(body, list):
                    raise Unreadable(target=target.id, reason="no list")
                read += len(body)
                cut = bool(body) and read >= settings["most"]
                yield Part(listing, body, whole=not cut)
                if cut or not body:
                    break
                page += 1


def _shape(target, settings, parts):
    ids = sorted({str(each) for part in parts for each in part.body})
    complete = frozenset({target.id} if all(part.whole for part in parts) else ())
    observations = tuple(Observation("", target.id, each, "server", each) for each in ids)
    return Shaped(observations, complete)


REGISTRY = Connector("registry", "a registry", _Settings, _targets, _fetch, _shape, ("server",))


class _Checks(HttpChecks):
    connector = REGISTRY

    def settings_at(self, place, seconds=0.25):  # noqa: ARG002
        return {"url": place.url}


class _Told(_Checks):
    listings = ("/nodes", "/services")

    def targets_told(self, head, number):  # noqa: ARG002
        return ["dc1"] if "/datacenters" in head else None

    def endless(self, head, number):
        assert head, "it is called for no request"
        return [f"n{number}-{n}" for n in range(5)] if self.listing in head else []


_Checks.__test__ = _Told.__test__ = False


def test_a_fetch_that_was_never_tried_is_told(tmp_path):
    """Where targets asks, all that behaves badly is met there."""
    with pytest.raises(AssertionError, match="fetch was never reached, so nothing tried it") as told:
        _Checks().test_fetch_meets_the_counterpart(tmp_path)
    assert "Let targets_told(head, number) return what a sound counterpart answers" in str(told.value)


def test_what_targets_asks_can_be_answered_so_that_fetch_is_tried(tmp_path, caplog):
    """Then all that behaves badly is met in fetch too."""
    _Told().test_fetch_meets_the_counterpart(tmp_path)
    for behaviour in (each for each in hostile.HTTP if each.name in ("null", "no_json", "stumbles", "refuses")):
        _Told().test_bad_behaviour_towards_fetch_is_told_as_what_it_is(behaviour, tmp_path, caplog)


def test_an_answer_to_everything_leaves_nothing_to_fetch(tmp_path):
    """Whoever answers all of it well is told so."""

    class Everything(_Told):
        __test__ = False

        def targets_told(self, head, number):  # noqa: ARG002
            return ["dc1"] if "/datacenters" in head else []

    with pytest.raises(AssertionError, match="return None for what fetch asks"):
        Everything().test_fetch_meets_the_counterpart(tmp_path)


def test_each_listing_is_tried_without_an_end(tmp_path):
    """The others end; that one is cut is to be told, and this connector forgot to."""
    for listing in _Told.listings:
        with pytest.raises(AssertionError, match="nobody is told"):
            _Told().test_a_listing_without_an_end_is_cut_and_said(listing, tmp_path)


def test_native_ids_that_two_targets_would_share_are_told():
    """And how to mend it; a connector that says that its ids are the source's may have them."""
    sample = Sample(REGISTRY, "a", Target("dc1"), {}, (Part("nodes", ["n1"]),), {})
    with pytest.raises(AssertionError, match=r"the same native ids: \['n1'\]; put the id of the target in front"):
        _Checks().test_two_targets_have_no_native_id_in_common(sample)
    checks = type("Checks", (_Checks,), {"connector": replace(REGISTRY, ids_of_source=True), "__test__": False})
    checks().test_two_targets_have_no_native_id_in_common(sample)


def test_a_counterpart_that_answers_500_is_there_and_is_told_so():
    """An error of its own is another thing than nobody who answers."""
    behaviour = next(each for each in hostile.HTTP if each.name == "stumbles")
    with hostile.listening(hostile.sound_to(_Told().targets_told, behaviour)) as place:
        trial = read(REGISTRY, {"url": place.url, "most": 20}, TrialLine())
    assert isinstance(trial.error, Stumbled)
    assert str(trial.error) == "dc1 answers with an error of its own: it answers 500 to /nodes"
    assert json.dumps(dict(trial.error.facts))
