"""The values of conditions: parsed from JSON or typed text, and converted to JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from habitue.customers.models import Customer
from habitue.kernel import formats, parsing
from habitue.kernel.parsing import NotUnderstood
from habitue.segments.conditions import ConditionError, Input, currency
from habitue.segments.models import Segment
from habitue.segments.operators import Money

LONGEST = 200
MOST_DAYS = 40_000
Parsed = TypeVar("Parsed")


@dataclass(frozen=True)
class Resting:
    """A segment that rules refer to, with its rules parsed, so that circles were refused."""

    segment: Segment
    rules: Any


def read(asked: Input, given: Any, read_segment: Callable[[Any], Resting] | None = None) -> Any:
    """Parse a value for an operator's filter; None for an optional value left out; ConditionError where invalid.

    `read_segment`: from the id of a segment to the segment with its rules, where the input is a segment.
    """
    if given is None or given in ("", []):
        if asked.optional:
            return None
        raise ConditionError(_("Give the %(input)s.") % {"input": asked.label})
    if read_segment and asked.type == "segment":
        return read_segment(given)
    return READERS[asked.type](asked, given)


def kept(value: Any) -> Any:
    """The value in a form that JSON can hold."""
    if isinstance(value, Money):
        return str(formats.major(value, currency()))
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Customer):
        return value.reference
    if isinstance(value, Resting):
        return value.segment.pk
    return str(value) if isinstance(value, Decimal) else value


def _text(asked: Input, given: Any) -> str:
    text = " ".join(str(given).replace("\0", "").split())
    if not text or len(text) > LONGEST:
        raise ConditionError(_("Give a text of at most %(most)s letters.") % {"most": LONGEST})
    return text


def _number(asked: Input, given: Any) -> Decimal:
    return _typed(parsing.number, given).normalize() + 0


def _money(asked: Input, given: Any) -> Money:
    return Money(_typed(lambda text: parsing.money(text, currency()), given))


def _typed(parse: Callable[[str], Parsed], given: Any) -> Parsed:
    """The result of `parse` for a typed text or a JSON number or day; ConditionError where it cannot be parsed."""
    try:
        return parse(str(given))
    except NotUnderstood as error:
        raise ConditionError(error.message) from error


def _count(asked: Input, given: Any) -> int:
    number = _number(asked, given)
    if number != int(number) or not 1 <= number <= MOST_DAYS:
        raise ConditionError(
            _("“%(value)s” is no whole number from 1 to %(most)s.") % {"value": given, "most": MOST_DAYS}
        )
    return int(number)


def _day(asked: Input, given: Any) -> dt.date:
    return _typed(parsing.day, given)


def _choice(asked: Input, given: Any) -> str:
    return _choices(asked, [given])[0]


def _choices(asked: Input, given: Any) -> list[str]:
    allowed = [code for code, _label in asked.choices()] if asked.choices else []
    chosen = [str(code) for code in (given if isinstance(given, list | tuple) else [given])]
    if gone := [code for code in chosen if code not in allowed]:
        raise ConditionError(
            _("“%(value)s” is none of the choices any more: choose another.") % {"value": ", ".join(gone)}
        )
    return [code for code in allowed if code in chosen]


def _customer(asked: Input, given: Any) -> Customer:
    customer = Customer.objects.select_related("merged_into").filter(reference=str(given).strip()).first()
    while customer and customer.merged_into:
        customer = customer.merged_into
    if not customer:
        raise ConditionError(
            _("Nobody has the reference “%(value)s”: give the reference of a customer.") % {"value": given}
        )
    return customer


READERS: dict[str, Callable[[Input, Any], Any]] = {
    "text": _text,
    "number": _number,
    "money": _money,
    "count": _count,
    "day": _day,
    "choice": _choice,
    "choices": _choices,
    "customer": _customer,
}
