"""What Habitué exports is a format that it knows: brought back it changes nothing, and what was changed in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from habitue.customers.list_columns import by_code
from habitue.customers.models import ContactPoint, Customer
from habitue.events.models import Change
from habitue.imports.importing import run
from habitue.imports.models import Import
from habitue.imports.profiles.profile import profile_named
from habitue.reading.customer_list import exporting

pytestmark = pytest.mark.django_db
COLUMNS = ("stage", "last", "value", "city", "email", "phone", "tags", "created")


def exported(path: Path, language: str) -> Path:
    with translation.override(language):
        columns = [by_code()[code] for code in COLUMNS]
        pieces, _media_type = exporting.file_of("csv", Customer.objects.all(), columns, language)
        path.write_bytes(b"".join(pieces))
    return path


@pytest.fixture
def people(tmp_path) -> Import:
    path = tmp_path / "people.csv"
    path.write_text(
        "customer id,first name,last name,email,phone,street,postcode,city,tags\n"
        "C1,Anne,Petit,anne@example.org,0612345678,1 rue X,01000,Bourg,vip\n"
        "C2,Paul,Roy,paul@example.org,+33 6 12 34 56 79,,,Lyon,\n",
        encoding="utf-8",
    )
    return run("customers", path)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_export_brought_back_changes_nothing(people, language, tmp_path):
    path = exported(tmp_path / "customers.csv", language)
    import_ = run("customers", path)
    import_.refresh_from_db()
    assert import_.source["profile"] == "habitue_customers"
    assert (import_.created, import_.updated, import_.unchanged, import_.rejected) == (0, 0, 2, 0)
    assert not Change.objects.filter(event=import_.event).exists()


def test_what_was_changed_in_it_is_taken(people, tmp_path):
    path = exported(tmp_path / "customers.csv", "en")
    text = path.read_text(encoding="utf-8-sig")
    path.write_text(text.replace("paul@example.org", "paul@roy.example"), encoding="utf-8-sig")
    import_ = run("customers", path)
    import_.refresh_from_db()
    assert (import_.updated, import_.unchanged) == (1, 1)
    assert ContactPoint.objects.filter(customer__reference="C2", value="paul@roy.example").exists()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_profile_names_the_columns_as_the_list_does(language):
    profile = profile_named("habitue_customers")
    assert profile
    with translation.override(language):
        names = profile.names["fr"] if language == "fr" else {}
        listed = {heading for column in by_code().values() for heading in column.headings()}
        listed |= set(exporting.headings([]))
    assert {names.get(heading, heading) for heading in profile.known} <= listed
