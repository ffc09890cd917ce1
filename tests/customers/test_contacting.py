"""Ways to reach somebody in one writing, and changed."""

from __future__ import annotations

import pytest

from habitue.customers.addresses import Address
from habitue.customers.contacting import normalised, normalised_address


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
    found = normalised("phone", typed, country)
    assert (found.typed, found.value, found.valid) == (typed, value, valid)


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
    found = normalised("email", typed)
    assert (found.value, found.valid) == (value, valid)


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
    found = normalised("address", typed)
    assert (found.street, found.postcode, found.city, found.country) == address
    assert found.value == folded
    assert found.typed == typed


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
    found = normalised("reference", "  CRM-00a1  ")
    assert (found.value, found.valid) == ("CRM-00a1", True)
