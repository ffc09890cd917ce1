"""People as files of any company have them: taken right, or kept as typed, or refused in words."""

# ruff: noqa: E501 - tables of files are made of long lines

from __future__ import annotations

import pytest

from habitue.customers.fields import unread_fields
from habitue.customers.models import ContactPoint, Customer, Relation, Tagging, UnreadValue
from habitue.events.undoing import undo
from habitue.imports import wording
from habitue.imports.mappings.mapping import from_data
from tests import factories
from tests.imports.conftest import in_both_languages, reasons

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def names() -> set[str]:
    return set(Customer.objects.filter(kind="person", merged_into=None).values_list("name", flat=True))


def references() -> set[str]:
    return set(Customer.objects.filter(kind="person").values_list("reference", flat=True))


def values(kind: str) -> set[tuple[str, bool]]:
    return set(ContactPoint.objects.filter(kind=kind).values_list("value", "valid"))


def works_for() -> set[tuple[str, str]]:
    return set(Relation.objects.filter(kind="employer").values_list("of__name", "to__name"))


@pytest.mark.parametrize(
    ("heading", "typed", "where"),
    [
        ("country", "Atlantis", "country"), ("birthday", "2150-01-01", "born_on"), ("birthday", "31/31/1990", "born_on"),
        ("birthday", "1980-00-00", "born_on"), ("birthday", "in May", "born_on"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_of_a_person_is_kept_as_typed(bring, heading, typed, where):
    import_ = bring(f"reference,name,{heading}\nC1,Ada,{typed}")
    assert (import_.created, import_.rejected, import_.notes) == (1, 0, {"kept_as_typed": 1})
    kept = UnreadValue.objects.get()
    assert (kept.fact, kept.typed, kept.customer.name, kept.source) == (where, typed, "Ada", import_.event)
    in_both_languages(lambda: wording.notes(import_.notes)[0])
    again = bring(f"reference,name,{heading}\nC1,Ada,{typed}\nC2,Bo,", name="again.csv")
    assert (again.unchanged, UnreadValue.objects.count()) == (1, 1)
    undo(again.event)
    undo(import_.event)
    assert not UnreadValue.objects.exists()


@pytest.mark.parametrize(
    ("heading", "typed", "kind"),
    [
        ("phone", "call at noon", "phone"), ("phone", "12", "phone"), ("phone", "3,36E+10", "phone"), ("phone", "9" * 70, "phone"),
        ("email", "ada at example", "email"), ("email", "ada@", "email"), ("email", "x" * 330 + "@example.org", "email"),
    ],
)  # fmt: skip
def test_a_way_to_reach_somebody_that_is_none_is_kept_and_marked(bring, heading, typed, kind):
    import_ = bring(f'reference,name,{heading}\nC1,Ada,"{typed}"')
    assert (import_.created, import_.rejected, import_.notes) == (1, 0, {"kept_as_typed": 1})
    point = ContactPoint.objects.get(kind=kind)
    assert (point.typed, point.valid) == (typed[:500], False)


def test_an_address_in_no_known_country_keeps_what_was_typed(bring):
    import_ = bring("reference,name,street,postcode,city,country,phone\nC1,Ada,1 rue X,1000,Y,Atlantis,0612345678")
    address = ContactPoint.objects.get(kind="address")
    assert (address.typed, address.country, address.valid) == ("1 rue X, 1000 Y, Atlantis", "", False)
    assert ("+33612345678", True) not in values("phone"), "a number at home in a country that nobody knows"
    assert import_.notes == {"kept_as_typed": 2}


def test_a_better_birthday_takes_the_place_of_what_was_typed(bring):
    bring("reference,name,birthday\nC1,Ada,in May")
    ada = Customer.objects.get()
    assert unread_fields(ada) == [("Date of birth", "in May")]
    bring("reference,name,birthday\nC1,Ada,--05-13", name="later.csv")
    ada.refresh_from_db()
    assert (ada.birthday, unread_fields(ada)) == ("--05-13", [])
    bring("reference,name,birthday\nC1,Ada,1980-05-13", name="last.csv")
    ada.refresh_from_db()
    assert (str(ada.born_on), ada.birthday) == ("1980-05-13", "")


def test_a_century_is_asked_for_and_can_be_answered(bring):
    text = "reference,name,born on\nC1,Ada,13/03/25\nC2,Bo,14/03/68"
    assert bring(text).notes == {"kept_as_typed": 1, "births_of_two_centuries": 1}
    columns = {"reference": "reference", "name": "name", "born_on": "born on"}
    answer = from_data("customers", {"birth_century": "1900", "columns": columns})
    assert bring(text, name="again.csv", mapping=answer).notes == {}
    assert {one.born_on.year for one in Customer.objects.all()} == {1925, 1968}


POSTCODES = [
    # typed in the column, country of each, telephone of each -> postcodes
    (["1000", "69001"], None, None, ["01000", "69001"]),
    (["1000.0", "69001.0"], None, None, ["01000", "69001"]),
    (["01000", "1000"], None, None, ["01000", "1000"]),
    (["'01000", "1000"], None, None, ["01000", "1000"]),
    (["1000", "1000"], ["FR", "BE"], None, ["01000", "1000"]),
    (["1000.0", "8000.0"], ["Belgique", "Suisse"], None, ["1000", "8000"]),
    (["2134", "90210"], ["USA", "US"], None, ["02134", "90210"]),
    (["1067", "10115"], ["DE", "DE"], None, ["01067", "10115"]),
    (["1000", "6000"], None, ["+3222345678", "0612345678"], ["1000", "06000"]),
    (["1000", "75001"], ["", ""], ["+41216543210", ""], ["1000", "75001"]),
    (["SW1A 1AA", "EC1A 1BB"], ["UK", "UK"], None, ["SW1A 1AA", "EC1A 1BB"]),
    (["100", "69001"], None, None, ["100", "69001"]),
    (["N/A", "69001"], None, None, ["", "69001"]),
]


@pytest.mark.parametrize(("typed", "country", "phone", "right"), POSTCODES)
def test_a_postcode_gets_its_zero_back_where_a_program_lost_it(bring, typed, country, phone, right):
    empty = [""] * len(typed)
    rows = zip(typed, country or empty, phone or empty, strict=True)
    lines = "\n".join(
        f"C{at},P{at},Street {at},{code},Town,{of},{number}" for at, (code, of, number) in enumerate(rows)
    )
    import_ = bring(f"reference,name,street,postcode,city,country,phone\n{lines}")
    points = ContactPoint.objects.filter(kind="address").order_by("customer__reference")
    assert list(points.values_list("postcode", flat=True)) == right
    padded = sum(
        len(code) == 5 and not was.lstrip("'").startswith("0")
        for was, code in zip(typed, right, strict=True)
        if code[:1] == "0"
    )
    assert import_.notes.get("postcodes_completed", 0) == padded
    assert import_.notes.get("floats_restored", 0) == sum(was.endswith(".0") for was in typed)


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        ("33612345678.0", {"+33612345678"}), ("612345678.0", {"+33612345678"}), ("'+33612345678", {"+33612345678"}),
        ("'0612345678", {"+33612345678"}), ("0612345678 ::: 0478000000", {"+33612345678", "+33478000000"}),
        ("06 12 34 56 78 / 04 78 00 00 00", {"+33612345678", "+33478000000"}), ("0612345678;0478000000", {"+33612345678", "+33478000000"}),
        ("0612345678 ou 0478000000", {"+33612345678", "+33478000000"}), ("06.12.34.56.78", {"+33612345678"}), ("06/12/34/56/78", {"+33612345678"}),
        ("(0)6 12 34 56 78", {"+33612345678"}), ("N/A", set()), ("0", set()), ("-", set()),
    ],
)  # fmt: skip
def test_telephones_as_programs_write_them(bring, cell, right):
    bring(f'reference;name;phone\nC1;Ada;"{cell}"')
    assert {value for value, valid in values("phone") if valid} == right
    assert ContactPoint.objects.count() == len(right)


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        ("Ada@Example.org", {"ada@example.org"}), ("a@x.org; b@x.org", {"a@x.org", "b@x.org"}), ("a@x.org ::: b@x.org", {"a@x.org", "b@x.org"}),
        ("a@x.org,B@X.org", {"a@x.org", "b@x.org"}), ("a@x.org b@x.org", {"a@x.org", "b@x.org"}), ("mailto:a@x.org", {"a@x.org"}), ("NULL", set()),
    ],
)  # fmt: skip
def test_several_addresses_in_one_cell(bring, cell, right):
    bring(f'reference|name|email\nC1|Ada|"{cell}"')
    assert {value for value, valid in values("email") if valid} == right
    assert ContactPoint.objects.count() == len(right)


