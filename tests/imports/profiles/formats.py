"""Every format that has a profile: its generator, what it carries, and how its customers are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.imports.profiles import shops
from tests.imports.profiles.facts import Carried, Facts, File

WHOLE = ("name", "given", "family", "emails", "phones", "addresses")
UNPARTED = ("name", "emails", "phones", "addresses")


@dataclass(frozen=True)
class Format:
    """`people`: what of them the format has; of orders, `carried`. `asked`: its use is always asked about."""

    write: Callable[[Facts], File]
    people: tuple[str, ...] = ()
    reference: str = "{email}"
    carried: Carried = field(default_factory=Carried)
    currency: str = "EUR"
    asked: bool = False


FORMATS: Mapping[str, Format] = {
    "shopify_orders": Format(shops.shopify_orders, carried=shops.SHOPIFY),
    "shopify_customers": Format(shops.shopify_customers, WHOLE, "710000000000{number}"),
    "shopify_customers_old": Format(shops.shopify_customers_old, WHOLE),
    "woocommerce_orders": Format(shops.woocommerce_orders, carried=shops.WOO),
    "woocommerce_customers": Format(shops.woocommerce_customers, WHOLE, "{number}"),
    "woocommerce_analytics_customers": Format(shops.woocommerce_analytics_customers, ("name", "emails")),
    "woocommerce_analytics_orders": Format(shops.woocommerce_analytics_orders, carried=shops.WOO_REPORT, asked=True),
    "square_items": Format(shops.square_items, carried=shops.SQUARE, currency="USD"),
    "square_customers": Format(shops.square_customers, WHOLE, "CUST{number}"),
    "odoo_orders": Format(shops.odoo_orders, carried=shops.ODOO),
    "odoo_partners": Format(shops.odoo_partners, UNPARTED),
    "dolibarr_orders": Format(shops.dolibarr_orders, carried=shops.DOLIBARR),
    "dolibarr_thirdparties": Format(shops.dolibarr_thirdparties, UNPARTED, "CU2401-{number}"),
    "dolibarr_import_template": Format(shops.dolibarr_import_template, UNPARTED, "CU2401-{number}"),
}
