"""Any sequence of words between processes: queue, leases and claims do what a plain model in memory does."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

# Explaining a failure takes minutes here, and the shrunken history says enough.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
QUEUES = st.sampled_from(["q", "other"])
IDS = st.sampled_from(["a", "b", "c", "d", "e", "f"])
NAMES = st.sampled_from(["leader", "Ä"])
HOLDERS = st.sampled_from(["w1", "w2", "w3"])
# Time is either over at once or not within the test, so that the model needs no clock.
SECONDS = st.sampled_from([0, 600])
TAKINGS = st.integers(0, 30)


class Queued:
    """A run of the model."""

    def __init__(self, queue: str, payload: dict, *, due: bool) -> None:
        self.queue, self.payload, self.due = queue, payload, due
        self.attempt, self.held, self.done = 0, False, False


class Coordinating(RuleBasedStateMachine):
    """Drives a store's coordination and the model side by side."""

    adapter = None

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.store = self.adapter(Path(self.folder.name))()
        self.real = self.store.coordination
        self.runs: dict[str, Queued] = {}
        self.takings: list = []
        self.leases: dict[str, tuple[str, int, bool]] = {}
        self.granted: list = []
        self.claims: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    # the queue -------------------------------------------------------------------------------------------------------
    @rule(queue=QUEUES, name=IDS, number=st.integers(0, 3), delay=SECONDS)
    def enqueue(self, queue: str, name: str, number: int, delay: float) -> None:
        assert self.real.enqueue(queue, name, {"n": number}, delay=delay) is (name not in self.runs)
        self.runs.setdefault(name, Queued(queue, {"n": number}, due=not delay))

    @rule(queue=QUEUES, holder=HOLDERS, seconds=SECONDS, only=st.none() | IDS)
    def take(self, queue: str, holder: str, seconds: float, only: str | None) -> None:
        taken = self.real.take(queue, holder=holder, seconds=seconds, only=only)
        free = [
            (name, run)
            for name, run in self.runs.items()
            if run.queue == queue and run.due and not run.held and not run.done and only in (None, name)
        ]
        if not free:
            assert taken is None
            return
        name, run = free[0]
        run.attempt, run.held = run.attempt + 1, bool(seconds)
        assert (taken.id, taken.queue, taken.payload, taken.attempt) == (name, queue, run.payload, run.attempt)
        self.takings.append(taken)

    @rule(number=TAKINGS, seconds=SECONDS)
    def heartbeat(self, number: int, seconds: float) -> None:
        if self.takings:
            taken = self.takings[-1 - number % len(self.takings)]
            run, ours = self._ours(taken)
            assert self.real.heartbeat(taken, seconds=seconds) is ours
            if ours:
                run.held = bool(seconds)

    @rule(number=TAKINGS)
    def done(self, number: int) -> None:
        if self.takings:
            taken = self.takings[-1 - number % len(self.takings)]
            run, ours = self._ours(taken)
            assert self.real.done(taken) is ours
            run.done = run.done or ours

    def _ours(self, taken) -> tuple[Queued, bool]:
        run = self.runs[taken.id]
        return run, run.attempt == taken.attempt and not run.done

    # leases ----------------------------------------------------------------------------------------------------------
    @rule(name=NAMES, holder=HOLDERS, seconds=SECONDS)
    def lease(self, name: str, holder: str, seconds: float) -> None:
        now_holder, token, held = self.leases.get(name, ("", 0, False))
        lease = self.real.lease(name, holder=holder, seconds=seconds)
        if held and now_holder != holder:
            assert lease is None
            return
        assert lease.token > token
        self.leases[name] = (holder, lease.token, bool(seconds))
        self.granted.append(lease)

    @rule(number=TAKINGS, seconds=SECONDS, giving_back=st.booleans())
    def renew_or_release(self, number: int, seconds: float, giving_back: bool) -> None:
        if self.granted:
            lease = self.granted[-1 - number % len(self.granted)]
            holder, token, held = self.leases[lease.name]
            ours = held and token == lease.token
            if giving_back:
                self.real.release(lease)
            else:
                assert self.real.renew(lease, seconds=seconds) is ours
            if ours:
                self.leases[lease.name] = (holder, token, bool(seconds) and not giving_back)

    # claims ----------------------------------------------------------------------------------------------------------
    @rule(job=NAMES, slot=IDS)
    def claim(self, job: str, slot: str) -> None:
        assert self.real.claim_run(job, slot) is ((job, slot) not in self.claims)
        self.claims.add((job, slot))

    @invariant()
    def nothing_of_it_is_history(self) -> None:
        assert self.store.revision() == 0


def test_any_sequence_of_words_is_answered_as_by_a_plain_model(adapter):
    """Takings of every queue in order, stale holders unheard, tokens that grow, claims for ever."""
    machine = type("Coordinating", (Coordinating,), {"adapter": staticmethod(adapter)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
