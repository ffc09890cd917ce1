"""The page that lists the known formats, and the page of a file that is read by one."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from habitue.imports.models import Import, SavedMapping, Upload
from habitue.imports.uploading import run_dry, start
from tests.imports.profiles import shops
from tests.imports.profiles.facts import carried, draw

pytestmark = pytest.mark.django_db


def test_the_known_formats_are_listed(desk: Client):
    SavedMapping.objects.create(name="Till in Lyon", kind="orders", headings=["Ticket"], key="x", mapping={})
    page = desk.get(reverse("import_profiles")).content.decode()
    assert page.index("Till in Lyon") < page.index("Shopify")
    assert "unconfirmed" in page
    assert "https://help.shopify.com/" in page


def test_a_stranger_does_not_see_them(client: Client):
    assert client.get(reverse("import_profiles")).status_code == 302


def test_a_file_of_a_known_format_is_read_by_it(desk: Client, bo, settings):
    settings.CURRENCY = "EUR"
    content = shops.shopify_orders(carried(draw(0), shops.SHOPIFY)).content()
    desk.post(reverse("new_import"), {"file": SimpleUploadedFile("orders.csv", content)})
    upload = Upload.objects.get()
    run_dry(upload, upload.dry_run["for"])
    upload.refresh_from_db()
    assert (upload.kind, upload.dry_run["state"]) == ("orders", "done"), upload.dry_run
    page = desk.get(reverse("upload", args=[upload.pk])).content.decode()
    assert "Read as a file of Shopify: orders." in page
    start(upload, bo)
    assert Import.objects.get().source["name"] == "shopify"
