from __future__ import annotations

import datetime as dt

import duckdb
import openpyxl
import pytest

from habitue.customers.models import Customer
from habitue.events.models import Event
from habitue.imports.importing import run
from habitue.imports.mappings import mapping as mappings
from habitue.imports.models import Import
from habitue.kernel.errors import HabitueError
from habitue.purchases.models import Order, OrderLine, Product

pytestmark = pytest.mark.django_db
HEADINGS = "order,customer,customer name,date,product,product name,category,quantity,gross,loyalty,coupon"
COLUMNS = {
    "number": "order",
    "buyer": "customer",
    "buyer_name": "customer name",
    "placed_at": "date",
    "product": "product",
    "product_name": "product name",
    "family": "category",
    "quantity": "quantity",
    "gross": "gross",
    "currency": {"value": "EUR"},
}
DISCOUNTS = {"loyalty": "loyalty", "coupon": {"column": "coupon", "reimbursed": True}}
LINES = (
    "A1,C1,Ada,2024-03-05 10:00,bread,Rye bread,bakery,2,5.00,0.50,1.00",
    "A2,C2,Bo,2024-03-05 11:00,milk,,dairy,1,1.20,,",
    "A1,C1,,2024-03-05 10:00,milk,Milk,dairy,1.5,1.80,,",
)


def mapping(**changes):
    data = {"columns": COLUMNS, "discounts": DISCOUNTS} | changes
    return mappings.from_data("orders", data)


def stored() -> list[tuple]:
    """All that an order file brings in, without ids."""
    orders = Order.objects.order_by("number").values_list(
        "number", "buyer__reference", "buyer__name", "placed_at", "placed_on", "currency", "gross", "amount", "paid",
        "line_count", "fingerprint",
    )  # fmt: skip
    lines = OrderLine.objects.order_by("order__number", "position").values_list(
        "order__number", "position", "product__reference", "product__name", "product__family", "quantity", "gross",
        "amount", "paid",
    )  # fmt: skip
    discounts = OrderLine.objects.order_by("order__number", "position").values_list("discounts", flat=True)
    return [*orders, *lines, *discounts]


def test_orders_come_in_with_their_lines_buyers_products_and_discounts(bring_in):
    import_ = bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    assert (import_.rows, import_.created, import_.rejected) == (3, 2, 0)
    order = Order.objects.get(number="A1")
    # Before discount 6.80; the loyalty discount is ours, the coupon is reimbursed by its maker.
    assert (order.gross, order.amount, order.paid, order.line_count) == (680, 630, 530, 2)
    assert (order.buyer.reference, order.buyer.name, order.buyer.kind) == ("C1", "Ada", "person")
    bread, milk = order.lines.order_by("position")
    assert (bread.quantity, bread.discounts) == (2000, {"loyalty": 50, "coupon": 100})
    assert (milk.quantity, milk.product.name, milk.product.family) == (1500, "Milk", "dairy")
    assert Customer.objects.get(reference="C2").name_key == "bo"


def test_an_import_leaves_one_event_and_a_finished_record(bring_in):
    import_ = bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    import_.refresh_from_db()
    event = Event.objects.get(kind="import.finished")
    assert event.data["import"] == import_.pk
    assert event.data["created"] == import_.created == 2
    assert import_.finished_at
    assert mappings.from_data("orders", import_.mapping).as_data() == import_.mapping


def test_the_same_file_twice_changes_nothing(bring_in):
    first = bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    before = stored()
    again = bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    assert (again.pk, again.known_before, first.known_before) == (first.pk, True, False)
    assert stored() == before
    assert Event.objects.filter(kind="import.finished").count() == 1


def test_the_same_orders_in_another_file_and_another_order_are_unchanged(bring_in):
    bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    before = stored()
    new = "A3,C1,Ada,2024-03-06 10:00,bread,Rye bread,bakery,1,2.50,,"
    again = bring_in(*reversed(LINES), new, headings=HEADINGS, mapping=mapping(), name="later.csv")
    assert (again.created, again.unchanged, again.rejected) == (1, 2, 0)
    Order.objects.get(number="A3").lines.all().delete()
    Order.objects.get(number="A3").delete()
    assert stored() == before


