"""Every format that has a profile: its generator, what it carries, and how its customers are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.imports.profiles import contacts, money, shops
from tests.imports.profiles.facts import Carried, Facts, File

WHOLE = ("name", "given", "family", "emails", "phones", "addresses")
UNPARTED = ("name", "emails", "phones", "addresses")
NAMED = ("name", "given", "family", "emails")
REACHED = (*NAMED, "phones")


@dataclass(frozen=True)
class Format:
    """`people`: what of them the format has; of orders, `carried`. `asked`: its use is always asked about."""

    write: Callable[[Facts], File]
    people: tuple[str, ...] = ()
    reference: str = "{email}"
    carried: Carried = field(default_factory=Carried)
    currency: str = "EUR"
    asked: bool = False
    profile: str = ""  # where it is not the name of the format


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
    "prestashop_customers": Format(contacts.prestashop_customers, NAMED, "{number}"),
    "prestashop_customers_fr": Format(contacts.prestashop_customers_fr, NAMED, "{number}", asked=True),
    "prestashop_orders": Format(money.prestashop_orders, carried=money.PRESTA, asked=True),
    "prestashop_orders_fr": Format(money.prestashop_orders_fr, carried=money.PRESTA, asked=True),
    "stripe_payments": Format(money.stripe_payments, carried=money.STRIPE),
    "paypal": Format(money.paypal, carried=money.PAYPAL),
    "paypal_fr": Format(money.paypal_fr, carried=money.PAYPAL, profile="paypal"),
    "sumup_sales": Format(money.sumup_sales, carried=money.SUMUP),
    "zettle_sales": Format(money.zettle_sales, carried=money.ZETTLE, asked=True),
    "lightspeed_sales": Format(money.lightspeed_sales, carried=money.LIGHTSPEED, asked=True),
    "uci_online_retail": Format(money.uci_online_retail, carried=money.UCI, currency="GBP"),
    "uci_online_retail_2": Format(money.uci_online_retail_2, carried=money.UCI, currency="GBP"),
    "superstore": Format(money.superstore, carried=money.SUPERSTORE, currency="USD"),
    "cdnow": Format(money.cdnow, carried=money.CDNOW, currency="USD", asked=True),
    "sage_customers": Format(contacts.sage_customers, UNPARTED, "{number:0>5}", asked=True),
    "ebp_customers": Format(contacts.ebp_customers, WHOLE, "C{number:0>5}", asked=True),
    "hubspot_contacts": Format(contacts.hubspot_contacts, WHOLE, "9000{number}"),
    "salesforce_contacts": Format(contacts.salesforce_contacts, WHOLE, "003{number:0>12}AAA"),
    "mailchimp_audience": Format(contacts.mailchimp_audience, REACHED),
    "google_contacts": Format(contacts.google_contacts, WHOLE),
    "google_contacts_old": Format(contacts.google_contacts_old, WHOLE),
    "outlook_contacts": Format(contacts.outlook_contacts, WHOLE),
    "outlook_contacts_fr": Format(contacts.outlook_contacts_fr, WHOLE, profile="outlook_contacts"),
    "thunderbird_contacts": Format(contacts.thunderbird_contacts, WHOLE),
    "habitue_customers": Format(contacts.habitue_customers, ("name", "emails", "phones"), "H{number}"),
}
