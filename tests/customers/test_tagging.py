from __future__ import annotations

import pytest

from habitue.customers.models import Tag, Tagging
from habitue.customers.tags import tagging
from habitue.events.models import Event
from habitue.events.undoing import undo
from habitue.kernel.errors import InvalidFields
from tests import factories

pytestmark = pytest.mark.django_db


def tags_of(customer) -> list[str]:
    return sorted(customer.taggings.values_list("tag__name", flat=True))


def test_a_tag_is_one_however_it_is_written():
    ada, bea = factories.customer("Ada"), factories.customer("Bea")
    tagging.put(ada, " Sans  gluten ")
    tagging.put(bea, "SANS GLUTEN")
    assert tagging.put(ada, "sans gluten").row.customer == ada
    assert list(Tag.objects.values_list("name", "key")) == [("Sans gluten", "sans gluten")]
    assert Event.objects.filter(kind="tag.put").count() == 2


def test_a_tag_that_was_made_with_its_first_use_goes_with_its_undo():
    ada = factories.customer("Ada")
    undo(tagging.put(ada, "VIP").event)
    assert not Tagging.objects.exists()
    assert not Tag.objects.exists()


def test_a_tag_that_others_got_meanwhile_stays():
    ada, bea = factories.customer("Ada"), factories.customer("Bea")
    first = tagging.put(ada, "VIP").row
    tagging.put(bea, "vip")
    undo(first.source)
    assert (tags_of(ada), tags_of(bea)) == ([], ["VIP"])


def test_a_tag_that_is_taken_off_comes_back():
    ada = factories.customer("Ada")
    event = tagging.take(tagging.put(ada, "VIP").row).event
    assert tags_of(ada) == []
    undo(event)
    assert tags_of(ada) == ["VIP"]


def test_joining_two_tags_leaves_each_customer_one_and_is_undone():
    ada, bea = factories.customer("Ada"), factories.customer("Bea")
    for customer, name in ((ada, "vip"), (ada, "V.I.P. client"), (bea, "V.I.P. client")):
        tagging.put(customer, name)
    event = tagging.join(Tag.objects.get(key="v i p client"), Tag.objects.get(key="vip")).event
    assert (tags_of(ada), tags_of(bea)) == (["vip"], ["vip"])
    assert event.data["customers"] == event.data["dropped"] == 1
    undo(event)
    assert (tags_of(ada), tags_of(bea)) == (["V.I.P. client", "vip"], ["V.I.P. client"])


def test_a_removed_tag_comes_back_with_everybody_who_had_it():
    people = [factories.customer(f"P{at}") for at in range(4)]
    for person in people:
        tagging.put(person, "VIP")
    event = tagging.remove(Tag.objects.get()).event
    assert not Tag.objects.exists()
    assert event.data["customers"] == 4
    undo(event)
    assert [tags_of(person) for person in people] == [["VIP"]] * 4


def test_a_new_name_must_be_free():
    ada = factories.customer("Ada")
    tagging.put(ada, "vip")
    other = tagging.put(ada, "garden").row.tag
    with pytest.raises(InvalidFields, match="Join the two"):
        tagging.rename(other, "V-I-P".replace("-", ""))
    event = tagging.rename(other, "Garden").event
    assert tags_of(ada) == ["Garden", "vip"]
    undo(event)
    assert tags_of(ada) == ["garden", "vip"]


@pytest.mark.parametrize("name", ["", " - ", "x" * 61])
def test_a_tag_needs_a_name_that_can_be_read(name):
    with pytest.raises(InvalidFields):
        tagging.put(factories.customer("Ada"), name)
    assert not Tag.objects.exists()
