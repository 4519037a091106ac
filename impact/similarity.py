"""
How alike two changes are: by the classes of their targets, the services they reach, model and type, and title. Pure.

Each part lies between 0 and 1, and the similarity is their mean by weight:

- ``classes`` (0.3) and ``words`` (0.25) are weighted Jaccard similarities, the sum of the smaller weights over the sum
  of the greater ones (S. Ioffe, "Improved consistent sampling, weighted minhash and L1 sketching", 2010): of the share
  each class has in the targets, and of the words of the title, where a word weighs the more the fewer changes have it;
- ``services`` (0.3) is the Jaccard similarity of the services that are touched;
- ``model`` (0.15) is 1 for the same change model, or where neither has one the same type; 0.5 for the same type alone.

A part with nothing to compare (a change that was never assessed, two that touch no service) has no say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cmdb.model.similar import SimilarityPart

WEIGHTS = {"classes": 0.3, "services": 0.3, "model": 0.15, "words": 0.25}
_DIGITS = 6
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


@dataclass(frozen=True, slots=True)
class Features:
    """
    What of a change is compared.

    ``classes`` has the classes of its targets with their numbers, ``services`` the ids of those it touches (None: it
    was never assessed), ``words`` what :func:`words_of` makes of its title.
    """

    id: str
    type: str
    model: str | None
    classes: Mapping[str, int]
    services: frozenset[str] | None
    words: frozenset[str]


def words_of(text: str) -> frozenset[str]:
    """
    Return the words of a text: runs of letters and digits in lower case, and of Chinese ones each pair of neighbours.

    >>> sorted(words_of("Replace PDU-B4")), sorted(words_of("更换电源 B4"))
    (['b4', 'pdu', 'replace'], ['b4', '换电', '更换', '电源'])
    """
    found = set()
    for run in _WORD.findall(text.casefold()):
        rest = 0
        for han in _HAN.finditer(run):
            found.add(run[rest : han.start()])
            found.update(_pairs(han.group()))
            rest = han.end()
        found.add(run[rest:])
    return frozenset(found - {""})


def _pairs(run: str) -> Iterable[str]:
    return [run] if len(run) == 1 else [run[place : place + 2] for place in range(len(run) - 1)]


def rarity(titles: Iterable[frozenset[str]]) -> dict[str, float]:
    """
    Return the weight of each word: ``1 + ln(N / n)`` of ``n`` among ``N`` titles that have it.

    >>> rarity([frozenset({"the", "pdu"}), frozenset({"the"})])["the"]
    1.0
    """
    counted = list(titles)
    having = Counter(word for words in counted for word in words)
    return {word: 1.0 + math.log(len(counted) / count) for word, count in having.items()}


def parts_of(one: Features, other: Features, weight: Mapping[str, float]) -> tuple[SimilarityPart, ...]:
    """Return the parts of the similarity in their fixed order; ``weight`` is that of :func:`rarity`, 1 for others."""
    values = {
        "classes": _weighted_jaccard(_shares(one.classes), _shares(other.classes)),
        "services": _jaccard(one.services, other.services),
        "model": _model(one, other),
        "words": _weighted_jaccard(*({word: weight.get(word, 1.0) for word in each.words} for each in (one, other))),
    }
    return tuple(SimilarityPart(name, WEIGHTS[name], _rounded(value)) for name, value in values.items())


def similarity_of(parts: Sequence[SimilarityPart]) -> float:
    """
    Return the mean of the parts that have a say, by weight; 0 where none has.

    >>> similarity_of([SimilarityPart("classes", 0.3, 1.0), SimilarityPart("services", 0.3, None)])
    1.0
    """
    said = [(part.weight, part.value) for part in parts if part.value is not None]
    total = sum(weight for weight, _ in said)
    return round(sum(weight * value for weight, value in said) / total, _DIGITS) if total else 0.0


def at_most(parts: Sequence[SimilarityPart]) -> float:
    """Return what the similarity is at most, whatever the services are."""
    without = [part for part in parts if part.name != "services"]
    alike = [replace(part, value=1.0) for part in parts if part.name == "services"]
    return max(similarity_of(without), similarity_of([*without, *alike]))


def in_common(parts: Sequence[SimilarityPart]) -> bool:
    """Tell whether two changes have more in common than their type: a class, a service or a word."""
    return any(part.value for part in parts if part.name != "model")


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)


def _shares(counts: Mapping[str, int]) -> dict[str, float]:
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()}


def _weighted_jaccard(one: Mapping[str, float], other: Mapping[str, float]) -> float | None:
    # Summed in one order, so that the last digit is the same on every machine.
    names = sorted({*one, *other})
    union = math.fsum(max(one.get(name, 0.0), other.get(name, 0.0)) for name in names)
    shared = math.fsum(min(one.get(name, 0.0), other.get(name, 0.0)) for name in names)
    return shared / union if union else None


def _jaccard(one: frozenset[str] | None, other: frozenset[str] | None) -> float | None:
    if one is None or other is None or not one | other:
        return None
    return len(one & other) / len(one | other)


def _model(one: Features, other: Features) -> float:
    same_type = one.type == other.type
    if one.model is None and other.model is None:
        return float(same_type)
    return 1.0 if one.model == other.model else 0.5 * same_type
