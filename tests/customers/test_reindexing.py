"""`habitue doctor` tells when the index is wrong, `habitue reindex` mends it."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from habitue.customers.models import Customer
from habitue.customers.search import fulltext
from habitue.customers.search.finding import find
from habitue.customers.search.indexing import reindex
from habitue.customers.search.models import Entry, Slip, Word
from habitue.events.journal import record
from habitue.management import checking
from tests import factories


@pytest.mark.django_db
def test_what_is_wrong_is_told_and_mended(capsys):
    factories.customer("Ada Roux")
    assert checking.search().good
    Entry.objects.update(words="somebody else")
    check = checking.search()
    assert not check.good
    assert check.fact == "1 entry is not right"
    assert "reindex" in check.todo
    call_command("reindex")
    assert "1 entry was put right." in capsys.readouterr().out
    assert checking.search().good


@pytest.mark.django_db
@pytest.mark.parametrize("empty", [True, False])
def test_reindexing_tells_how_far_it_is(monkeypatch, empty: bool):
    monkeypatch.setattr("habitue.customers.search.indexing.AT_ONCE", 2)
    for name in ("Ada", "Bea", "Cy"):
        factories.customer(name)
    if empty:
        Entry.objects.all().delete()
    steps: list[tuple[int, int]] = []
    reindex(lambda done, total: steps.append((done, total)))
    assert steps == [(2, 3), (3, 3)]


@pytest.mark.django_db
def test_customers_who_were_there_before_the_index_are_found_once_it_is_made():
    factories.customer("Ada Roux", "A")
    fulltext.drop()
    for model in (Entry, Word, Slip):
        model.objects.all()._raw_delete("default")
    fulltext.create()
    reindex()
    assert [hit.customer.reference for hit in find(Customer.objects.all(), "aad ruox")] == ["A"]
    assert checking.search().good


@pytest.mark.django_db
def test_who_is_renamed_or_goes_after_the_index_was_made_is_so_in_it_too():
    ada, bo = factories.customer("Ada Roux", "A"), factories.customer("Bo Noir", "B")
    fulltext.drop()
    fulltext.create()
    with record("customer.edited", customer=ada) as journal:
        journal.save(ada, name="Zoé Blanc", name_key="zoe blanc")
    Entry.objects.filter(customer=bo.pk).delete()
    for word, those in (("blanc", [ada.pk]), ("roux", []), ("noir", [])):
        assert fulltext.with_words([[(word, False)]], 5) == those, word
