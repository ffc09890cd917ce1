"""Small files of orders and what is right of them: how money, dates and numbers are written, and who is nobody."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.customers.models import Customer
from habitue.imports import wording
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.purchases.models import Order, Product
from tests.imports.bringing import COLUMNS, bring, lines, received
from tests.imports.conftest import reasons, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
AMOUNT = COLUMNS | {"amount": "amount"}


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("1 234,56 €", 123456), ("1\u202f234,56\u00a0€", 123456), ("€ 12,50", 1250), ("€12,50", 1250),
        ("12,50 EUR", 1250), ("EUR 12,50", 1250), ("12,50 euros", 1250), ("1.234,50 €", 123450), ("1'234,50 €", 123450),
        ("12 €", 1200), ("0,05€", 5), ("+12,50 €", 1250),
    ],
)  # fmt: skip
def test_money_is_read_however_it_is_written(write, written, cents):
    path = write(f"A1;C1;2024-03-05;S;{written}", "A2;C1;2024-03-05;S;3,50", headings="order;customer;date;sku;amount")
    bring(path, {"columns": AMOUNT})
    assert received() == {"A1": cents, "A2": 350}


@pytest.mark.parametrize(
    "written", ["(12,50)", "12,50-", "-12,50", "–12,50", "−12,50 €", "€ -12,50", "-€12,50", "(12,50 €)"]
)
def test_a_negative_amount_is_seen_to_be_one_however_it_is_written(write, written):
    path = write(
        f"A1;C1;2024-03-05;S;{written}", "A2;C1;2024-03-05;S;3,50 €", headings="order;customer;date;sku;amount"
    )
    import_ = bring(path, {"columns": AMOUNT})
    assert received() == {"A2": 350}
    assert import_.rejections.get().code == "amount_negative"
    assert import_.findings["kept_back:EUR"] == -1250


def test_dollars_with_their_sign_and_negative_discounts_are_read(write):
    rows = ("T1,C1,03/01/2024,S,$30.00,-$3.00", 'T2,C2,03/13/2024,S,"$1,130.00",$0.00')
    columns = COLUMNS | {"gross": "gross", "currency": {"value": "USD"}}
    path = write(*rows, headings="order,customer,date,sku,gross,off")
    bring(path, {"columns": columns, "discounts": {"off": "off"}, "date_format": "%m/%d/%Y"})
    assert received() == {"T1": 2700, "T2": 113000}


def test_a_sign_that_is_not_that_of_the_currency_of_the_file_is_asked_about(write):
    path = write("A1,C1,2024-03-05,S,$10.00", headings="order,customer,date,sku,amount")
    for said in refusal("orders", path, from_data("orders", {"columns": AMOUNT})):
        assert "$10.00" in said
        assert 'currency = { value = "USD" }' in said


def test_a_sign_that_is_not_that_of_its_row_keeps_the_order_back(write):
    rows = ("A1,C1,2024-03-05,S,$10.00,EUR", "A2,C1,2024-03-05,S,€10.00,EUR", "A3,C1,2024-03-05,S,$10.00,CAD")
    path = write(*rows, headings="order,customer,date,sku,amount,cur")
    import_ = bring(path, {"columns": AMOUNT | {"currency": "cur"}})
    assert received() == {"A2": 1000, "A3": 1000}
    assert import_.rejections.get().code == "currency_other"


def test_a_currency_in_the_heading_is_asked_about_where_it_is_another(write):
    path = write("A1,C1,2024-03-05,S,10.00", headings="order,customer,date,sku,Amount ($)")
    mapping = from_data("orders", {"columns": COLUMNS | {"amount": "Amount ($)"}})
    assert all("Amount ($)" in said for said in refusal("orders", path, mapping))


def test_words_and_signs_for_a_currency_are_known_and_the_dollar_is_asked_about(write):
    rows = (
        "A1,C1,2024-03-05,S,10,€",
        "A2,C1,2024-03-05,S,11,Euro",
        "A3,C1,2024-03-05,S,12,eur",
        "A4,C1,2024-03-05,S,13,$",
    )
    path = write(*rows, headings="order,customer,date,sku,amount,cur")
    data = {"columns": AMOUNT | {"currency": "cur"}}
    assert all("[currencies]" in said for said in refusal("orders", path, from_data("orders", data)))
    bring(path, data | {"currencies": {"$": "USD"}})
    assert dict(Order.objects.values_list("number", "currency")) == {"A1": "EUR", "A2": "EUR", "A3": "EUR", "A4": "USD"}


def test_points_between_thousands_are_asked_about_and_never_read_as_decimals(write):
    path = write("A1;C1;2024-03-05;S;1.500", "A2;C1;2024-03-05;S;850", headings="order;customer;date;sku;amount")
    for said in refusal("orders", path, from_data("orders", {"columns": AMOUNT})):
        assert "1.500" in said
        assert 'thousands = "."' in said
    bring(path, {"columns": AMOUNT, "decimal": ",", "thousands": "."})
    assert received() == {"A1": 150_000, "A2": 85_000}


def test_a_day_without_separators_is_read(write):
    bring(write("A1,C1,20240313,S,10", headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert Order.objects.get().placed_on == dt.date(2024, 3, 13)


def test_a_heading_that_says_utc_is_believed(write, settings):
    settings.TIME_ZONE = "Europe/Paris"
    path = write("A1,C1,2024-03-13 23:30:00,S,10", headings="order,customer,Created at (UTC),sku,amount")
    bring(path, {"columns": AMOUNT | {"placed_at": "Created at (UTC)"}})
    order = Order.objects.get()
    assert (order.placed_at.isoformat(), order.placed_on) == ("2024-03-13T23:30:00+00:00", dt.date(2024, 3, 14))


@pytest.mark.parametrize("nobody", ["", "NULL", "N/A", "nan", "#N/A", "0", "-", "Client comptoir", "guest", "Walk-in"])
def test_a_buyer_that_is_nobody_is_a_sale_without_a_customer(write, nobody):
    rows = (f"A1,{nobody},Ada,2024-03-05,S,10.00", f"A2,{nobody},Bo,2024-03-05,S,5.00", "A3,C1,Cy,2024-03-05,S,1.00")
    path = write(*rows, headings="order,customer,name,date,sku,amount")
    import_ = bring(path, {"columns": AMOUNT | {"buyer_name": "name"}})
    assert received() == {"A1": 1000, "A2": 500, "A3": 100}
    assert list(Customer.objects.values_list("reference", "name")) == [("C1", "Cy")]
    assert import_.findings == {"no_buyer": 2, "no_buyer:EUR": 1500}
    assert "2 sales have no customer: €15.00." in wording.findings(import_)


def test_a_mapping_can_say_who_is_nobody(write):
    rows = ("A1,999,2024-03-05,S,10.00", "A2,0,2024-03-05,S,5.00")
    bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT, "nobody": ["999"]})
    assert dict(Order.objects.values_list("number", "buyer__reference")) == {"A1": None, "A2": "0"}


def test_a_sale_to_nobody_can_be_given_back(write):
    rows = ("A1,,2024-03-05,S,10.00,", "R1,,2024-03-06,S,4.00,A1")
    path = write(*rows, headings="order,customer,date,sku,amount,of")
    bring(path, {"columns": AMOUNT | {"refund_of": "of"}})
    assert received() == {"A1": 1000, "R1": -400}


def test_a_number_that_a_program_wrote_with_a_point_is_the_whole_one(write):
    rows = ("1.0,412.0,2024-03-05,S,10.00", "2.0,412,2024-03-05,S,5.00", "3.0,K-9,2024-03-05,S,5.00")
    bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert dict(Order.objects.values_list("number", "buyer__reference")) == {"1": "412", "2": "412", "3": "K-9"}


def test_codes_with_decimals_stay_as_they_are(write):
    rows = ("1,7.0,2024-03-05,S,10.00", "2,7.1,2024-03-05,S,5.00")
    bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert dict(Order.objects.values_list("number", "buyer__reference")) == {"1": "7.0", "2": "7.1"}


@pytest.mark.parametrize("column", ["order", "customer", "sku"])
def test_digits_that_a_spreadsheet_has_cut_off_are_refused_in_words(write, column):
    row = {"order": "1", "customer": "C1", "date": "2024-03-05", "sku": "S", "amount": "10,00"} | {column: "3,36E+10"}
    path = write(";".join(row.values()), headings=";".join(row))
    for said in refusal("orders", path, from_data("orders", {"columns": AMOUNT})):
        assert "3,36E+10" in said
        assert column in said


def test_a_name_of_any_length_serves_where_a_product_has_no_code(write):
    long = "Coffret de savons artisanaux au lait de jument bio, édition limitée de Noël, 12 pièces"
    rows = (f'A1,C1,2024-03-05,,"{long}",10', f'A2,C1,2024-03-06,,"{long}",11', "A3,C1,2024-03-06,S,Savon,1")
    columns = AMOUNT | {"product_name": "name"}
    bring(write(*rows, headings="order,customer,date,sku,name,amount"), {"columns": columns})
    assert set(Product.objects.values_list("name", flat=True)) == {long, "Savon"}
    (code,) = Product.objects.filter(name=long).values_list("reference", flat=True)
    assert len(code) == 64
    path = write(f'A4,C1,2024-03-07,"{long}",12', headings="order,customer,date,item,amount", name="other.csv")
    bring(path, {"columns": AMOUNT | {"product": "item"}})
    assert [line[0] for line in lines()["A4"]] == [code]


def test_a_file_may_have_the_name_of_the_product_only(write):
    columns = {name: of for name, of in AMOUNT.items() if name != "product"} | {"product_name": "item"}
    bring(write("A1,C1,2024-03-05,Savon,10", headings="order,customer,date,item,amount"), {"columns": columns})
    assert list(Product.objects.values_list("reference", "name")) == [("Savon", "Savon")]


def test_one_product_serves_for_all(write):
    columns = AMOUNT | {"product": {"value": "visit"}}
    bring(write("A1,C1,2024-03-05,10", headings="order,customer,date,amount"), {"columns": columns})
    assert lines() == {"A1": [("visit", 1000, 1000, 1000)]}


def test_a_number_is_made_of_the_row_and_the_same_file_again_changes_nothing(write):
    rows = ("C1,2024-03-05,S,10", "C1,2024-03-05,S,10", "C1,2024-03-05,T,4", "C2,2024-03-05,S,10")
    data = {"columns": AMOUNT | {"number": {"made_of": "row"}}}
    import_ = bring(write(*rows, headings="customer,date,sku,amount"), data)
    assert (import_.created, sum(received().values())) == (4, 3400)
    path = write(*reversed(rows), "C3,2024-03-06,S,1", headings="customer,date,sku,amount", name="again.csv")
    again = bring(path, data)
    assert (again.created, again.unchanged, sum(received().values())) == (1, 4, 3500)


def test_a_number_is_made_of_what_rows_of_an_order_share(write):
    rows = ("C1,2024-03-05 10:00,S,10", "C1,2024-03-05 10:00,T,4", "C1,2024-03-05 11:00,S,10")
    data = {"columns": AMOUNT | {"number": {"made_of": ["customer", "date"]}}}
    bring(write(*rows, headings="customer,date,sku,amount"), data)
    assert sorted(received().values()) == [1000, 1400]


def test_a_prefix_tells_the_numbers_of_two_shops_apart(write):
    path = write("1,C1,2024-03-05,S,10,", "2,C1,2024-03-06,S,4,1", headings="order,customer,date,sku,amount,of")
    data = {"columns": AMOUNT | {"refund_of": "of"}}
    bring(path, data)
    bring(path, data | {"number_prefix": "B-"}, source="second")
    assert received() == {"1": 1000, "2": -400, "B-1": 1000, "B-2": -400}


def test_filters_take_rows_or_leave_them_out(write):
    rows = ("A1,C1,2024-03-05,S,10,Payment,no", "A2,C1,2024-03-05,S,4,Payout,no", "A3,C1,2024-03-05,S,4,Payment,yes")
    path = write(*rows, headings="order,customer,date,sku,amount,type,test")
    filters = {"Type": ["Payment"], "test": {"not": ["yes"]}}
    bring(path, {"columns": AMOUNT, "filters": filters})
    assert received() == {"A1": 1000}


def test_a_file_as_today_says_nothing_more(write):
    path = write("A1,C1,2024-03-05,bread,1,10.00", "A2,C2,2024-03-05,bread,1,5.00")
    import_ = run("orders", path)
    assert import_.findings == {}
    assert set(import_.mapping) == {
        "kind", "business_time_zone", "buyer_kind", "date_format", "decimal", "encoding", "separator", "time_zone",
        "unit", "source", "columns", "discounts",
    }  # fmt: skip


# Whole or not at all.


def test_an_order_next_to_a_row_without_a_number_is_kept_back_with_it(write):
    rows = ("C1;K1;13/03/2024;S;10,00", ";;;T;20,00", ";;;U;5,00", "C2;K2;14/03/2024;S;30,00")
    path = write(*rows, headings="order;customer;date;sku;amount")
    import_ = bring(path, {"columns": AMOUNT})
    assert received() == {"C2": 3000}
    codes = list(import_.rejections.values_list("line", "code"))
    assert codes == [(2, "blank_beside"), (3, "missing"), (4, "missing")]
    assert import_.findings == {"kept_back": 1, "kept_back:EUR": 3500}
    assert all("repeat_above" in said for said in reasons(import_)[0])
    corrected = write("C1;K1;13/03/2024;S;10,00", "C1;;;T;20,00", "C1;;;U;5,00",
                      headings="order;customer;date;sku;amount", name="corrected.csv")  # fmt: skip
    bring(corrected, {"columns": AMOUNT})
    assert received() == {"C1": 3500, "C2": 3000}


def test_cells_that_repeat_the_one_above_are_filled_where_the_mapping_says_so(write):
    rows = ("C1;K1;13/03/2024;S;10,00", ";;;T;20,00", ";;;U;5,00", "C2;K2;14/03/2024;S;30,00")
    path = write(*rows, headings="order;customer;date;sku;amount")
    bring(path, {"columns": AMOUNT, "repeat_above": ["number"]})
    assert received() == {"C1": 3500, "C2": 3000}


def test_a_row_without_a_number_of_another_buyer_keeps_nobody_else_back(write):
    rows = ("A1,C1,2024-03-05,S,10", ",C9,2024-03-05,S,4", "A2,C2,2024-03-05,S,5")
    import_ = bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert received() == {"A1": 1000, "A2": 500}
    assert list(import_.rejections.values_list("line", "code")) == [(3, "missing")]


def test_the_first_row_of_an_order_without_its_number_keeps_the_rows_below_back(write):
    rows = (",C1,2024-03-05 10:00,S,10", "A1,C1,2024-03-05 10:00,T,4", "A2,C2,2024-03-05,S,5")
    import_ = bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert received() == {"A2": 500}
    assert import_.rejected == 2


def test_one_bad_row_keeps_the_whole_order_back_and_its_worth_is_told(write):
    rows = ("A1,C1,2024-03-05,S,10", "A1,C1,2024-03-05,T,oops", "A1,C1,2024-03-05,U,2.50", "A2,C2,2024-03-05,S,5")
    import_ = bring(write(*rows, headings="order,customer,date,sku,amount"), {"columns": AMOUNT})
    assert received() == {"A2": 500}
    assert import_.rejected == 3
    assert import_.findings == {"kept_back": 1, "kept_back:EUR": 1250}
