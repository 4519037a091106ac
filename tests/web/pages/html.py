"""A page as a test reads it: parsed strictly, its faults named, its forms ready to be filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

OWN_SCRIPT = re.compile(r'<script type="module" src="/static/assets/[\w.-]+"></script>')
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
# In SVG an element without content may close itself.
DRAWN = frozenset(["path", "rect", "circle", "ellipse", "use"])
CONTROLS = frozenset({"input", "select", "textarea"})
REFERENCES = ("aria-describedby", "aria-labelledby", "for", "list", "headers")


@dataclass
class Form:
    """One form: where it goes, the values it would send, and its buttons as (name, value, formaction, text)."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """One page; ``faults`` says everything that is wrong with its HTML, ``text`` what a person reads."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.faults: list[str] = []
        self.text = ""
        self.title = ""
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.ids: list[str] = []
        self._open: list[str] = []
        self._referred: list[tuple[str, str]] = []
        self._controls: list[tuple[str, dict[str, str]]] = []
        self._labelled: set[str] = set()
        self._headings = 0
        self._select: str | None = None
        self._area: tuple[str, str] | None = None
        self._link: tuple[str, str] | None = None
        self.feed(source)
        self.close()
        self._judge()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        self._note(tag, given)
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "a" and "href" in given:
            self._link = (given["href"], "")
        elif tag == "label":
            self._labelled.add(given.get("for", ""))
        elif tag == "h1":
            self._headings += 1
        if tag in CONTROLS or tag == "button":
            self._control(tag, given)
        if tag == "option" and self._select is not None and ("selected" in given or not self._in_form(self._select)):
            self.forms[-1].fields[self._select] = given.get("value", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in DRAWN:
            self.faults.append(f"<{tag}/> closes itself")
        self._note(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes nothing, line {self.getpos()[0]}")
        if tag == "select":
            self._select = None
        elif tag == "textarea" and self._area is not None:
            name, text = self._area
            self.forms[-1].fields[name] = text.removeprefix("\n")
            self._area = None
        elif tag == "a" and self._link is not None:
            self.links.setdefault(" ".join(self._link[1].split()), self._link[0])
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + data)
        if self._open and self._open[-1] == "title" and "svg" not in self._open:
            self.title += data
        if "button" in self._open and self.forms and self.forms[-1].buttons:
            self.forms[-1].buttons[-1]["text"] += data
        if self._link is not None:
            self._link = (self._link[0], self._link[1] + data)
        if self._open and self._open[-1] not in ("script", "style"):
            self.text += data

    @property
    def markup(self) -> str:
        """The source without the one script that is every page's own: what is left came from somebody."""
        return OWN_SCRIPT.sub("", self.source)

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())

    def form(self, button: str) -> tuple[Form, dict[str, str]]:
        """Return the form that has a button with these words, and the button."""
        for form in self.forms:
            for found in form.buttons:
                if found["text"].strip() == button:
                    return form, found
        raise AssertionError(f"no button {button!r} among {[b['text'] for f in self.forms for b in f.buttons]}")

    def has_button(self, words: str) -> bool:
        return any(button["text"].strip() == words for form in self.forms for button in form.buttons)

    def _note(self, tag: str, given: dict[str, str]) -> None:
        """Keep what is judged at the end, and tell what is wrong by itself."""
        if "id" in given:
            self.ids.append(given["id"])
        for name in REFERENCES:
            self._referred += [(name, each) for each in given.get(name, "").split()]
        for name in given:
            if name == "style" or name.startswith("on"):
                self.faults.append(f"inline {name} on <{tag}>")
        ours = tag == "script" and given.get("src", "").startswith("/static/assets/")
        if tag in ("style", "script") and not ours:
            self.faults.append(f"<{tag}> in the page")
        for name in ("href", "src", "action", "formaction"):
            parts = urlsplit(given.get(name, ""))
            if (parts.scheme or parts.netloc) and not (tag == "a" and "noreferrer" in given.get("rel", "")):
                self.faults.append(f"{name} leads elsewhere: {given[name]}")
        if tag == "th" and "scope" not in given:
            self.faults.append("<th> without scope")
        if tag == "img" and "alt" not in given:
            self.faults.append("<img> without alt")

    def _control(self, tag: str, given: dict[str, str]) -> None:
        if tag == "button" and (self.forms or given.get("type") != "button"):
            self.forms[-1].buttons.append({"text": "", **given})
        if tag == "button":
            return
        self._controls.append((tag, given))
        name = given.get("name", "")
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = (name, "")
        elif given.get("type") not in ("checkbox", "radio") or "checked" in given:
            self.forms[-1].fields[name] = given.get("value", "")

    def _in_form(self, name: str) -> bool:
        return name in self.forms[-1].fields

    def _judge(self) -> None:
        if self._open:
            self.faults.append(f"left open: {self._open}")
        self.faults += [f"id {each} stands twice" for each in set(self.ids) if self.ids.count(each) > 1]
        self.faults += [
            f"{name} refers to {each}, which is not there" for name, each in self._referred if each not in self.ids
        ]
        for tag, given in self._controls:
            hidden = given.get("type") == "hidden"
            if not hidden and given.get("id") not in self._labelled and "aria-label" not in given:
                self.faults.append(f"<{tag} {given.get('name')}> has no label")
        if self._headings != 1:
            self.faults.append(f"{self._headings} <h1>")
        if not self.title.strip() or '<html lang="' not in self.source:
            self.faults.append("no title or no language")
        if 'href="#content"' not in self.source or "content" not in self.ids:
            self.faults.append("no skip link")
