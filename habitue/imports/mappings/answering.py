"""Answers to the questions of a guess, as changes of the mapping that was proposed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from habitue.imports.evidence.guess import Answer, Question
from habitue.imports.kind import kind_named
from habitue.imports.mappings.rules import COLUMN, MULTIPLIED, OF_ORDER, TOTAL

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
    "discounts": {"discount_rule"},
    "statuses": {"statuses"},
    "currencies": {"currency"},
    "same_code": {"same_code"},
    "filters": {"filters"},
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
    for name, said in data.get("discounts", {}).items():
        plain = {"column": said} if isinstance(said, str) else {key: of for key, of in said.items() if key != "rule"}
        data["discounts"][name] = plain | ({"rule": OF_ORDER} if value == "order_repeated" else {})


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
    "number_of": _number_of,
    "filters": _filters,
    "same_code": _same_code,
    "century": _plainly("birth_century"),
    "date_order": _plainly("date_order"),
    "thousands": _plainly("thousands"),
    "decimal": _plainly("decimal"),
}
