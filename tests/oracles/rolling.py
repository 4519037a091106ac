"""Rolling plans by trying: targets taken down one at a time or in waves, brought back before the next, no service lost.

A service is *lost* by a step when it is down in it and is not with the standing failures alone. A standing failure that
is itself a target stays failed, whatever its turn, unless ``repairs`` says that its turn brings it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from itertools import chain, combinations

from tests.oracles.impact import down_of


def lost(needs: dict, services: Collection, down_now: Collection, standing: Collection = ()) -> set:
    """Return the ``services`` that are down with ``down_now`` on top of the standing failures and not without."""
    return (down_of(needs, {*standing, *down_now}) - down_of(needs, set(standing))) & set(services)


def never_alone(needs: dict, services: Collection, targets: Collection, standing: Collection = ()) -> dict:
    """Return the targets that can not be taken down at all, not even alone, to the services that are lost by it."""
    losses = {target: lost(needs, services, {target}, standing) for target in sorted(targets)}
    return {target: services for target, services in losses.items() if services}


def orders(
    needs: dict,
    services: Collection,
    targets: Collection,
    standing: Collection = (),
    for_good: Collection = (),
    repairs: bool = False,
) -> Iterator[tuple]:
    """
    Yield every order of the targets, one at a time, that never loses a service; the smallest row of ids first.

    All come back after their turn but those ``for_good`` (retired), which stay down: only with them, or with
    ``repairs``, does the order matter.
    """
    before = down_of(needs, set(standing))

    @cache
    def safe(failed: frozenset) -> bool:
        return not (down_of(needs, set(failed)) - before) & set(services)

    def go_on(done: tuple, failed: frozenset) -> Iterator[tuple]:
        if len(done) == len(set(targets)):
            yield done
        for target in sorted(set(targets) - set(done)):
            if safe(failed | {target}):
                back = target not in for_good and (repairs or target not in standing)
                yield from go_on((*done, target), failed - {target} if back else failed | {target})

    return go_on((), frozenset(standing))


def any_order(needs: dict, services: Collection, targets: Collection, *rest: Collection, **options) -> tuple | None:
    """Return the smallest order that never loses a service, None when there is none; see ``orders``."""
    return next(orders(needs, services, targets, *rest, **options), None)


def fewest_waves(needs: dict, services: Collection, targets: Collection, standing: Collection = ()) -> int | None:
    """Return the fewest waves a partition of the targets needs so that none loses a service; None when none will do."""
    plan = best_plan(needs, services, targets, standing)
    return None if plan is None else len(plan)


def best_plan(needs: dict, services: Collection, targets: Collection, standing: Collection = ()) -> tuple | None:
    """
    Return one partition of the targets into the fewest safe waves, each a sorted tuple; None when there is none.

    Tried: whom the smallest target left goes with (any of the others left), then the same for who is left. For up to
    about ten targets.
    """

    @cache
    def safe(wave: tuple) -> bool:
        return not lost(needs, services, wave, standing)

    @cache
    def plan(left: tuple) -> tuple | None:
        if not left:
            return ()
        found = None
        others = left[1:]
        for company in chain.from_iterable(combinations(others, size) for size in range(len(others) + 1)):
            wave = (left[0], *company)
            if safe(wave):
                rest = plan(tuple(target for target in others if target not in company))
                if rest is not None and (found is None or 1 + len(rest) < len(found)):
                    found = (wave, *rest)
        return found

    return plan(tuple(sorted(set(targets))))


def is_safe_plan(
    needs: dict, services: Collection, targets: Collection, plan: Collection, standing: Collection = ()
) -> bool:
    """Return whether the waves of ``plan`` hold every target exactly once and none of them loses a service."""
    told = sorted(target for wave in plan for target in wave)
    return told == sorted(set(targets)) and not any(lost(needs, services, wave, standing) for wave in plan)
