"""Word templates: filled with values, checked word by word, and harmless whatever they say."""

from __future__ import annotations

import signal
import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.fields import FieldKind
from app.core.merge import merge_values
from app.documents import field_values, fonts
from app.documents.child import LimitedChild
from app.documents.fill import fill, inspect_template
from app.documents.office import group_memory
from app.errors import BadInput
from tests.tools.documents_kit import rezip, sample, snapshot, texts, word

VALUES = merge_values(snapshot(), number="2026-17", today=date(2026, 11, 24))


def filled(text: str, lang: str = "en", **values: object) -> str:
    return texts(fill(word(text), {**VALUES, **values}, lang=lang).docx)


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [
        ("{{ deal.amount|money }}", "en", "€5,616.00"),
        ("{{ deal.amount|money }}", "fr", "5\u00a0616,00\u00a0€"),
        ("{{ deal.amount|money('USD') }}", "en", "US$5,616.00"),
        ("{{ deal.amount|words }}", "fr", "cinq mille six cent seize euros"),
        ("{{ deal.amount|words }}", "en", "five thousand six hundred and sixteen euros"),
        ("{{ today|date }}", "fr", "24 novembre 2026"),
        ("{{ today|date('short') }}", "en", "24/11/2026"),
        ("{{ contact.phone|phone }}", "fr", "+33\u00a01\u00a099\u00a000\u00a012\u00a034"),
        ("{{ us.address|address('line') }}", "fr", "12 rue des Tisserands, 69001 Lyon"),
        ("{{ us.address|address }}", "fr", "12 rue des Tisserands\n69001 Lyon"),
        ("{{ products|length|plural('line', 'lines') }}", "en", "lines"),
        ("{{ client.vat_id|default('none')|upper }}", "en", "NONE"),
        ("{% if client.vat_id %}yes{% else %}no{% endif %}", "en", "no"),
        ("{% for p in products %}{{ p.name }}{{ '; ' if not loop.last }}{% endfor %}", "en",
         "Service 1; Service 2; Service 3"),
        ("{{ client.fields.unheard_of }}|", "en", "|"),
    ],
)  # fmt: skip
def test_a_placeholder_becomes_text_of_the_documents_language(
    text: str, lang: str, said: str
) -> None:
    assert filled(text, lang).strip() == said


@pytest.mark.parametrize(
    ("amount", "lang", "said"),
    [
        ("81.01", "fr", "quatre-vingt-un euros et un centime"),
        ("1000000", "fr", "un million d’euros"),
        ("0.5", "en", "zero euros and fifty cents"),
        ("-3", "en", "minus three euros"),
        ("1.995", "en", "two euros"),
    ],
)
def test_amounts_in_words_read_like_a_person_wrote_them(amount: str, lang: str, said: str) -> None:
    assert filled("{{ x|words }}", lang, x=Decimal(amount)).strip() == said


@pytest.mark.parametrize(
    ("quantity", "unit", "lang", "said"),
    [
        ("24", "pièce", "en", "24 pieces"),
        ("1", "pièce", "en", "1 piece"),
        ("0.5", "hour", "en", "0.5 hours"),
        ("24", "Piece", "fr", "24 pièces"),
        ("1.5", "jour", "fr", "1,5 jour"),
        ("2", "шт", "fr", "2 pièces"),
        ("3", "kg", "en", "3 kg"),
        ("3", "palette", "en", "3 palette"),
    ],
)
def test_units_are_in_the_documents_language_and_number(
    quantity: str, unit: str, lang: str, said: str
) -> None:
    rows = [{"quantity": Decimal(quantity), "unit": unit}]
    text = "{% for row in products %}{{ row.quantity|number }} {{ row.unit }}{% endfor %}"
    assert filled(text, lang, products=rows).strip() == said


