"""Ways to reach somebody in one writing, and changed."""

from __future__ import annotations

import random

import phonenumbers
import pytest
from django.utils import timezone
from email_validator import EmailNotValidError, validate_email

from habitue.customers import contacting
from habitue.customers.addresses import Address
from habitue.customers.contacting import normalised, normalised_address
from habitue.customers.models import ContactPoint
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import InvalidFields
from tests import factories


@pytest.mark.parametrize(
    ("typed", "country", "value", "valid"),
    [
        ("06 12 34 56 78", "", "+33612345678", True),
        ("06.12.34.56.78", "", "+33612345678", True),
        ("+33 (0)6 12 34 56 78", "", "+33612345678", True),
        ("0033612345678", "", "+33612345678", True),
        ("tel:+33612345678", "", "+33612345678", True),
        ("020 7946 0958", "GB", "+442079460958", True),
        ("+44 20 7946 0958", "", "+442079460958", True),
        ("01 40 20 50 50 poste 12", "", "+33140205050;ext=12", True),
        ("06 12 34", "", "061234", False),
        ("ask the neighbour", "", "ask the neighbour", False),
        ("", "", "", False),
    ],
)
def test_a_telephone_is_one_number_however_it_is_typed(typed: str, country: str, value: str, valid: bool):
    normal = normalised("phone", typed, country)
    assert (normal.typed, normal.value, normal.valid) == (typed, value, valid)


@pytest.mark.parametrize(
    ("typed", "value", "valid"),
    [
        (" Ada.Roux@Example.COM ", "ada.roux@example.com", True),
        ("mailto:ada@example.com", "ada@example.com", True),
        ("élo@müller.de", "élo@müller.de", True),
        ("ada@@example.com", "ada@@example.com", False),
        ("Ada at Example", "ada at example", False),
        ("ada\0@example.com", "ada@example.com", True),
        ("x" * 600 + "@example.com", "x" * 320, False),
    ],
)
def test_an_e_mail_address_is_in_lower_case_and_told_when_it_cannot_be(typed: str, value: str, valid: bool):
    normal = normalised("email", typed)
    assert (normal.value, normal.valid) == (value, valid)
    assert len(normal.typed) <= ContactPoint._meta.get_field("typed").max_length


@pytest.mark.parametrize(
    ("typed", "address", "folded"),
    [
        ("12 bd St-Jean, 69005 Lyon", ("12 bd St-Jean", "69005", "Lyon", "FR"), "12 boulevard saint jean 69005 lyon"),
        ("12, Boulevard Saint Jean\n69005 LYON", ("12, Boulevard Saint Jean", "69005", "LYON", "FR"),
         "12 boulevard saint jean 69005 lyon"),
        ("12bis av. de l’Île 75007 Paris cedex 07, France", ("12bis av. de l’Île", "75007", "Paris cedex 07", "FR"),
         "12 bis avenue de l ile 75007 paris"),
        ("Rue Haute 3, 1000 Bruxelles, Belgique", ("Rue Haute 3", "1000", "Bruxelles", "BE"),
         "rue haute 3 1000 bruxelles be"),
        ("Chemin des Tilleuls", ("Chemin des Tilleuls", "", "", "FR"), "chemin des tilleuls"),
        ("10 High St, London, GB", ("10 High St, London", "", "", "GB"), "10 high street london gb"),
    ],
)  # fmt: skip
def test_an_address_is_folded_and_told_in_pieces(typed: str, address: tuple[str, ...], folded: str):
    normal = normalised("address", typed)
    assert (normal.street, normal.postcode, normal.city, normal.country) == address
    assert normal.value == folded
    assert normal.typed == typed


def test_an_address_in_pieces_compares_with_the_same_in_one_text():
    pieces = normalised_address(Address("12 bd St-Jean", "69005", "Lyon"))
    assert pieces.value == normalised("address", "12 Boulevard Saint-Jean 69005 LYON").value
    assert pieces.typed == "12 bd St-Jean, 69005 Lyon"
    assert pieces.valid


@pytest.mark.parametrize(
    ("address", "valid"),
    [
        (Address("1 rue A", "69005", "Lyon"), True),
        (Address("1 rue A", "6900", "Lyon"), False),
        (Address("1 rue A", "69005", ""), False),
        (Address("1 rue A", "1000", "Bruxelles", "be"), True),
        (Address("10 High Street", "SW1A 1AA", "London", "GB"), True),
        (Address(), False),
    ],
)
def test_an_address_is_well_formed_as_its_country_writes_them(address: Address, valid: bool):
    assert normalised_address(address).valid is valid


def test_an_outside_reference_stays_as_it_is():
    normal = normalised("reference", "  CRM-00a1  ")
    assert (normal.value, normal.valid) == ("CRM-00a1", True)


