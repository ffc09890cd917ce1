"""Pages that show what is derived say so where it does not know all facts yet."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from habitue.customers.models import Customer
from habitue.imports import importing
from tests.portraits.test_freshness import work_off, written

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = ("customers", "base", "search", "segments")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_of_portraits_say_so_until_it_is_done(desk, file, language):
    desk.cookies["django_language"] = language
    said = {"en": "Not up to date since", "fr": "Pas à jour depuis"}[language]
    done = {"en": "The figures are up to date now.", "fr": "Les chiffres sont à jour."}[language]
    importing.run("orders", file)
    for page in PAGES:
        assert said in desk.get(reverse(page)).content.decode(), page
    assert said in desk.get(reverse("freshness")).content.decode()
    ada = Customer.objects.order_by("pk").first()
    assert said in desk.get(reverse("customer", args=[ada.pk])).content.decode()
    work_off()
    assert said not in desk.get(reverse("customer", args=[ada.pk])).content.decode()
    assert done in desk.get(reverse("freshness")).content.decode()
    for page in PAGES:
        text = desk.get(reverse(page)).content.decode()
        assert said not in text, page
        assert done not in text, page
