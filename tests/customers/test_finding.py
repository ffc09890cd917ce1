"""Anybody is found by whatever one has of them, the best match first."""

from __future__ import annotations

import pytest
from django.db import connection

from habitue.customers.contacting import normalised
from habitue.customers.merging.merging import merge
from habitue.customers.models import ContactPoint, Customer, Relation
from habitue.customers.search import finding, fulltext
from habitue.customers.search.finding import Rank, find, matching
from habitue.customers.search.models import Entry, Slip, Word
from habitue.events.journal import record
from habitue.events.undoing import undo
from tests import factories

pytestmark = pytest.mark.django_db
EVERYBODY = Customer.objects.unmerged
LONG = " ".join(f"x{letter}" for letter in "abcdefghijklmnopqrstuvwxyz")


def somebody(name: str, reference: str = "", *, birth_name: str = "", **points: str) -> Customer:
    """`phone`, `email`, `address` and `outside` as they were typed."""
    made = factories.customer(name, reference, birth_name=birth_name)
    for kind, typed in points.items():
        point = normalised("reference" if kind == "outside" else kind, typed)
        ContactPoint.objects.create(customer=made, **point._asdict())
    finding.index([made.pk])
    return made


def names(text: str) -> list[str]:
    return [hit.customer.name for hit in find(EVERYBODY(), text)]


@pytest.fixture
def eloise() -> Customer:
    for name in ("Marc Bertrand", "Anne Delmas", "Éric Bernier"):
        somebody(name, phone="01 44 55 66 77", email=f"contact@{name[:4].lower()}.example".replace("é", "e"))
    return somebody(
        "Éloïse d'Aubigné-Roux",
        "C-77120",
        birth_name="Kervella",
        phone="06 12 34 56 78",
        email="Eloise.Daubigne@exemple.fr",
        address="3 rue Haute, 29200 Brest",
        outside="ERP-00417",
    )


@pytest.mark.parametrize(
    "text",
    [
        "Éloïse d'Aubigné-Roux",
        "eloise daubigne",  # without accents, and written together
        "roux eloise",  # parts in any order
        "AUBIGNE",
        "elo rou",
        "eloise kervella",  # as she was called at birth
        "eliose",  # letters in each other's place
        "eloisse roux",  # one too many
        "elise roux",  # one missing
        "eloixe rous",  # one wrong in each
        "aubgine roux",
        "kervela",
        "06 12 34 56 78",
        "0612345678",
        "06.12.34.56.78",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "33612345678",
        "3456",  # four digits of it
        "612345",
        "06 12",
        "+336 12",
        "eloise.daubigne@exemple.fr",
        "ELOISE.DAUBIGNE@exemple.fr",
        "daubigne@ex",
        "exemple.fr",
        "C-77120",
        "c-77120",
        "C-771",
        "ERP-00417",
        "erp-004",
        "00417",
        "brest roux",
    ],
)
def test_somebody_is_found_by_whatever_one_has_of_them(eloise, text: str):
    assert names(text)[:1] == [eloise.name]
    assert eloise in matching(EVERYBODY(), text)


@pytest.mark.parametrize(
    "text", ["zzzzqqq", "99", "%%%", "0799999999", "_", "'", '"', "@", "* OR x", "é" * 90, "\\", "--", LONG]
)
def test_what_nobody_has_finds_nobody_and_breaks_nothing(eloise, text: str):
    assert names(text) == []
    assert list(matching(EVERYBODY(), text)) == []


def test_the_best_match_comes_first():
    for name, reference in [
        ("Paul Martin", "1"),
        ("Martin Zola", "2"),
        ("Martine Roy", "3"),
        ("Martin", "4"),
        ("Else Where", "MARTIN"),
        ("Jo Marrtin", "5"),
    ]:
        somebody(name, reference)
    somebody("Pat Lee", "6", email="paul.martin@exemple.fr")
    hits = find(EVERYBODY(), "martin")
    assert [hit.customer.reference for hit in hits] == ["MARTIN", "4", "2", "1", "3", "6", "5"]
    ranks = [Rank.EXACT, Rank.NAME, Rank.BEGINNING, Rank.WORDS, Rank.BEGINNINGS, Rank.PIECE, Rank.NEAR]
    assert [hit.rank for hit in hits] == ranks


def test_who_is_called_so_comes_before_who_was_called_so_at_birth():
    somebody("Ada Roux", birth_name="Kervella")
    somebody("Zoé Kervella")
    assert names("kervella") == ["Zoé Kervella", "Ada Roux"]


def test_of_several_spellings_the_nearest_comes_first_and_then_the_more_frequent():
    for name in ("Jean Dupont", "Jean Dupond", "Jean Duport", "Jean Dupond"):
        somebody(name)
    finding.reindex()
    assert names("jean dupomt")[:2] == ["Jean Dupont", "Jean Duport"]
    assert names("jean dupon")[:2] == ["Jean Dupond", "Jean Dupond"]
    assert names("jean dupnd")[0] == "Jean Dupond"
    assert names("jean duponx")[:3] == ["Jean Dupond", "Jean Dupont", "Jean Dupond"], "namesakes after one of each"


