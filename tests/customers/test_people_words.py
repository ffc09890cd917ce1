"""Countries, placeholders and names as people and programs write them."""

# ruff: noqa: E501 - tables of files are made of long lines

from __future__ import annotations

import pytest

from habitue.customers import countries
from habitue.customers.identifiers import is_made, same_name
from habitue.customers.placeholders import is_nothing, is_placeholder

COUNTRIES = {
    "GB": ["UK", "U.K.", "England", "Scotland", "Great Britain", "Royaume-Uni", "Angleterre", "GBR", "gb", "United Kingdom"],
    "US": ["USA", "U.S.A.", "US", "U.S.", "United States", "États-Unis", "Etats Unis d'Amérique", "united states of america"],
    "FR": ["FRANCE", "France", "fr", "FRA", "Frankreich", "Francia", "France métropolitaine"],
    "HK": ["Hong Kong", "hong-kong", "HKG", "Hong Kong SAR China"],
    "CH": ["Suisse", "Switzerland", "Schweiz", "Svizzera", "CHE"],
    "BE": ["Belgique", "Belgium", "België", "Belgien", "BEL"],
    "DE": ["Allemagne", "Germany", "Deutschland", "DEU"],
    "NL": ["Pays-Bas", "Netherlands", "Holland", "The Netherlands", "Hollande", "Nederland"],
    "RE": ["La Réunion", "Réunion", "Reunion"],
    "CI": ["Côte d’Ivoire", "Cote d'Ivoire", "Ivory Coast"],
    "CZ": ["Tchéquie", "Czech Republic", "République tchèque", "Czechia"],
    "KR": ["South Korea", "Corée du Sud", "Republic of Korea"],
}  # fmt: skip


@pytest.mark.parametrize(("code", "name"), [(code, name) for code, names in COUNTRIES.items() for name in names])
def test_a_country_is_known_as_it_is_written(code, name):
    assert countries.code(name) == code


@pytest.mark.parametrize("name", ["Atlantis", "Europe", "EU", "World", "ZZ", "Unknown Region", "69001", "Lyon"])
def test_what_is_no_one_country_is_none(name):
    assert countries.code(name) == ""


@pytest.mark.parametrize(
    "text", ["NULL", "null", "N/A", "n/a", "NA", "#N/A", "nan", "NaN", "None", "0", "0.0", "-", "--", "?", "#REF!", "(null)", "", None]
)  # fmt: skip
def test_a_placeholder_says_nothing(text):
    assert is_nothing(text)
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text", ["Guest", "guest", "Client comptoir", "CLIENT COMPTOIR", "Walk-in", "walk in customer", "Client de passage", "Invité", "Divers"]
)  # fmt: skip
def test_a_name_of_tills_is_nobody(text):
    assert is_placeholder(text)
    assert not is_nothing(text)


@pytest.mark.parametrize("text", ["Anne Guest", "10", "00412", "Nan Li", "Ô", "C-0", "Passage Roy", "Nathan", "100"])
def test_somebody_is_no_placeholder(text):
    assert not is_placeholder(text)


SAME = [
    ("Anne Petit", "PETIT Anne"), ("Anne Petit", "A. Petit"), ("Anne Petit", "Anne Marie Petit"), ("Éloïse Roy", "ELOISE ROY"),
    ("", "Paul"), ("Anne", "Anne Petit"), ("Jean-Paul Roy", "Roy, Jean Paul"),
]  # fmt: skip
OTHERS = [
    ("Jean Durand", "Julie Durand"), ("Anne Petit", "Anne Roy"), ("J. Durand", "Paul Durand"), ("Anne Anne", "Anne Petit"),
    ("Paul", "Pauline"), ("SARL Roy", "SAS Roy"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two", "same"), [*((*pair, True) for pair in SAME), *((*pair, False) for pair in OTHERS)]
)
def test_two_writings_of_one_name_are_told_from_two_names(one, two, same):
    assert same_name(one, two) is same_name(two, one) is same


@pytest.mark.parametrize(
    ("reference", "made"), [("anne@example.org", True), ("X0123456789ABCDE", True), ("C-12", False), ("00412", False)]
)
def test_a_reference_of_ours_is_told_from_one_of_a_file(reference, made):
    assert is_made(reference) is made