@pytest.mark.parametrize(
    ("references_", "right"),
    [
        (["412.0", "77.0"], {"412", "77"}), (["412", "412.0"], {"412"}), (["'00412", "7"], {"00412", "7"}),
        (["'+33612345678", "7"], {"+33612345678", "7"}), (["00412", "412"], {"00412", "412"}), (["Ada@X.org", "bo@x.org"], {"ada@x.org", "bo@x.org"}),
        (["客户", "É"], {"客户", "É"}), (["K-9.0", "7"], {"K-9.0", "7"}), (["'t Hart", "7"], {"'t Hart", "7"}), (["12345678901234567", "7"], {"12345678901234567", "7"}),
    ],
)  # fmt: skip
def test_references_lose_what_a_program_added(bring, references_, right):
    bring("customer id,email\n" + "\n".join(f"{one}," for one in references_), answers={"same_code": "two_customers"})
    assert references() == right


def test_a_row_that_says_nothing_is_nobody(bring):
    import_ = bring("name,email\nAda,ada@x.org\n,\nNULL,\n")
    assert names() == {"Ada"}
    assert import_.rejected == Customer.objects.count() == 1, "the empty line is none"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ('"3,36E+10",Ada,a@x.org', "digits_lost"), ("7.1E+12,Ada,a@x.org", "digits_lost"), ("NULL,Ada,a@x.org", "missing"), ("-,Ada,", "missing"),
        ("#N/A,Ada,", "missing"), ("Total clients: 2,,", "total_line"), ("Nombre de clients,,", "total_line"), ("C1,Client comptoir,", "nobody"),
        ("GUEST,Ada,", "nobody"), ("C1,Walk-in,", "nobody"),
    ],
)  # fmt: skip
def test_who_is_nobody_is_refused_in_words(bring, line, code):
    import_ = bring(f"customer id,name,email\n{line}\nC9,Bo,b@x.org")
    assert [rejection.code for rejection in import_.rejections.all()] == [code]
    assert names() == {"Bo"}
    assert reasons(import_)


