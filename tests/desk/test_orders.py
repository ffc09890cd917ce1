"""Orders by hand at the desk: what is typed becomes a sale, a return or a correction, or stays with an error."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from habitue.purchases.models import Order, Product
from tests import factories

DAY = dt.date(2026, 3, 5)
TYPED = {
    "buyer": "A-9",
    "day": "2026-03-05",
    "currency": "EUR",
    "discount": "1,50",
    "rows": "3",
    "product-0": "Soap",
    "quantity-0": "2",
    "gross-0": "10",
    "product-1": "Tea",
    "gross-1": "4,50 €",
}


@pytest.fixture
def eve(db):
    return factories.customer("Eve Sol", "A-9")


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def sold(desk, eve) -> Order:
    assert desk.post("/orders/new/", TYPED).status_code == 302
    return Order.objects.get()


def test_the_page_begins_with_today_and_the_customer_it_came_from(desk, eve):
    page = text(desk.get(f"/orders/new/?customer={eve.pk}"))
    assert 'value="A-9"' in page
    assert f'value="{timezone.localdate().isoformat()}"' in page
    assert 'name="gross-2"' in page
    assert f"/orders/new/?customer={eve.pk}" in text(desk.get(f"/customers/{eve.pk}/"))
    assert "/orders/new/" in text(desk.get("/imports/"))


def test_a_sale_is_typed_shown_and_undone(desk, eve):
    answer = desk.post("/orders/new/", TYPED, follow=True)
    order = Order.objects.get()
    assert (order.buyer, order.gross, order.paid, order.placed_on) == (eve, 1450, 1300, DAY)
    page = text(answer)
    assert answer.redirect_chain[-1][0].startswith(f"/customers/{eve.pk}/orders/{order.pk}/?done=")
    assert "Order desk/1 entered" in page
    assert "€13.00" in page
    assert f"/orders/{order.pk}/return/" in page
    event = answer.redirect_chain[-1][0].partition("done=")[2]
    assert "desk/1" in text(desk.get(f"/customers/{eve.pk}/"))
    desk.post(f"/events/{event}/undoing/")
    assert not Order.objects.exists()
    assert not Product.objects.exists()


def test_a_sale_to_nobody_has_a_page_of_its_own(desk, db):
    answer = desk.post("/orders/new/", {"day": "2026-03-05", "amount": "12", "currency": "eur"}, follow=True)
    order = Order.objects.get()
    assert (order.buyer, order.paid, order.currency) == (None, 1200, "EUR")
    assert answer.redirect_chain[-1][0].startswith(f"/orders/{order.pk}/")
    assert "a sale to nobody" in text(answer)
    desk.post(f"/orders/{order.pk}/return/", {"day": "2026-03-06", "amount": "12"})
    assert Order.objects.get(refund_of=order).paid == -1200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"buyer": "Nobody"}, "Nobody has the name or reference"),
        ({"day": "soon"}, "is no date"),
        ({"day": ""}, "Type the day"),
        ({"day": "2199-01-01"}, "still to come"),
        ({"currency": "XX"}, "is no currency"),
        ({"discount": "a lot"}, "is no number"),
        ({"discount": "99"}, "The discount is between"),
        ({"quantity-0": "-1"}, "Type a quantity above 0"),
        ({"gross-1": ""}, "Type the amount of this line"),
        ({"product-0": ""}, "Type what was sold"),
        ({"gross-0": "1.234,5678"}, "too many decimals"),
        ({"amount": "5"}, "The lines less the discount come to €13.00"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(desk, eve, wrong, said):
    typed = TYPED | wrong
    answer = desk.post("/orders/new/", typed)
    page = text(answer)
    assert answer.status_code == 422
    assert said in page
    assert f'id="about_{next(iter(wrong))}"' in page
    for name, value in typed.items():
        if name != "rows":
            assert f'name="{name}" ' in page
            assert not value or f'value="{value}"' in page, name
    assert not Order.objects.exists()


def test_more_lines_keep_what_was_typed(desk, eve):
    page = text(desk.post("/orders/new/", TYPED | {"more": "1"}))
    assert 'name="gross-5"' in page
    assert 'value="Soap"' in page
    assert not Order.objects.exists()


def test_an_order_is_corrected(desk, sold):
    page = text(desk.get(f"/orders/{sold.pk}/correction/"))
    assert 'value="Soap"' in page
    assert 'value="1.5"' in page, "the discount as it can be typed"
    form = {"day": "2026-03-06", "rows": "5", "product-0": "Soap", "quantity-0": "1", "gross-0": "7"}
    answer = desk.post(f"/orders/{sold.pk}/correction/", form, follow=True)
    sold.refresh_from_db()
    assert (sold.paid, sold.line_count, sold.placed_on) == (700, 1, dt.date(2026, 3, 6))
    assert "Order desk/1 corrected" in text(answer)


def test_what_a_form_shows_is_what_it_saves(desk, sold):
    page = desk.get(f"/orders/{sold.pk}/correction/")
    form = {one.name: one.value for one in [*page.context["form"].fields, *page.context["form"].cells]}
    answer = desk.post(f"/orders/{sold.pk}/correction/", form | {"rows": str(len(page.context["form"].rows))})
    assert answer["Location"] == f"/orders/{sold.pk}/", "nothing was changed"


def test_a_whole_order_is_given_back_as_the_page_comes(desk, sold, eve):
    page = desk.get(f"/orders/{sold.pk}/return/")
    form = {one.name: one.value for one in [*page.context["form"].fields, *page.context["form"].cells]}
    answer = desk.post(f"/orders/{sold.pk}/return/", form, follow=True)
    refund = Order.objects.get(refund_of=sold)
    assert (refund.paid, refund.buyer, refund.placed_on) == (-1300, eve, timezone.localdate())
    assert "Return desk/2 entered" in text(answer)
    assert "Refund" in text(desk.get(f"/customers/{eve.pk}/"))
    assert desk.get(f"/orders/{refund.pk}/return/").status_code == 404
    again = desk.post(f"/orders/{sold.pk}/return/", {"day": "2026-03-07", "amount": "1"})
    assert again.status_code == 422
    assert "Type what is given back" in text(again)


def test_products_are_offered_by_name_and_code(desk, sold):
    Product.objects.create(reference="T-1", name="Teapot")
    page = text(desk.get("/orders/products/", {"field": "product-0", "product-0": "te"}))
    assert page.count("<option") == 2
    assert '<option value="T-1">Teapot</option>' in page


def test_in_french_amounts_are_typed_and_read_as_there(desk, sold):
    desk.cookies["django_language"] = "fr"
    page = text(desk.get(f"/orders/{sold.pk}/correction/"))
    assert 'value="1,5"' in page
    assert "Corriger la commande desk/1" in page


@pytest.mark.parametrize("path", ["new/", "{order}/correction/", "{order}/return/"])
def test_only_who_may_change_customers_enters_orders(desk, sold, path):
    place = "/orders/" + path.format(order=sold.pk)
    stranger = Client()
    assert stranger.post(place, TYPED)["Location"].startswith("/account/login/")
    for somebody in (factories.cy(), factories.di()):
        stranger.force_login(somebody)
        assert stranger.post(place, TYPED).status_code == 403
        assert stranger.get(place).status_code == 403
    assert Order.objects.count() == 1


def test_who_only_reads_sees_the_order_without_buttons(desk, sold):
    reader = Client()
    reader.force_login(factories.di())
    answer = reader.get(f"/orders/{sold.pk}/", follow=True)
    assert answer.status_code == 200
    assert "/return/" not in text(answer)
