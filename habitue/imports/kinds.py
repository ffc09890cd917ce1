"""What can be brought in. A kind is one declaration: its facts, how each is read, and what writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.errors import HabitueError

if TYPE_CHECKING:
    from habitue.imports.walking import Chunk, Outcome, Run

Type = Literal["text", "moment", "currency", "choice", "amount", "quantity"]


@dataclass(frozen=True)
class Field:
    """One fact of a row. `words` are headings that mean it, in English and French, without accents, likeliest first."""

    name: str
    label: str | Promise
    words: tuple[str, ...]
    type: Type = "text"
    limit: int = 0
    required: bool = False
    own: bool = False  # of the row itself; the other facts are shared by all rows with the same key
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """The first field is the key: rows that share it are one thing. `writer` is the path of what writes a chunk."""

    name: str
    fields: tuple[Field, ...]
    writer: str
    money: bool = False

    @property
    def write(self) -> Callable[[Run, Chunk], Outcome]:
        write: Callable[[Run, Chunk], Outcome] = import_string(self.writer)
        return write

    @property
    def key(self) -> Field:
        return self.fields[0]

    @property
    def shared(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if not field.own)

    @property
    def own(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.own)

    def field(self, name: str) -> Field:
        return next(field for field in self.fields if field.name == name)


ORDERS = Kind(
    "orders",
    (
        Field(
            "number",
            gettext_lazy("order number"),
            (
                "order number", "order no", "order id", "order", "number", "invoice number", "invoice no", "invoice",
                "basket id", "transaction id", "receipt", "numero de commande", "n de commande", "no commande",
                "n commande", "numero commande", "num commande", "commande", "numero de facture", "n de facture",
                "facture", "n facture", "ticket", "numero",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "buyer",
            gettext_lazy("buyer"),
            (
                "buyer", "customer id", "customer number", "customer no", "customer reference", "customer", "client id",
                "household id", "client", "code client", "n client", "n de client", "numero client",
                "numero de client", "reference client", "acheteur", "id client", "email", "e mail", "customer email",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "buyer_name",
            gettext_lazy("name of the buyer"),
            (
                "buyer name", "customer name", "client name", "billing name", "name", "nom du client", "nom client",
                "nom de l acheteur", "nom",
            ),
            limit=200,
        ),
        Field(
            "placed_at",
            gettext_lazy("date of the order"),
            (
                "placed at", "order date", "date of order", "purchase date", "transaction timestamp", "timestamp",
                "date", "ordered at", "created at", "invoice date", "invoicedate", "date de commande",
                "date de la commande", "date commande", "date d achat", "date achat", "date de facture",
                "date facture", "jour",
            ),
            type="moment",
            required=True,
        ),
        Field(
            "place",
            pgettext_lazy("where a purchase was made", "place"),
            ("place", "store", "store id", "shop", "channel", "magasin", "boutique", "lieu", "point de vente", "canal"),
            limit=64,
        ),
        Field(
            "currency",
            gettext_lazy("currency"),
            ("currency", "currency code", "devise", "code devise", "monnaie"),
            type="currency",
            required=True,
        ),
        Field(
            "refund_of",
            gettext_lazy("order that is refunded"),
            (
                "refund of", "refunded order", "original order", "rembourse", "remboursement de",
                "commande remboursee", "commande d origine", "avoir sur",
            ),
            limit=64,
        ),
        Field(
            "product",
            gettext_lazy("product"),
            (
                "product id", "product reference", "product code", "sku", "item id", "stockcode", "product", "item",
                "article", "reference article", "reference produit", "code article", "code produit", "produit",
                "reference",
            ),
            limit=64,
            required=True,
            own=True,
        ),
        Field(
            "product_name",
            gettext_lazy("name of the product"),
            (
                "product name", "item name", "description", "product description", "lineitem name", "designation",
                "libelle", "nom du produit", "nom produit", "intitule",
            ),
            limit=200,
            own=True,
        ),
        Field(
            "family",
            gettext_lazy("family of the product"),
            ("family", "category", "product category", "department", "famille", "categorie", "rayon", "gamme"),
            limit=120,
            own=True,
        ),
        Field(
            "quantity",
            gettext_lazy("quantity"),
            ("quantity", "qty", "units", "quantite", "qte", "nombre", "lineitem quantity"),
            type="quantity",
            own=True,
        ),
        Field(
            "gross",
            gettext_lazy("amount before discount"),
            (
                "gross", "gross amount", "amount before discount", "subtotal", "list amount", "montant brut", "brut",
                "montant avant remise", "sous total",
            ),
            type="amount",
            own=True,
        ),
        Field(
            "amount",
            gettext_lazy("amount received"),
            (
                "amount", "line amount", "line total", "net amount", "sales value", "sales", "revenue", "total",
                "montant", "montant ttc", "montant total", "total ttc", "total ligne", "montant ligne", "prix", "price",
            ),
            type="amount",
            own=True,
        ),
        Field(
            "paid",
            gettext_lazy("amount paid"),
            ("paid", "amount paid", "total paid", "paye", "montant paye", "montant regle", "regle", "encaisse"),
            type="amount",
            own=True,
        ),
    ),
    writer="habitue.imports.writing_orders.write",
    money=True,
)  # fmt: skip

CUSTOMERS = Kind(
    "customers",
    (
        Field(
            "reference",
            gettext_lazy("reference of the customer"),
            (
                "reference", "customer reference", "customer id", "customer number", "customer no", "id", "customer",
                "client", "code client", "n client", "n de client", "numero client", "numero de client", "code",
                "reference client", "id client", "email", "e mail", "household id",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "name",
            gettext_lazy("name of the customer"),
            (
                "name", "full name", "customer name", "company", "company name", "organisation", "nom",
                "nom du client", "nom client", "nom complet", "raison sociale", "societe", "nom et prenom",
            ),
            limit=200,
        ),
        Field(
            "kind",
            gettext_lazy("kind of customer"),
            ("kind", "type", "customer type", "type de client", "nature"),
            type="choice",
            choices=("person", "organisation"),
        ),
    ),
    writer="habitue.imports.upserting.write_customers",
)  # fmt: skip

PRODUCTS = Kind(
    "products",
    (
        Field(
            "reference",
            gettext_lazy("reference of the product"),
            (
                "reference", "product reference", "product id", "sku", "id", "code", "item id", "product", "article",
                "reference article", "reference produit", "code article", "code produit", "produit",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "name",
            gettext_lazy("name of the product"),
            (
                "name", "product name", "description", "title", "item name", "nom", "nom du produit", "designation",
                "libelle", "intitule",
            ),
            limit=200,
        ),
        Field(
            "family",
            gettext_lazy("family of the product"),
            ("family", "category", "product category", "department", "famille", "categorie", "rayon", "gamme"),
            limit=120,
        ),
    ),
    writer="habitue.imports.upserting.write_products",
)  # fmt: skip

KINDS = {kind.name: kind for kind in (ORDERS, CUSTOMERS, PRODUCTS)}


def kind_named(name: str) -> Kind:
    if name not in KINDS:
        raise HabitueError(
            _("“%(kind)s” cannot be imported. Say one of: %(kinds)s.") % {"kind": name, "kinds": ", ".join(KINDS)}
        )
    return KINDS[name]