def test_a_company_beside_a_name_is_who_they_work_for(bring):
    import_ = bring(
        """id;Prénom;Nom;Société
        1;Anne;Petit;SARL Roy
        2;Paul;Roy;SARL ROY
        3;;;SARL Roy
        4;Léa;Blanc;
        5;;;Ateliers Noir
        6;Max;Noir;Ateliers Noir"""
    )
    assert names() == {"Anne Petit", "Paul Roy", "Léa Blanc", "Max Noir"}
    organisations = dict(Customer.objects.filter(kind="organisation").values_list("name", "reference"))
    assert organisations == {"SARL Roy": "3", "Ateliers Noir": "5"}
    assert works_for() == {("Anne Petit", "SARL Roy"), ("Paul Roy", "SARL Roy"), ("Max Noir", "Ateliers Noir")}
    assert import_.created == 6
    assert "organisations_made" not in import_.notes


def test_an_organisation_is_made_once_and_undone_with_the_import(bring):
    first = bring("id,first name,last name,company\n1,Anne,Petit,Roy & Fils")
    second = bring(
        "id,first name,last name,company\n1,Anne,Petit,ROY ET FILS\n2,Paul,Roy,Roy & Fils", name="second.csv"
    )
    assert first.notes == second.notes == {"organisations_made": 1}
    third = bring("id,first name,last name,company\n1,Anne,Petit,roy & fils\n2,Paul,Roy,Roy & Fils", name="third.csv")
    assert (third.unchanged, third.notes) == (2, {})
    undo(second.event)
    assert works_for() == {("Anne Petit", "Roy & Fils")}
    undo(first.event)
    assert not Customer.objects.exists()


