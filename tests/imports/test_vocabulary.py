"""Headings of files in the languages that have a file of words; a further language is a file, not code."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path

import pytest

from habitue.customers.models import ContactPoint, Customer, Relation
from habitue.imports import kind as kinds
from habitue.imports import vocabulary
from habitue.imports.importing import run
from habitue.imports.kind import KINDS, Field, Kind
from habitue.imports.kinds import NAMES
from habitue.imports.mappings.guessing import guess, guess_kind
from habitue.imports.mappings.rules import RETURNED, STATUSES
from habitue.purchases.models import Order
from tests import factories

pytestmark = pytest.mark.django_db
GERMAN = """
[flag]
yes = ["ja"]
no = ["nein"]

[customers.headings]
reference = ["kundennummer"]
given_name = ["vorname"]
name = ["firma"]
internal = ["mitarbeiter"]
email = [["e mail adresse"], ["kontakt"]]

[customers.variants.phone]
mobile = ["handy"]

[customers.patterns]
outside = ["{variant} nummer"]

[customers.ambiguous]
family_name = ["firma"]

[customers.choices.kind]
person = ["privatkunde"]

[relations.choices.kind]
employer = ["arbeitet bei"]

[orders.headings]
number = ["bestellnummer"]
buyer = ["kunde"]
placed_at = ["bestelldatum"]
product = ["artikelnummer"]
amount = ["betrag"]

[orders.discounts]
discount = ["rabatt"]
"""


@pytest.fixture
def german(tmp_path, monkeypatch) -> Path:
    """The languages that we have and a third, in the place of those that the kinds were declared with."""
    folder = tmp_path / "headings"
    shutil.copytree(vocabulary.FOLDER, folder)
    (folder / "de.toml").write_text(GERMAN, encoding="utf-8")
    words = vocabulary.read(folder)
    for name in NAMES:
        monkeypatch.setitem(kinds.KINDS, name, vocabulary.worded(declared(name), words))
    return folder


def declared(name: str) -> Kind:
    kind: Kind = import_module(f"habitue.imports.kinds.{name}.declaration").KIND
    return kind


def test_a_third_language_is_a_file_and_its_files_are_guessed_and_imported(german, write):
    headings = "Kundennummer,Vorname,Firma,Mitarbeiter,E-Mail-Adresse,Handy,Shopify-Nummer,Type"
    assert guess_kind(headings.split(",")).name == "customers"
    path = write("K1,Ada,Roux,ja,ada@x.de,0612345678,S1,Privatkunde", "K2,Bo,Selin,nein,,,,", headings=headings)
    assert run("customers", path).rejected == 0
    ada = Customer.objects.get(reference="K1")
    assert (ada.given_name, ada.family_name, ada.internal, ada.kind) == ("Ada", "Roux", True, "person")
    points = ContactPoint.objects.filter(customer=ada).values_list("kind", "label")
    assert set(points) == {("email", ""), ("phone", "mobile"), ("reference", "shopify")}


def test_orders_and_relations_of_a_third_language_are_imported(german, write):
    factories.customer("Ada", "K1")
    factories.customer("Bo", "K2")
    headings = "Bestellnummer;Kunde;Bestelldatum;Artikelnummer;Betrag;Rabatt"
    assert run("orders", write("B1;K1;31.12.2023;brot;12,50;1,00", headings=headings)).created == 1
    assert Order.objects.get().lines.get().discounts == {"discount": 100}
    assert run("relations", write("K1,Arbeitet bei,K2", headings="of,kind,to", name="links.csv")).created == 1
    assert Relation.objects.get().kind == "employer"


def test_a_third_language_changes_no_guess_of_the_others(german):
    before = {name: vocabulary.worded(declared(name), vocabulary.vocabulary()) for name in NAMES}
    for name, kind in before.items():
        for field, now in zip(kind.fields, KINDS[name].fields, strict=True):
            assert tuple(word for word in now.words if word in field.words) == field.words, "in the same order"
    assert guess(KINDS["customers"], ["Client", "Nom"]).columns.keys() == {"reference", "name"}


def test_words_of_a_later_tier_come_after_the_first_of_all_languages():
    english = {"order": 1, "shops": {"headings": {"name": [["name"], ["label"]]}}}
    french = {"order": 2, "shops": {"headings": {"name": ["nom", "name"]}}}
    german = {"shops": {"headings": {"name": [["name"], ["etikett"]]}}}
    words = vocabulary.Vocabulary([german, french, english]).words("shops", "headings", "name")
    assert words == ("name", "nom", "label", "etikett")


def test_a_field_without_words_is_found_by_its_name():
    kind = Kind("shops", "shops", (Field("opened_on", "opened"), Field("town", "town", ("ort",))))
    worded = vocabulary.worded(kind, vocabulary.vocabulary())
    assert [field.words for field in worded.fields] == [("opened on",), ("ort",)]


def test_every_table_of_words_is_of_a_field_that_there_is():
    """A misspelt name in a file of words would be silent."""
    for language in vocabulary.vocabulary().languages:
        for name, tables in language.items():
            if name in ("order", "flag", "sheets"):
                continue
            fields = {field.name: field for field in KINDS[name].fields}
            for table, words in tables.items():
                if (name, table) == ("orders", "statuses"):
                    assert set(words) == set(STATUSES) - {RETURNED}  # which is said by a kind of document only
                    continue
                assert table in ("headings", "variants", "patterns", "choices", "discounts", "ambiguous")
                assert table == "discounts" or set(words) <= set(fields), (name, table)
                for field, codes in tables.get("choices", {}).items():
                    assert set(codes) <= set(fields[field].choices)


def test_every_field_has_headings_in_english_and_french():
    english, french = vocabulary.vocabulary().languages[:2]
    for name in NAMES:
        for field in KINDS[name].fields:
            assert english[name]["headings"][field.name], field
            assert french[name]["headings"][field.name], field
