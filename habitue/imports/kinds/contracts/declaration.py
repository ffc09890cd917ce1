"""The kind of import for contracts and subscriptions of customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from habitue.imports.kind import Field, Kind

KIND = Kind(
    "contracts",
    gettext_lazy("contracts"),
    (
        Field("reference", gettext_lazy("reference of the contract"), limit=64, required=True),
        Field("customer", gettext_lazy("reference of the customer"), limit=64, required=True),
        Field("plan", gettext_lazy("what was agreed"), limit=120),
        Field("first_day", gettext_lazy("first day"), type="day", required=True),
        Field("last_day", gettext_lazy("day on which it ended"), type="day", not_before="first_day"),
        Field("period_days", gettext_lazy("days in a period"), type="count", required=True, least=1),
        Field("amount", gettext_lazy("amount for a period"), type="amount", required=True),
        Field("currency", gettext_lazy("currency"), type="currency", required=True),
    ),
    writer="habitue.imports.kinds.contracts.writing.write",
    details="habitue.imports.kinds.contracts.wording.details",
    reasons={
        "begins_after_end": gettext_lazy(
            "%(fact)s: “%(value)s” lies after the day on which the stored contract ended, %(end)s. Say the new end "
            "too, or give a new contract a reference of its own."
        ),
        "other_customer": gettext_lazy(
            "%(fact)s: the contract is stored for “%(stored)s”, not for “%(value)s”. Correct one or the other, or give "
            "this contract a reference of its own."
        ),
    },
)
