"""What files say of people and could not be read, and birthdays without a year, as the desk shows and edits them."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from habitue.customers.models import Customer, UnreadValue
from habitue.events.models import Event
from habitue.imports.models import Import
from tests.desk.test_editing import text_of
from tests.desk.test_imports import imported, sent

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {
    "en": ("13 March", "Birthday without its year", "is no day and month", "to check", "could not be read"),
    "fr": ("13 mars", "Anniversaire sans l’année", "n’est pas un jour et un mois", "à vérifier", "pas pu être lues"),
}


def edited(desk: Client, ada: Customer, birthday: str, language: str):
    desk.cookies["django_language"] = language
    fields = {"name": "Ada", "kind": "person", "born_on": "", "birthday": birthday}
    return desk.post(reverse("profile", args=[ada.pk]), fields)


def page(desk: Client, address: str, language: str) -> str:
    desk.cookies["django_language"] = language
    return text_of(desk.get(address))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("typed", ["13/03", "13 March", "13 mars", "--03-13", "13.03"])
def test_a_birthday_without_its_year_is_edited_and_shown(desk, ada, language, typed):
    shown, label, *_rest = WORDS[language]
    edited(desk, ada, typed, language)
    ada.refresh_from_db()
    assert (ada.birthday, ada.born_on) == ("--03-13", None)
    window = page(desk, reverse("customer", args=[ada.pk]), language)
    assert label in window
    assert shown in window
    form = desk.get(reverse("profile", args=[ada.pk])).content.decode()
    assert f'value="{shown}"' in form.replace("\u00a0", " ")
    edited(desk, ada, shown, language)
    assert Event.objects.filter(kind="customer.edited").count() == 1, "what is shown is read back the same"


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("typed", ["31/02", "13/13", "in May", "1980"])
def test_what_is_no_day_and_month_is_said_beside_its_field(desk, ada, language, typed):
    response = edited(desk, ada, typed, language)
    assert response.status_code == 422
    assert WORDS[language][2] in text_of(response)
    ada.refresh_from_db()
    assert ada.birthday == ""


def test_a_date_of_birth_takes_the_place_of_the_birthday(desk, ada):
    edited(desk, ada, "13/03", "en")
    desk.post(
        reverse("profile", args=[ada.pk]),
        {"name": "Ada", "kind": "person", "born_on": "1980-03-13", "birthday": "13/03"},
    )
    ada.refresh_from_db()
    assert (str(ada.born_on), ada.birthday) == ("1980-03-13", "")


@pytest.mark.parametrize("language", WORDS)
def test_what_was_kept_as_typed_is_marked_on_the_window_and_counted_on_the_page(desk, language):
    *_rest, mark, counted = WORDS[language]
    upload = sent(desk, "reference,name,birthday,country\nC1,Ada,soon,Atlantis\n")
    assert upload.dry_run["notes"] == {"kept_as_typed": 2}
    assert counted in page(desk, f"/imports/files/{upload.pk}/", language)
    import_ = imported(desk, upload)
    assert counted in page(desk, f"/imports/{import_.pk}/", language)
    assert Import.objects.get().notes == {"kept_as_typed": 2}
    ada = Customer.objects.get()
    window = page(desk, reverse("customer", args=[ada.pk]), language)
    for typed in ("soon", "Atlantis"):
        assert f"{typed} {mark}" in window
    edited(desk, ada, "13/03", language)
    assert f"soon {mark}" not in page(desk, reverse("customer", args=[ada.pk]), language)
    assert UnreadValue.objects.count() == 2
