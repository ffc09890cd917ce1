"""Customers with all that is kept of them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from habitue.customers.models import ContactPoint, Customer, CustomField, CustomValue, Tag, Tagging
from habitue.events.models import Change, Event
from habitue.events.undoing import undo
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from tests import factories

pytestmark = pytest.mark.django_db
HEADINGS = (
    "Code client;Prénom;Nom;Nom de naissance;Date de naissance;E-mail;E-mail 2;Téléphone;Portable;"
    "Adresse;Code postal;Ville;Étiquettes;ID Shopify;Niveau;Points"
)
ADA = (
    "C1;Ada;Béranger;Roux;25/12/1985;Ada@Exemple.fr;ada@bureau.example.com;01 23 45 67 89;06 12 34 56 78;"
    "12 rue Saint-Jean;69005;Lyon;VIP, Presse;shop-77;or;1 234,5"
)


@pytest.fixture
def people(write):
    """Import these lines under the headings above."""

    def bring(*lines: str, name: str = "clients.csv", headings: str = HEADINGS, **options):
        return run("customers", write(*lines, headings=headings, name=name), **options)

    return bring


@pytest.fixture
def fields(db):
    CustomField.objects.create(code="niveau", label="Niveau", type="choice", choices=["Or", "Argent"])
    CustomField.objects.create(code="points-carte", label="Points", type="number")


def points(reference: str) -> set[tuple[str, str, str]]:
    return set(ContactPoint.objects.filter(customer__reference=reference).values_list("kind", "label", "value"))


def test_all_that_a_row_says_is_kept(people, fields):
    import_ = people(ADA)
    assert (import_.created, import_.rejected) == (1, 0)
    ada = Customer.objects.get()
    assert (ada.name, ada.name_key, ada.given_name, ada.family_name) == (
        "Ada Béranger", "ada beranger", "Ada", "Béranger",
    )  # fmt: skip
    assert (ada.birth_name, ada.born_on, ada.kind) == ("Roux", dt.date(1985, 12, 25), "person")
    assert points("C1") == {
        ("email", "", "ada@exemple.fr"),
        ("email", "", "ada@bureau.example.com"),
        ("phone", "", "+33123456789"),
        ("phone", "mobile", "+33612345678"),
        ("address", "", "12 rue saint jean 69005 lyon"),
        ("reference", "shopify", "shop-77"),
    }
    home = ContactPoint.objects.get(kind="address")
    assert (home.street, home.postcode, home.city, home.country, home.source) == (
        "12 rue Saint-Jean", "69005", "Lyon", "FR", import_.event,
    )  # fmt: skip
    assert ContactPoint.objects.get(value="ada@exemple.fr").typed == "Ada@Exemple.fr"
    assert set(Tagging.objects.values_list("tag__name", "tag__key")) == {("VIP", "vip"), ("Presse", "presse")}
    assert dict(CustomValue.objects.values_list("field__code", "text")) == {"niveau": "Or", "points-carte": ""}
    assert CustomValue.objects.get(field__code="points-carte").number == Decimal("1234.5")


def test_the_same_again_in_another_writing_changes_nothing(people, fields):
    people(ADA)
    again = ADA.replace("Ada@Exemple.fr", "ADA@exemple.fr").replace("01 23 45 67 89", "+33 1 23 45 67 89")
    second = people(again.replace("VIP, Presse", "presse | vip"), name="again.csv")
    assert (second.created, second.updated, second.unchanged) == (0, 0, 1)
    assert not Change.objects.filter(event=second.event).exists()


def test_an_update_adds_and_replaces_and_takes_nothing_away(people, fields):
    people(ADA)
    import_ = people("C1;Adèle;;;;new@exemple.fr;;;;;;;Salon;;Argent;", name="later.csv")
    assert (import_.created, import_.updated) == (0, 1)
    ada = Customer.objects.get()
    assert (ada.name, ada.name_key, ada.birth_name) == ("Adèle Béranger", "adele beranger", "Roux")
    assert {value for kind, _label, value in points("C1") if kind == "email"} == {
        "ada@exemple.fr", "ada@bureau.example.com", "new@exemple.fr",
    }  # fmt: skip
    assert CustomValue.objects.get(field__code="niveau").text == "Argent"
    assert Tag.objects.count() == 3


def test_a_reference_leads_to_who_stands_for_it(people, write):
    kept, gone = factories.customer("Ada Roux", "C2"), factories.customer("A. Roux", "C1")
    Customer.objects.filter(pk=gone.pk).update(merged_into=kept)
    import_ = people(ADA.rsplit(";", 2)[0] + ";;")
    assert (import_.created, import_.updated) == (0, 1)
    assert {point.customer for point in ContactPoint.objects.all()} == {kept}
    run("orders", write("A1,C1,2024-03-05,bread,1,2.50"))
    assert kept.orders.count() == 1
    assert not gone.orders.exists()


def test_what_is_not_well_formed_is_kept_as_it_was_typed(people):
    people("C1;Ada;;;;ada at exemple;;12;;;;;;;;")
    assert set(ContactPoint.objects.values_list("typed", "valid")) == {("ada at exemple", False), ("12", False)}


def test_a_file_without_references_is_known_again(people):
    lines = ("Ada,ada@exemple.fr,0612345678", "Bo,,0687654321")
    first = people(*lines, headings="name,email,phone")
    assert first.created == 2
    assert Customer.objects.filter(reference="ada@exemple.fr").exists()
    second = people(*lines, "Cy,,", headings="name,email,phone", name="more.csv")
    assert (second.created, second.unchanged) == (1, 2)


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        ("internal", "perhaps", "choice_unknown"),
        ("level", "bronze", "choice_unknown"),
        ("score", "many", "number_unreadable"),
        ("sponsor", "C9", "customer_unknown"),
        ("given name", "x" * 101, "too_long"),
    ],
)
def test_what_cannot_be_is_rejected_with_its_column(people, heading, value, code):
    CustomField.objects.create(code="level", label="Level", type="choice", choices=["gold", "silver"])
    CustomField.objects.create(code="score", label="Score", type="number")
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    import_ = people(f"C1,Ada,{value}", "C2,Bo,", headings=f"reference,name,{heading}")
    rejection = import_.rejections.get()
    assert (import_.created, rejection.code, rejection.column, rejection.value) == (1, code, heading, value)


def test_another_customer_may_come_in_the_same_file(people):
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    CustomField.objects.create(code="since", label="Since", type="day")
    CustomField.objects.create(code="shop", label="Shop", type="flag")
    people("C1,C2,2020-01-05,yes", "C2,,,no", headings="reference,sponsor,since,shop")
    ada = CustomValue.objects.filter(customer__reference="C1").order_by("field__code")
    assert [(v.field.code, v.number, v.day, v.other and v.other.reference) for v in ada] == [
        ("shop", 1, None, None),
        ("since", None, dt.date(2020, 1, 5), None),
        ("sponsor", None, None, "C2"),
    ]
    people("C1,C1,,no", headings="reference,sponsor,since,shop", name="later.csv")
    assert CustomValue.objects.get(field__code="sponsor").other.reference == "C1"
    assert CustomValue.objects.get(field__code="shop", customer__reference="C1").number == 0


def test_an_import_is_one_event_and_is_undone_with_all_that_it_changed(people, fields):
    people("C1;Ada;Roux;;;ada@exemple.fr;;;;;;;VIP;;Or;3", name="before.csv")
    before = whole()
    import_ = people(ADA, "C2;Bo;;;;bo@exemple.fr;;;;;;;VIP;;Or;1")
    assert (import_.created, import_.updated) == (1, 1)
    assert Event.objects.filter(kind="import.finished").count() == 2
    assert whole() != before
    done = undo(import_.event)
    assert done.kept == []
    assert whole() == before


def test_people_without_a_name_column_are_named_by_their_parts_and_of_several_chunks(people):
    import_ = people(
        *(f"C{at},Given{at},Family{at}" for at in range(50)), headings="id,first name,last name", rows_at_once=7
    )
    assert import_.created == 50
    assert Customer.objects.get(reference="C49").name == "Given49 Family49"


def test_a_mapping_names_variants_and_other_systems(people):
    columns = {"reference": "id", "email.work": "m", "outside.Old CRM": "crm", "phone": "p"}
    mapping = from_data("customers", {"country": "BE", "columns": columns})
    people("C1,a@example.com,77,02 234 56 78", headings="id,m,crm,p", mapping=mapping)
    assert points("C1") == {
        ("email", "work", "a@example.com"),
        ("reference", "Old CRM", "77"),
        ("phone", "", "+3222345678"),
    }


def whole() -> list:
    models = (Customer, ContactPoint, Tag, Tagging, CustomValue)
    return [list(model.objects.order_by("pk").values_list()) for model in models]


def test_who_names_somebody_that_is_refused_is_refused_too(people):
    CustomField.objects.create(code="sponsor", label="Sponsor", type="customer")
    lines = ("C1,C2,", "C2,C3,", "C3,,perhaps", "C4,,", "C5,C4,")
    for size in (1, 2, 100):
        Customer.objects.all().delete()
        import_ = people(*lines, headings="reference,sponsor,internal", name=f"{size}.csv", rows_at_once=size)
        assert set(Customer.objects.values_list("reference", flat=True)) == {"C4", "C5"}
        assert import_.rejected == 3
        undo(import_.event)
