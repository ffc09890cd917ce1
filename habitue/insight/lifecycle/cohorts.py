"""Retention by cohort: customers grouped by the month of their first purchase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from habitue.insight.days import first_day, month_name, month_of, with_month
from habitue.insight.facts.purchases import purchases

if TYPE_CHECKING:
    from habitue.insight.facts.tables import Facts


def retention(facts: Facts, as_of: int) -> dict[str, Any]:
    """For each month of first purchase, the number of customers and how many bought in each later month.

    {"months": ["2017-01", ...], "running": "2017-12" or None, "cohorts": [{"month", "customers", "bought"}, ...]}.
    `months` goes from the first cohort to the month of `as_of`; bought[k] is for the month k + 1 after the cohort's.
    `running` names the last month if it is not over at the end of `as_of`; its counts are those so far.
    """
    import narwhals as nw

    seen = (
        with_month(purchases(facts.orders, as_of))
        .select("customer_id", "month")
        .unique()
        .with_columns(cohort=nw.col("month").min().over("customer_id"))
        .group_by("cohort", "month")
        .agg(customers=nw.len())
        .collect("pyarrow")
    )
    counts = {
        (cohort, month): customers for cohort, month, customers in seen.select("cohort", "month", "customers").rows()
    }
    last = month_of(as_of)
    start = min((cohort for cohort, _ in counts), default=last + 1)
    return {
        "months": [month_name(month) for month in range(start, last + 1)] if counts else [],
        "running": None if as_of + 1 == first_day(last + 1) or not counts else month_name(last),
        "cohorts": [
            {
                "month": month_name(cohort),
                "customers": int(counts.get((cohort, cohort), 0)),
                "bought": [int(counts.get((cohort, month), 0)) for month in range(cohort + 1, last + 1)],
            }
            for cohort in range(start, last + 1)
        ],
    }