@pytest.mark.parametrize("rows_at_once", [1, 2, 1000])
def test_scattered_lines_of_an_order_come_together_whatever_the_chunks(write, rows_at_once):
    lines = [f"A{at % 7},C{at % 7},,2024-03-05,p{at},,,{at},{at}.10,," for at in range(1, 60)]
    import_ = run("orders", write(*lines, headings=HEADINGS), mapping(), rows_at_once=rows_at_once)
    assert (import_.created, import_.rows) == (7, 59)
    order = Order.objects.get(number="A3")
    assert [line.product.reference for line in order.lines.order_by("position")] == [f"p{at}" for at in range(3, 60, 7)]
    assert order.line_count == order.lines.count() == 9
    assert sum(Order.objects.values_list("gross", flat=True)) == sum(at * 100 + 10 for at in range(1, 60))


def test_facts_of_the_order_may_stand_on_its_first_line_only(bring_in):
    first = "A1,C1,Ada,2024-03-05,bread,,,1,2.50,,"
    import_ = bring_in(first, "A1,,,,milk,,,1,1.20,,", headings=HEADINGS, mapping=mapping())
    assert (import_.created, Order.objects.get().line_count) == (1, 2)


def test_lines_that_contradict_each_other_keep_the_whole_order_back(bring_in):
    import_ = bring_in(
        "A1,C1,,2024-03-05,bread,,,1,2.50,,",
        "A1,C9,,2024-03-05,milk,,,1,1.20,,",
        "A1,C1,,2024-03-05,eggs,,,1,1.20,,",
        headings=HEADINGS,
        mapping=mapping(),
    )
    assert not Order.objects.exists()
    assert not Customer.objects.exists()
    rejections = [(r.line, r.code, r.column, r.value, r.data.get("line")) for r in import_.rejections.all()]
    assert rejections == [
        (2, "kept_back", "", "", 3),
        (3, "contradicts", "customer", "C9", 2),
        (4, "kept_back", "", "", 3),
    ]


def test_xlsx_and_parquet_and_csv_give_the_same_orders(tmp_path, write, db):
    run("orders", write(*LINES, headings=HEADINGS), mapping())
    expected = stored()
    book = openpyxl.Workbook()
    book.active.append(HEADINGS.split(","))
    for line in LINES:
        cells = line.split(",")
        moment = dt.datetime.fromisoformat(cells[3])
        book.active.append([*cells[:3], moment, *cells[4:7], *(float(cell) if cell else None for cell in cells[7:])])
    book.save(tmp_path / "orders.xlsx")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (date::TIMESTAMP AS date, quantity::DOUBLE AS quantity, gross::DOUBLE AS gross, "
            f"loyalty::DOUBLE AS loyalty, coupon::FLOAT AS coupon) FROM read_csv('{tmp_path}/orders.csv', "
            f"all_varchar = true)) TO '{tmp_path}/orders.parquet'"
        )
    for name in ("orders.xlsx", "orders.parquet"):
        OrderLine.objects.all().delete()
        for model in (Order, Product, Customer):
            model.objects.all().delete()
        import_ = run("orders", tmp_path / name, mapping())
        assert (name, import_.created, import_.rejected) == (name, 2, 0)
        assert stored() == expected


def test_binary_floats_are_rounded_only_where_nobody_can_see_it(tmp_path):
    path = tmp_path / "floats.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES (1, 0.1::DOUBLE + 0.2), (2, 12.3450001), (3, 1e9 + 0.29), (4, 'nan'::DOUBLE)) "
            f"AS t(\"order\", amount), (SELECT 'C' AS client, DATE '2024-03-05' AS date, 'p' AS product)) TO '{path}'"
        )
    import_ = run("orders", path)
    # 12.345 is no noise of a binary number: it is rounded half up, and that is told.
    assert dict(Order.objects.values_list("number", "amount")) == {"1": 30, "2": 1235, "3": 100_000_000_029}
    assert list(import_.rejections.values_list("value", "code")) == [("", "missing")]
    assert import_.findings["rounded"] == 1


