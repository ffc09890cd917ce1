"""Headings that say what their figure says, worded by rule from the data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from habitue import formats
from habitue.portraits.models import Stage

if TYPE_CHECKING:
    from habitue.desk.base import StageRow


def stages_heading(stages: Sequence[StageRow]) -> str:
    """As in "1,764 regular, 219 at risk: 31 more than a month before"."""
    rows = {row.code: row for row in stages}
    regular, at_risk = rows.get(Stage.REGULAR), rows.get(Stage.AT_RISK)
    first = ngettext("%(count)s regular customer", "%(count)s regular customers", regular.customers if regular else 0)
    words = first % {"count": formats.number(regular.customers if regular else 0)}
    if at_risk is None:
        return words
    growth = at_risk.entered - at_risk.left
    if growth > 0:
        text = ngettext("%(count)s more at risk", "%(count)s more at risk", growth)
    elif growth < 0:
        text = ngettext("%(count)s fewer at risk", "%(count)s fewer at risk", -growth)
    else:
        text = _("as many at risk as before")
    return _("%(regular)s, %(change)s") % {"regular": words, "change": text % {"count": formats.number(abs(growth))}}


def retention_heading(cohorts: Sequence[dict[str, Any]]) -> str:
    """How many come back the month after. The first cohort is left out: it holds all who bought before the records."""
    counted = [row for row in cohorts[1:] or cohorts if row["active"]]
    customers = sum(row["customers"] for row in counted)
    if not customers:
        return _("Too early to say who comes back")
    back = sum(row["active"][0] for row in counted)
    tenths = round(10 * back / customers)
    if tenths in (0, 10):
        return _("%(share)s of new customers buy again the month after") % {"share": formats.percent(back / customers)}
    return ngettext(
        "%(count)s new customer in 10 buys again the month after",
        "%(count)s new customers in 10 buy again the month after",
        tenths,
    ) % {"count": tenths}


def concentration_heading(top_decile: float) -> str:
    return _("One customer in ten brings %(share)s of sales") % {"share": formats.percent(top_decile)}


def expected_heading(stages: Sequence[StageRow], currency: str) -> str:
    """The money that a person could still do something about: of those who slow down or are at risk."""
    waiting = sum(row.expected for row in stages if row.code in (Stage.SLOWING, Stage.AT_RISK))
    total = sum(row.expected for row in stages)
    if not total:
        return _("Nothing to expect yet")
    if not waiting:
        return _("%(total)s expected in the next 12 months") % {"total": formats.money_short(total, currency)}
    return _("%(waiting)s of the %(total)s expected hang on customers who slow down or are at risk") % {
        "waiting": formats.money_short(waiting, currency),
        "total": formats.money_short(total, currency),
    }
