from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.models import Customer
from habitue.portraits.models import NextOffers, Renewal, Stage
from habitue.purchases.models import Contract
from tests import factories
from tests.factories import AS_OF


def at(customer: Customer) -> str:
    return reverse("customer", args=[customer.pk])


def text_of(response) -> str:
    """The page's words, without tags and repeated spaces; spaces that do not break become plain, narrow ones stay."""
    words = re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\u00a0", " ")
    return re.sub(r"[ \n]+", " ", words)


def test_the_window_says_who_they_are_where_they_stand_and_why(desk: Client, ada):
    factories.refresh()
    text = text_of(desk.get(at(ada)))
    assert "Customer since 2 October 2017 settling in since November 2017 why?" in text
    assert "About every 30 days; 30 days since the last. 19 of 20 such gaps are shorter than 98 days." in text
    assert "A few purchases, not yet enough to speak of a habit." in text
    assert "Of 25 customers in this stage on 1 October 2017, 72% bought again within 13 weeks." in text
    assert "Model: MBG/NBD, fitted to 2,469 customers (r 1.414, alpha 9.67, a 0.195, b 277.7)." in text
    assert "Between €150 and €310 in 8 cases out of 10." in text
    assert "Dairy" in text
    assert "Lyon" in text


def test_the_window_reads_in_french_with_french_typography(desk: Client, ada):
    factories.refresh()
    desk.cookies["django_language"] = "fr"
    text = text_of(desk.get(at(ada)))
    assert "Client depuis le 2 octobre 2017 en installation depuis novembre 2017 pourquoi\u202f?" in text
    assert "Tous les 30 jours environ\u202f; 30 jours depuis le dernier." in text
    assert "230 €" in text
    assert "86\u202f%" in text


@pytest.mark.django_db
def test_the_window_takes_at_most_12_queries_with_10_000_purchases(desk: Client, django_assert_max_num_queries):
    busy = factories.customer("Busy")
    factories.many_orders(busy, 10_000)
    factories.portrait(busy, purchases=1000, last_day=AS_OF, first_day=AS_OF - timedelta(days=999))
    for month in range(1, 13):
        factories.change(busy, date(2016, month, 28), Stage.REGULAR, Stage.SLOWING)
    factories.source()
    factories.refresh()
    with django_assert_max_num_queries(12) as queries:
        response = desk.get(at(busy))
    assert response.status_code == 200
    assert "10,000" in text_of(response)
    short = factories.customer("Quiet")
    factories.portrait(short, purchases=1, first_day=AS_OF, last_day=AS_OF)
    with django_assert_max_num_queries(len(queries) + 1):  # who never bought may have sent all back
        desk.get(at(short))


def test_older_entries_come_as_a_page_and_as_a_fragment(desk: Client, ada):
    factories.many_orders(ada, 60, date(2017, 9, 1))
    link = re.search(r'href="(\?before=[^"]+)"', desk.get(at(ada)).content.decode())
    assert link
    assert "<html" in desk.get(at(ada) + link[1]).content.decode()
    fragment = desk.get(at(ada) + link[1], headers={"hx-request": "true"}).content.decode()
    assert "<html" not in fragment
    assert fragment.count("<details") == 25


def test_a_tab_shows_one_kind_of_entry(desk: Client, ada):
    stages = desk.get(at(ada), {"tab": "stages"}).content.decode()
    assert stages.count('<li class="transition">') == 2
    assert "Purchase, " not in stages
    purchases = desk.get(at(ada), {"tab": "purchases"}, headers={"hx-request": "true", "hx-target": "history"})
    assert purchases.content.decode().count("Purchase, ") == 3
    assert 'class="transition"' not in purchases.content.decode()
    assert 'id="history"' in purchases.content.decode()


def test_the_lines_of_an_order_give_each_discount_by_its_kind(desk: Client, ada):
    order = ada.orders.get(number="1003")
    page = desk.get(reverse("order", args=[ada.pk, order.pk]))
    fragment = desk.get(reverse("order", args=[ada.pk, order.pk]), headers={"hx-request": "true"})
    for response in (page, fragment):
        text = text_of(response)
        assert "Cheese Dairy 1 €8.90 coupon, the maker’s share −€1.00 loyalty card −€0.90 €8.00" in text
        assert "the customer paid €7.00, the rest is reimbursed to us" in text
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()


