"""What the sender is offered: signers, channels, sources, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.core import card as cards
from app.core import draft
from app.core.card import Card, OurTemplate, PortalForm, Remembered
from app.core.draft import DraftForm
from app.core.layout import LayoutSpec, RolePlan
from app.core.proposal import (
    Gap,
    PortalPaper,
    channel_for,
    is_named,
    our_signer,
    source_here,
    with_signer_first,
)
from app.core.record import RecordKey
from app.core.snapshot import CrmSnapshot, Party, Person, Record
from app.core.sources import document_type
from app.errors import BadInput

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CLAIRE = Person("1", "Claire Lumen", emails=("claire@example.com",))
KARIM = Person("2", "Karim Benali", emails=("karim@example.com",))
JEAN = Person("7", "Jean Exemple", emails=("jean@example.org",), phones=("+33199000012",))
ANNA = Person("8", "Anna Exemple", is_primary=True)
BOTH = frozenset({"email", "sms"})
CONTRACT = OurTemplate("t2", "contract.fr", "Contrat", "fr")
ENGLISH = OurTemplate("t3", "contract.en", "Contract", "en")


def spec(**changes: object) -> LayoutSpec:
    values: dict[str, object] = {
        "roles": (
            RolePlan("us", 2, "email", False, "2"),
            RolePlan("client", 1, "sms", needs_code=False),
        ),
        "fields": (),
        "source": {"kind": "template", "template_id": "t1", "slug": "contract.fr"},
        "title": "Contrat",
        **changes,
    }
    return LayoutSpec(**values)  # type: ignore[arg-type]


def make_card(**changes: object) -> Card:
    snapshot = CrmSnapshot(
        taken_at=AT,
        record=Record(2, "1", "Lighting"),
        us=Party(name="Atelier Lumen", director="Mme LUMEN Claire, gérante"),
        client=Party(name="Exemple SAS"),
        contacts=(JEAN,),
    )
    values: dict[str, object] = {
        "record": RecordKey(2, "1"),
        "snapshot": snapshot,
        "asking_user": "2",
        "colleagues": (KARIM, CLAIRE),
        "templates": (ENGLISH, CONTRACT),
        "papers": (),
        "forms": (PortalForm("5", "Devis"),),
        "channels": BOTH,
        **changes,
    }
    return Card(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "text", "answer"),
    [
        ("Claire Lumen", "Claire Lumen", True),
        ("Claire Lumen", "Mme LUMEN Claire, gérante", True),
        ("Hélène Moreau", "helene MOREAU", True),
        ("Claire Lumen", "Claire Martin", False),
        ("Claire", "Claire Lumen", False),
        ("", "", False),
    ],
)
def test_a_person_is_known_again_in_a_line_of_text(name: str, text: str, answer: bool) -> None:
    assert is_named(name, text) is answer


def test_our_signer_is_the_layouts_then_the_named_director_then_who_asks() -> None:
    people = (KARIM, CLAIRE)
    named = {"director": "Claire Lumen", "asking_user": "2"}
    assert our_signer(people, layout_user="2", **named) == KARIM
    assert our_signer(people, **named) == CLAIRE
    assert our_signer(people, asking_user="2") == KARIM
    assert our_signer(people, layout_user="gone", **named) == CLAIRE
    assert our_signer(()) is None


@pytest.mark.parametrize(
    ("person", "wish", "ready", "channel"),
    [
        (JEAN, "sms", BOTH, "sms"),
        (JEAN, "sms", frozenset({"email"}), "email"),
        (JEAN, "", BOTH, "email"),
        (replace(JEAN, emails=()), "email", BOTH, "sms"),
        (ANNA, "email", BOTH, ""),
        (ANNA, "link", BOTH, "link"),
        (None, "email", BOTH, ""),
    ],
)
def test_a_person_is_reached_as_wished_or_by_what_is_known(
    person: Person | None, wish: str, ready: frozenset[str], channel: str
) -> None:
    assert channel_for(person, wish, ready) == channel


PAPERS = (
    PortalPaper("10", "5", created="2026-01-01"),
    PortalPaper("11", "5", created="2026-03-01"),
    PortalPaper("12", "6", created="2026-04-01"),
)
OF_TEMPLATE = {"kind": "portal_document", "id": "3", "template_id": "5"}


def test_a_document_of_another_card_is_never_taken_over() -> None:
    assert source_here(OF_TEMPLATE, PAPERS)["id"] == "11"
    assert source_here(OF_TEMPLATE, PAPERS, wanted="10")["id"] == "10"
    assert source_here(OF_TEMPLATE, PAPERS, wanted="12")["id"] == "11"


def test_a_document_that_this_card_lacks_is_made_from_the_same_template() -> None:
    assert source_here(OF_TEMPLATE, ()) == {"kind": "portal_template", "template_id": "5"}
    assert source_here({**OF_TEMPLATE, "template_id": ""}, PAPERS) == {}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ({"kind": "template", "slug": "contract.fr", "template_id": "1"}, "template:contract.fr"),
        (OF_TEMPLATE, "portal-template:5"),
        ({"kind": "portal_template", "template_id": "5"}, "portal-template:5"),
        ({"kind": "portal_document", "id": "3", "template_id": ""}, "portal-document:3"),
    ],
)
def test_documents_of_one_template_are_of_one_type(source: dict[str, str], name: str) -> None:
    assert document_type(source) == name


def test_the_contact_who_signs_is_named_in_the_text() -> None:
    snapshot = replace(make_card().snapshot, contacts=(ANNA, JEAN))
    kept = with_signer_first(snapshot, "7")
    assert [(p.id, p.is_primary) for p in kept.contacts] == [("7", True), ("8", False)]
    assert with_signer_first(snapshot, "none") == snapshot


def test_the_first_document_is_ours_in_the_readers_language() -> None:
    assert cards.first_source(make_card(), "fr")["slug"] == "contract.fr"
    assert cards.first_source(make_card(), "en")["slug"] == "contract.en"
    assert cards.first_source(make_card(templates=()), "en") == {}


def remembered(one: LayoutSpec, layout_id: str = "l1") -> Remembered:
    return Remembered(layout_id, one, AT, "Another deal")


def test_a_layout_is_turned_to_this_card_with_its_order_and_channels() -> None:
    (offered,) = cards.suggestions(make_card(remembered=(remembered(spec()),)))
    ours, theirs = offered.plans
    assert offered.source == cards.template_source(CONTRACT)
    assert (ours.person, ours.order) == (KARIM, 2)
    assert (theirs.person, theirs.channel, theirs.order) == (JEAN, "sms", 1)
    assert not theirs.needs_code
    assert offered.gaps == ()


def test_a_layout_whose_template_is_gone_is_not_offered() -> None:
    lost = spec(source={"kind": "template", "template_id": "x", "slug": "nda"})
    assert cards.suggestions(make_card(remembered=(remembered(lost),))) == ()


def test_a_layout_says_what_this_card_lacks() -> None:
    card = make_card(remembered=(remembered(spec()),))
    bare = replace(card, snapshot=replace(card.snapshot, contacts=()))
    assert cards.suggestions(bare)[0].gaps == (Gap.CONTACT,)
    mute = replace(card, snapshot=replace(card.snapshot, contacts=(ANNA,)))
    assert cards.suggestions(mute)[0].gaps == (Gap.ADDRESS,)


def test_under_a_document_only_layouts_of_its_type_are_offered() -> None:
    both = (remembered(spec()), remembered(spec(source=OF_TEMPLATE), "l2"))
    card = make_card(remembered=both, papers=PAPERS, wanted="10")
    assert [one.layout.id for one in cards.suggestions(card)] == ["l2"]
    assert cards.suggestions(card)[0].source["id"] == "10"
    assert cards.first_source(card, "en")["id"] == "10"


def test_only_what_is_on_the_card_can_be_chosen() -> None:
    card = make_card(papers=PAPERS)
    assert cards.chosen_source(card, "template", "t2").title == "Contrat"
    assert cards.chosen_source(card, "portal_template", "5").title == "Devis"
    assert cards.chosen_source(card, "portal_document", "11").values["id"] == "11"
    for kind, source_id in (("template", "x"), ("portal_template", "9"), ("upload", "1")):
        with pytest.raises(BadInput) as refused:
            cards.chosen_source(card, kind, source_id)
        assert refused.value.field == "source"


FORM = DraftForm(key="k" * 16, our_user="1", contact="7", channel="email")


def people(form: DraftForm) -> list[draft.Chosen]:
    card = make_card()
    return draft.people(form, card.snapshot, card.colleagues)


def test_what_is_typed_goes_before_what_the_card_has() -> None:
    ours, theirs = people(replace(FORM, email="jean.new@example.org", first="client"))
    assert theirs.email == "jean.new@example.org"
    assert theirs.company == "Exemple SAS"
    assert (ours.plan.order, theirs.plan.order) == (2, 1)


def test_a_code_needs_an_address_to_go_to() -> None:
    nobody = replace(FORM, contact="", name="Ida Exemple", channel="link")
    assert not people(nobody)[1].plan.needs_code
    assert people(replace(nobody, email="ida@example.org"))[1].plan.needs_code


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"our_user": ""}, "our_user"),
        ({"contact": ""}, "name"),
        ({"channel": ""}, "email"),
        ({"channel": "fax"}, "email"),
        ({"email": "jean@"}, "email"),
        ({"email": "a@b.example, c@d.example"}, "email"),
        ({"contact": "", "name": "Ida", "channel": "sms"}, "phone"),
    ],
)
def test_what_is_missing_is_asked_where_it_is_missing(changes: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        people(replace(FORM, **changes))
    assert refused.value.field == field


def test_a_form_of_the_portal_is_filled_anew_for_each_record() -> None:
    generated = {"kind": "portal_template", "template_id": "5", "id": "44", "newest_before": "43"}
    assert source_here(generated, PAPERS) == {"kind": "portal_template", "template_id": "5"}