def test_values_cannot_write_xml_or_placeholders() -> None:
    evil = '<w:p/>&amp; {{ us.name }} {% if %} "q" \x07\x0c\ue0f00\ue0f1'
    assert filled("[{{ client.name }}]", client={"name": evil}).strip() == (
        '[<w:p/>&amp; {{ us.name }} {% if %} "q" 0]'
    )


def test_the_header_the_footer_and_table_rows_are_filled() -> None:
    document = word("x", header="{{ number }}", cells=("{{ us.name }}", "{{ client.name }}"))
    said = texts(fill(document, VALUES, lang="fr").docx)
    assert "2026-17" in said
    assert "Atelier Lumen" in said


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_shipped_contract_has_no_problem_and_names_both_parties(lang: str) -> None:
    info = inspect_template(sample(lang))
    assert info.problems == ()
    assert info.roles == ("us", "client")
    assert "products[].price" in info.placeholders
    said = texts(fill(info.docx, VALUES, lang=lang).docx)
    assert "{" not in said
    assert "Service 3" in said


def test_tags_are_listed_with_role_label_and_size() -> None:
    text = '{{ sign("client", width=40) }} {{ ask("us", "Delivery address", required=False) }}'
    signature, question = inspect_template(word(text)).tags
    assert (signature.kind, signature.role, signature.width) == (FieldKind.SIGNATURE, "client", 40)
    assert (question.label, question.required) == ("Delivery address", False)


def test_a_choice_keeps_its_answers_and_a_crm_field_its_placeholder() -> None:
    text = (
        '{{ choice("client", "Delivery", "By post", "By hand") }} {{ ask_number("client", "Copies") }}'
        ' {{ ask_date("client", "Start") }} {{ crm("client", "client.phone", "Your phone") }}'
    )
    info = inspect_template(word(text))
    choice, number, day, phone = info.tags
    assert (choice.kind, choice.label) == (FieldKind.CHOICE, "Delivery")
    assert choice.options == ("By post", "By hand")
    assert (number.kind, day.kind) == (FieldKind.NUMBER, FieldKind.DATE)
    assert (phone.kind, phone.crm_name, phone.label) == (
        FieldKind.TEXT,
        "client.phone",
        "Your phone",
    )
    assert info.placeholders == ("client.phone",)
    assert fill(word(text), VALUES, lang="en").tags == info.tags


@pytest.mark.parametrize(
    ("name", "kind", "lang", "value"),
    [
        ("contact.phone", FieldKind.TEXT, "fr", "+33 1 99 00 12 34"),
        ("client.address", FieldKind.TEXT, "fr", "4 chemin des Oliviers, 13100 Aix-en-Provence"),
        ("deal.amount", FieldKind.TEXT, "fr", "5\u00a0616"),
        ("deal.amount", FieldKind.NUMBER, "fr", "5616"),
        ("today", FieldKind.DATE, "en", "2026-11-24"),
        ("today", FieldKind.TEXT, "en", "24 November 2026"),
        ("products.0.name", FieldKind.TEXT, "en", "Service 1"),
        ("products.9.name", FieldKind.TEXT, "en", ""),
        ("client.unheard.of", FieldKind.TEXT, "en", ""),
    ],
)
def test_a_field_starts_with_what_the_crm_has(
    name: str, kind: FieldKind, lang: str, value: str
) -> None:
    assert field_values.from_crm(VALUES, name, kind=kind, lang=lang) == value


