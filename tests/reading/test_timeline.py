from __future__ import annotations

from datetime import timedelta

import pytest

from habitue.customers import editing
from habitue.portraits.models import Stage
from habitue.reading.customer import overview
from habitue.reading.customer.timeline import TABS, history
from tests import factories
from tests.factories import AS_OF


@pytest.mark.django_db
@pytest.mark.parametrize("tab", TABS)
def test_the_pages_of_the_history_show_everything_once_and_newest_first(tab: str):
    busy = factories.customer("Busy")
    factories.many_orders(busy, 130)
    for weeks in range(40):
        factories.change(busy, AS_OF - timedelta(days=weeks), Stage.REGULAR, Stage.SLOWING)
        editing.edit(busy, name=f"Busy {weeks}")
    shown = overview.read(busy)
    seen, before = [], ""
    for _turn in range(20):
        entries, before = history(busy, shown.transitions, tab, before, shown.events)
        seen += entries
        if not before:
            break
    else:
        pytest.fail("the pages do not end")
    orders = [entry.order.pk for entry in seen if entry.order]
    assert len(orders) == len(set(orders)) == (130 if tab in ("all", "purchases") else 0)
    assert len([entry for entry in seen if entry.transition]) == (40 if tab in ("all", "stages") else 0)
    of_events = [entry for entry in seen if entry.event]
    assert len(of_events) + sum(entry.more for entry in of_events) == (40 if tab in ("all", "changes") else 0)
    assert len(of_events) == {"all": 1, "changes": 40}.get(tab, 0)
    assert [entry.key for entry in seen] == sorted((entry.key for entry in seen), reverse=True)