def test_a_refund_is_shown_as_one_and_linked_to_its_order_both_ways(desk: Client, ada):
    bought = ada.orders.get(number="1002")
    back = factories.order(ada, date(2017, 11, 5), [("Bread", "Bakery", -1, -320)], number="1002-R", refund_of=bought)
    assert "Refund of order 1002" in text_of(desk.get(at(ada)))
    assert "−€3.20" in text_of(desk.get(at(ada)))
    refund_page = desk.get(reverse("order", args=[ada.pk, back.pk])).content.decode()
    assert reverse("sale", args=[bought.pk]) in refund_page
    bought_page = desk.get(reverse("order", args=[ada.pk, bought.pk])).content.decode()
    assert reverse("sale", args=[back.pk]) in bought_page


def test_somebody_without_a_portrait_has_a_window_that_says_how_to_get_one(desk: Client):
    zoe = factories.customer("Zoé Faure")
    factories.order(zoe, date(2017, 5, 1))
    response = desk.get(at(zoe))
    assert response.status_code == 200
    assert "habitue refresh" in text_of(response)
    assert "Purchase, 1 product" in text_of(response)


def test_a_prospect_is_not_called_a_customer(desk: Client):
    zoe = factories.customer("Zoé Faure")
    factories.portrait(zoe, stage=Stage.PROSPECT)
    factories.refresh()
    text = text_of(desk.get(at(zoe)))
    assert "Not a customer yet prospect why?" in text
    assert "Customer since" not in text
    assert "No purchase so far." in text


def test_what_they_buy_most_is_a_share_of_the_last_12_months_only(desk: Client):
    zoe = factories.customer("Zoé Faure")
    factories.order(zoe, AS_OF - timedelta(days=400), [("Old", "Forgotten", 1, 99_900)])
    factories.order(zoe, AS_OF - timedelta(days=3), [("Bread", "Bakery", 1, 750), ("Milk", "Dairy", 1, 250)])
    factories.portrait(zoe)
    factories.refresh()
    families = desk.get(at(zoe)).context["families"]
    assert [(name, share) for name, share, _bar in families] == [("Bakery", 0.75), ("Dairy", 0.25)]


EVERYBODY = {"discounts": {"discounted": {"of": 900, "count": 468, "share": 0.52, "low": 0.5, "high": 0.54}}}


def test_how_much_is_bought_at_a_discount_is_told_beside_everybody(desk: Client):
    zoe = factories.customer("Zoé Faure")
    loaves = [("Bread", "Bakery", 1, 400)] * 4
    bought = [
        factories.order(zoe, AS_OF - timedelta(days=ago), loaves, discounts={"loyalty": 100} if ago <= 3 else None)
        for ago in range(1, 7)
    ]
    factories.portrait(zoe)
    factories.refresh(base=EVERYBODY)
    sentence = "3 of 24 lines of the 12 months to 31 December 2017 were bought at a discount, €3.00 off."
    text = text_of(desk.get(at(zoe)))
    assert "At a discount why? 12% [" in text
    assert sentence in text
    assert "Of the lines of all customers since the records began: 52%." in text
    # Neither another currency nor another year, neither gifts nor what came back:
    factories.order(zoe, AS_OF - timedelta(days=8), loaves, discounts={"loyalty": 100}, currency="CHF")
    factories.order(zoe, AS_OF - timedelta(days=400), loaves, discounts={"loyalty": 200})
    factories.order(zoe, AS_OF - timedelta(days=9), [("Bread", "Bakery", 1, 0), ("Bread", "Bakery", 0, 400)])
    factories.order(zoe, AS_OF - timedelta(days=2), [("Bread", "Bakery", -1, -400)], refund_of=bought[5])
    whole = factories.order(zoe, AS_OF - timedelta(days=7), loaves, discounts={"loyalty": 100})
    factories.order(zoe, AS_OF - timedelta(days=2), [("Bread", "Bakery", -4, -1500)], refund_of=whole)
    assert sentence in text_of(desk.get(at(zoe)))


