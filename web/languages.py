"""The languages people read: which there are, and which one a reader wants."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language of the sentences, by its code; ``tag`` is that of a page (BCP 47)."""

    EN = "en"
    ZH = "zh"

    @property
    def tag(self) -> str:
        return "zh-Hans" if self is Language.ZH else "en"


def language_of(wanted: str | None) -> Language:
    """
    Return the language of a locale or tag such as ``zh_CN.UTF-8`` or ``zh-Hans``; English where we have no other.

    >>> language_of("zh_CN.UTF-8"), language_of("de-DE"), language_of(None)
    (<Language.ZH: 'zh'>, <Language.EN: 'en'>, <Language.EN: 'en'>)
    """
    code = (wanted or "").replace("_", "-").partition("-")[0].partition(".")[0].lower()
    return Language(code) if code in {language.value for language in Language} else Language.EN