@pytest.mark.parametrize(
    ("kind", "kept", "lang", "shown"),
    [
        (FieldKind.DATE, "2026-12-01", "fr", "1 décembre 2026"),
        (FieldKind.NUMBER, "1250.5", "fr", "1\u00a0250,5"),
        (FieldKind.NUMBER, "1250,5", "en", "1,250.5"),
        (FieldKind.TEXT, "2026-12-01", "fr", "2026-12-01"),
        (FieldKind.DATE, "soon", "en", "soon"),
    ],
)
def test_an_answer_is_printed_as_the_document_writes(
    kind: FieldKind, kept: str, lang: str, shown: str
) -> None:
    assert field_values.said(kind, kept, lang=lang) == shown


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{{ choice("client", "Delivery", "By post") }}', "two to twenty answers"),
        ('{{ choice("client", "Delivery", "By post", "By post") }}', "two to twenty answers"),
        ('{{ crm("client") }}', "needs a placeholder in quotes"),
        ('{{ crm("client", "client.__class__") }}', "client.__class__"),
        ('{{ crm("client", "client.fone") }}', "Did you mean “client.phone”"),
    ],
)
def test_a_tag_that_asks_for_nothing_is_refused(text: str, sentence: str) -> None:
    (problem,) = inspect_template(word(text)).problems
    assert sentence in problem.sentence("en")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Dear {{ client.nmae }}", "There is no placeholder “client.nmae”. Did you mean “client.name”? "
         "In the text: “Dear {{ client.nmae }}”"),
        ("{{ deal.amount|mony }}", "There is no filter “mony”. Did you mean “money”? "
         "In the text: “{{ deal.amount|mony }}”"),
        ("{{ sing('client') }}", "There is no tag “sing”. Did you mean “sign”? "
         "In the text: “{{ sing('client') }}”"),
        ("{% for p in products %}{{ p.pric }}{% endfor %}",
         "There is no placeholder “products.pric”. Did you mean “products.price”? "
         "In the text: “{% for p in products %}{{ p.pric }}{% endfor %}”"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_was_meant(text: str, sentence: str) -> None:
    (problem,) = inspect_template(word("before", text)).problems
    assert problem.sentence("en") == sentence
    with pytest.raises(BadInput) as caught:
        fill(word("before", text), VALUES, lang="en")
    assert str(caught.value) == sentence


def test_every_mistake_is_found_not_only_the_first() -> None:
    document = word("{{ a }}", "{{ b }}", header="{{ c }}", footer="{{ d|nope }}")
    problems = inspect_template(document).problems
    assert {problem.part for problem in problems} == {"body", "header", "footer"}
    assert len(problems) >= 4


MARK = "/tmp/paraph-template-ran"
INJECTIONS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ us.__class__ }}",
    "{{ us['__class__'] }}",
    "{{ us|attr('__class__') }}",
    "{{ self.__init__.__globals__.__builtins__.__import__('os').system('touch MARK') }}",
    "{{ cycler.__init__.__globals__.os.popen('touch MARK').read() }}",
    "{{ lipsum.__globals__['os'].system('touch MARK') }}",
    "{{ config }}{{ request.application.__globals__ }}",
    "{% set x = 'a' * 200000000 %}{{ x }}",
    "{{ 'a' * 200000000 }}",
    "{{ 9**9**9 }}",
    "{% for a in range(10**9) %}{% endfor %}",
    "{% for a in products recursive %}{{ loop(products) }}{% endfor %}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}",
    "{% macro m() %}{{ m() }}{% endmacro %}",
    "{{ products.append(1) }}",
    "{{ us.name.format(us) }}",
    "{{ '%s'|format(us) }}",
    "{{ sign(us.__class__) }}",
    "{{ sign('client', **us) }}",
    "{{ ask('client', 'x' ~ us.name) }}",
    "{{ us.items() }}",
    "{{ today.strftime('%Y') }}",
    "{{ [].__class__ }}{{ {}.keys() }}",
    "{{ loop.__class__ }}",
    "{% for p in products %}{{ loop.cycle.__func__ }}{% endfor %}",
    "{% autoescape false %}{{ us.name }}{% endautoescape %}",
    "{% with a = us %}{{ a.__doc__ }}{% endwith %}",
    "{% call sign('client') %}{% endcall %}",
    "{% filter upper %}{{ us.name }}{% endfilter %}",
    "{{ us.name.__str__ }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ joiner() }}",
]


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_injection_is_refused_in_every_place_with_a_sentence_and_never_runs(text: str) -> None:
    Path(MARK).unlink(missing_ok=True)
    text = text.replace("MARK", MARK)
    places = {
        "header": {"header": text},
        "footer": {"footer": text},
        "body": {"cells": ("a", text)},
    }
    problems = []
    for part, where in places.items():
        found = inspect_template(word("quiet", **where)).problems  # type: ignore[arg-type]
        assert {problem.part for problem in found} == {part}
        problems += found
    assert all(len(problem.sentence("fr")) < 500 for problem in problems)
    with pytest.raises(BadInput):
        fill(word(text), VALUES, lang="en")
    assert not Path(MARK).exists()