def test_binary_floats_that_a_program_printed_into_a_csv_are_rounded_too(bring_in):
    texts = ("0.30000000000000004", "12.340000000000002", "2.220446e-16", "1.5E2", "12.34500000001", "0.305", "1e99")
    import_ = bring_in(
        *(f"A{at},C1,,2024-03-05,bread,,,1,{text},," for at, text in enumerate(texts)),
        headings=HEADINGS,
        mapping=mapping(),
    )
    known = {"A0": 30, "A1": 1234, "A2": 0, "A3": 15000}
    assert dict(Order.objects.values_list("number", "gross")) == known | {"A4": 1235, "A5": 31}
    assert [r.value for r in import_.rejections.all()] == ["1e99"]
    assert (import_.findings["rounded"], import_.findings["rounded:EUR"]) == (2, 10**9)  # 0.005 and 0.005


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMPTZ"])
def test_every_sort_of_parquet_column_is_read(tmp_path, kind):
    path = tmp_path / "orders.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT 7::DOUBLE AS \"order\", 'a'::ENUM('a') AS client, {kind} '2024-03-05 23:30:00' AS date, "
            f"12::UTINYINT AS product, 2.50::DECIMAL(9, 4) AS amount, [1] AS list, true AS line) TO '{path}'"
        )
    import_ = run("orders", path)
    assert (import_.created, import_.rejected) == (1, 0)
    order = Order.objects.get()
    day = dt.date(2024, 3, 6) if kind == "TIMESTAMPTZ" else dt.date(2024, 3, 5)
    assert (order.number, order.amount, order.placed_on, order.buyer.reference) == ("7", 250, day, "a")


@pytest.mark.parametrize(
    ("written", "moment", "day"),
    [
        # New York is five hours behind UTC in winter, four from 2024-03-10 07:00 UTC on.
        ("2024-03-10 04:59:59", "2024-03-10T04:59:59+00:00", "2024-03-09"),
        ("2024-03-10 05:00:00", "2024-03-10T05:00:00+00:00", "2024-03-10"),
        ("2024-03-11 03:59:59", "2024-03-11T03:59:59+00:00", "2024-03-10"),
        ("2024-03-11 04:00:00", "2024-03-11T04:00:00+00:00", "2024-03-11"),
        ("2024-11-04 04:59:59", "2024-11-04T04:59:59+00:00", "2024-11-03"),
        ("2024-07-01T01:00:00+02:00", "2024-06-30T23:00:00+00:00", "2024-06-30"),
        ("2024-07-01T03:00:00Z", "2024-07-01T03:00:00+00:00", "2024-06-30"),
        ("2024-07-01 03:00:00 UTC", "2024-07-01T03:00:00+00:00", "2024-06-30"),
        ("2024-07-01 01:00:00 +0200", "2024-06-30T23:00:00+00:00", "2024-06-30"),
        ("2024-06-30 22:00:00 -0500", "2024-07-01T03:00:00+00:00", "2024-06-30"),
        # A day without a time is a day of the shop's own calendar.
        ("2024-07-01", "2024-07-01T04:00:00+00:00", "2024-07-01"),
    ],
)
def test_the_day_of_a_purchase_is_that_of_the_business_calendar(bring_in, written, moment, day):
    zones = {"time_zone": "UTC", "business_time_zone": "America/New_York"}
    bring_in(f"A1,C1,,{written},bread,,,1,2.50,,", headings=HEADINGS, mapping=mapping(**zones))
    order = Order.objects.get()
    assert (order.placed_at.isoformat(), order.placed_on.isoformat()) == (moment, day)


def test_naive_times_are_those_of_the_installation_when_nothing_is_said(bring_in, settings):
    settings.TIME_ZONE = "Europe/Paris"
    bring_in("A1,C1,,2024-07-01 00:30,bread,,,1,2.50,,", headings=HEADINGS, mapping=mapping())
    order = Order.objects.get()
    assert (order.placed_at.isoformat(), order.placed_on) == ("2024-06-30T22:30:00+00:00", dt.date(2024, 7, 1))


