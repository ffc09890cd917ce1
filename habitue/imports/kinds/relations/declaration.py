"""The kind of import for relations between customers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from habitue.customers.models import Relation
from habitue.imports.kind import Field, Kind

KIND = Kind(
    "relations",
    gettext_lazy("relations between customers"),
    (
        Field("of", gettext_lazy("reference of the customer"), limit=64, required=True),
        Field(
            "kind", gettext_lazy("kind of relation"), type="choice", required=True, choices=tuple(Relation.Kind.values)
        ),
        Field("to", gettext_lazy("reference of the other customer"), limit=64, required=True),
        Field("first_day", gettext_lazy("first day"), type="day"),
        Field("last_day", gettext_lazy("last day"), type="day", not_before="first_day"),
    ),
    writer="habitue.imports.kinds.relations.writing.write",
    identity=("of", "kind", "to"),
    reasons={
        "relation_to_itself": gettext_lazy(
            "%(fact)s: “%(value)s” is the same customer as the one before. A relation is between two: correct one of "
            "them."
        ),
    },
)
