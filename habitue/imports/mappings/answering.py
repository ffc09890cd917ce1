"""Answers to the questions of a guess, as changes of the mapping that was proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from habitue.imports.evidence.guess import Answer, Question
from habitue.imports.evidence.unread import ANY
from habitue.imports.kind import kind_named
from habitue.imports.mappings.rules import COLUMN, MULTIPLIED, OF_ORDER, PERCENT, SALE, TOTAL

Data = dict[str, Any]
PROPOSED = ("amount_rule", "discount_rule")  # rules of the likeliest answer that the proposed mapping has already


def answered(kind: str, data: Data, question: Question, at: int) -> Data:
    """The mapping `data` after answer number `at` of a question; 0 is the likeliest, which the proposal mostly has."""
    answer = question.answers[at]
    data = deepcopy(data)
    for fact, heading in answer.columns.items() if at else ():
        _take(kind, data, fact, heading)
    for name, value in answer.rules.items():
        if at or name not in PROPOSED:
            RULES[name](data | {"kind": kind}, data, value)
    return {name: value for name, value in data.items() if value not in ({}, [], "")}


def chosen(question: Question, given: str) -> int | None:
    """The number of the answer that somebody has named: by its place from 1, its code, or what it says."""
    names = [{str(at), answer.code, *map(str, answer.data.values())} for at, answer in enumerate(question.answers, 1)]
    return next((at for at, some in enumerate(names) if given in some), None)


def name_of(answer: Answer, at: int, question: Question) -> str:
    """What a script writes for this answer; its place where its code is that of several."""
    same = [other for other in question.answers if other.code == answer.code]
    return answer.code if len(same) == 1 else str(at)


def question_of(data: Mapping[str, Any]) -> Question:
    """A question from the data of a guess that was stored."""
    answers = tuple(Answer(**answer) for answer in data["answers"])
    return Question(**{**data, "answers": answers, "covers": tuple(data["covers"]), "rows": tuple(data["rows"])})


def touched(before: Data, after: Data) -> set[str]:
    """The facts and rules, by the names that questions cover, in which two mappings differ."""
    was, now = before.get("columns", {}), after.get("columns", {})
    facts = {fact for fact in {*was, *now} if was.get(fact) != now.get(fact)}
    for key, names in KEYS.items():
        if (before.get(key) or None) != (after.get(key) or None):
            facts |= names
    return facts


KEYS: dict[str, set[str]] = {
    "amounts": {"amount_rule", "tax"},
    "discounts": {"discount_rule", "voucher"},
    "unit": {"unit"},
    "statuses": {"statuses", "rows_that_count"},
    "currencies": {"currency"},
    "filters": {"filters", "rows_that_count"},
    "same_code": {"same_code"},
    "birth_century": {"born_on"},
    "date_format": {"date_order", "placed_at", "born_on"},
    "decimal": {"decimal"},
    "thousands": {"decimal"},
}


def _take(kind: str, data: Data, fact: str, heading: str | None) -> None:
    """Take a fact from a column, which is then no other fact; or from none."""
    if not kind_named(kind).known(fact):
        return
    columns: Data = data.setdefault("columns", {})
    if heading is None:
        columns.pop(fact, None)
        return
    for other in [name for name, origin in columns.items() if origin == heading]:
        del columns[other]
    columns[fact] = heading


def _amount_rule(_of: Data, data: Data, value: str) -> None:
    columns = data["columns"]
    amounts = {name: said for name, said in data.get("amounts", {}).items() if name != "rule"}
    if value == COLUMN:
        columns.pop("unit_price", None)
    elif value == MULTIPLIED or {"quantity", "unit_price"} <= set(columns):
        amounts["rule"] = MULTIPLIED
        columns.pop(amounts.get("gives", "gross"), None)
    else:
        amounts["rule"] = TOTAL
        total = columns.get("order_total") or columns.get("amount") or columns.get("paid")
        for name in ("amount", "gross", "paid", "unit_price"):
            columns.pop(name, None)
        columns["order_total"] = total
    data["amounts"] = amounts


def _discount_rule(_of: Data, data: Data, value: str) -> None:
    rule = {"order_repeated": {"rule": OF_ORDER}, "rate": {"rule": PERCENT}}.get(value, {})
    for name, said in data.get("discounts", {}).items():
        plain = {"column": said} if isinstance(said, str) else {key: of for key, of in said.items() if key != "rule"}
        data["discounts"][name] = plain | rule


def _voucher(_of: Data, data: Data, value: Data) -> None:
    """A further discount; what was taken for the amount received is then the amount before it. Or a way to pay."""
    discounts, columns = data.setdefault("discounts", {}), data["columns"]
    taken = next(
        (name for name, of in discounts.items() if isinstance(of, dict) and of["column"] == value["column"]), ""
    )
    if value.get("rule") == "pays":
        if taken and len(discounts) == 1 and "amount" not in columns and "gross" in columns:
            columns["amount"] = columns.pop("gross")
        discounts.pop(taken, None)
    elif not taken:
        discounts["voucher" if "discount" in discounts else "discount"] = dict(value)
        if "gross" not in columns and len(discounts) == 1 and (at := columns.pop("amount", None)):
            columns["gross"] = at


def _same_code(of: Data, data: Data, value: bool) -> None:
    data["same_code"] = ["buyer" if of["kind"] == "orders" else "reference"] if value else []


def _currency(_of: Data, data: Data, value: str) -> None:
    data["columns"]["currency"] = {"value": value}


def _tax(_of: Data, data: Data, value: str) -> None:
    data["amounts"] = data.get("amounts", {}) | {"tax": value}


def _number_of(_of: Data, data: Data, value: list[str]) -> None:
    data["columns"]["number"] = {"columns": value}


def _filters(_of: Data, data: Data, value: Data) -> None:
    data["filters"] = data.get("filters", {}) | value


def _statuses(_of: Data, data: Data, value: Data) -> None:
    data["statuses"] = data.get("statuses", {}) | value


def _rows_that_count(_of: Data, data: Data, value: dict[str, dict[str, str]]) -> None:
    """Columns that say of rows that they are no sales: the first is the status, where there is none; the others filter.

    A column of which no value is said is neither any more.
    """
    columns: Data = data["columns"]
    for heading, meant in value.items():
        data["filters"] = {name: of for name, of in data.get("filters", {}).items() if name != heading}
        if columns.get("status") == heading:
            del columns["status"], data["statuses"]
        if ANY in meant:
            data["filters"][heading] = [""]
        elif meant and "" not in meant and "status" not in columns:
            columns["status"] = heading
            data["statuses"] = dict(meant)
        elif meant:
            data["filters"][heading] = {"not": [text for text, code in meant.items() if code != SALE]}


def _plainly(key: str) -> Callable[[Data, Data, Any], None]:
    def say(_of: Data, data: Data, value: Any) -> None:
        data[key] = str(value)

    return say


RULES: dict[str, Callable[[Data, Data, Any], None]] = {
    "amount_rule": _amount_rule,
    "discount_rule": _discount_rule,
    "statuses": _statuses,
    "currency": _currency,
    "tax": _tax,
    "voucher": _voucher,
    "unit": _plainly("unit"),
    "number_of": _number_of,
    "filters": _filters,
    "same_code": _same_code,
    "rows_that_count": _rows_that_count,
    "century": _plainly("birth_century"),
    "date_order": _plainly("date_order"),
    "thousands": _plainly("thousands"),
    "decimal": _plainly("decimal"),
}
