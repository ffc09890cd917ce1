"""Sales, returns and corrections that are entered by hand, and their undoing."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import HabitueError, InvalidFields
from habitue.portraits.freshness import freshness
from habitue.portraits.models import Portrait
from habitue.portraits.refreshing import refresh
from habitue.purchases import correcting, entering, refunding
from habitue.purchases.entering import Line, sell, shared
from habitue.purchases.models import Order, OrderLine, Product
from habitue.purchases.refunding import Part, give_back
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
DAY, LATER = dt.date(2026, 3, 5), dt.date(2026, 3, 9)
LINES = [Line("Soap", 2000, 1000), Line("Tea", 1000, 500)]


@pytest.fixture
def bo():
    return factories.bo()


@pytest.fixture
def ada():
    return factories.customer("Ada", "A-1")


@pytest.fixture
def sold(ada, bo) -> Order:
    return sell(ada, DAY, "EUR", LINES, discount=100, by=bo).row


def snapshot() -> list[object]:
    orders = Order.objects.order_by("pk").values_list(
        "number", "buyer", "placed_on", "placed_at", "gross", "amount", "paid", "line_count", "refund_of"
    )
    lines = OrderLine.objects.order_by("order", "position").values_list(
        "order", "position", "product__reference", "quantity", "gross", "amount", "paid", "discounts"
    )
    return [list(orders), list(lines), sorted(Product.objects.values_list("reference", "name"))]


def test_a_sale_is_an_order_with_its_lines_and_its_discount_spread(sold, ada, bo):
    assert (sold.number, sold.source, sold.buyer, sold.placed_on) == ("desk/1", "desk", ada, DAY)
    assert (sold.gross, sold.paid, sold.amount, sold.line_count) == (1500, 1400, 1400, 2)
    lines = list(sold.lines.order_by("position").values_list("product__reference", "quantity", "paid", "discounts"))
    assert lines == [("Soap", 2000, 933, {"discount": 67}), ("Tea", 1000, 467, {"discount": 33})]
    event = Event.objects.get(kind="order.entered")
    assert (event.by, list(event.customers.all())) == (bo, [ada])
    assert freshness() is not None, "the portraits follow"


def test_an_undo_takes_a_sale_out_with_the_products_it_made(ada, bo):
    Product.objects.create(reference="T-1", name="Thé vert")
    before = snapshot()
    done = sell(ada, DAY, "EUR", [Line("thé VERT", 1000, 500), Line("New", 1000, 100)], by=bo)
    assert set(Product.objects.values_list("reference", flat=True)) == {"T-1", "New"}
    undo(done.event)
    assert snapshot() == before


def test_a_sale_to_nobody_may_be_an_amount_alone():
    order = sell(None, DAY, "JPY", [], amount=500).row
    assert (order.buyer, order.paid, order.line_count, order.lines.count()) == (None, 500, 0, 0)


def test_numbers_are_free_even_where_a_file_has_taken_them(ada):
    factories.order(ada, DAY, number="desk/1")
    first = sell(ada, DAY, "EUR", [], amount=1).row
    assert first.number == "desk/2"
    assert sell(ada, DAY, "EUR", [], amount=1).row.number == "desk/3"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"lines": [], "amount": None}, "amount"),
        ({"lines": LINES, "amount": 1}, "amount"),
        ({"lines": [], "amount": -5}, "amount"),
        ({"lines": LINES, "discount": 1501}, "discount"),
        ({"lines": LINES, "discount": -1}, "discount"),
        ({"lines": [Line("x" * 65, 1000, 1)]}, "product-0"),
        ({"lines": [LINES[0], Line("Twin", 1000, 1)]}, "product-1"),
        ({"lines": LINES, "day": timezone.localdate() + dt.timedelta(days=1)}, "day"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(ada, values, field):
    for code in ("W-1", "W-2"):
        Product.objects.create(reference=code, name="Twin")
    with pytest.raises(InvalidFields) as refused:
        sell(ada, **({"day": DAY, "currency": "EUR"} | values))
    assert list(refused.value.errors) == [field]
    assert not Order.objects.exists()
    assert not Event.objects.exists()


def test_a_return_of_everything_leaves_nothing(sold, bo):
    left = refunding.left_of(sold)
    parts = {pk: Part(rest.quantity, rest.paid) for pk, rest in left.items()}
    refund = give_back(sold, LATER, parts, by=bo).row
    assert (refund.refund_of, refund.buyer, refund.gross, refund.paid) == (sold, sold.buyer, -1500, -1400)
    assert [line.discounts for line in refund.lines.order_by("position")] == [{"discount": -67}, {"discount": -33}]
    assert refunding.money_left(sold) == (0, 0, 0)
    assert refunding.left_of(sold) == {}
    assert not Order.objects.kept(LATER).exists()


def test_returns_of_parts_and_of_an_amount_follow_each_other(sold):
    soap = Product.objects.get(reference="Soap").pk
    before = snapshot()
    part = give_back(sold, LATER, {soap: Part(1000, 400)})
    assert (part.row.paid, part.row.lines.get().quantity) == (-400, -1000)
    assert refunding.left_of(sold)[soap].paid == 533
    alone = give_back(sold, LATER, {}, money=300)
    assert (alone.row.paid, sum(line.quantity for line in alone.row.lines.all())) == (-300, 0)
    assert refunding.money_left(sold)[2] == 700
    with pytest.raises(InvalidFields) as refused:
        give_back(sold, LATER, {soap: Part(1500, 1)})
    assert list(refused.value.errors) == [f"quantity-{soap}"]
    undo(alone.event)
    undo(part.event)
    assert snapshot() == before


@pytest.mark.parametrize(
    ("day", "money", "field"), [(DAY - dt.timedelta(days=1), 1, "day"), (LATER, 1401, "amount"), (LATER, 0, "amount")]
)
def test_a_return_is_not_before_its_order_and_not_more_than_it(sold, day, money, field):
    with pytest.raises(InvalidFields) as refused:
        give_back(sold, day, {}, money=money)
    assert list(refused.value.errors) == [field]


def test_a_return_is_not_given_back_and_not_corrected(sold):
    refund = give_back(sold, LATER, {}, money=100).row
    with pytest.raises(HabitueError, match="return itself"):
        give_back(refund, LATER, {}, money=1)
    with pytest.raises(HabitueError, match="not corrected"):
        correcting.correct(refund, LATER, [], 50, 0)


def test_a_correction_changes_day_and_lines_and_its_undo_puts_them_back(sold, bo):
    before = snapshot()
    lines = [Line("Soap", 1000, 500), Line("Oil", 500, 700)]
    done = correcting.correct(sold, LATER, lines, None, 0, by=bo)
    assert (done.row.number, done.row.placed_on, done.row.paid, done.row.line_count) == ("desk/1", LATER, 1200, 2)
    assert correcting.lines_of(done.row) == [("Soap", 1000, 500), ("Oil", 500, 700)]
    undo(done.event)
    assert snapshot() == before


def test_a_correction_without_a_difference_is_none(sold):
    assert correcting.correct(sold, DAY, LINES, None, 100).event is None
    assert correcting.correct(sold, DAY, LINES, 1400, 100).event is None


def test_a_correction_keeps_what_was_given_back(sold):
    give_back(sold, LATER, {}, money=800)
    for day, lines, field in ((LATER + dt.timedelta(days=1), LINES, "day"), (DAY, [Line("Soap", 1000, 700)], "amount")):
        with pytest.raises(InvalidFields) as refused:
            correcting.correct(sold, day, lines, None, 0)
        assert list(refused.value.errors) == [field]
    assert correcting.correct(sold, LATER, [Line("Soap", 1000, 800)], None, 0).event


def test_of_discounts_that_a_form_cannot_say_only_the_day_is_corrected(ada):
    order = factories.order(ada, DAY, [("Soap", "", 1, 900)], discounts={"loyalty": 100, "coupon": 50})
    with pytest.raises(HabitueError, match="only its day"):
        correcting.correct(order, DAY, [Line("Soap", 1000, 800)], None, 150)
    done = correcting.correct(order, LATER, [Line("Soap", 1000, 900)], None, 150)
    assert (done.row.placed_on, done.row.lines.get().discounts) == (LATER, {"loyalty": 100, "coupon": 50})


@pytest.mark.parametrize(("total", "weights"), [(100, [1000, 500]), (2, [1, 1, 1]), (0, [5]), (7, [7]), (5, [0, 5, 3])])
def test_shares_add_up_and_none_is_more_than_its_weight(total, weights):
    shares = shared(total, weights)
    assert sum(shares) == total
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


def test_the_source_is_the_desk_so_that_no_import_changes_it(sold):
    assert sold.source == entering.SOURCE


def test_portraits_follow_what_is_entered_by_hand(ada):
    order = sell(ada, DAY, "EUR", LINES).row
    sell(ada, LATER, "EUR", [], amount=700)
    sell(None, LATER, "EUR", [], amount=900)
    give_back(order, LATER, {}, money=500)
    refresh()
    portrait = Portrait.objects.get(customer=ada)
    assert (portrait.purchases, portrait.value, portrait.last_day) == (2, 1700, LATER)
    assert freshness() is None
