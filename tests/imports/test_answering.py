"""Answers to the questions of a guess change the mapping, and a command is stopped by a question until it has one."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest
from django.utils import timezone, translation

from habitue.cli import main
from habitue.customers.models import Customer
from habitue.imports.evidence.guess import Answer, Question
from habitue.imports.mappings.answering import answered, chosen
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Order
from tests.imports.test_command import GOOD, habitue

pytestmark = pytest.mark.django_db(transaction=True)  # a command closes its connections
COLUMNS = {"number": "no", "buyer": "who", "placed_at": "day", "product": "sku", "currency": {"value": "EUR"}}
SAME = ("1,412,2024-03-13,bread,1,10.00", "2,00412,2024-03-14,soap,1,20.00")


def asked(columns=None, rules=None, **more) -> Question:
    return Question("some", (), (Answer("as_guessed"), Answer("other", columns or {}, rules or {}, **more)))


@pytest.mark.parametrize(
    ("before", "answer", "after"),
    [
        ({"columns": {"amount": "P", "quantity": "Q"}},
         {"columns": {"unit_price": "P", "amount": None}, "rules": {"amount_rule": "quantity_x_unit_price"}},
         {"columns": {"quantity": "Q", "unit_price": "P"}, "amounts": {"rule": "quantity_x_unit_price"}}),
        ({"columns": {"order_total": "T"}, "amounts": {"rule": "order_total"}},
         {"columns": {"amount": "T"}, "rules": {"amount_rule": "column"}}, {"columns": {"amount": "T"}}),
        ({"columns": {"amount": "T"}}, {"columns": {"amount": "T"}, "rules": {"amount_rule": "order_repeated"}},
         {"columns": {"order_total": "T"}, "amounts": {"rule": "order_total"}}),
        ({"columns": {"gross": "S"}}, {"columns": {"amount": "S"}}, {"columns": {"amount": "S"}}),
        ({"columns": {"amount": "A"}, "discounts": {"off": {"column": "D", "rule": "order"}}},
         {"rules": {"discount_rule": "money"}}, {"columns": {"amount": "A"}, "discounts": {"off": {"column": "D"}}}),
        ({"columns": {}}, {"rules": {"statuses": {"odd": "not_yet"}}}, {"statuses": {"odd": "not_yet"}}),
        ({"columns": {}}, {"rules": {"currency": "CAD"}}, {"columns": {"currency": {"value": "CAD"}}}),
        ({"same_code": ["buyer"]}, {"rules": {"same_code": False}}, {}),
        ({"thousands": "."}, {"rules": {"thousands": "", "decimal": "."}}, {"decimal": "."}),
        ({}, {"rules": {"date_order": "month"}}, {"date_order": "month"}),
        ({"columns": {"number": "N"}}, {"rules": {"number_of": ["Till", "N"]}},
         {"columns": {"number": {"columns": ["Till", "N"]}}}),
        ({}, {"rules": {"filters": {"Type": {"not": ["Supplier"]}}}}, {"filters": {"Type": {"not": ["Supplier"]}}}),
    ],
)  # fmt: skip
def test_an_answer_changes_the_mapping(before, answer, after):
    assert answered("orders", before, asked(**answer), 1) == after
    from_data("orders", {"columns": COLUMNS | {"amount": "x"}} | {name: of for name, of in after.items() if name in (
        "same_code", "thousands", "decimal", "date_order", "statuses")})  # fmt: skip


def test_an_answer_is_named_by_its_place_its_code_or_what_it_says():
    question = Question(
        "kind", (), (Answer("kind_is", data={"kind": "orders"}), Answer("kind_is", data={"kind": "customers"}))
    )
    assert [chosen(question, given) for given in ("1", "customers", "kind_is", "relations")] == [0, 1, 0, None]


def test_a_command_is_stopped_by_a_question_and_names_the_option_that_answers_it(write, capsys):
    path = write(*SAME)
    code, _out, err = habitue(capsys, "import", "orders", path)
    assert (code, Import.objects.count()) == (1, 0)
    assert "--answer same_code=same_customer" in err
    assert "Line 2: 1, 412" in err
    assert habitue(capsys, "import", "orders", path, "--answer", "same_code=same_customer")[0] == 0
    assert set(Order.objects.values_list("buyer__reference", flat=True)) == {"412"}


def test_the_other_answer_keeps_two_customers_apart(write, capsys):
    assert habitue(capsys, "import", "orders", write(*SAME), "--answer", "same_code=2")[0] == 0
    assert set(Customer.objects.values_list("reference", flat=True)) == {"412", "00412"}


@pytest.mark.parametrize(("answer", "day"), [("day_first", "2024-04-03"), ("month_first", "2024-03-04")])
def test_the_order_of_day_and_month_is_answered(write, capsys, answer, day):
    path = write("A1,C1,03/04/2024,bread,1,2.50", "A2,C2,05/06/2024,bread,1,2.50")
    assert habitue(capsys, "import", "orders", path)[0] == 1
    assert habitue(capsys, "import", "orders", path, "--answer", f"day_or_month={answer}")[0] == 0
    assert Order.objects.get(number="A1").placed_on.isoformat() == day


@pytest.mark.parametrize(("expected", "code"), [("2.50", 0), ("2.50 EUR", 0), ("2.51", 1), ("2.50 USD", 1), ("x", 1)])
def test_a_script_can_expect_a_sum(write, capsys, expected, code):
    assert habitue(capsys, "import", "orders", write(GOOD), "--expect-sum", expected)[0] == code
    assert Order.objects.count() == 1 - code


def test_what_should_be_looked_at_stops_a_script_that_says_nothing(write, capsys):
    path = write(GOOD, f"A2,C1,{timezone.localdate() + dt.timedelta(days=400)},bread,1,2.50")
    code, _out, err = habitue(capsys, "import", "orders", path)
    assert (code, Order.objects.count()) == (1, 0)
    assert "still to come" in err
    assert "--yes" in err
    assert habitue(capsys, "import", "orders", path, "--yes")[0] == 0


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "code"), [("9\n1\ny\n", 0), ("\nyes\n", 0), ("1\n\n", 1), ("1\nn\n", 1)])
def test_at_a_terminal_it_asks_and_shows_the_sums_before_anything_is_written(write, monkeypatch, typed, code):
    path = write(*SAME)
    seen = Terminal()
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    monkeypatch.setattr(sys, "stdout", seen)
    with translation.override("en"), pytest.raises(SystemExit) as caught:
        main(["import", "orders", str(path)])
    assert caught.value.code == code
    assert Order.objects.count() == (0 if code else 2)
    assert "are “00412” and “412” the same customer?" in seen.getvalue()
    assert "€30.00" in seen.getvalue()
