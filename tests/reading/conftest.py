from __future__ import annotations

import pytest

from habitue.customers.models import Customer
from habitue.team.models import User
from tests import factories


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """The hash that is right for passwords takes as long as it can: here each test makes accounts."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ada(db) -> Customer:
    return factories.ada()


@pytest.fixture
def bo(db) -> User:
    return factories.bo()