def test_what_is_given_twice_must_agree(bring_in):
    columns = COLUMNS | {"paid": "paid"}
    import_ = bring_in(
        "A1,C1,,2024-03-05,bread,,,1,5.00,0.50,1.00,3.50",
        "A2,C1,,2024-03-05,bread,,,1,5.00,0.50,1.00,4.00",
        headings=HEADINGS + ",paid",
        mapping=mapping(columns=columns),
    )
    assert Order.objects.get().amount == 450
    assert import_.rejections.get().code == "disagree"


@pytest.mark.parametrize(("given", "value"), [("gross", "5.00"), ("amount", "4.50"), ("paid", "3.50")])
def test_any_of_the_three_amounts_gives_the_others(bring_in, given, value):
    columns = {name: column for name, column in COLUMNS.items() if name != "gross"} | {given: "gross"}
    bring_in(f"A1,C1,,2024-03-05,bread,,,1,{value},0.50,1.00", headings=HEADINGS, mapping=mapping(columns=columns))
    order = Order.objects.get()
    assert (order.gross, order.amount, order.paid) == (500, 450, 350)


def test_a_coupon_larger_than_the_line_makes_paid_negative_and_amount_not(bring_in):
    bring_in("A1,C1,,2024-03-05,bread,,,1,0.75,,1.00", headings=HEADINGS, mapping=mapping())
    order = Order.objects.get()
    assert (order.gross, order.amount, order.paid) == (75, 75, -25)


def test_discounts_of_our_own_cannot_exceed_the_amount(bring_in):
    import_ = bring_in("A1,C1,,2024-03-05,bread,,,1,0.75,1.00,", headings=HEADINGS, mapping=mapping())
    assert import_.rejections.get().code == "discounts_exceed"


def test_amounts_in_minor_units_are_taken_as_they_are(bring_in):
    bring_in("A1,C1,,2024-03-05,bread,,,1,250,,", headings=HEADINGS, mapping=mapping(unit="minor"))
    assert Order.objects.get().gross == 250


def test_an_order_fills_an_empty_name_and_never_changes_one(bring_in):
    Customer.objects.create(reference="C1", name="Ada Lovelace")
    Customer.objects.create(reference="C2", name="")
    Product.objects.create(reference="milk", name="Whole milk")
    bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    assert dict(Customer.objects.values_list("reference", "name")) == {"C1": "Ada Lovelace", "C2": "Bo"}
    milk = Product.objects.get(reference="milk")
    assert (milk.name, milk.family) == ("Whole milk", "dairy")


def test_an_order_of_absurdly_many_rows_is_a_wrong_column(write, monkeypatch):
    monkeypatch.setattr("habitue.imports.staging.staging.MOST_ROWS", 20)
    import_ = run("orders", write(*(f"A1,C1,2024-03-05,p{at},1,1.00" for at in range(21))))
    assert (import_.created, import_.rejected) == (0, 21)
    assert import_.rejections.first().code == "too_many_rows"


def test_an_import_that_breaks_off_goes_on_where_it_stopped(write):
    path = write(*(f"A{at},C{at},2024-03-05,bread,1,1.00" for at in range(30)))

    def stop(done: int, total: int) -> None:
        if done >= 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("orders", path, progress=stop, rows_at_once=5)
    half = Import.objects.get()
    assert (half.cursor, half.finished_at, Order.objects.count()) == (10, None, 10)
    seen: list[int] = []
    import_ = run("orders", path, progress=lambda done, total: seen.append(done), rows_at_once=5)
    assert (import_.pk, import_.created, seen) == (half.pk, 30, [10, 15, 20, 25, 30])


def test_an_unknown_kind_is_named(write):
    with pytest.raises(HabitueError, match="invoices.*orders, customers, relations, products"):
        run("invoices", write())


def test_the_staging_folder_is_gone_when_all_is_in(home, bring_in):
    bring_in(*LINES, headings=HEADINGS, mapping=mapping())
    assert list((home / "imports").iterdir()) == []
