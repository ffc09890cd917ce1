"""Who is twice in the base: found, kept, and not asked again once it was decided."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule

from bench.doubles import doubles
from habitue import jobs
from habitue.customers.duplicates import comparing
from habitue.customers.duplicates.deduplicating import SURE, find, remembered
from habitue.customers.duplicates.profiles import profile
from habitue.customers.merging.merging import merge
from habitue.customers.models import ContactPoint, Customer, Pair
from habitue.events.models import Event
from habitue.events.undoing import undo
from tests import factories

pytestmark = pytest.mark.django_db
BORN = "1980-03-04"


def known(name: str, phone: str = "+33612345678", **fields) -> Customer:
    given, _space, family = name.partition(" ")
    made = factories.customer(name, given_name=given, family_name=family, **fields)
    ContactPoint.objects.create(customer=made, kind="phone", typed=phone, value=phone)
    return made


@pytest.fixture
def twice() -> list[Customer]:
    """Ada twice, her husband, and many others."""
    for at in range(30):
        known(f"Prénom{at} Famille{at}", f"+336000000{at:02}")
    return [known("Ada Béranger", born_on=BORN), known("ADA BERANGER", born_on=BORN), known("Bo Béranger")]


def pairs() -> list[tuple[int, int]]:
    return list(Pair.objects.filter(verdict="open").order_by("first", "second").values_list("first", "second"))


def test_who_is_twice_is_found_with_reasons_and_a_household_is_not(twice):
    counts = find()
    one, two, _husband = twice
    assert (counts.customers, counts.open, counts.new) == (33, 1, 1)
    pair = Pair.objects.get()
    assert (pair.first, pair.second, pair.verdict) == (one, two, "open")
    assert pair.score > SURE
    assert [(reason["of"], reason["is"]) for reason in pair.reasons][:2] == [("phone", "same"), ("born", "same")]
    assert Event.objects.get(kind="duplicates.found").data["open"] == 1


def test_how_far_it_is_is_shown(twice):
    steps: list[tuple[str, int, int]] = []
    find(show=lambda *step: steps.append(step))
    assert steps == [("read", 33, 33), ("compare", 1, 1)]


def test_a_second_run_finds_the_same(twice):
    find()
    before = list(Pair.objects.values())
    assert find().new == 0
    assert list(Pair.objects.values()) == before


@pytest.mark.parametrize("verdict", ["never", "same"])
def test_what_was_decided_is_not_asked_again(twice, verdict: str):
    find()
    Pair.objects.update(verdict=verdict)
    assert find().open == 0
    assert Pair.objects.get().verdict == verdict


def test_who_was_merged_is_not_asked_of_and_is_again_after_the_undoing(twice):
    find()
    one, two, _husband = twice
    event = merge(one, [two], {}).event
    assert find().open == 0
    undo(event)
    assert pairs() == [(one.pk, two.pk)]
    assert find().open == 1


def test_an_open_pair_that_something_else_brought_is_looked_at_and_kept(twice):
    """An import asks of two who share no key: the next night does not lose them without a look."""
    one, _two, _husband = twice
    other = known("Adda Beranger", "+33612345678", born_on=BORN)
    Pair.objects.create(first=one, second=other, score=0.6)
    find()
    assert (one.pk, other.pk) in pairs()


def test_an_open_pair_that_does_not_resemble_any_more_goes(twice):
    find()
    Customer.objects.filter(pk=twice[1].pk).update(given_name="Zoé", family_name="Faure", born_on="1955-12-28")
    ContactPoint.objects.filter(customer=twice[1]).update(value="+33799999999")
    assert find().gone == 1
    assert not Pair.objects.exists()


def test_a_telephone_that_many_share_says_nothing(twice):
    for at in range(12):
        ContactPoint.objects.create(
            customer=factories.customer(f"Ada Béranger {at}"), kind="phone", typed="s", value="+33100000000"
        )
    find()
    assert "+33100000000" not in json.dumps(list(Pair.objects.values_list("reasons", flat=True)))


def test_nobody_is_merged_unasked(twice):
    find()
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_an_empty_base_has_no_duplicates():
    assert find().open == 0


def test_what_was_learnt_is_remembered_for_whoever_types(twice):
    find()
    assert (settings.HOME / "duplicates.json").exists()
    assert remembered().records == 33
    (settings.HOME / "duplicates.json").write_text("{")
    assert remembered().records == Customer.objects.count()


def test_french_doubles_are_found_and_twins_and_couples_are_left():
    """A smaller set of the one that `python -m bench duplicates` measures."""
    made = doubles(1_500, seed=2)
    with comparing.connect() as connection:
        connection.register("batch", comparing.table(map(profile, made.records), with_keys=True))
        connection.execute("CREATE TABLE profiles AS FROM batch")
        compared = comparing.compare_all(connection)
        scores = comparing.scored(comparing.fitted(connection, compared), compared)
    owners = np.array(made.owners)
    ends = np.sort(np.column_stack([owners[compared.first - 1], owners[compared.second - 1]]), axis=1)[scores >= SURE]
    truth = sum(count * (count - 1) // 2 for count in np.bincount(owners))
    right = int((ends[:, 0] == ends[:, 1]).sum())
    assert right / len(ends) >= 0.985
    assert right / truth >= 0.88
    asked = {tuple(end) for end in ends.tolist()}
    assert len(made.relatives["twins"]) > 25
    assert not asked & made.relatives["twins"]
    assert len(asked & made.relatives["couple"]) <= 1


def test_the_worker_looks_every_night(twice):
    jobs.plan()
    jobs.plan()
    schedule = Schedule.objects.get(name=jobs.NIGHTLY_DUPLICATES)
    import_string(schedule.func)()
    assert Pair.objects.count() == 1


def test_the_command_line_says_what_was_found(twice, capsys):
    call_command("duplicates", json=True)
    assert json.loads(capsys.readouterr().out)["new"] == 1
    call_command("duplicates")
    assert "1 pair to look at (0 new) among 33 records; nobody was merged." in capsys.readouterr().out
