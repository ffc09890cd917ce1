"""The migrations make what the models declare."""

from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_no_model_differs_from_its_migrations():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_a_field_that_no_migration_knows_is_seen(monkeypatch):
    from habitue.customers.models import Customer

    monkeypatch.setattr(Customer._meta.get_field("name"), "max_length", 7)
    with pytest.raises(SystemExit):
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
