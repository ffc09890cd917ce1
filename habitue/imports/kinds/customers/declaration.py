"""The kind of import for customers, with contact points, tags and custom fields."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.customers.fields import PROFILE, REFERENCE_LIMIT, ProfileField
from habitue.imports.kind import Field, Kind

SYSTEMS = (
    "sap", "salesforce", "hubspot", "shopify", "woocommerce", "prestashop", "stripe", "sage", "odoo", "zendesk",
    "mailchimp", "brevo", "crm", "erp", "dolibarr", "zoho", "cegid", "ebp",
)  # fmt: skip


def _profile(field: ProfileField) -> Field:
    """The import field for a profile field of customers; its headings come from `headings`."""
    return Field(
        field.name,
        field.file_label or field.label,
        type=field.type,
        limit=field.limit,
        choices=tuple(code for code, _words in field.choices),
        first_day=field.first_day,
        past=field.past,
    )


KIND = Kind(
    "customers",
    gettext_lazy("customers"),
    (
        Field("reference", gettext_lazy("reference of the customer"), limit=REFERENCE_LIMIT, required=True),
        *map(_profile, PROFILE),
        Field("email", gettext_lazy("e-mail address"), limit=320, variants=True),
        Field("phone", gettext_lazy("telephone"), limit=60, variants=True),
        Field("address", gettext_lazy("postal address in one cell"), limit=400, variants=True),
        Field("street", gettext_lazy("street"), limit=200, variants=True),
        Field("postcode", gettext_lazy("postcode"), limit=16, variants=True),
        Field("city", gettext_lazy("city"), limit=100, variants=True),
        Field("country", pgettext_lazy("of an address", "country"), limit=60, variants=True),
        Field("outside", gettext_lazy("reference in another system"), limit=320, variants=True, named_variants=SYSTEMS),
        Field("tags", gettext_lazy("tags, with commas between"), limit=1_000),
    ),
    writer="habitue.imports.kinds.customers.writing.write",
    made_key=True,
    more="habitue.imports.kinds.customers.guessing.custom_fields",
    settle="habitue.imports.kinds.customers.guessing.settle",
    derivation="habitue.imports.kinds.customers.deriving.Customers",
    reasons={
        "country_unknown": gettext_lazy(
            "%(fact)s: “%(value)s” is no country. Write its name in English or French, or its two letters, such as FR."
        ),
    },
)