def test_lines_of_one_purchase_count_for_fewer_than_they_are(desk: Client):
    alike, mixed = factories.customer("Ada Petit"), factories.customer("Bo Grand")
    for ago in range(1, 9):
        for customer, cheap in ((alike, 4 if ago <= 4 else 0), (mixed, 1 if ago % 2 else 3)):
            order = factories.order(customer, AS_OF - timedelta(days=ago), [("Bread", "Bakery", 1, 400)] * 4)
            order.lines.filter(position__lte=cheap).update(paid=300)
    factories.refresh(base=EVERYBODY)
    factories.portrait(alike)
    factories.portrait(mixed)
    wide, narrow = (desk.get(at(customer)).context["at_discount"] for customer in (alike, mixed))
    assert wide.share == narrow.share == 0.5
    assert wide.high - wide.low > 0.5 > 0.36 > narrow.high - narrow.low


def test_too_few_lines_or_a_shop_without_discounts_tell_nothing_of_a_price(desk: Client):
    ada = factories.customer("Ada Petit")
    factories.portrait(ada)
    factories.order(ada, AS_OF - timedelta(days=2), [("Bread", "Bakery", 1, 400)] * 19, discounts={"loyalty": 100})
    refresh = factories.refresh(base=EVERYBODY)
    assert desk.get(at(ada)).context["at_discount"] is None
    factories.order(ada, AS_OF - timedelta(days=3))
    assert desk.get(at(ada)).context["at_discount"].share == 0.05
    refresh.base = {"discounts": {"discounted": EVERYBODY["discounts"]["discounted"] | {"count": 0, "share": 0.0}}}
    refresh.save(update_fields=["base"])
    assert desk.get(at(ada)).context["at_discount"] is None


@pytest.mark.parametrize("query", ["tab=letters", "before=yesterday", "before=2017-01-01.0"])
def test_an_address_that_makes_no_sense_is_not_found(desk: Client, ada, query: str):
    assert desk.get(f"{at(ada)}?{query}").status_code == 404


def test_the_window_shows_contracts_with_the_chance_of_their_renewal(desk: Client, ada):
    factories.refresh(parameters={"contracts": {"used": "beta_geometric", "checked": 1200}})
    terms = {"customer": ada, "period_days": 91, "amount": 15_000, "currency": "EUR"}
    runs = Contract.objects.create(reference="K1", plan="Succession", first_day=date(2016, 1, 4), **terms)
    ended = {"first_day": date(2015, 1, 5), "last_day": date(2017, 1, 5)}
    Contract.objects.create(reference="K2", plan="Pension", **ended, **terms)
    Renewal.objects.create(
        contract=runs,
        renewals=7,
        next_renewal=date(2018, 1, 1),
        p_renews=0.92,
        expected_value=54_000,
        expected_value_low=45_000,
        expected_value_high=60_000,
    )
    text = text_of(desk.get(at(ada)))
    assert "Succession why? €150.00 every 91 days 92% renews 1 Jan 2018" in text
    assert "Runs since 4 January 2016; renewed 7 times." in text
    assert "shifted beta-geometric model, by plan" in text
    assert "the most right about the latest 1,200 renewals" in text
    assert "It brings €540 in the next 12 months, between €450 and €600 in 8 cases out of 10." in text
    assert "Pension €150.00 every 91 days ended 5 Jan 2017" in text


@pytest.mark.django_db
def test_the_window_shows_next_offers_and_what_is_due_with_reasons(desk: Client, ada, django_assert_max_num_queries):
    pasta, sauce, tea = (factories.product(name, name.upper()) for name in ("Pasta", "Sauce", "Tea"))
    record = {"to": 17_531, "ways": {"ease": {"hit": 0.5}, "popularity": {"hit": 0.46}}}
    factories.refresh(offers={"level": "family", "used": "ease", "windows": {"later": record}, "reminders": None})
    NextOffers.objects.create(
        customer=ada,
        offers=[[sauce.pk, 110, 1484, [[pasta.pk, 60, 808, 46]]]],
        reminders=[[tea.pk, 486, 9, 29, 20_100]],
    )
    desk.get(at(ada))  # the names of families are read once for each refresh
    with django_assert_max_num_queries(12):
        text = text_of(desk.get(at(ada)))
    assert "Next offers, within four weeks Sauce why? 11% They have bought Pasta: of 808 who had that" in text
    assert "the ten most popular for 46%." in text
    assert "Due to buy again Tea why? 49% Bought on 9 days; 29 days since the last." in text
