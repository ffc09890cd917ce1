"""Somebody clears duplicates away, by keyboard alone."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.customers.duplicates.deciding import never_same
from habitue.customers.duplicates.deduplicating import find
from habitue.customers.models import ContactPoint, Customer, Pair
from tests import factories
from tests.browser.test_accessibility import barriers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def known(name: str, phone: str) -> Customer:
    given, _space, family = name.partition(" ")
    made = factories.customer(name, given_name=given, family_name=family, born_on=dt.date(1980, 3, 4))
    ContactPoint.objects.create(customer=made, kind="phone", typed=phone, value=phone)
    return made


@pytest.fixture
def twice(address) -> None:
    for name, phone in (("Jon Béranger", "+33611111111"), ("Jonathan Béranger", "+33611111111")):
        known(name, phone)
    for name, phone in (("Zoé d'Aubigné", "+33622222222"), ("ZOE AUBIGNE", "+33622222222")):
        known(name, phone)
    for name, phone in (("Maël Le Goff", "+33633333333"), ("Mael Goff", "+33633333333")):
        known(name, phone)
    find()
    assert Pair.objects.count() == 3


def focused(page) -> str:
    return page.evaluate("document.activeElement.innerText")


def test_duplicates_are_decided_and_undone_by_keyboard_alone(reader, twice):
    somebody = reader()
    somebody.sign_in()
    page = somebody.page
    somebody.visit("/duplicates/")
    assert "3 pairs" in page.inner_text("h1")
    first = focused(page)
    assert "·" in first, "the first pair has the focus"
    page.keyboard.press("j")
    assert focused(page) != first
    page.keyboard.press("k")
    assert focused(page) == first

    page.keyboard.press("m")
    page.wait_for_url("**/duplicates/?at=0")
    assert "2 pairs" in page.inner_text("h1")
    assert Customer.objects.exclude(merged_into=None).count() == 1

    page.keyboard.press("u")
    page.wait_for_url("**/duplicates/")
    assert "3 pairs" in page.inner_text("h1")
    assert not Customer.objects.exclude(merged_into=None).exists()

    page.keyboard.press("n")
    page.wait_for_url("**/duplicates/?at=0")
    assert "2 pairs" in page.inner_text("h1")
    assert Pair.objects.filter(verdict="never").count() == 1

    page.keyboard.press("Enter")
    page.wait_for_selector(".merging")
    page.keyboard.press("m")
    page.wait_for_url("**/duplicates/?at=0")
    assert "1 pair" in page.inner_text("h1")
    assert not somebody.problems
    assert not somebody.violations()


def test_ticked_pairs_are_merged_after_a_look(reader, twice):
    somebody = reader()
    somebody.sign_in()
    page = somebody.page
    somebody.visit("/duplicates/")
    for box in page.query_selector_all("input[name=pair]")[:2]:
        box.focus()
        page.keyboard.press("Space")
    page.focus("button[form=ticked]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/duplicates/merges/preview/**")
    assert "2 records would be merged" in page.inner_text("h1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/duplicates/")
    assert Customer.objects.exclude(merged_into=None).count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_pages_fit_every_window(reader, twice, width: int, scheme: str):
    somebody = reader(width=width, scheme=scheme)
    somebody.sign_in()
    for path in ("/duplicates/", f"/duplicates/{Pair.objects.first().pk}/"):
        somebody.visit(path)
        assert somebody.overflow() <= 0, path


@pytest.mark.any_database
@pytest.mark.parametrize(("language", "scheme", "width"), [("en", "light", 1440), ("fr", "dark", 390)])
def test_no_page_has_a_barrier(reader, twice, language: str, scheme: str, width: int):
    bo = reader(width=width, language=language, scheme=scheme)
    bo.sign_in()
    one = Pair.objects.first()
    for path in ("/duplicates/", f"/duplicates/{one.pk}/", f"/duplicates/merges/preview/?pair={one.pk}"):
        bo.visit(path)
        assert barriers(bo) == [], path
    never_same(one)
    bo.visit("/duplicates/")
    assert barriers(bo) == []
