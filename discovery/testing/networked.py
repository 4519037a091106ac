"""What a connector that asks over a network must do when its counterpart behaves badly."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from cmdb.errors import ForeshockError
from discovery.ports import Secret, TargetError, TimedOut, Unreachable
from discovery.testing import hostile
from discovery.testing.checks import ConnectorChecks, fields_of
from discovery.testing.hostile import Behaviour, Place
from discovery.testing.line import SECRET, Ended, TrialLine
from discovery.testing.trial import Trial, let_out, read

SECONDS = 1.5
"""So long one target may take in these tests."""
MOST_REQUESTS = 1_000
"""So often a target is asked at most where each of its listings is cut at fifty things."""
PROMPT = 5.0
"""A reading that is cancelled ends within one second; a machine that has much to do is given a few more."""


class NetworkedChecks(ConnectorChecks):
    """
    Tests of a connector that asks over TCP. A class derived from it says how to reach a place:

    ``settings_at(place)`` returns settings whose one target is there, with time-outs below a second, and in which
    ``seconds`` may be asked for instead; every reference in them, and in ``ways`` (settings to put over them, one after
    the other, None to leave one out), is planted with what ``secrets`` says, or :data:`SECRET`.
    """

    behaviours: ClassVar[tuple[Behaviour, ...]] = hostile.STREAM
    ways: ClassVar[tuple[Mapping[str, Any], ...]] = ({},)
    spared: ClassVar[Mapping[str, str]] = {}
    """Behaviours that are none for this protocol, and why."""
    told_by_settings: ClassVar[frozenset[str]] = frozenset()
    """Scopes of nothing but what the settings themselves name; those are complete whatever anybody answers."""

    def settings_at(self, place: Place, seconds: float = 0.25) -> Mapping[str, Any]:
        """Return the settings of a source at a place."""
        raise NotImplementedError

    def secrets(self, folder: Path) -> Mapping[str, str] | None:  # noqa: ARG002  For those that have to be made.
        """Return what references stand for; None lets each stand for :data:`SECRET`."""
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test that takes a ``behaviour`` on each of them."""
        super().pytest_generate_tests(metafunc)
        if "behaviour" in metafunc.fixturenames:
            found = [each for each in self.behaviours if each.name not in self.spared]
            metafunc.parametrize("behaviour", found, ids=[each.name for each in found])
        if "way" in metafunc.fixturenames:
            metafunc.parametrize("way", self.ways, ids=["-".join(sorted(each)) or "first" for each in self.ways])

    def read(
        self, place: Place, line: TrialLine, *, seconds: float = 0.25, way: Mapping[str, Any] | None = None
    ) -> Trial:
        """Read what is at a place."""
        given = {**self.settings_at(place, seconds), **(way or {})}
        given = {name: value for name, value in given.items() if value is not None}
        return read(self.connector, self.connector.settings().load(given), line)

    def test_bad_behaviour_is_told_as_what_it_is(
        self, behaviour: Behaviour, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """In its time it ends with one of the ports' errors, or certifies nothing; no credential is told."""
        caplog.set_level(logging.DEBUG)
        line = TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True)
        with hostile.listening(behaviour) as place:
            trial = self.read(place, line)
        assert trial.ended, "it reads for ever"
        self.judge(trial, behaviour.errors)
        assert place.requests <= line.paced, "not each request is paced"
        assert place.trap is not None
        assert not place.trap.connections, "it follows redirects"
        assert not list(let_out(trial.said() + caplog.text, self.planted(line))), "a credential got out"

    def judge(self, trial: Trial, errors: tuple[type[TargetError], ...]) -> None:
        """Demand one of these errors, or that nothing is taken for complete."""
        if trial.error is None:
            assert trial.shaped is not None
            assert trial.shaped.complete <= self.told_by_settings, "what was not read is complete"
            return
        assert isinstance(trial.error, TargetError), trial.said()
        # On a machine that is busy elsewhere all of the time may be over before anybody was asked.
        late = (TimedOut,) if trial.seconds >= trial.line.seconds else ()
        assert isinstance(trial.error, (*errors, *late)), trial.said()
        assert trial.error.code.startswith("target.")

    def planted(self, line: TrialLine) -> list[str]:
        """Return the credentials of the trial."""
        return [SECRET] if line.secrets is None else list(line.secrets.values())

    def test_fetch_meets_the_counterpart(self, tmp_path: Path) -> None:
        """``targets`` names a target, whoever listens there, so that it is ``fetch`` that these tests try."""
        with hostile.listening(hostile.STREAM[0]) as place:
            trial = self.read(place, TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True))
        assert trial.fetched, (
            f"fetch was never reached, so nothing tried it: {trial.said()}\nWhere targets itself asks the counterpart, "
            "let settings_at name a target without asking, or, over HTTP, let targets_told() answer what targets asks"
        )

    def test_nobody_there_is_told_so(self, tmp_path: Path) -> None:
        """Where nothing listens it can not be reached."""
        trial = self.read(hostile.nobody(), TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True))
        assert trial.ended
        assert isinstance(trial.error, (Unreachable, TimedOut)), trial.said()

    def test_cancelling_is_heard(self, tmp_path: Path) -> None:
        """While the other side is silent, and long before any time-out, a reading that is to end ends."""
        stop = threading.Event()
        line = TrialLine(self.secrets(tmp_path), seconds=600.0, runs=True, ended=stop.is_set)
        with hostile.listening(hostile.STREAM[1]) as place:
            threading.Timer(0.3, stop.set).start()
            trial = self.read(place, line, seconds=120.0)
        assert isinstance(trial.error, Ended), trial.said()
        assert trial.seconds < PROMPT

    def test_what_ends_the_reading_passes_through(self, tmp_path: Path) -> None:
        """A reading that is cancelled already asks nobody anything."""
        line = TrialLine(self.secrets(tmp_path), end_after=0)
        with hostile.listening(hostile.STREAM[0]) as place:
            trial = self.read(place, line)
        assert isinstance(trial.error, Ended), trial.said()
        assert not place.connections

    def test_every_reference_is_tried(self) -> None:
        """The ways that these tests plant credentials cover every setting that takes one."""
        taken = {name for name, field in fields_of(self.connector.settings) if isinstance(field, Secret)}
        given = set(_keys([self.settings_at(hostile.nobody()), *self.ways]))
        assert not taken - given, f"no credential is planted in {sorted(taken - given)}"

    def test_no_way_of_signing_in_lets_a_credential_out(
        self, way: Mapping[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Whichever credential it is given, and to whomever it shows it: nothing told, noted or logged holds it."""
        caplog.set_level(logging.DEBUG)
        line = TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True)
        for behaviour in (each for each in self.behaviours if each.name in ("garbage", "refuses")):
            with hostile.listening(behaviour) as place:
                trial = self.read(place, line, way=way)
            assert isinstance(trial.error, ForeshockError) or trial.shaped is not None, trial.said()
            assert not list(let_out(trial.said() + caplog.text, self.planted(line)))


class HttpChecks(NetworkedChecks):
    """Tests of a connector that asks over HTTP; ``settings_at`` may use ``place.url``."""

    behaviours: ClassVar[tuple[Behaviour, ...]] = (*hostile.STREAM, *hostile.HTTP)
    few: ClassVar[Mapping[str, Any]] = {}
    """Settings by which a listing is read up to some fifty things."""
    listings: ClassVar[tuple[str, ...]] = ("",)
    """Names of listings that come in pages, each tried on its own; ``self.listing`` says which has no end now."""
    listing = ""

    def __init_subclass__(cls, **more: Any) -> None:
        """Leave out the test of listings without an end where the connector's answers do not come in pages."""
        super().__init_subclass__(**more)
        name = "test_a_listing_without_an_end_is_cut_and_said"
        setattr(
            cls, name, None if cls.endless is HttpChecks.endless else vars(cls).get(name, getattr(HttpChecks, name))
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run a test that takes a ``listing`` on each of them."""
        super().pytest_generate_tests(metafunc)
        if "listing" in metafunc.fixturenames:
            metafunc.parametrize("listing", self.listings, ids=[each or "all" for each in self.listings])

    def targets_told(self, head: str, number: int) -> Any:  # noqa: ARG002  For those whose targets asks.
        """
        Return the JSON that a sound counterpart answers to what ``targets`` asks, None to what ``fetch`` does.

        ``head`` is the request as it was sent, without its body: ``GET /devices?page=2 HTTP/1.1`` and its header lines;
        ``number`` counts the requests of the reading, from 1 on.
        """
        return None

    def endless(self, head: str, number: int) -> Any:  # noqa: ARG002  For those whose answers come in pages.
        """
        Return the JSON of a page after which there is always another, or, for a ``head`` that asks for no listing, of
        whatever it asks for. ``head`` and ``number`` are those of :meth:`targets_told`, which is asked first.
        """
        return None

    def test_fetch_meets_the_counterpart(self, tmp_path: Path) -> None:
        """``targets`` names a target, having been answered what it asks, so that it is ``fetch`` that is tried."""
        behaviour = hostile.sound_to(self.targets_told, hostile.STREAM[0])
        with hostile.listening(behaviour) as place:
            trial = self.read(place, TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True))
        assert trial.fetched, (
            f"fetch was never reached, so nothing tried it: {trial.said()}\n"
            "Let targets_told(head, number) return what a sound counterpart answers to what targets asks"
        )
        assert place.met, "fetch asked nothing that targets_told leaves to it: return None for what fetch asks"

    def test_bad_behaviour_towards_fetch_is_told_as_what_it_is(
        self, behaviour: Behaviour, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Where ``targets`` asks too: it is answered well, and ``fetch`` badly."""
        if not _has_own(self, "targets_told"):
            return  # What is tried above is tried on fetch.
        self.test_bad_behaviour_is_told_as_what_it_is(hostile.sound_to(self.targets_told, behaviour), tmp_path, caplog)

    def test_a_listing_without_an_end_is_cut_and_said(self, listing: str, tmp_path: Path) -> None:
        """Pages that lead to more and more of them end at a limit, with a note or an error, and nothing is complete."""
        self.listing = listing

        def answer(peer: socket.socket, place: Place) -> bool:
            body = json.dumps(self.endless(place.heads[-1].decode("latin-1"), place.requests)).encode()
            return hostile.reply(body)(peer, place)

        line = TrialLine(self.secrets(tmp_path))
        with hostile.listening(hostile.sound_to(self.targets_told, Behaviour("endless", answer, ()))) as place:
            trial = self.read(place, line, seconds=10.0, way=self.few)
        assert trial.ended, "it reads for ever"
        self.judge(trial, (TargetError,))
        assert trial.error or line.notes or (trial.shaped and trial.shaped.notes), "it was cut, and nobody is told"
        assert place.requests <= MOST_REQUESTS

    def test_a_refused_credential_is_shown_once(self, tmp_path: Path) -> None:
        """One try, and then none: more would lock accounts."""
        refusing = next(each for each in self.behaviours if each.name == "refuses")
        with hostile.listening(refusing) as place:
            trial = self.read(place, TrialLine(self.secrets(tmp_path), seconds=SECONDS, runs=True))
        assert trial.error is not None
        assert place.requests == 1

    def test_patience_is_kept(self, tmp_path: Path) -> None:
        """Asked for patience (429) it waits before it asks again, or hands on how long it was asked to wait."""
        asking = next(each for each in self.behaviours if each.name == "asks_for_patience")
        line = TrialLine(self.secrets(tmp_path), seconds=60.0)
        with hostile.listening(asking) as place:
            trial = self.read(place, line)
        assert trial.ended
        assert isinstance(trial.error, TargetError), trial.said()
        assert len(line.waits) >= place.requests - 1, "it asks again at once"
        told = trial.error.facts.get("seconds")
        assert sum(line.waits) >= hostile.PATIENCE or told == hostile.PATIENCE


def _has_own(checks: HttpChecks, name: str) -> bool:
    return getattr(type(checks), name) is not getattr(HttpChecks, name)


def _keys(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [*value, *(key for each in value.values() for key in _keys(each))]
    return [key for each in value for key in _keys(each)] if isinstance(value, (list, tuple)) else []
