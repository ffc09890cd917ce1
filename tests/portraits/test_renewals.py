"""Contracts: they make customers, and each that runs is told how likely its renewal is."""

from __future__ import annotations

import datetime as dt

import pytest

from habitue.customers.models import Customer
from habitue.portraits.models import Portrait, Refresh, Renewal, Stage, Standing
from habitue.portraits.refreshing import refresh
from habitue.portraits.reporting import reasons
from habitue.purchases.models import Contract

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 12, 31)


@pytest.fixture
def clients(monkeypatch) -> dict[str, Customer]:
    """An adviser's: nobody orders anything, some pay each quarter, some have left."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: TODAY)
    made = {}
    for number in range(120):
        quarters, leaves = 1 + number % 10, number % 3 == 0
        first = TODAY - dt.timedelta(days=91 * quarters + 5)
        ended = first + dt.timedelta(days=91 * (1 + number % quarters)) if leaves else None
        made[f"C{number}"] = customer = Customer.objects.create(reference=f"C{number}", name=f"Client {number}")
        Contract.objects.create(
            reference=f"K{number}",
            customer=customer,
            plan="Succession" if number % 2 else "Pension",
            first_day=first,
            last_day=ended,
            period_days=91,
            amount=15_000,
            currency="EUR",
        )
    made["nobody"] = Customer.objects.create(reference="nobody", name="Nobody")
    return made


def stage_of(customer: Customer) -> tuple[str, str]:
    portrait = Portrait.objects.get(customer=customer)
    return portrait.standing, portrait.stage


def test_a_contract_that_runs_makes_a_customer_and_its_renewals_a_regular(clients):
    run = refresh()
    assert run.as_of == TODAY
    assert stage_of(clients["C10"]) == (Standing.CUSTOMER, Stage.SETTLING)  # one quarter, renewed once
    assert stage_of(clients["C14"]) == (Standing.CUSTOMER, Stage.REGULAR)  # five quarters
    assert stage_of(clients["C0"]) == (Standing.FORMER, Stage.LOST)
    assert stage_of(clients["nobody"]) == (Standing.PROSPECT, Stage.PROSPECT)
    why = reasons(Portrait.objects.get(customer=clients["C14"]), run)
    assert why["stage"].rule == "A contract renewed 4 times or more makes a regular customer."
    assert why["standing"].rule == "A contract that runs makes a customer."
    assert reasons(Portrait.objects.get(customer=clients["C0"]), run)["standing"].rule == "A former customer."


def test_each_contract_that_runs_has_its_chance_and_its_value(clients):
    refresh()
    running = Contract.objects.filter(last_day=None)
    assert set(Renewal.objects.values_list("contract", flat=True)) == set(running.values_list("pk", flat=True))
    for renewal in Renewal.objects.select_related("contract"):
        assert 0.5 < renewal.p_renews < 1
        assert TODAY < renewal.next_renewal <= TODAY + dt.timedelta(days=91)
        assert renewal.expected_value_low <= renewal.expected_value <= renewal.expected_value_high <= 4 * 15_000
    assert Refresh.objects.latest().parameters["contracts"]["used"] in ("constant", "beta_geometric", "hazard")


def test_a_contract_that_ended_leaves_no_renewal_behind(clients):
    refresh()
    Contract.objects.filter(reference="K14").update(last_day=TODAY)
    refresh()
    assert not Renewal.objects.filter(contract__reference="K14").exists()
    assert stage_of(clients["C14"]) == (Standing.FORMER, Stage.LOST)
