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
        type="day" if field.type == "annual_day" else field.type,
        limit=field.limit,
        choices=tuple(code for code, _words in field.choices),
        soft=field.type in ("day", "annual_day"),
    )


KIND = Kind(
    "customers",
    gettext_lazy("customers"),
    (
        Field("reference", gettext_lazy("reference of the customer"), limit=REFERENCE_LIMIT, required=True),
        *map(_profile, PROFILE),
        Field("employer", gettext_lazy("company that they work for"), limit=200),
        Field("email", gettext_lazy("e-mail address"), variants=True, soft=True),
        Field("phone", gettext_lazy("telephone"), variants=True, soft=True),
        Field("address", gettext_lazy("postal address in one cell"), variants=True, soft=True),
        Field("street", gettext_lazy("street"), variants=True, soft=True),
        Field("street2", gettext_lazy("street, second line"), variants=True, soft=True),
        Field("street3", gettext_lazy("street, third line"), variants=True, soft=True),
        Field("postcode", gettext_lazy("postcode"), limit=16, variants=True),
        Field("city", gettext_lazy("city"), limit=100, variants=True),
        Field("country", pgettext_lazy("of an address", "country"), variants=True, soft=True),
        Field("outside", gettext_lazy("reference in another system"), limit=320, variants=True, named_variants=SYSTEMS),
        Field("tags", gettext_lazy("tags, with commas between"), limit=1_000),
    ),
    writer="habitue.imports.kinds.customers.writing.write",
    made_key=True,
    more="habitue.imports.kinds.customers.guessing.custom_fields",
    settle="habitue.imports.kinds.customers.guessing.settle",
    fitting="habitue.imports.kinds.customers.guessing.fitting",
    derivation="habitue.imports.kinds.customers.deriving.Customers",
    summary="habitue.imports.kinds.customers.summing.summary",
    reasons={
        "digits_lost": gettext_lazy(
            "%(fact)s: “%(value)s” has lost its digits to a spreadsheet. Export the file again and import it without "
            "opening it there."
        ),
        "nobody": gettext_lazy(
            "%(fact)s: “%(value)s” is nobody: sales without a customer need no record. Give it another name if it is "
            "somebody."
        ),
        "total_line": gettext_lazy("%(fact)s: “%(value)s” is a total, no customer. It was left out."),
        "name_as_reference": gettext_lazy(
            "%(fact)s: “%(value)s” stands on several lines with different data, and may be the name of several people. "
            "Give each a reference of their own, or take the column for the name."
        ),
    },
)