@pytest.mark.django_db
def test_a_point_is_added_with_source_and_day_and_undone():
    ada, bo = factories.customer("Ada"), factories.bo()
    point = contacting.add(ada, "phone", "06 12 34 56 78", label="home", by=bo).row
    assert (point.typed, point.value, point.valid, point.label) == ("06 12 34 56 78", "+33612345678", True, "home")
    assert point.since == timezone.localdate()
    assert point.source
    assert (point.source.kind, point.source.by) == ("contact.added", bo)
    undo(point.source)
    assert not ContactPoint.objects.exists()


@pytest.mark.django_db
def test_the_same_point_is_not_added_twice_and_one_that_ended_is_taken_up_again():
    ada = factories.customer("Ada")
    point = contacting.add(ada, "phone", "06 12 34 56 78").row
    assert contacting.add(ada, "phone", "+33 6 12 34 56 78").row.pk == point.pk
    assert Event.objects.count() == 1
    contacting.end(point)
    assert contacting.end(point).event is None
    again = contacting.add(ada, "phone", "0612345678").row
    assert (again.pk, again.until, again.typed) == (point.pk, None, "0612345678")


@pytest.mark.django_db
def test_what_is_not_well_formed_is_kept_only_when_asked_for():
    ada = factories.customer("Ada")
    with pytest.raises(InvalidFields, match="no telephone number"):
        contacting.add(ada, "phone", "4512")
    assert not contacting.add(ada, "phone", "4512", as_it_is=True).row.valid


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "typed", "label", "field"),
    [
        ("fax", "06 12 34 56 78", "", "kind"),
        ("phone", "  ", "", "typed"),
        ("email", "ada at example", "", "typed"),
        ("address", "12 rue des Lilas", "", "typed"),
        ("reference", "x" * 501, "", "typed"),
        ("reference", "x", "y" * 41, "label"),
    ],
)
def test_what_cannot_be_a_point_is_told_beside_its_field(kind: str, typed: str, label: str, field: str):
    ada = factories.customer("Ada")
    with pytest.raises(InvalidFields) as refused:
        contacting.add(ada, kind, typed, label=label)
    assert set(refused.value.errors) == {field}
    assert not ContactPoint.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_an_edit_is_undone_with_every_piece():
    ada = factories.customer("Ada")
    point = contacting.add(ada, "address", "12 bd St-Jean, 69005 Lyon").row
    event = contacting.edit(point, "3 rue Haute, 1000 Bruxelles, Belgique", label="work").event
    point.refresh_from_db()
    assert (point.city, point.country, point.label) == ("Bruxelles", "BE", "work")
    assert contacting.edit(point, "3 rue Haute, 1000 Bruxelles, Belgique", label="work").event is None
    assert event
    undo(event)
    point.refresh_from_db()
    assert (point.city, point.country, point.label, point.value) == (
        "Lyon",
        "FR",
        "",
        "12 boulevard saint jean 69005 lyon",
    )


@pytest.mark.django_db
def test_an_edit_to_what_is_there_already_is_refused():
    ada = factories.customer("Ada")
    contacting.add(ada, "email", "ada@example.com")
    other = contacting.add(ada, "email", "eve@example.com").row
    with pytest.raises(InvalidFields, match="there already"):
        contacting.edit(other, "ADA@example.com")


@pytest.mark.django_db
def test_what_never_was_theirs_is_removed_and_comes_back():
    ada = factories.customer("Ada")
    point = contacting.add(ada, "email", "ada@example.com").row
    event = contacting.remove(point).event
    assert event
    assert not ContactPoint.objects.exists()
    undo(event)
    assert ContactPoint.objects.get().value == "ada@example.com"


def test_the_short_ways_say_what_the_libraries_say():
    """Ordinary numbers and addresses are read without their detours."""
    chance = random.Random(11)
    for _ in range(6_000):
        home = chance.choice(["FR", "BE", "DE", "GB", "CH"])
        start = chance.choice(["0", "+33", "+32", "+49", "+44", "+39", "+41", "+1", "+262", "00 33 ", "", "+33 0"])
        typed = start + "".join(chance.choice("0123456789 ") for _ in range(chance.randrange(5, 14)))
        normal = normalised("phone", typed, home)
        try:
            number = phonenumbers.parse(typed, home)
        except phonenumbers.NumberParseException:
            assert not normal.valid
            continue
        assert normal.valid == phonenumbers.is_valid_number(number), typed
        if normal.valid:
            assert normal.value == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    for typed in (
        "a.b@x.fr", "A_b+c@x-y.fr", "a..b@x.fr", ".a@x.fr", "a.@x.fr", "a@x", "a@-x.fr", "a@x..fr", "a@x.fr.",
        "a@localhost",
        "é@x.fr", "a@é.fr", f"{'a' * 65}@x.fr", "a@x.test", "a@127.0.0.1", "a b@x.fr", "a@xn--bcher-kva.example",
    ):  # fmt: skip
        try:
            wanted = (validate_email(typed, check_deliverability=False).normalized.lower(), True)
        except EmailNotValidError:
            wanted = (typed.lower(), False)
        normal = normalised("email", typed)
        assert (normal.value, normal.valid) == wanted