LOOPS = "{% for a in products %}{% for b in products %}{% for c in products %}{% if a %}{% endif %}"
MANY = {**VALUES, "products": [{"name": "x" * 300}] * 1_500}


def test_a_template_that_works_too_long_is_stopped_and_the_next_one_works() -> None:
    child = LimitedChild(cpu_s=1)
    document = word(LOOPS + "{% endfor %}" * 3)
    order = {"docx": document, "values": MANY, "lang": "en", "currency": ""}
    with pytest.raises(BadInput, match="too much work"):
        child.run("fill", **order)
    assert child.run("inspect", docx=word("{{ us.name }}"), values=VALUES).values["problems"] == []
    child.stop()


def test_a_template_that_asks_for_too_much_memory_is_stopped() -> None:
    text = "{% for a in products %}{% for b in products %}{{ a.name }}{% endfor %}{% endfor %}"
    with pytest.raises(BadInput, match="too much work"):
        fill(word(text), MANY, lang="en")


def test_a_child_that_was_killed_is_started_again() -> None:
    child = LimitedChild()
    order = {"docx": word("{{ us.name }}"), "values": VALUES}
    child.run("inspect", **order)
    child.stop()
    assert child.run("inspect", **order).values["placeholders"] == ["us.name"]
    child.stop()


def test_the_fonts_a_template_asks_for_are_known_and_missing_ones_named() -> None:
    odd = word("Hello")

    def change(parts: dict[str, bytes]) -> None:
        styles = parts["word/styles.xml"]
        parts["word/styles.xml"] = styles.replace(
            b"<w:rPrDefault><w:rPr>",
            b'<w:rPrDefault><w:rPr><w:rFonts w:ascii="No Such Font" w:hAnsi="Arial"/>',
            1,
        )

    assert {"No Such Font", "Arial"} <= set(inspect_template(rezip(odd, change)).fonts)
    fonts.installed_families.cache_clear()
    if fonts.installed_families():
        assert fonts.replaced_fonts(["No Such Font", "Wingdings"]) == ("No Such Font",)
        (named,) = inspect_template(rezip(odd, change)).font_doubles
        assert named[0] == "No Such Font"
        assert named[1].casefold() in fonts.installed_families()


def test_the_fork_that_stands_ready_ends_with_its_helper() -> None:
    child = LimitedChild()
    child.run("inspect", docx=word("{{ us.name }}"), values=VALUES)
    assert child._helper is not None
    group = child._helper.pid
    assert group_memory(group) > 0
    child._helper.kill()
    child.stop()
    deadline = time.monotonic() + 20
    while group_memory(group):
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


class PatientLater(LimitedChild):
    """Gives up on its first helper almost at once, and lets the next one take its time."""

    def _end(self) -> None:
        super()._end()
        self._patience_s = 60


def test_a_helper_that_says_nothing_is_replaced_and_nobody_waits_for_ever() -> None:
    child = PatientLater()
    order = {"docx": word("{{ us.name }}"), "values": VALUES}
    child.run("inspect", **order)
    stuck = child._helper
    assert stuck is not None
    stuck.send_signal(signal.SIGSTOP)
    child._patience_s = 0.05
    assert child.run("inspect", **order).values["placeholders"] == ["us.name"]
    assert child._helper is not stuck
    child.stop()
