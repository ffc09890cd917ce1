from __future__ import annotations

import pytest
from django.test import Client

from habitue.customers.models import Customer
from habitue.team.models import User
from tests import factories

PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Names without the hash that `collectstatic` gives: it has not run here."""
    settings.STORAGES = PLAIN


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


@pytest.fixture
def cy(db) -> User:
    return factories.cy()


@pytest.fixture
def desk(client: Client, bo: User) -> Client:
    """Bo, signed in, reading English."""
    client.force_login(bo)
    client.cookies["django_language"] = "en"
    return client
