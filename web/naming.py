"""
What CIs are called in words for people: by name, a part of something by what it is a part of as well, never by an id
alone where a name is known. The one place that says how; records and JSON have the ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from cmdb.errors import ForeshockError
from cmdb.model.called import PORT, Called, Namesake, Namesakes, own_name
from cmdb.model.facts import Facts
from web.languages import Language

Names = Mapping[str, str]
"""What CIs are called, by id; those of one answer are told apart."""

_JOINTS = (",", "，", "、", " and ")


def names_of(
    called: Mapping[str, Called], cis: Iterable[str] | None = None, language: Language = Language.EN
) -> dict[str, str]:
    """
    Return what CIs of one answer are called, by id; of such as would be called the same, what each is a part of, and
    where that does not tell them apart the id beside it.

    ``cis`` are those that the answer names, all of ``called`` unless said otherwise.

    >>> app = {"h": Called("h", "server", "app1"), "p": Called("p", "container", "java@app1", "runs_on", "h")}
    >>> names_of({**app, "q": Called("q", "server", "app1")})
    {'h': 'app1 [h]', 'p': 'java on app1', 'q': 'app1 [q]'}
    """
    wanted = called if cis is None else [ci for ci in dict.fromkeys(cis) if ci in called]
    words = {ci: words_of(called, ci, language) for ci in wanted}
    count = Counter(words.values())
    # Of two that people called the same, what each is a part of tells more than its id.
    words |= {ci: words_of(called, ci, language, whole=True) for ci, said in words.items() if count[said] > 1}
    count = Counter(words.values())
    return {ci: said if count[said] == 1 else beside(said, ci) for ci, said in words.items()}


def words_of(called: Mapping[str, Called], ci: str, language: Language = Language.EN, *, whole: bool = False) -> str:
    """
    Return what one CI is called, its id where nothing is known of it.

    A part is called by what it is a part of as well; one that people gave a name of its own only if ``whole``.

    >>> port = {"h": Called("h", "server", "lb1"), "p": Called("p", "endpoint", "80/tcp", "runs_on", "h")}
    >>> words_of(port, "p"), words_of(port, "p", Language.ZH), words_of(port, "x")
    ('port 80 of lb1', 'lb1 的 80 端口', 'x')
    """
    return _words(called, ci, language, _STEPS, full=whole)


_STEPS = 3
"""So far up it is told what a part is a part of: "orders of postgresql on db1"."""


def _words(called: Mapping[str, Called], ci: str, language: Language, steps: int, *, full: bool = False) -> str:
    one = called.get(ci)
    if one is None:
        return ci
    if one.path:
        return f"网络路径 {one.name}" if language is Language.ZH else f"the path {one.name}"
    whole = called.get(one.whole or "")
    if whole is None or not steps:
        return _alone(one, language)
    own = own_name(one, whole.name)
    if own == one.name and (_says(one.name, whole.name) or (one.own and not full)):
        return one.name
    return _part(one, own, _words(called, whole.id, language, steps - 1), language)


def _alone(one: Called, language: Language) -> str:
    port = PORT.fullmatch(one.name) if one.ci_class == "endpoint" else None
    if port is None or not port["host"]:
        return one.name
    return _of(_port(port["port"], port["protocol"], language), port["host"], language)


def _part(one: Called, own: str, whole: str, language: Language) -> str:
    port = PORT.fullmatch(own)
    if one.ci_class == "endpoint" and port is not None:
        return _of(_port(port["port"], port["protocol"], language), whole, language)
    if one.ci_class == "interface" and own.isdecimal():
        return _of(f"接口 {own}" if language is Language.ZH else f"interface {own}", whole, language)
    if one.relation == "runs_on":
        return f"{whole} 上的 {own}" if language is Language.ZH else f"{own} on {whole}"
    return _of(own, whole, language)


def _port(port: str, protocol: str, language: Language) -> str:
    by = "" if protocol == "tcp" else f"{protocol.upper()} "
    return f"{by}{port} 端口" if language is Language.ZH else f"{by}port {port}"


def _of(own: str, whole: str, language: Language) -> str:
    return f"{whole} 的 {own}" if language is Language.ZH else f"{own} of {whole}"


def _says(name: str, whole: str) -> bool:
    """Tell whether a name says already what the CI is a part of."""
    return whole in name.replace("/", " ").replace("@", " ").split()


def quoted(name: str) -> str:
    """Return a name as it stands in a list, in quotes where it would be read as two."""
    return f"“{name}”" if any(joint in name for joint in _JOINTS) else name


def called_in(names: Names, ci: str) -> str:
    """Return what a CI is called in a sentence; its id where it has no name."""
    return quoted(names.get(ci) or ci)


def beside(name: str, ci: str) -> str:
    """
    Return a name with the id beside it, for who is to type it.

    >>> beside("UPS S1", "ups-s1"), beside("web1", "web1"), beside("web1 [a]", "a")
    ('UPS S1 [ups-s1]', 'web1', 'web1 [a]')
    """
    return name if name == ci or name.endswith(f"[{ci}]") else f"{name} [{ci}]"


def with_id(names: Names, ci: str) -> str:
    """Return what a CI is called, with its id beside it."""
    return beside(names.get(ci) or ci, ci)


def without_id(names: Names, ci: str) -> str:
    """
    Return what a CI is called where its id stands in a column of its own.

    >>> without_id({"a": "web1 [a]"}, "a"), without_id({}, "a")
    ('web1', 'a')
    """
    return names.get(ci, ci).removesuffix(f" [{ci}]")


def namesakes_words(text: str, found: Namesakes) -> str:
    """Return what to type instead of a name that was given for an id."""
    whose = [
        each.id + (f" (of {each.of})" if each.of else f" ({each.ci_class.replace('_', ' ')})") for each in found.cis
    ]
    if found.count == 1:
        return f"{text} is the name of {found.cis[0].id}; give that id"
    more = f" and {found.count - len(whose):,} more" if found.count > len(whose) else ""
    return f"{text} is the name of {found.count:,} CIs; give the id of one: {', '.join(whose)}{more}"


def namesakes_json(found: Mapping[str, Namesakes]) -> dict[str, Any]:
    """Return the CIs whose names were given for ids, as a problem document has them."""
    return {
        text: {"count": each.count, "cis": [{"id": one.id, "class": one.ci_class, "of": one.of} for one in each.cis]}
        for text, each in found.items()
    }


def namesakes_read(named: Mapping[str, Any]) -> dict[str, Namesakes]:
    """Return the same from a problem document."""
    return {
        text: Namesakes(tuple(Namesake(one["id"], one["class"], one["of"]) for one in each["cis"]), each["count"])
        for text, each in named.items()
    }


def listed_names(names: Names, cis: Sequence[str]) -> list[str]:
    """Return what CIs are called that follow each other in a sentence."""
    return [called_in(names, ci) for ci in cis]


def entry_names(facts: Facts | None, name_of: Callable[[str, str], str]) -> dict[str, str]:
    """
    Return what the freezes and peak events of a verdict are called, by id: the id and the name.

    ``name_of`` returns the name of an entry of a kind (``freeze`` or ``peak``) by its id; one that it can not tell
    keeps its id alone.
    """
    found: dict[str, str] = {}
    if facts is None:
        return found
    for entry in dict.fromkeys((*(facts.freezes or ()), *(facts.peaks or ()))):
        with suppress(ForeshockError):
            found[entry] = f"{entry} {name_of('peak' if entry in (facts.peaks or ()) else 'freeze', entry)}"
    return found
