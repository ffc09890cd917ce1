"""What is known of the profile of a customer is checked alike, typed at the desk or read from a file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from habitue.customers import editing, fields
from habitue.customers.models import Customer
from habitue.imports.importing import run
from habitue.kernel.errors import InvalidFields

pytestmark = pytest.mark.django_db
A_DAY = dt.timedelta(days=1)
BOUNDARIES = [
    (lambda: fields.FIRST_BIRTH - A_DAY, False),
    (lambda: fields.FIRST_BIRTH, True),
    (lambda: dt.date(1895, 5, 3), True),
    (lambda: timezone.localdate(), True),
    (lambda: timezone.localdate() + A_DAY, False),
]


def imported(write: Any, heading: str, value: str) -> str | None:
    """The code of the rejection; None where the customer came in."""
    import_ = run("customers", write(f"C1,{value}", headings=f"reference,{heading}", name="people.csv"))
    rejection = import_.rejections.first()
    return rejection.code if rejection else None


@pytest.mark.parametrize(("day", "possible"), BOUNDARIES)
def test_a_birth_day_has_the_same_bounds_in_a_form_and_in_a_file(write, day, possible):
    """A form says what is wrong; a file lets the person in, and keeps what cannot be as it was typed."""
    assert imported(write, "birthday", day().isoformat()) is None
    ada = Customer.objects.get(reference="C1")
    if possible:
        assert editing.create(name="Ada", born_on=day()).row.born_on == ada.born_on
        assert fields.unread_fields(ada) == []
    else:
        with pytest.raises(InvalidFields, match="Check the year"):
            editing.create(name="Ada", born_on=day())
        assert (ada.born_on, fields.unread_fields(ada)) == (None, [("Date of birth", day().isoformat())])


@pytest.mark.parametrize("field", [field for field in fields.PROFILE if field.type == "text"], ids=lambda f: f.name)
def test_a_text_has_the_same_limit_in_a_form_and_in_a_file(write, field):
    fits, too_long = "x" * field.limit, "x" * (field.limit + 1)
    assert imported(write, field.name, fits) is None
    assert getattr(editing.create(**{"name": "Ada", field.name: fits}).row, field.name) == fits
    Customer.objects.all().delete()
    assert imported(write, field.name, too_long) == "too_long"
    with pytest.raises(InvalidFields, match=f"At most {field.limit}"):
        editing.create(**{"name": "Ada", field.name: too_long})


def test_a_text_is_stored_alike_from_a_form_and_from_a_file(write):
    assert imported(write, "given_name", "Ada \x07\u00a0 Éloïse") is None
    made = editing.create(given_name="Ada \x07\u00a0 Éloïse").row
    assert Customer.objects.get(reference="C1").given_name == made.given_name == "Ada Éloïse"


def test_a_name_of_the_longest_parts_fits_into_its_column(write):
    parts = {"given_name": "x" * 100, "family_name": "y" * 100}
    write_line = ",".join(parts.values())
    run("customers", write(f"C1,{write_line}", headings="reference,given_name,family_name", name="people.csv"))
    limit = fields.BY_NAME["name"].limit
    assert Customer.objects.get().name == editing.create(**parts).row.name == f"{'x' * 100} {'y' * (limit - 101)}"