def test_who_works_somewhere_is_found_by_it_after_the_place_itself():
    bakery, ada = somebody("Boulangerie Le Goff"), somebody("Ada Roux")
    bakery.kind = Customer.Kind.ORGANISATION
    with record("customer.edited") as journal:
        journal.create(Relation(of=ada, kind=Relation.Kind.EMPLOYER, to=bakery))
    assert names("le goff") == ["Boulangerie Le Goff", "Ada Roux"]
    assert finding.matched_texts(find(EVERYBODY(), "le goff"), "le goff") == {ada.pk: "Boulangerie Le Goff"}
    with record("customer.edited") as journal:
        journal.save(bakery, name="Maison Kerjean")
    assert names("kerjean") == ["Maison Kerjean", "Ada Roux"]
    assert names("goff") == []


def test_a_whole_reference_finds_only_who_bears_it():
    somebody("Ada Roux", "C-77")
    somebody("Bo Selin", "C-771")
    assert names("C-77") == ["Ada Roux"]
    assert set(names("C-7")) == {"Ada Roux", "Bo Selin"}


def test_what_answered_is_told_as_it_was_given(eloise):
    answers = {
        "3456": "06 12 34 56 78",
        "daubigne@ex": "Eloise.Daubigne@exemple.fr",
        "brest roux": "Brest",
        "kervella": "Kervella",
        "erp-004": "ERP-00417",
    }
    for text, matched in answers.items():
        assert finding.matched_texts(find(EVERYBODY(), text), text) == {eloise.pk: matched}, text


def test_a_change_through_the_journal_is_found_at_once_and_its_undoing_too(eloise):
    with record("customer.edited") as journal:
        journal.save(eloise, name="Gwenaëlle Roux")
        journal.create(ContactPoint(customer=eloise, kind="phone", typed="0700000001", value="+33700000001"))
    assert names("gwenaele") == ["Gwenaëlle Roux"]
    assert names("07 00 00 00 01") == ["Gwenaëlle Roux"]
    assert names("aubigne roux") == []
    undo(journal.event)
    assert names("gwenaelle") == names("0700000001") == []
    assert names("aubigne roux") == [Customer.objects.get(pk=eloise.pk).name]
    assert finding.astray() == 0


def test_who_is_merged_is_not_found_but_their_reference_leads_to_who_stands_for_them():
    kept = somebody("Ada Roux", "R-1", phone="06 12 34 56 78")
    gone = somebody("Adda Rouxel", "R-2", email="ada@exemple.fr")
    event = merge(kept, [gone], {}).event
    assert names("rouxel") == ["Ada Roux"], "nearly: nobody is called so any more"
    for text in ("R-2", "r-2", "ada@exemple.fr"):
        assert [hit.customer.pk for hit in find(EVERYBODY(), text)] == [kept.pk], text
        assert list(matching(EVERYBODY(), text)) == [kept], text
    undo(event)
    assert [hit.customer.pk for hit in find(EVERYBODY(), "R-2")] == [gone.pk]
    assert finding.astray() == 0


def test_only_who_may_be_seen_is_found(eloise):
    assert find(Customer.objects.none(), "roux") == []
    assert find(EVERYBODY().exclude(pk=eloise.pk), "ERP-00417") == []


def test_indexing_twice_changes_nothing(eloise):
    assert finding.index([eloise.pk]) == 0
    assert finding.reindex() == 0


def test_reindexing_puts_right_what_was_changed_past_the_journal(eloise):
    Customer.objects.filter(pk=eloise.pk).update(name="Maud Le Bihan", name_key="maud le bihan")
    Entry.objects.filter(customer__name="Marc Bertrand").delete()
    assert finding.astray() == 2
    assert finding.reindex() == 2
    assert finding.astray() == 0
    assert names("lebihan") == ["Maud Le Bihan"]


def test_the_first_index_is_the_same_as_one_that_grew(eloise):
    grown = dict(Entry.objects.values_list("pk", "words")), set(Word.objects.values_list("text", flat=True))
    for model in (Entry, Word, Slip):
        model.objects.all().delete()
    finding.reindex()
    assert grown == (dict(Entry.objects.values_list("pk", "words")), set(Word.objects.values_list("text", flat=True)))
    assert names("eliose") == [eloise.name]


def test_nothing_is_left_of_who_is_forgotten(eloise):
    other = somebody("Roux Marc")
    finding.forget([eloise.pk])
    assert names("kervella") == names("3456") == names("erp-004") == []
    assert set(Word.objects.filter(text__in=["roux", "kervella"]).values_list("text", flat=True)) == {"roux"}
    assert names("roux") == [other.name]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for table in fulltext.TABLES:
                cursor.execute(f"SELECT block FROM {table}_data")
                assert all(b"kervella" not in block and b"417" not in block for (block,) in cursor.fetchall())


def test_entries_go_with_their_customers_whoever_deletes_them(eloise):
    Entry.objects.filter(pk=eloise.pk)._raw_delete("default")
    assert fulltext.with_words([[("kervella", False)]], 9) == []
    assert fulltext.with_piece("+330612345678", 9) == []


def test_a_list_by_a_common_word_holds_all_of_them_and_only_those(eloise):
    many = [factories.customer(f"Jean Martin {number}") for number in range(70)]
    matches = matching(EVERYBODY(), "martin jea")
    assert matches.count() == 70
    assert set(matches) == set(many)
    assert list(matching(EVERYBODY().filter(name="Jean Martin 3"), "martin")) == [many[3]]


def test_an_empty_text_keeps_the_list_whole(eloise):
    assert matching(EVERYBODY(), "").count() == 4
    assert find(EVERYBODY(), " ") == []
