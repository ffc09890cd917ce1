"""What two records have in common, how likely they are the same person, and the words for it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from django.utils import translation

from habitue.customers.duplicates import comparing, mixture
from habitue.customers.duplicates.deduplicating import LISTED, SURE
from habitue.customers.duplicates.evidence import reasons
from habitue.customers.duplicates.levels import COMPARISONS
from habitue.customers.duplicates.profiles import Facts, keys, profile, sound
from habitue.customers.duplicates.resembling import resembling
from habitue.customers.duplicates.wording import WORDS, sentence, words
from habitue.customers.models import ContactPoint, Customer
from tests import factories

BORN = dt.date(1980, 3, 4)
HOME = [("12 rue de la paix 75002 paris", "12 rue de la Paix", "75002", "Paris")]
AWAY = [("3 quai du port 13002 marseille", "3 quai du Port", "13002", "Marseille")]


def person(given: str = "Jonathan", family: str = "Béranger", **fields) -> Facts:
    return Facts(given_name=given, family_name=family, **fields)


def levels(one: Facts, two: Facts) -> dict[str, str]:
    """The code of each level that is known."""
    gammas = comparing.compare([profile(one)], [profile(two)]).gammas[0]
    return {
        comparison.name: comparison.levels[level - 1].code
        for comparison, level in zip(COMPARISONS, gammas, strict=True)
        if level
    }


def chance(one: Facts, two: Facts, records: int = 10_000) -> float:
    compared = comparing.compare([profile(one)], [profile(two)])
    return float(comparing.scored(mixture.usual(records), compared)[0])


@pytest.mark.parametrize(
    ("one", "two", "given", "family"),
    [
        (("Éloïse", "d'Aubigné"), ("ELOISE", "AUBIGNE"), "same", "same"),
        (("Anne-Marie", "Le Goff"), ("Annemarie", "Goff"), "same", "same"),
        (("Jon", "Roux"), ("Jonathan", "Roux"), "known_as", "same"),
        (("Jean-Pierre", "Roux"), ("Jean", "Roux"), "known_as", "same"),
        (("J.", "Roux"), ("Jonathan", "Roux"), "initial", "same"),
        (("Natahlie", "Roux"), ("Nathalie", "Roux"), "slip", "same"),
        (("Martine", "Roux"), ("Martin", "Roux"), "close", "same"),
        (("Roux", "Jonathan"), ("Jonathan", "Roux"), "swapped", None),
        (("Ada", "Roux"), ("Bea", "Roux"), "other", "same"),
        (("Thomas", "Thomas"), ("Sylvie", "Thomas"), "other", "same"),
        (("Ada", "Roux-Martin"), ("Ada", "Martin"), "same", "part"),
        (("Ada", "Bérangère"), ("Ada", "Béranger"), "same", "close"),
        (("Ada", "Roux"), ("Ada", "Noir"), "same", "other"),
    ],
)
def test_names_compare_as_a_reader_would(one, two, given: str, family: str | None):
    by_name = levels(person(*one), person(*two))
    assert (by_name["given"], by_name.get("family")) == (given, family)


def test_a_married_name_is_known_by_the_birth_name():
    assert levels(person("Ada", "Roux", birth_name="Noir"), person("Ada", "Noir"))["family"] == "birth_name"


@pytest.mark.parametrize(
    ("other", "level"),
    [
        ((1980, 3, 4), "same"),
        ((1980, 4, 3), "swapped"),
        ((1981, 3, 4), "close"),
        ((1980, 3, 15), "near"),
        ((1955, 12, 28), "other"),
    ],
)
def test_birth_dates_compare_by_their_digits(other, level: str):
    assert levels(person(born_on=BORN), person(born_on=dt.date(*other)))["born"] == level


@pytest.mark.parametrize(
    ("street", "postcode", "city", "level", "town"),
    [
        ("12, Rue de la Paix", "75002", "Paris", "same", None),
        ("14 rue de la Paix", "75002", "Paris", "number", "same"),
        ("12 rue de la Paix", "69001", "Lyon", "elsewhere", "other"),
        ("3 quai du Port", "75020", "Paris", "other", "city"),
    ],
)
def test_addresses_compare_by_street_number_and_town(street, postcode, city, level, town):
    by_name = levels(person(addresses=HOME), person(addresses=[("", street, postcode, city)]))
    assert (by_name["street"], by_name.get("town")) == (level, town)


def test_what_is_not_known_is_not_compared():
    assert levels(person(), person()) == {"given": "same", "family": "same"}


def test_the_same_name_alone_is_a_namesake():
    assert chance(person(), person()) < LISTED


def test_the_same_name_and_telephone_are_one_person():
    assert chance(person(phones=["+336"], born_on=BORN), person(phones=["+336"], born_on=BORN)) > SURE


def test_a_household_is_not_a_duplicate():
    shared = {"phones": ["+336"], "addresses": HOME}
    assert chance(person("Ada", born_on=BORN, **shared), person("Bo", born_on=dt.date(1977, 9, 1), **shared)) < 0.01
    assert chance(person("Ada", **shared), person("Bo", **shared)) < LISTED


def test_twins_are_two():
    shared = {"phones": ["+336"], "addresses": HOME, "born_on": BORN}
    assert chance(person("Ada", **shared), person("Bo", **shared)) < SURE
    assert chance(person("Ada", **shared), person("Ada", **shared)) > 0.99


def test_a_father_and_a_son_of_one_name_are_two():
    shared = {"phones": ["+336"], "addresses": HOME}
    assert chance(person(born_on=BORN, **shared), person(born_on=dt.date(2005, 11, 28), **shared)) < SURE


def test_a_rare_name_says_more_than_a_frequent_one():
    model = mixture.usual(100_000)
    model.terms = {"given": {"marie": 0.02}, "family": {"martin": 0.01}}
    model.strangers[0][0], model.strangers[1][0] = 0.006, 0.001

    def score(given: str, family: str) -> float:
        one = person(given, family, addresses=HOME)
        compared = comparing.compare([profile(one)], [profile(one)])
        return float(comparing.scored(model, compared)[0])

    assert score("Philomène", "Quénécan") > score("Marie", "Martin")


def test_a_name_as_frequent_as_names_usually_are_says_neither_more_nor_less():
    model = mixture.usual(100_000)
    gammas = comparing.compare([profile(person())], [profile(person())]).gammas
    usual = {name: np.array([mixture.share_of(model, name, "")]) for name in ("given", "family")}
    assert mixture.scores(model, gammas, usual) == pytest.approx(mixture.scores(model, gammas, {}))


def test_shares_of_each_class_add_up():
    for comparison in COMPARISONS:
        for name in ("same", "household", "strangers"):
            assert sum(getattr(level, name) for level in comparison.levels) == pytest.approx(1)


def test_records_of_one_person_have_a_key_in_common():
    first = person("Anne-Marie", "de La Tour", born_on=BORN, addresses=HOME)
    for second in [
        person("Anne Marie", "Latour", born_on=dt.date(1980, 4, 3)),
        person("La Tour", "Annemarie", born_on=BORN),
        person("Ane-Marie", "Tour", addresses=HOME),
    ]:
        assert set(keys(profile(first))) & set(keys(profile(second))), second


def test_words_taken_down_by_ear_are_the_same():
    assert sound("philippe") == sound("filipe")
    assert sound("quentin") == sound("kentin")
    assert sound("moreau") == sound("morot")[:2]


def test_the_evidence_is_told_in_words_in_either_language():
    one = person("Jon", phones=["+33612345678"], born_on=BORN)
    two = person("Jonathan", phones=["+33612345678"], born_on=dt.date(1955, 12, 28))
    gammas = comparing.compare([profile(one)], [profile(two)]).gammas[0].tolist()
    evidence = reasons(one, two, gammas)
    with translation.override("en"):
        assert [words(reason) for reason in evidence] == [
            "same phone, +33612345678",
            "first name in another form, Jon / Jonathan",
            "same family name",
            "other birth date, 4\u00a0March\u00a01980 / 28\u00a0December\u00a01955",
        ]
        assert sentence(evidence).startswith("same phone, +33612345678; first name")


def test_a_birth_name_is_shown_where_it_tells_something_only():
    one, two = person("Ada", "Roux", birth_name="Noir"), person("Ada", "Roux")
    assert shown_family(one, two) == ["Roux"]
    assert shown_family(one, person("Ada", "Noir")) == ["Roux (Noir)", "Noir"]


def shown_family(one: Facts, two: Facts) -> list[str]:
    gammas = comparing.compare([profile(one)], [profile(two)]).gammas[0].tolist()
    return next(reason["facts"] for reason in reasons(one, two, gammas) if reason["of"] == "family")


def test_a_street_is_shown_as_streets_and_a_town_as_towns():
    one, two = person(addresses=HOME), person(addresses=[("", "8 rue de la Paix", "75002", "Paris")])
    gammas = comparing.compare([profile(one)], [profile(two)]).gammas[0].tolist()
    facts = {reason["of"]: reason["facts"] for reason in reasons(one, two, gammas)}
    assert (facts["street"], facts["town"]) == (["12 rue de la Paix", "8 rue de la Paix"], ["75002 Paris"])


def test_every_level_has_its_words():
    for comparison in COMPARISONS:
        for level in comparison.levels:
            assert (comparison.name, level.code) in WORDS


@pytest.mark.django_db
def test_whoever_types_is_told_who_it_may_be():
    ada = factories.customer("Éloïse d'Aubigné", given_name="Éloïse", family_name="d'Aubigné", born_on=BORN)
    ContactPoint.objects.create(customer=ada, kind="phone", typed="06", value="+33612345678")
    factories.customer("Bo Selin")
    everybody = Customer.objects.unmerged()
    resemblances = resembling(Facts(name="Eloise Aubigne", phones=["+33612345678"]), everybody)
    assert [(one.customer, one.reasons[0]["of"]) for one in resemblances] == [(ada, "phone")]
    resemblances = resembling(Facts(given_name="Eloise", family_name="Aubigné", born_on=BORN), everybody)
    assert [one.customer for one in resemblances] == [ada]
    assert resembling(Facts(name="Zoé Faure", phones=["+33700000000"]), everybody) == []
    assert resembling(Facts(name="Eloise Aubigne", phones=["+33612345678"]), everybody.none()) == []


@pytest.mark.django_db
def test_a_record_does_not_resemble_itself():
    ada = factories.customer("Ada Roux", given_name="Ada", family_name="Roux", born_on=BORN)
    facts = Facts(id=ada.pk, given_name="Ada", family_name="Roux", born_on=BORN)
    assert resembling(facts, Customer.objects.all()) == []


@pytest.mark.django_db
def test_an_organisation_is_found_without_its_legal_form():
    firm = factories.customer("Boulangerie Tessier SARL", kind="organisation")
    ContactPoint.objects.create(customer=firm, kind="phone", typed="01", value="+33112345678")
    asked = Facts(organisation=True, name="BOULANGERIE TESSIER", phones=["+33112345678"])
    resemblances = resembling(asked, Customer.objects.all())
    assert [one.customer for one in resemblances] == [firm]
    assert ("name", "same") in [(reason["of"], reason["is"]) for reason in resemblances[0].reasons]
