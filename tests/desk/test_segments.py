"""Segments are built without a script, shown with their history, shared, copied and removed by whom they belong to."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from habitue.customers.models import Customer, CustomField
from habitue.desk.segments.builder import act, read_form, shown
from habitue.events.models import Event
from habitue.segments import counting, rules
from habitue.segments.models import Membership, Segment, SegmentSize
from tests import factories

pytestmark = pytest.mark.django_db
FIRMS = {"match": "all", "of": [{"what": "kind", "how": "is", "value": ["organisation"]}]}


@pytest.fixture
def firms() -> list[Customer]:
    return [factories.customer(f"Firm {at}", kind="organisation") for at in range(3)] + [factories.customer("Ada")]


def fields(response) -> dict[str, list[str]]:
    """What a browser would send of the builder's form, as it stands."""
    form = re.search(r'<form class="builder".*?</form>', response.content.decode(), re.S)
    assert form
    given: dict[str, list[str]] = {}
    for tag in re.finditer(r"<input[^>]*>|<select.*?</select>", form[0], re.S):
        name = re.search(r'name="([^"]+)"', tag[0])
        if not name:
            continue
        if tag[0].startswith("<select"):
            chosen = re.search(r'<option value="([^"]*)" selected', tag[0]) or re.search(
                r'<option value="([^"]*)"', tag[0]
            )
            given[name[1]] = [chosen[1] if chosen else ""]
        elif "checkbox" not in tag[0] or " checked" in tag[0]:
            value = re.search(r'value="([^"]*)"', tag[0])
            given.setdefault(name[1], []).append(value[1] if value else "on")
    return given


def test_a_segment_is_built_button_by_button_without_a_script(desk: Client, bo, firms):
    page = desk.get(reverse("new_segment"))
    given = fields(page) | {"0.what": ["kind"]}
    page = desk.post(reverse("new_segment"), given | {"do": "show"})
    assert "Condition 1: Give the choice." in page.content.decode()
    given = fields(page) | {"0.value": ["organisation"], "do": ["group:"]}
    page = desk.post(reverse("new_segment"), given)
    given = fields(page)
    assert given["1.match"] == ["any"]
    given |= {"1.0.what": ["name"], "1.0.how": ["contains"], "1.0.value": ["1"], "do": ["add:1"]}
    page = desk.post(reverse("new_segment"), given)
    given = fields(page) | {"1.1.what": ["name"], "1.1.how": ["begins"], "1.1.value": ["Firm 2"], "do": ["show"]}
    page = desk.post(reverse("new_segment"), given)
    assert page.context["count"] == 2
    assert [str(one) for one in page.context["members"]] == ["Firm 1", "Firm 2"]
    assert not Segment.objects.exists()
    saved = desk.post(
        reverse("new_segment"), fields(page) | {"name": "Firms", "shared": "on", "do": "save"}, follow=True
    )
    segment = Segment.objects.get()
    assert saved.redirect_chain == [(reverse("segment", args=[segment.pk]), 302)]
    assert (segment.name, segment.owner, segment.shared, segment.size) == ("Firms", bo, True, 2)
    assert "whose kind is organisation" in saved.content.decode()
    given = fields(saved) | {"do": "remove:1"}
    page = desk.post(reverse("segment", args=[segment.pk]), given)
    assert page.context["count"] == 3
    desk.post(reverse("segment", args=[segment.pk]), fields(page) | {"do": "save"})
    segment.refresh_from_db()
    assert (segment.size, segment.rules) == (3, FIRMS)


def test_the_page_keeps_up_with_what_is_built(desk: Client, firms):
    given = {"match": "none", "0.what": "kind", "0.how": "is", "0.value": "organisation"}
    text = desk.post(reverse("segment_draft"), given, headers={"hx-request": "true"}).content.decode()
    assert "Customers whose kind is not organisation." in text
    assert "<html" not in text
    response = desk.post(
        reverse("segment_draft"), given | {"part": "rules", "do": "add:"}, headers={"hx-request": "true"}
    )
    assert response.headers["HX-Trigger-After-Swap"] == "rules"
    assert 'name="1.what"' in response.content.decode()
    assert "autofocus" in response.content.decode()


