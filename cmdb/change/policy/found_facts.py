"""The facts that the findings and the outlook of an assessment hold: all that the first two methods judged by."""

from __future__ import annotations

from cmdb.model.assessment import Assessment, Findings, Inputs, ServiceOutcome
from cmdb.model.facts import DoubtFacts, Facts, ServiceFacts
from cmdb.model.outcome import Outcome
from cmdb.model.outlook import Outlook

_OUT = (Outcome.DOWN, Outcome.DEGRADED)


def facts_found(inputs: Inputs, found: Findings | Assessment, outlook: Outlook | None, *, change: str) -> Facts:
    """
    Return what inputs, findings and outlook say of a change by its id; what only others know is not known.

    ``found`` are findings, or an assessment, which has them as fields of its own. Planned minutes of a service are not
    known to lie within agreed maintenance.
    """
    conflicts = () if outlook is None else outlook.conflicts
    met = {each for conflict in conflicts for each in (*conflict.changes, *conflict.incidents, *conflict.standing)}
    # A service whose redundancy was not compared may have lost it, which is no less than an unknown doubt.
    unexamined = found.rewiring is not None and found.rewiring.unexamined
    doubtful = () if outlook is None else outlook.doubtful
    return Facts(
        type=inputs.type,
        services=tuple(_service(service) for service in found.services),
        conflicts=tuple(sorted(met - {change})),
        conflicts_unexamined=0 if outlook is None else outlook.conflicts_unlisted,
        doubtful=tuple(DoubtFacts(each.service, each.tier, each.outcome, each.worst) for each in doubtful),
        doubts_unexamined=0 if outlook is None else None if unexamined else outlook.doubts_unexamined,
        retired=found.retired if found.rewiring is None else tuple(sorted({*found.retired, *found.rewiring.gone})),
        back_out=inputs.has_back_out,
    )


def _service(service: ServiceOutcome) -> ServiceFacts:
    planned = any(service.minutes.get(outcome.value) for outcome in _OUT)
    return ServiceFacts(
        service.id, service.tier, service.outcome, None if planned else 0.0, len(service.new_single_points)
    )
