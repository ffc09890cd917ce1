"""The kind of import for products, by reference."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from habitue.imports.kind import Field, Kind

KIND = Kind(
    "products",
    gettext_lazy("products"),
    (
        Field("reference", gettext_lazy("reference of the product"), limit=64, required=True),
        Field("name", gettext_lazy("name of the product"), limit=200),
        Field("family", gettext_lazy("family of the product"), limit=120),
    ),
    model="purchases.Product",
)
