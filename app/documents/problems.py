"""What is wrong with a template, in a form a page can show."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.texts import translator


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `place`: the words of the paragraph; `part`: body, header, footer, footnotes, properties."""

    message_key: str
    values: dict[str, object] = field(default_factory=dict)
    part: str = "body"
    place: str = ""
    suggestion: str = ""

    def sentence(self, lang: str) -> str:
        """Return the fault for a person: what, what to write instead, where."""
        gettext = translator(lang)
        said = [gettext(self.message_key).format(**self.values)]
        if self.suggestion:
            said.append(gettext("Did you mean “{name}”?").format(name=self.suggestion))
        if self.place:
            where = gettext(PARTS.get(self.part, PARTS["body"]))
            said.append(gettext("{where}: “{words}”").format(where=where, words=self.place))
        return " ".join(said)


PARTS = {
    "body": "In the text",
    "header": "In the page header",
    "footer": "In the page footer",
    "footnotes": "In a footnote",
    "properties": "In the file's properties",
}
