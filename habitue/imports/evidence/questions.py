"""What must be asked, because two readings remain or the evidence is weak: at most two questions, with real rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from habitue.imports.evidence import beside, other_files, suppliers, tills
from habitue.imports.evidence.clues import HALF, Clues
from habitue.imports.evidence.collecting import example_rows
from habitue.imports.evidence.guess import LIKELY, SURE, UNSURE, Answer, Question, Rule
from habitue.imports.evidence.reading import REQUIRED, Reading
from habitue.imports.files.reading import Rows

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 2
ROWS = 3
OF_LINES = ("order_repeated", "money")
OLDEST = 105
AMOUNT_FACTS = ("amount", "gross", "quantity", "unit_price", "order_total", "amount_rule")
IMPORTANT = (
    *REQUIRED["orders"],
    *REQUIRED["customers"],
    *AMOUNT_FACTS,
    "email",
    "phone",
    "name",
    "given_name",
    "family_name",
    "born_on",
)
SHEETS = {"sheets_overlap": ("sheets", "first_sheet"), "sheets_apart": ("sheets_apart", "left_out")}
Rules = Mapping[str, Rule]


def questions(rows: Rows, reading: Reading, rivals: Sequence[str], rules: Rules) -> tuple[Question, ...]:
    """`rivals` are the kinds that it may be, likeliest first."""
    asked = [*of_reading(rows), *_all(reading, rivals, rules)]
    if len(asked) > MOST:
        asked = [asked[0], _together(asked[1:])]
    return tuple(replace(question, rows=tuple(_rows(rows, reading, question))) for question in asked)


def of_reading(rows: Rows) -> list[Question]:
    """What reading the file has left in doubt: its letters, and sheets that repeat each other."""
    asked = []
    for doubt in rows.how.get("doubts", ()):
        if doubt["code"] == "encoding":
            other, was, now = doubt["others"][0]
            data = {"was": was, "now": now, "other": other, "control": "encoding"}
            asked.append(Question("letters", ("encoding",), (Answer("as_read", data=data),), data))
        else:
            data = {"sheets": doubt["sheets"], "control": "sheet"}
            code, answer = SHEETS[doubt["code"]]
            asked.append(Question(code, ("sheets",), (Answer(answer, data=data),), data))
    return asked


def _all(reading: Reading, rivals: Sequence[str], rules: Rules) -> Iterator[Question]:
    for ask in ASKED:
        if question := ask(reading, rivals, rules):
            yield question


def _kind(_reading: Reading, rivals: Sequence[str], _rules: Rules) -> Question | None:
    if len(rivals) < 2:
        return None
    return Question("kind", ("kind",), tuple(Answer("kind_is", data={"kind": kind}) for kind in rivals))


def _columns(reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    """All columns of which headings say nothing, or of which another may be meant, in one question."""
    doubtful = [
        fact for fact, taken in reading.facts.items() if taken.confidence == UNSURE or _has_rivals(reading, fact)
    ]
    doubtful = [fact for fact in doubtful if fact in IMPORTANT or reading.doubted]
    if not reading.doubted and _name_or_reference(reading, _rivals, rules):
        doubtful = [fact for fact in doubtful if fact != "name"]
    misplaced = [reason for reason in reading.misplaced if reason.data["fact"] in IMPORTANT]
    if not doubtful and not misplaced and not reading.doubted:
        return None
    covers = tuple(doubtful)
    if reading.doubted:
        covers = (
            *(field.name for field in reading.kind.fields),
            *reading.facts,
            *rules,
            *AMOUNT_FACTS,
            "discount_rule",
            "kind",
        )
    elif misplaced or any(fact in AMOUNT_FACTS for fact in doubtful):
        covers = (*covers, *REQUIRED[reading.kind.name], *reading.facts, *rules, *AMOUNT_FACTS, "discount_rule")
    facts = {fact: reading.facts[fact].column for fact in doubtful}
    answers = [Answer("as_guessed", dict(facts))]
    for fact in doubtful:
        answers += [
            Answer("other_column", {fact: other}, data={"fact": fact}) for other in reading.facts[fact].others[:2]
        ]
    code = "headings_elsewhere" if misplaced else "columns"
    facts |= {reason.data["fact"]: reason.data["heading"] for reason in misplaced if "heading" in reason.data}
    return Question(code, tuple(dict.fromkeys(covers)), tuple(answers[:4]), {"columns": facts, "moved": len(misplaced)})


def _has_rivals(reading: Reading, fact: str) -> bool:
    taken = reading.facts[fact]
    return taken.confidence == LIKELY and any(reason.code == "rivals" for reason in taken.reasons)


def _days(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    for fact in ("placed_at", "born_on"):
        column = reading.column(fact)
        if column and column.dates and column.dates.order in ("ambiguous", "contradicted"):
            first = ["day", "month"] if _day_first(reading.clues) else ["month", "day"]
            answers = tuple(Answer(f"{order}_first", rules={"date_order": order}) for order in first)
            code = "day_or_month" if column.dates.order == "ambiguous" else "dates_mixed"
            return Question(code, (fact, "date_order"), answers, {"heading": column.heading})
    return None


def _day_first(clues: Clues) -> bool:
    """Where commas are decimal marks, or money is no dollars, the day comes first."""
    marks = {mark for c in clues.columns if c.numbers for mark in c.numbers.marks}
    if any(c.numbers and c.numbers.decimal == "," for c in clues.columns):
        return True
    return "$" not in marks and "USD" not in marks


def _thousands(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    for fact in ("amount", "unit_price", "gross", "order_total"):
        column = reading.column(fact)
        if column and column.numbers and not column.numbers.proven:
            mark = column.numbers.thousands
            answers = (
                Answer("mark_of_thousands", rules={"thousands": mark, "decimal": column.numbers.decimal}),
                Answer("mark_of_decimals", rules={"thousands": "", "decimal": mark}),
            )
            return Question("thousands", (fact, "decimal"), answers, {"heading": column.heading, "mark": mark})
    return None


def _amount(reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    """The doubt that is left about what was paid; the reading that was taken comes first."""
    paid, clues = reading.paid, reading.clues
    if not paid.doubts or "amount_rule" not in rules:
        return None
    columns = {role: clues.heading(at) for role, at in paid.columns.items()}
    code = paid.doubts[0]
    answers = DOUBTS[code](columns, paid.rule)
    return Question(code, tuple(dict.fromkeys((*AMOUNT_FACTS, "discount_rule"))), answers, {"columns": columns})


def _unit_or_line(columns: Mapping[str, str], rule: str) -> tuple[Answer, ...]:
    at = columns.get("unit_price") or columns["amount"]
    unit = Answer(
        "times_quantity", {"unit_price": at, "amount": None}, {"amount_rule": "quantity_x_unit_price"}, {"heading": at}
    )
    line = Answer("of_the_line", {"unit_price": None, "amount": at}, {"amount_rule": "column"}, {"heading": at})
    return unit, line


def _of_order_or_line(columns: Mapping[str, str], rule: str) -> tuple[Answer, ...]:
    """The one that was taken comes first."""
    at = columns["order_total"]
    of_order = "order_total_repeated" if rule == "column" else rule
    answers = (
        Answer("of_the_order", {"order_total": at}, {"amount_rule": of_order}, {"heading": at}),
        Answer("of_the_line", {"amount": at}, {"amount_rule": "column"}, {"heading": at}),
    )
    return answers[::-1] if rule == "column" else answers


def _stated_or_made(columns: Mapping[str, str], rule: str) -> tuple[Answer, ...]:
    at = columns.get("amount") or columns["order_total"]
    stated = Answer(
        "of_the_line" if rule == "column" else "of_the_order", {"amount": at}, {"amount_rule": rule}, {"heading": at}
    )
    other = columns.get("gross") or columns.get("unit_price", "")
    made_rule = "column" if "gross" in columns else "quantity_x_unit_price"
    made_code = "of_the_line" if "gross" in columns else "times_quantity"
    return stated, Answer(made_code, {"amount": None}, {"amount_rule": made_rule}, {"heading": other})


def _after_or_before(columns: Mapping[str, str], rule: str) -> tuple[Answer, ...]:
    at = columns["amount"]
    return (
        Answer("after_discount", {"amount": at}, data={"heading": at}),
        Answer("before_discount", {"gross": at, "amount": None}, data={"heading": at}),
    )


DOUBTS: dict[str, Callable[[Mapping[str, str], str], tuple[Answer, ...]]] = {
    "unit_price": _unit_or_line,
    "order_total": _of_order_or_line,
    "amount": _stated_or_made,
    "subtotal": _after_or_before,
}


def _discount(_reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    rule = rules.get("discount_rule")
    if rule is None or rule.confidence != UNSURE:
        return None
    code, values = ("discount_unit", ("rate", "money")) if rule.value == "rate" else ("discount", OF_LINES)
    says = {("discount_unit", "money"): "discount_in_money"}
    answers = tuple(
        Answer(says.get((code, value), f"discount_{value}"), rules={"discount_rule": value}) for value in values
    )
    return Question(code, ("discount_rule",), answers, {"heading": rule.columns["discount"]})


def _voucher(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    """A voucher lowers the price, or is a means of payment."""
    column = beside.voucher(reading.clues, reading.paid.columns) if reading.paid.rule else None
    if column is None:
        return None
    data = {"heading": column.heading}
    lowers = Answer("voucher_lowers", rules={"voucher": beside.voucher_rule(reading.clues, column)}, data=data)
    pays = Answer("voucher_pays", rules={"voucher": {"column": column.heading, "rule": "pays"}}, data=data)
    return Question("voucher", ("voucher",), (lowers, pays), data)


def _unit(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    """Amounts that are said to be in cents, or in thousands."""
    for at in (at for role, at in reading.paid.columns.items() if role != "quantity"):
        data = {"heading": reading.clues.heading(at)}
        as_they_stand = Answer("unit_as_it_stands", rules={"unit": "major"}, data=data)
        if beside.in_cents(reading.clues.columns[at]):
            in_cents = Answer("unit_cents", rules={"unit": "minor"}, data=data)
            return Question("unit", ("unit",), (in_cents, as_they_stand), data)
        if beside.in_thousands(data["heading"]):
            return Question("unit_thousands", ("unit",), (as_they_stand,), data)
    return None


def _tax(_reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    """Amounts that are said to be without tax, of which nothing says how much it is; or that may be without it."""
    rule = rules.get("tax")
    if rule is None or rule.value != "without" or rule.confidence == SURE:
        return None
    heading = {"heading": rule.columns["amount"]}
    left_out = Answer("tax_left_out", rules={"tax": "as_it_stands"}, data=heading)
    if column := next((column for role, column in rule.columns.items() if role != "amount"), None):
        data = heading | {"tax": column}
        added = Answer("tax_added", rules={"tax": "without"}, data=data)
        return Question("tax_added", ("tax",), (added, left_out), data)
    return Question("tax", ("tax",), (left_out,), heading)


def _statuses(_reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    rule = rules.get("statuses")
    if rule is None or rule.confidence == SURE:
        return None
    unknown = [value for value, meaning in rule.value.items() if meaning is None]
    meanings = ("sale", "not_a_sale", "not_yet", "given_back")
    answers = tuple(
        Answer(f"status_{meaning}", rules={"statuses": dict.fromkeys(unknown, meaning)}) for meaning in meanings
    )
    return Question("statuses", ("statuses",), answers, {"values": unknown, "heading": rule.columns["status"]})


def _rows_that_count(_reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    """Whether the rows count of which a column that nothing is taken from says that they are no sales."""
    rule = rules.get("rows_that_count")
    if rule is None:
        return None
    meant = [(heading, value, code) for heading, of in rule.value.items() for value, code in of.items()]
    other = [list(of) for of in meant if of[2] != "sale"]
    answers = (
        Answer("rows_as_said", rules={"rows_that_count": rule.value}, data={"meant": other}),
        Answer("rows_all_count", rules={"rows_that_count": {heading: {} for heading in rule.value}}),
    )
    return Question("rows", ("rows_that_count",), answers, {"headings": list(rule.value), "meant": other})


def _currency(_reading: Reading, _rivals: Sequence[str], rules: Rules) -> Question | None:
    rule = rules.get("currency")
    if rule is None or rule.confidence == SURE:
        return None
    answers = tuple(
        Answer("currency_is", rules={"currency": code}, data={"currency": code}) for code in ("USD", "CAD", "AUD")
    )
    return Question("currency", ("currency",), answers, {"heading": rule.columns["amount"]})


def _same_code(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    """Codes that differ only by zeros in front or by capitals. Addresses do not count: they have no capitals."""
    column = reading.column("buyer" if reading.kind.name == "orders" else "reference")
    if column is None or column.empty or column.share("email") >= HALF:
        return None
    cells = reading.clues.evidence.table.texts[column.at]
    if _differ_in_more_than_writing(cells):
        return None
    texts = {text.removesuffix(".0") for text in cells.to_pylist()}
    same: dict[str, str] = {}
    for text in sorted(texts):
        other = same.setdefault(text.casefold().lstrip("0"), text)
        if other != text:
            answers = (
                Answer("same_customer", rules={"same_code": True}),
                Answer("two_customers", rules={"same_code": False}),
            )
            return Question(
                "same_code", ("same_code",), answers, {"one": other, "other": text, "heading": column.heading}
            )
    return None


def _differ_in_more_than_writing(cells: pa.Array) -> bool:
    """Whether that is sure at a glance: of plain letters, and as many without zeros and capitals as with them."""
    import pyarrow.compute as pc

    if not pc.all(pc.string_is_ascii(cells)).as_py():
        return False
    folded = pc.utf8_ltrim(pc.utf8_lower(pc.replace_substring_regex(cells, r"\.0$", "")), "0")
    return bool(pc.count_distinct(folded).as_py() == pc.count_distinct(cells).as_py())


def _name_or_reference(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    """“Client” above names: each row somebody, or the same name the same customer."""
    column = reading.column("name")
    if (
        column is None
        or "reference" not in reading.clues.words[column.at]
        or reading.facts["name"].confidence != UNSURE
    ):
        return None
    at = column.heading
    answers = (
        Answer("is_a_name", {"name": at, "reference": None}, data={"heading": at}),
        Answer("is_a_reference", {"reference": at}, data={"heading": at}),
    )
    return Question("name_or_reference", ("reference", "name"), answers, {"heading": at})


def _century(reading: Reading, _rivals: Sequence[str], _rules: Rules) -> Question | None:
    """Of births with two digits of the year, those that may lie in both centuries."""
    column = reading.column("born_on")
    if column is None or column.dates is None or not column.dates.two_digit_years:
        return None
    now = date.today().year
    both = range(max(now - OLDEST - 1900, 0), now - 2000 + 1)
    texts = reading.clues.evidence.table.texts[column.at].to_pylist()
    doubtful = [text for text in texts if text[-2:].isdecimal() and int(text[-2:]) in both]
    if not doubtful:
        return None
    answers = (Answer("century_1900", rules={"century": 1900}), Answer("century_2000", rules={"century": 2000}))
    return Question("century", ("born_on",), answers, {"values": doubtful[:ROWS], "heading": column.heading})


ASKED = (
    other_files.question, _kind, _columns, _days, tills.question, _thousands, _amount, _unit, _name_or_reference,
    _discount, _voucher, _tax, _statuses, _rows_that_count, _currency, _same_code, _century, suppliers.question,
)  # fmt: skip


def _together(several: Sequence[Question]) -> Question:
    """The rest in one: nothing that is not known goes unasked."""
    covers = tuple(dict.fromkeys(of for question in several for of in question.covers))
    parts = [{"code": question.code, "data": dict(question.data)} for question in several]
    columns = {fact: at for question in several for fact, at in question.answers[0].columns.items()}
    rules = {name: value for question in several for name, value in question.answers[0].rules.items()}
    return Question("several", covers, (Answer("as_guessed", columns, rules), Answer("change")), {"parts": parts})


def _rows(rows: Rows, reading: Reading, question: Question) -> list[dict[str, str]]:
    """The first rows of an order with several lines, else the first of the file, in the columns that matter."""
    table, order = reading.clues.evidence.table, reading.clues.evidence.order
    lines = table.lines[:ROWS]
    if order is not None and order.multi:
        codes = table.codes[order.at]
        again = np.flatnonzero((codes[1:] == codes[:-1]) & (codes[1:] != 0))
        if len(again):
            lines = table.lines[again[0] : again[0] + ROWS]
    return example_rows(rows, [int(line) for line in lines], _headings(reading, question))


def _headings(reading: Reading, question: Question) -> list[str]:
    asked: list[str] = []
    for answer in question.answers:
        asked += [heading for heading in answer.columns.values() if heading]
    asked += [str(question.data["heading"])] if "heading" in question.data else []
    asked += list(question.data.get("columns", {}).values()) + list(question.data.get("headings", ()))
    asked += [reading.facts[fact].column for fact in ("number", "quantity") if fact in reading.facts]
    return list(dict.fromkeys(asked or [column.heading for column in reading.clues.columns[:6]]))