def test_what_the_form_says_is_what_is_kept():
    from django.http import QueryDict

    rows = {
        "match": "any",
        "of": [
            {"what": "stage", "how": "is", "value": ["new", "lost"]},
            {"match": "none", "of": [{"what": "value", "how": "at_least", "value": "12.50"}]},
        ],
    }
    text = "match=any&0.what=stage&0.how=is&0.value=new&0.value=lost&1.match=none"
    text += "&1.0.what=value&1.0.how=at_least&1.0.value=12.50&name=X&7.3.what=lost"
    assert read_form(QueryDict(text)) == rows
    assert rules.parse(rows).kept() == rows


def test_buttons_that_make_no_sense_do_nothing():
    rows = {"match": "all", "of": [{"what": "name"}]}
    for do in ("add:9", "remove:", "remove:4", "remove:0.1.2", "group:x", "fly", "add:0"):
        before = {"match": "all", "of": [{"what": "name"}]}
        act(rows, do)
        assert rows == before or do == "group:x"
        rows = before
    assert shown({"of": "nonsense"})["of"] == []


def test_texts_with_usual_values_are_suggested(desk: Client, ada):
    address = reverse("segment_suggestions")
    text = desk.get(address, {"of": "bought_family.times.item", "0.item": "dai"}).content.decode()
    assert '<option value="Dairy">' in text
    assert "Bakery" not in text
    for of in ("name.is.value", "bought_family.times", "nothing.at.all", ""):
        assert desk.get(address, {"of": of}).status_code == 404


def test_the_list_shows_a_segment_and_combines_it_with_the_other_filters(desk: Client, bo):
    factories.town(120)
    segment = counting.save("Rich", {"of": [{"what": "value", "how": "at_least", "value": "300"}]}, bo).row
    assert 0 < segment.size < 120
    page = desk.get(reverse("customers"), {"segment": segment.pk})
    assert page.context["total"] == segment.size
    assert f'?segment={segment.pk}" aria-current="true"' in page.content.decode()
    lost = desk.get(reverse("customers"), {"segment": segment.pk, "stage": "lost"})
    expected = Customer.objects.filter(portrait__stage="lost", portrait__value__gte=30_000)
    assert lost.context["total"] == len(lost.context["rows"]) == expected.count() > 0


def test_a_large_segment_is_counted_by_stage_after_the_page(desk: Client, bo, monkeypatch):
    from habitue.reading.customer_list import filters

    factories.town(120)
    segment = counting.save("All", {}, bo).row
    monkeypatch.setattr(filters, "AT_ONCE", 10)
    page = desk.get(reverse("customers"), {"segment": segment.pk})
    assert page.context["total"] == 120
    assert 'hx-trigger="load"' in page.content.decode()
    counts = desk.get(
        reverse("customers"), {"segment": segment.pk, "counts": "1"}, headers={"hx-request": "true"}
    ).content.decode()
    assert "At risk <span>10</span>" in counts
    assert len(page.context["rows"]) == 50


def test_size_over_time_and_who_came_and_went_are_shown(desk: Client, bo, firms):
    segment = counting.save("Firms", FIRMS, bo).row
    early = timezone.localdate() - timedelta(days=9)
    Membership.objects.update(since=early)
    SegmentSize.objects.update(on=early)
    Customer.objects.filter(pk=firms[0].pk).update(kind="person")
    Customer.objects.filter(pk=firms[3].pk).update(kind="organisation")
    counting.refresh_segments()
    page = desk.get(reverse("segment", args=[segment.pk]))
    assert [str(stay.customer) for stay in page.context["came"]] == ["Ada"]
    assert [str(stay.customer) for stay in page.context["went"]] == ["Firm 0"]
    text = page.content.decode()
    assert '<path class="lorenz" d="M0.00 0.00L100.00 0.00"/>' in text
    assert "3 customers today" in text


def test_a_broken_segment_shows_as_broken_and_can_be_mended(desk: Client, bo):
    field = CustomField.objects.create(code="size", label="Size", type="number")
    segment = counting.save("Sized", {"of": [{"what": "field.size", "how": "known"}]}, bo).row
    field.delete()
    counting.refresh_segments()
    for address in (reverse("segments"), reverse("customers"), reverse("customers") + f"?segment={segment.pk}"):
        page = desk.get(address)
        assert page.status_code == 200
        assert "broken" in page.content.decode()
    page = desk.get(reverse("segment", args=[segment.pk]))
    assert "“field.size” any more" in page.content.decode()
    desk.post(reverse("segment", args=[segment.pk]), fields(page) | {"do": "save", "0.what": "name", "0.how": "known"})
    segment.refresh_from_db()
    assert segment.size == 0