def test_of_two_organisations_with_one_name_none_is_taken(bring):
    for reference in ("O1", "O2"):
        factories.customer("SARL Roy", reference, kind="organisation")
    import_ = bring("id,first name,last name,company\n1,Anne,Petit,SARL Roy")
    assert (works_for(), import_.notes) == (set(), {"kept_as_typed": 1})
    assert unread_fields(Customer.objects.get(name="Anne Petit")) == [("Works for", "SARL Roy")]


@pytest.mark.parametrize(
    ("headings", "line", "name", "kind"),
    [
        ("id,company", "1,SARL Roy", "SARL Roy", "organisation"), ("id;Raison sociale", "1;SARL Roy", "SARL Roy", "organisation"),
        ("id,company,contact", "1,SARL Roy,Anne", "SARL Roy", "organisation"), ("id,name,company", "1,SARL Roy,SARL Roy", "SARL Roy", "organisation"),
        ("id,name,company", "1,,SARL Roy", "SARL Roy", "organisation"),
    ],
)  # fmt: skip
def test_a_company_alone_is_whom_the_row_is_of(bring, headings, line, name, kind):
    bring(f"{headings}\n{line}")
    one = Customer.objects.get()
    assert (one.name, one.kind) == (name, kind)


@pytest.mark.parametrize(
    ("text", "kind", "internal"),
    [
        ("id,name,type\n1,Ada,Prospect\n2,Bo,Client", "person", False), ("id,name,type\n1,Ada,company\n2,Bo,company", "organisation", False),
        ("id,name,employee\n1,Ada,Zoe\n2,Bo,Max", "person", False), ("id,name,employee\n1,Ada,yes\n2,Bo,yes", "person", True),
        ("id;nom;Salarié\n1;Ada;Zoé\n2;Bo;Max", "person", False), ("id;nom;Nature\n1;Ada;Particulier\n2;Bo;Particulier", "person", False),
        ("id;nom;Type de client\n1;Ada;Grossiste\n2;Bo;Détaillant", "person", False), ("id,name,staff\n1,Ada,3\n2,Bo,4", "person", False),
    ],
)  # fmt: skip
def test_what_a_column_holds_decides_and_not_its_heading(bring, text, kind, internal):
    import_ = bring(text)
    assert (import_.created, import_.rejected) == (2, 0)
    assert set(Customer.objects.values_list("kind", "internal")) == {(kind, internal)}


