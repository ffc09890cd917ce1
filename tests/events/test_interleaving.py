"""Events that interleave: an undo takes back its own changes and never what somebody else wrote since."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import Phase, assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from habitue.customers import editing
from habitue.customers.models import Customer, Tag, Tagging
from habitue.customers.tags import tagging
from habitue.events.journal import begin, finish, record, resume
from habitue.events.models import Event
from habitue.events.undoing import undo
from tests import factories
from tests.sampling import sampled

pytestmark = pytest.mark.django_db


def test_who_was_made_at_the_desk_while_an_import_ran_that_wrote_to_them_stays():
    """The import began first: what counts is that its change came after."""
    import_ = begin("import.started", file="a.csv")
    with record("customer.created") as made:
        ada = made.create(Customer(reference="X", name="Ada"))
    with resume(import_) as journal:
        journal.save(ada, born_on="1990-01-02")
    finish(import_)
    done = undo(made.event)
    assert [(kept.pk, kept.reason) for kept in done.kept] == [(ada.pk, "changed_since")]
    assert Customer.objects.get().reference == "X"


def test_what_was_made_after_an_event_that_began_later_goes_when_nothing_came_since():
    later = begin("import.started", file="a.csv")
    with record("customer.created") as made:
        ada = made.create(Customer(reference="X", name="Ada"))
    with resume(later) as journal:
        journal.save(ada, born_on="1990-01-02")
    undo(later)
    assert not undo(made.event).kept
    assert not Customer.objects.exists()


def test_a_value_that_somebody_set_again_is_theirs():
    """Ada, Eve, Iris, Eve: the second Eve is what somebody wants, whatever the first one is worth."""
    ada = factories.customer("Ada")
    first = edited(ada, name="Eve")
    edited(ada, name="Iris")
    edited(ada, name="Eve")
    done = undo(first)
    ada.refresh_from_db()
    assert ada.name == "Eve"
    assert [(kept.reason, kept.name, kept.now) for kept in done.kept] == [("changed_since", "name", "Eve")]


def test_what_was_deleted_and_is_there_again_is_told_and_not_written_twice():
    ada = factories.customer("Ada")
    tagging.put(ada, "VIP")
    with record("tag.taken", name="VIP") as taken:
        taken.delete(Tagging.objects.get())
    tagging.put(ada, "VIP")
    done = undo(taken.event)
    assert [kept.reason for kept in done.kept] == ["there_again"]
    assert Tagging.objects.count() == 1


def test_what_was_deleted_and_belonged_to_something_that_is_gone_is_told():
    ada = factories.customer("Ada")
    tagging.put(ada, "VIP")
    with record("tag.taken", name="VIP") as taken:
        taken.delete(Tagging.objects.get())
    Tag.objects.all().delete()
    assert [kept.reason for kept in undo(taken.event).kept] == ["orphan"]


def test_what_was_deleted_comes_back_to_whom_its_customer_was_merged_into():
    from habitue.customers.merging.merging import merge

    ada, eve = factories.customer("Ada"), factories.customer("Eve")
    tagging.put(ada, "VIP")
    with record("tag.taken", name="VIP") as taken:
        taken.delete(Tagging.objects.get())
    merge(eve, [ada], {})
    assert not undo(taken.event).kept
    assert Tagging.objects.get().customer == eve


FRESH = """
import django
django.setup()
from habitue.events.kinds import KINDS
assert KINDS["customer.merged"].before_undo, "the guard of a merge"
assert KINDS["import.finished"].after_undo, "the book-keeping of an import"
"""


@pytest.mark.parametrize("start", ["import habitue.jobs", "from habitue import cli"])
def test_the_guard_of_an_undo_is_there_in_a_fresh_process(start: str, tmp_path):
    """As the worker and a command start it: nobody has asked for the module of merges."""
    environment = {"DJANGO_SETTINGS_MODULE": "habitue.settings", "HABITUE_HOME": str(tmp_path), "PATH": ""}
    script = FRESH.replace("django.setup()\n", f"django.setup()\n{start}\n")
    subprocess.run([sys.executable, "-c", script], check=True, env=environment, cwd=settings.PACKAGE.parent)


def edited(customer: Customer, **values: Any) -> Event:
    with record("customer.edited", customer=customer) as journal:
        journal.save(customer, **values)
    return journal.event


FIELDS = ("given_name", "family_name", "internal")
VALUES = {"given_name": ["Ada", "Eve", "Iris"], "family_name": ["Roux", "Noir"], "internal": [True, False]}


class Interleaved(RuleBasedStateMachine):
    """Imports that write piece by piece, edits and undoes in any order.

    The model: every write of a column, in the order in which it was written, with its event. What must hold: the last
    write of a column is still there if its event is not undone, and whoever it was written to is still there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.writes: dict[tuple[int, str], list[tuple[int, Any]]] = {}
        self.undone: set[int] = set()
        self.imports: list[Event] = []
        self.events: list[Event] = []

    @initialize()
    def start(self) -> None:
        self.imports.append(begin("import.started", file="a.csv"))
        self.events += self.imports

    @rule()
    def begin_import(self) -> None:
        event = begin("import.started", file="b.csv")
        self.imports.append(event)
        self.events.append(event)

    @rule(at=st.integers(0, 3), name=st.sampled_from(VALUES["given_name"]))
    def import_somebody_new(self, at: int, name: str) -> None:
        event = self._running(at)
        with resume(event) as journal:
            row = journal.create(Customer(reference=f"R{len(self.writes)}", given_name=name))
        self.writes[row.pk, "given_name"] = [(event.pk, name)]

    @rule(name=st.sampled_from(VALUES["given_name"]))
    def make_somebody(self, name: str) -> None:
        made = editing.create(given_name=name, family_name="Roux").row
        event = Event.objects.latest("pk")
        self.events.append(event)
        self.writes[made.pk, "given_name"] = [(event.pk, name)]

    @rule(data=st.data(), by_import=st.booleans(), at=st.integers(0, 3))
    def write(self, data: st.DataObject, by_import: bool, at: int) -> None:
        row = self._somebody(data)
        field = data.draw(st.sampled_from(FIELDS))
        value = data.draw(st.sampled_from(VALUES[field]))
        if by_import:
            event = self._running(at)
            with resume(event) as journal:
                changed = journal.save(row, **{field: value})
        else:
            with record("customer.edited", customer=row) as journal:
                changed = journal.save(row, **{field: value})
            event = journal.event
            self.events.append(event)
        if changed:
            self.writes.setdefault((row.pk, field), []).append((event.pk, value))

    @rule(data=st.data())
    def undo_something(self, data: st.DataObject) -> None:
        open_ = [event for event in self.events if event.pk not in self.undone]
        assume(open_)
        event = data.draw(st.sampled_from(open_))
        undo(event)
        self.undone.add(event.pk)
        self.imports = [one for one in self.imports if one.pk != event.pk]

    @invariant()
    def nothing_that_stands_is_lost(self) -> None:
        rows = Customer.objects.in_bulk()
        for (pk, field), writes in self.writes.items():
            event, value = writes[-1]
            if event not in self.undone:
                assert pk in rows, f"{field} of {pk} was written by event {event}, which stands"
                assert getattr(rows[pk], field) == value, (pk, field, event)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def _running(self, at: int) -> Event:
        assume(self.imports)
        return self.imports[at % len(self.imports)]

    def _somebody(self, data: st.DataObject) -> Customer:
        rows = list(Customer.objects.order_by("pk"))
        assume(rows)
        return data.draw(st.sampled_from(rows))


def test_nothing_that_stands_is_lost_however_events_and_undoes_interleave():
    run_state_machine_as_test(
        Interleaved,
        settings=sampled(40, stateful_step_count=25, phases=(Phase.explicit, Phase.generate)),
    )
