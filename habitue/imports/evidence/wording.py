"""A guess in words: why a column is taken, how it is read, and what must be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from habitue.imports.evidence.guess import Answer, Question, Reason
from habitue.imports.evidence.unread import ANY
from habitue.imports.files.controls import control
from habitue.imports.kind import kind_named
from habitue.kernel.formats import number, percent

Words = Mapping[str, str | Promise]
SHOWN = 5  # values of a list that are named
ROLES: Words = {
    "unit_price": gettext_lazy("price of one"),
    "order_total": gettext_lazy("total of the order"),
    "subtotal": gettext_lazy("subtotal"),
    "shipping": gettext_lazy("shipping"),
    "status": gettext_lazy("status of the order"),
    "net": gettext_lazy("amount without tax"),
    "tax": gettext_lazy("tax"),
    "discount": gettext_lazy("discount"),
}
CONFIDENCE: Words = {
    "sure": gettext_lazy("sure"),
    "likely": gettext_lazy("likely"),
    "unsure": gettext_lazy("to be confirmed"),
}
LOOKS: Words = {
    "email": gettext_lazy("e-mail addresses"),
    "telephone": gettext_lazy("telephone numbers"),
    "postcode": gettext_lazy("postcodes"),
    "country": gettext_lazy("countries"),
}
REASONS: Words = {
    "heading": gettext_lazy("the heading says so"),
    "rivals": gettext_lazy("it could also be: %(columns)s"),
    "groups_rows": gettext_lazy("%(several)s of %(orders)s orders have several lines"),
    "never_repeats": gettext_lazy("different on each of %(rows)s rows"),
    "several_days": gettext_lazy("“%(heading)s” repeats on several days"),
    "differs_within_order": gettext_lazy("“%(heading)s” differs within an order"),
    "differs_within_order_again": gettext_lazy("differs within orders, with %(distinct)s values that come again"),
    "same_within_order": gettext_lazy("“%(heading)s” is the same on all lines of an order"),
    "hangs_on_other": gettext_lazy("“%(heading)s” goes with the other code"),
    "cells_are_no": gettext_lazy("the cells of “%(heading)s” are something else"),
    "one_an_order": gettext_lazy("%(distinct)s values for %(orders)s orders"),
    "beside_product_code": gettext_lazy("stands beside the code of a product"),
    "repeats": gettext_lazy("repeats: %(distinct)s values on %(rows)s rows"),
    "emails": gettext_lazy("%(share)s of the cells are e-mail addresses"),
    "dates": gettext_lazy("%(share)s of the cells are dates"),
    "currencies": gettext_lazy("%(share)s of the cells are currencies"),
    "statuses": gettext_lazy("%(share)s of the cells are known statuses"),
    "cells": gettext_lazy("%(share)s of the cells are %(look)s"),
    "product": gettext_lazy("%(columns)s: the first times the second makes the third on %(agree)s of %(tested)s rows"),
    "product_less_discount": gettext_lazy(
        "%(columns)s: the first times the second, less the third, makes the fourth on %(agree)s of %(tested)s rows"
    ),
    "product_less_rate": gettext_lazy(
        "%(columns)s: the first times the second, less the third as a rate, makes the fourth on %(agree)s of "
        "%(tested)s rows"
    ),
    "sum": gettext_lazy("%(columns)s: the first two make the third on %(agree)s of %(tested)s rows"),
    "with_rate": gettext_lazy(
        "%(columns)s: the first with the second as a rate makes the third on %(agree)s of %(tested)s rows"
    ),
    "lines_make_total": gettext_lazy("%(columns)s: lines add up to the total in %(agree)s of %(tested)s orders"),
    "products_make_total": gettext_lazy(
        "%(columns)s: quantities times prices add up to the total in %(agree)s of %(tested)s orders"
    ),
    "price_of_product": gettext_lazy(
        "%(columns)s: the same price in all quantities for %(agree)s of %(tested)s products"
    ),
    "amount_of_product": gettext_lazy("%(columns)s: grows with the quantity for %(agree)s of %(tested)s products"),
    "below_one": gettext_lazy("never more than %(most)s, which is little beside the amounts"),
    "same_on_lines": gettext_lazy("the same on all lines, in %(orders)s orders of several lines"),
    "first_line_only": gettext_lazy("on the first line only, in %(orders)s orders of several lines"),
    "statuses_counted": "%(counts)s",
    "mark": gettext_lazy("written with “%(mark)s”"),
    "empty_together": gettext_lazy("empty together below the first line: %(columns)s"),
    "rows_are_lines": gettext_lazy("a row for each line: %(several)s of %(orders)s orders have several"),
    "rows_are_orders": gettext_lazy("a row for each order"),
    "rows_are_customers": gettext_lazy("a row for each customer"),
    "headings_only": gettext_lazy("only the headings say so"),
    "digits_lost": gettext_lazy(
        "“%(heading)s” holds numbers such as 3,36E+10, whose digits a spreadsheet has dropped. Export the file again, "
        "and do not open it in a spreadsheet before you import it."
    ),
    "dates_mixed": gettext_lazy(
        "“%(heading)s” mixes dates that can only begin with the day and others that can only begin with the month, as "
        "a spreadsheet of another country leaves them. Export the file again, and do not open it before you import it."
    ),
}
WEAK = gettext_lazy("%(reason)s (too few to prove it)")
QUESTIONS: Words = {
    "letters": gettext_lazy("Are the letters of “%(was)s” right? If it is “%(now)s”, say %(other)s: %(control)s."),
    "sheets": gettext_lazy(
        "The sheets %(sheets)s have rows in common. Is the first enough? To read others, or * for all: %(control)s."
    ),
    "sheets_apart": gettext_lazy(
        "By their names, the sheets %(sheets)s are no sales, but goods returned, quotations or the like. Are they to "
        "be left out? To read others, or * for all: %(control)s."
    ),
    "kind": gettext_lazy("What is in this file?"),
    "other_file": gettext_lazy(
        "By the headings %(headings)s this looks like a bank statement or a ledger, not like sales or customers. Is it "
        "to be imported all the same?"
    ),
    "columns": gettext_lazy("The headings do not say what all the columns are. Are these right? %(columns)s"),
    "headings_elsewhere": gettext_lazy(
        "Some headings stand above other cells than they say. Are these columns right? %(columns)s"
    ),
    "day_or_month": gettext_lazy("In “%(heading)s”, which comes first: the day or the month?"),
    "dates_mixed": gettext_lazy("“%(heading)s” mixes two ways of writing dates. Which is right?"),
    "thousands": gettext_lazy("In “%(heading)s”, what is “%(mark)s”: a separator of thousands, or the decimal mark?"),
    "unit_price": gettext_lazy("Is it the price of one, or the amount of the whole line? %(columns)s"),
    "order_total": gettext_lazy(
        "Is it the total of the order, repeated on its lines, or the amount of each line? %(columns)s"
    ),
    "amount": gettext_lazy("Which amount did the buyer pay? %(columns)s"),
    "subtotal": gettext_lazy("Is the subtotal before or after the discount? %(columns)s"),
    "name_or_reference": gettext_lazy("Does “%(heading)s” hold names, or a reference of each customer?"),
    "discount": gettext_lazy(
        "“%(heading)s” is the same on all lines of an order. Is it one discount, or one for each line?"
    ),
    "discount_unit": gettext_lazy("Is “%(heading)s” in percent, or an amount of money?"),
    "voucher": gettext_lazy("Does “%(heading)s” lower the price, or was it a way to pay?"),
    "unit": gettext_lazy("“%(heading)s” speaks of cents. Are the amounts in cents?"),
    "unit_thousands": gettext_lazy(
        "“%(heading)s” speaks of thousands. Export the file with whole amounts, or take them as they stand?"
    ),
    "tax": gettext_lazy(
        "“%(heading)s” is without tax, and no column says how much tax was paid. Are the amounts of your other files "
        "without tax as well?"
    ),
    "tax_added": gettext_lazy("Is “%(heading)s” without the tax that “%(tax)s” tells?"),
    "statuses": gettext_lazy("What do these statuses mean? %(values)s"),
    "rows": gettext_lazy("Not all rows seem to be sales, by %(headings)s. How do they count?"),
    "currency": gettext_lazy("Which currency is “$” in “%(heading)s”?"),
    "same_code": gettext_lazy("In “%(heading)s”, are “%(one)s” and “%(other)s” the same customer?"),
    "century": gettext_lazy("In which century do these birthdays lie? %(values)s"),
    "tills": gettext_lazy(
        "A number of “%(heading)s” stands beside several of “%(till)s”. Is it a sale of each of them?"
    ),
    "suppliers": gettext_lazy("Are the rows to be left out of which “%(heading)s” says: %(values)s?"),
    "several": gettext_lazy("Is the rest understood rightly? %(parts)s"),
}
ANSWERS: Words = {
    "kind_is": "%(kind)s",
    "as_read": gettext_lazy("Yes: “%(was)s”"),
    "all_the_same": gettext_lazy("Yes, all the same"),
    "first_sheet": gettext_lazy("Yes, the first alone"),
    "left_out": gettext_lazy("Yes, leave them out"),
    "as_guessed": gettext_lazy("Yes, as proposed"),
    "change": gettext_lazy("No, I will choose"),
    "other_column": gettext_lazy("%(fact)s is “%(column)s”"),
    "day_first": gettext_lazy("The day first"),
    "month_first": gettext_lazy("The month first"),
    "mark_of_thousands": gettext_lazy("A separator of thousands"),
    "mark_of_decimals": gettext_lazy("The decimal mark"),
    "times_quantity": gettext_lazy("“%(heading)s” is the price of one: times the quantity"),
    "of_the_line": gettext_lazy("“%(heading)s” is the amount of the line"),
    "of_the_order": gettext_lazy("“%(heading)s” is the total of the order"),
    "after_discount": gettext_lazy("After the discount"),
    "before_discount": gettext_lazy("Before the discount"),
    "is_a_name": gettext_lazy("Names: each row is somebody"),
    "is_a_reference": gettext_lazy("A reference: the same text is the same customer"),
    "discount_order_repeated": gettext_lazy("One discount for the order"),
    "discount_money": gettext_lazy("One for each line"),
    "discount_rate": gettext_lazy("In percent"),
    "discount_in_money": gettext_lazy("An amount of money"),
    "voucher_lowers": gettext_lazy("It lowers the price, as a discount"),
    "voucher_pays": gettext_lazy("It was a way to pay: it changes no amount"),
    "unit_cents": gettext_lazy("Yes: 1050 is 10.50"),
    "unit_as_it_stands": gettext_lazy("Take “%(heading)s” as it stands"),
    "tax_added": gettext_lazy("Yes: add the tax"),
    "tax_left_out": gettext_lazy("Take “%(heading)s” as it stands"),
    "status_sale": gettext_lazy("A sale"),
    "status_not_a_sale": gettext_lazy("Not a sale"),
    "status_not_yet": gettext_lazy("Not a sale yet"),
    "status_given_back": gettext_lazy("A sale that was given back"),
    "status_returned": gettext_lazy("A return: money given back"),
    "rows_as_said": gettext_lazy("So: %(meant)s"),
    "rows_all_count": gettext_lazy("All rows are sales"),
    "currency_is": "%(currency)s",
    "same_customer": gettext_lazy("The same customer"),
    "two_customers": gettext_lazy("Two customers"),
    "each_till": gettext_lazy("Yes: a sale of each"),
    "one_sale": gettext_lazy("No: one sale"),
    "suppliers_out": gettext_lazy("Yes: they are suppliers"),
    "suppliers_in": gettext_lazy("No: they are customers as well"),
    "century_1900": gettext_lazy("The twentieth"),
    "century_2000": gettext_lazy("The twenty-first"),
}


def reason(of: Reason) -> str:
    """Why a column is taken, without a full stop: reasons stand in a list."""
    text = str(REASONS[of.code]) % _worded(of.data)
    return str(WEAK) % {"reason": text} if of.data.get("weak") else text


def question_text(question: Question, kind: str) -> str:
    """The question, for one who has the file before them."""
    data = _worded(question.data)
    if "columns" in question.data:
        data["columns"] = _columns(question.data["columns"], kind)
    if "control" in question.data:
        data["control"] = control(question.data["control"])
    if "parts" in question.data:
        data["parts"] = " ".join(_part(part, kind) for part in question.data["parts"])
    return str(QUESTIONS[question.code]) % data


def answer_text(answer: Answer, kind: str) -> str:
    """One answer of a question, as it stands on a button."""
    data = _worded(answer.data)
    if "kind" in answer.data:
        data["kind"] = str(kind_named(answer.data["kind"]).label)
    if "fact" in answer.data:
        data |= {"fact": fact_label(answer.data["fact"], kind), "column": answer.columns[answer.data["fact"]] or ""}
    return str(ANSWERS[answer.code]) % data


def fact_label(fact: str, kind: str) -> str:
    """What a fact, or a further role of a column, is called."""
    known = kind_named(kind).known(fact)
    return str(known.label if known else ROLES.get(fact, fact))


def _meant(heading: str, value: str, code: str) -> str:
    """What a value of a column says of its rows."""
    meaning = str(ANSWERS[f"status_{code}"])
    if value == ANY:
        return _("with a day in “%(column)s”: %(meaning)s") % {"column": heading, "meaning": meaning}
    return _("“%(column)s” is “%(value)s”: %(meaning)s") % {"column": heading, "value": value, "meaning": meaning}


def _part(part: Mapping[str, Any], kind: str) -> str:
    return question_text(Question(part["code"], (), (), part["data"]), kind)


def _columns(columns: Mapping[str, str], kind: str) -> str:
    named = [
        _("%(fact)s: “%(column)s”") % {"fact": fact_label(fact, kind), "column": at} for fact, at in columns.items()
    ]
    return "; ".join(named)


def _worded(data: Mapping[str, Any]) -> dict[str, Any]:
    worded = {}
    for name, value in data.items():
        if name == "share":
            worded[name] = percent(value)
        elif name == "meant":
            worded[name] = "; ".join(_meant(*of) for of in value[:SHOWN]) + ("; …" if len(value) > SHOWN else "")
        elif name == "look":
            worded[name] = str(LOOKS[value])
        elif isinstance(value, dict):
            worded[name] = ", ".join(f"{key} ({count})" for key, count in list(value.items())[:SHOWN])
        elif isinstance(value, list | tuple):
            worded[name] = ", ".join(f"“{each}”" for each in value[:SHOWN])
        else:
            worded[name] = number(value, digits=2) if isinstance(value, int | float) else value
    return worded
