"""Promotions and contracts: what was agreed, from which day to which."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import translation

from habitue.customers.models import Customer
from habitue.imports import wording
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Contract, Product, Promotion

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
PROMOTIONS = "promotion,product,family,type,start,end"
CONTRACTS = "contract,customer,plan,start,end,period,amount,currency"
MAY, JUNE = dt.date(2024, 5, 1), dt.date(2024, 6, 1)


@pytest.fixture
def promotions(write):
    def bring(*lines: str, name="promotions.csv", mapping=None, **options) -> Import:
        return run("promotions", write(*lines, headings=PROMOTIONS, name=name), mapping, **options)

    return bring


@pytest.fixture
def contracts(write):
    def bring(*lines: str, headings=CONTRACTS, name="contracts.csv", mapping=None) -> Import:
        return run("contracts", write(*lines, headings=headings, name=name), mapping)

    return bring


def rejected(import_: Import) -> list[tuple[int, str, str, str]]:
    return list(import_.rejections.values_list("line", "column", "value", "code"))


def said(import_: Import) -> list[str]:
    with translation.override("en"):
        return [wording.reason(rejection) for rejection in import_.rejections.all()]


def test_promotions_are_of_a_product_a_family_or_the_whole_range(promotions):
    Product.objects.create(reference="bread")
    import_ = promotions(
        "P1,bread,,discount,2024-05-01,2024-05-07",
        "P2,milk,,,2024-05-02,2024-05-02",
        "P3,,Dairy,display,2024-05-01,2024-06-01",
        "P4,,,,2024-05-01,2024-06-01",
    )
    assert (import_.created, import_.rejected) == (4, 0)
    assert list(Promotion.objects.order_by("reference").values_list("product__reference", "family", "kind")) == [
        ("bread", "", "discount"),
        ("milk", "", ""),
        (None, "Dairy", "display"),
        (None, "", ""),
    ]
    third = Promotion.objects.get(reference="P3")
    assert (third.first_day, third.last_day) == (MAY, JUNE)


def test_promotions_and_contracts_are_known_again_by_reference(promotions, contracts):
    line = "P1,bread,,discount,2024-05-01,2024-05-07"
    promotions(line)
    later = promotions(line, "P1,,,,2024-05-01,2024-05-07", "P2,,,,2024-05-01,2024-05-07", name="later.csv")
    assert (later.created, later.updated, later.unchanged) == (1, 0, 1)
    longer = promotions("P1,,,flyer,2024-05-01,2024-05-08", name="longer.csv", rows_at_once=1)
    assert (longer.created, longer.updated, longer.unchanged) == (0, 1, 0)
    first = Promotion.objects.get(reference="P1")
    assert (first.product.reference, first.kind, first.last_day) == ("bread", "flyer", dt.date(2024, 5, 8))
    contracts("K1,C1,gold,2024-05-01,,30,12.50,EUR")
    again = contracts("K1,C1,,2024-05-01,2024-06-01,30,12.50,EUR", name="ended.csv")
    assert (again.created, again.updated, again.unchanged) == (0, 1, 0)
    known = Contract.objects.get()
    assert (known.plan, known.first_day, known.last_day) == ("gold", MAY, JUNE)


def test_amounts_are_whole_minor_units_of_their_currency(contracts):
    contracts("K1,C1,gold,2024-05-01,,30,12.50,EUR", "K2,C2,,2024-05-01,,365,1200,JPY", "K3,C2,,2024-05-01,,7,0,KWD")
    rows = Contract.objects.order_by("reference").values_list("amount", "currency", "period_days", "last_day")
    assert list(rows) == [(1250, "EUR", 30, None), (1200, "JPY", 365, None), (0, "KWD", 7, None)]
    assert set(Customer.objects.values_list("reference", flat=True)) == {"C1", "C2"}


def test_dates_and_decimal_marks_are_found_in_all_columns(contracts):
    import_ = contracts(
        "K1;C1;or;01/05/2024;;30;12,50;EUR", "K2;C1;or;02/05/2024;31/05/2024;30;9,99;EUR",
        headings="n° de contrat;client;formule;date de début;date de fin;période;montant;devise",
    )  # fmt: skip
    assert import_.created == 2
    assert list(Contract.objects.order_by("reference").values_list("amount", "last_day")) == [
        (1250, None),
        (999, dt.date(2024, 5, 31)),
    ]


def test_the_installation_s_currency_holds_where_there_is_no_column(contracts):
    contracts("K1,C1,2024-05-01,30,5", headings="contract,customer,start,period,amount")
    assert Contract.objects.get().currency == "EUR"


def test_amounts_may_be_in_minor_units(contracts):
    columns = {"reference": "contract", "customer": "customer", "first_day": "start", "period_days": "period"}
    mapping = from_data(
        "contracts", {"unit": "minor", "columns": {**columns, "amount": "amount", "currency": {"value": "EUR"}}}
    )
    contracts("K1,C1,,2024-05-01,,30,1250,EUR", mapping=mapping)
    assert Contract.objects.get().amount == 1250


@pytest.mark.parametrize(
    ("line", "column", "value", "code", "words"),
    [
        ("K1,,gold,2024-05-01,,30,1,EUR", "customer", "", "missing", "the cell is empty"),
        ("K1,C1,gold,soon,,30,1,EUR", "start", "soon", "date_unreadable", "no date"),
        ("K1,C1,gold,2024-05-01,2024-04-30,30,1,EUR", "end", "2024-04-30", "ends_early", "before the first day"),
        ("K1,C1,gold,2024-05-01,,0,1,EUR", "period", "0", "too_small", "less than 1"),
        ("K1,C1,gold,2024-05-01,,a month,1,EUR", "period", "a month", "number_unreadable", "no number"),
        ("K1,C1,gold,2024-05-01,,30.5,1,EUR", "period", "30.5", "number_too_fine", "more decimals"),
        ("K1,C1,gold,2024-05-01,,30,-1,EUR", "amount", "-1", "too_small", "less than 0"),
        ("K1,C1,gold,2024-05-01,,30,1.2345,EUR", "amount", "1.2345", "number_too_fine", "more decimals"),
        ("K1,C1,gold,2024-05-01,,30,1,XYZ", "currency", "XYZ", "currency_unknown", "no currency"),
    ],
)
def test_a_contract_that_cannot_be_is_rejected_with_row_column_value_and_reason(
    contracts, line, column, value, code, words
):
    import_ = contracts("K0,C1,gold,2024-05-01,,30,1,EUR", line)
    assert import_.created == 1
    assert rejected(import_) == [(3, column, value, code)]
    assert words in said(import_)[0]
    assert not Customer.objects.exclude(reference="C1").exists()


def test_a_promotion_that_ends_before_it_begins_is_rejected(promotions):
    import_ = promotions("P1,,,,2024-05-02,2024-05-01", "P2,,,,2024-05-01,2024-05-01")
    assert rejected(import_) == [(2, "end", "2024-05-01", "ends_early")]
    assert Promotion.objects.get().reference == "P2"


def test_rows_that_contradict_each_other_are_rejected(contracts):
    import_ = contracts("K1,C1,gold,2024-05-01,,30,1,EUR", "K1,C1,gold,2024-05-01,,30,2,EUR")
    assert [code for _, _, _, code in rejected(import_)] == ["kept_back", "contradicts"]
    assert not Contract.objects.exists()


def test_a_contract_does_not_change_hands_nor_begin_after_its_end(contracts):
    contracts("K1,C1,gold,2024-05-01,2024-05-31,30,1,EUR")
    other = contracts("K1,C2,gold,2024-05-01,,30,1,EUR", "K2,C2,gold,2024-05-01,,30,1,EUR", name="other.csv")
    assert rejected(other) == [(2, "customer", "C2", "other_customer")]
    assert "stored for “C1”" in said(other)[0]
    late = contracts("K1,C1,gold,2024-07-01,,30,1,EUR", name="late.csv")
    assert rejected(late) == [(2, "start", "2024-07-01", "begins_after_end")]
    assert "31\u00a0May\u00a02024" in said(late)[0]
    renewed = contracts("K1,C1,gold,2024-07-01,2024-08-01,30,1,EUR", name="renewed.csv")
    assert renewed.updated == 1
    assert list(Contract.objects.order_by("reference").values_list("reference", "customer__reference")) == [
        ("K1", "C1"),
        ("K2", "C2"),
    ]
