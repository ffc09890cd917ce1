"""The kind of import for promotions of products or product families."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from habitue.imports.kind import Field, Kind

KIND = Kind(
    "promotions",
    gettext_lazy("promotions"),
    (
        Field("reference", gettext_lazy("reference of the promotion"), limit=64, required=True),
        Field("product", gettext_lazy("reference of the product"), limit=64),
        Field("family", gettext_lazy("family of the product"), limit=120),
        Field("kind", gettext_lazy("kind of promotion"), limit=40),
        Field("first_day", gettext_lazy("first day"), type="day", required=True),
        Field("last_day", gettext_lazy("last day"), type="day", required=True, not_before="first_day"),
    ),
    writer="habitue.imports.kinds.promotions.writing.write",
)