def test_a_segment_is_removed_and_brought_back(desk: Client, bo, firms):
    segment = counting.save("Firms", FIRMS, bo).row
    resting = counting.save("Others", {"of": [{"what": "segment", "how": "out", "value": segment.pk}]}, bo).row
    assert "Others" in desk.get(reverse("segment", args=[segment.pk])).content.decode()
    page = desk.post(reverse("segment_removal", args=[segment.pk]), follow=True)
    assert "“Firms” was removed." in page.content.decode()
    assert desk.get(reverse("segment", args=[segment.pk])).status_code == 404
    assert desk.get(reverse("customers"), {"segment": segment.pk}).status_code == 404
    assert "was removed: choose another" in desk.get(reverse("segment", args=[resting.pk])).content.decode()
    event = Event.objects.get(kind="segment.removed")
    desk.post(reverse("undoing", args=[event.pk]))
    assert desk.get(reverse("segment", args=[segment.pk])).context["segment"].size == 3


def test_a_shared_segment_is_seen_and_copied_by_all_and_edited_by_its_owner(desk: Client, bo, firms):
    other = factories.user("ines")
    shared, own = counting.save("Shared", FIRMS, other, shared=True).row, counting.save("Own", FIRMS, other).row
    assert desk.get(reverse("segment", args=[own.pk])).status_code == 404
    page = desk.get(reverse("segment", args=[shared.pk]))
    assert '<form class="builder"' not in page.content.decode()
    assert desk.post(reverse("segment", args=[shared.pk]), {"do": "save", "name": "Mine"}).status_code == 404
    assert desk.post(reverse("segment_removal", args=[shared.pk])).status_code == 404
    desk.post(reverse("segment_copies", args=[shared.pk]))
    assert Segment.objects.get(owner=bo).name == "Shared (copy)"
    assert desk.post(reverse("segment_copies", args=[own.pk])).status_code == 404


def test_a_name_that_is_missing_is_asked_for_and_nothing_is_lost(desk: Client, firms):
    given = {"match": "all", "0.what": "kind", "0.how": "is", "0.value": "organisation", "do": "save", "name": " "}
    page = desk.post(reverse("new_segment"), given)
    assert page.status_code == 400
    assert "at most 120 letters" in page.content.decode()
    assert fields(page)["0.value"] == ["organisation"]


def test_who_may_not_change_customers_builds_no_segment(client: Client, firms):
    segment = counting.save("Firms", FIRMS, shared=True).row
    event = counting.remove(counting.save("Gone", FIRMS).row).event
    posts = [
        reverse("new_segment"),
        reverse("segment_draft"),
        reverse("segment_copies", args=[segment.pk]),
        reverse("segment_removal", args=[segment.pk]),
        reverse("undoing", args=[event.pk]),
    ]
    for address in posts:
        assert client.post(address).status_code == 302, address
    client.force_login(factories.cy())
    for address in posts:
        assert client.post(address).status_code == 403, address
    assert client.get(reverse("segments")).status_code == 403
    assert client.get(reverse("segment", args=[segment.pk])).status_code == 403
    assert client.post(reverse("segment", args=[segment.pk]), {"do": "save"}).status_code in (403, 404)
    assert Segment.objects.active().count() == 1


def test_somebody_sees_the_columns_that_they_chose(desk: Client, bo, ada):
    address = reverse("columns")
    back = reverse("customers") + "?sort=name"
    response = desk.post(address, {"column": ["city", "reference", "nonsense"], "back": back})
    assert response.headers["Location"] == back
    page = desk.get(reverse("customers"))
    assert [column.code for column in page.context["columns"]] == ["city", "reference"]
    assert desk.post(address, {"back": "https://elsewhere.example/"}).headers["Location"] == reverse("customers")
    assert len(desk.get(reverse("customers")).context["columns"]) == 5, "none chosen: the usual ones"
    assert desk.get(address).status_code == 405