PROGRAMS = {
    "Outlook FR": (
        "Prénom,Nom,Société,Rue (bureau),Ville (bureau),Code postal (bureau),Pays/Région (bureau),Tél. mobile,Téléphone (bureau),"
        "Anniversaire,Catégories,Adresse de messagerie,Adresse de messagerie 2\n"
        "Anne,Petit,SARL Roy,1 rue X,Bourg,01000,France,06 12 34 56 78,04 78 00 00 00,0/0/00,Vip;Salon,anne@example.org,a@roy.example"
    ),
    "Google before 2024": (
        "Name,Given Name,Family Name,Birthday,Group Membership,E-mail 1 - Type,E-mail 1 - Value,E-mail 2 - Type,E-mail 2 - Value,"
        "Phone 1 - Type,Phone 1 - Value,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,Address 1 - Country,Organization 1 - Name\n"
        "Anne Petit,Anne,Petit,--03-13,* myContacts ::: Vip ::: Salon,* Home,anne@example.org,Work,a@roy.example,"
        "Mobile,0612345678 ::: 0478000000,1 rue X,Bourg,01000,FR,SARL Roy"
    ),
    "Shopify": (
        "Customer ID,First Name,Last Name,Email,Default Address Company,Default Address Address1,Default Address Address2,Default Address City,"
        "Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Tags\n"
        "'7100000000001,Anne,Petit,anne@example.org; a@roy.example,SARL Roy,1 rue X,,Bourg,FR,'01000,'+33478000000,'+33612345678,\"Vip, Salon\""
    ),
    "WooCommerce": (
        "customer_id,first_name,last_name,user_email,billing_company,billing_email,billing_phone,billing_address_1,billing_address_2,"
        "billing_postcode,billing_city,billing_country,tags\n"
        "5,Anne,Petit,anne@example.org,SARL Roy,a@roy.example,0612345678;0478000000,1 rue X,,01000,Bourg,FR,Vip|Salon"
    ),
    "a till": (
        "Code client;Civilité;Nom;Prénom;Société;Adresse;Complément;CP;Ville;Portable;Téléphone;E-mail;Courriel professionnel;Étiquettes\n"
        "00412;Mme;Petit;Anne;SARL Roy;1 rue X;;1000;Bourg;0612345678;478000000.0;anne@example.org;a@roy.example;Vip, Salon"
    ),
}  # fmt: skip


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_same_person_from_the_file_of_any_program(bring, program):
    import_ = bring(PROGRAMS[program])
    assert (import_.created, import_.rejected) == (1, 0)
    anne = Customer.objects.get(kind="person")
    assert (anne.name, anne.given_name, anne.family_name, anne.born_on) == ("Anne Petit", "Anne", "Petit", None)
    assert anne.birthday == ("--03-13" if program.startswith("Google") else "")
    assert values("email") == {("anne@example.org", True), ("a@roy.example", True)}
    assert values("phone") == {("+33612345678", True), ("+33478000000", True)}
    address = ContactPoint.objects.get(kind="address")
    assert (address.street, address.postcode, address.city, address.country) == ("1 rue X", "01000", "Bourg", "FR")
    assert set(Tagging.objects.values_list("tag__key", flat=True)) - {"mycontacts"} == {"vip", "salon"}
    assert works_for() == {("Anne Petit", "SARL Roy")}


STREETS = [
    ("Address1,Address2", "1 rue X,Bât. B", "1 rue X, Bât. B"),
    ("Address line 1,Address line 2,Address line 3", "1 rue X,Bât. B,3e étage", "1 rue X, Bât. B, 3e étage"),
    ("Adresse,Complément d'adresse", "1 rue X,", "1 rue X"),
    ("Adresse 1,Adresse 2", "1 rue X,BP 12", "1 rue X, BP 12"),
    ("Street,Apartment", "1 rue X,Apt 4", "1 rue X, Apt 4"),
    ("billing_address_1,billing_address_2", "1 rue X,1 rue X", "1 rue X"),
    ("Adresse,Suite adresse", "1 rue X,N/A", "1 rue X"),
]


@pytest.mark.parametrize(("headings", "line", "street"), STREETS)
def test_further_lines_are_of_the_same_address(bring, headings, line, street):
    bring(f"id,name,{headings},zip,city\n1,Ada,{line},69001,Lyon")
    address = ContactPoint.objects.get(kind="address")
    assert (address.street, address.postcode, address.city, address.valid) == (street, "69001", "Lyon", True)


def test_a_second_address_is_an_address_of_its_own(bring):
    bring("id,name,street,postcode,city,street 2,postcode 2,city 2\n1,Ada,1 rue X,69001,Lyon,2 rue Y,75001,Paris")
    assert set(ContactPoint.objects.values_list("street", "city")) == {("1 rue X", "Lyon"), ("2 rue Y", "Paris")}


def test_what_programs_write_for_nothing_is_nothing(bring):
    bring("id,name,first name,last name,city,tags\n1,NULL,Anne,Null,N/A,#N/A\n2,nan,Bo,-,-,Vip")
    assert names() == {"Anne Null", "Bo"}
    assert not ContactPoint.objects.exists()
    assert Tagging.objects.count() == 1
