"""What they bought, what was agreed and what was offered."""

from __future__ import annotations

from django.utils.translation import gettext_lazy, pgettext_lazy

from habitue.imports.kinds import Field, Kind

ORDERS = Kind(
    "orders",
    gettext_lazy("orders"),
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
            "payer",
            gettext_lazy("who paid"),
            (
                "payer", "paid by", "payer id", "payer reference", "bill to", "invoiced to", "payeur", "paye par",
                "reference payeur", "facture a", "client paye", "tiers payeur",
            ),
            limit=64,
        ),
        Field(
            "recipient",
            gettext_lazy("who received it"),
            (
                "recipient", "recipient id", "recipient reference", "ship to", "delivered to", "gift for",
                "beneficiaire", "destinataire", "livre a", "offert a", "reference beneficiaire", "client livre",
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
        Field(
            "line_recipient",
            gettext_lazy("who received the line"),
            ("line recipient", "item recipient", "beneficiaire de la ligne", "destinataire de la ligne"),
            limit=64,
            own=True,
        ),
    ),
    writer="habitue.imports.kinds.orders.writing.write",
    money=True,
)  # fmt: skip

PRODUCTS = Kind(
    "products",
    gettext_lazy("products"),
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
    model="purchases.Product",
)  # fmt: skip

PROMOTIONS = Kind(
    "promotions",
    gettext_lazy("promotions"),
    (
        Field(
            "reference",
            gettext_lazy("reference of the promotion"),
            (
                "reference", "promotion reference", "promotion id", "promotion", "offer id", "offer", "campaign id",
                "id", "code", "reference promotion", "id promotion", "code promotion", "operation", "offre",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "product",
            gettext_lazy("reference of the product"),
            (
                "product", "product id", "product reference", "product code", "sku", "item id", "article", "produit",
                "reference produit", "reference article", "code produit", "code article",
            ),
            limit=64,
        ),
        Field(
            "family",
            gettext_lazy("family of the product"),
            ("family", "category", "product category", "department", "famille", "categorie", "rayon", "gamme"),
            limit=120,
        ),
        Field(
            "kind",
            gettext_lazy("kind of promotion"),
            ("kind", "type", "promotion type", "mechanic", "type de promotion", "nature", "mecanique"),
            limit=40,
        ),
        Field(
            "first_day",
            gettext_lazy("first day"),
            ("first day", "start", "start date", "begins", "from", "valid from", "debut", "date de debut", "du"),
            type="day",
            required=True,
        ),
        Field(
            "last_day",
            gettext_lazy("last day"),
            ("last day", "end", "end date", "ends", "to", "until", "valid until", "fin", "date de fin", "au"),
            type="day",
            required=True,
            not_before="first_day",
        ),
    ),
    writer="habitue.imports.kinds.orders.terms.write_promotions",
)  # fmt: skip

CONTRACTS = Kind(
    "contracts",
    gettext_lazy("contracts"),
    (
        Field(
            "reference",
            gettext_lazy("reference of the contract"),
            (
                "reference", "contract reference", "contract number", "contract no", "contract id", "contract",
                "subscription id", "subscription", "id", "numero de contrat", "n de contrat", "contrat",
                "numero d abonnement", "abonnement", "reference contrat",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "customer",
            gettext_lazy("reference of the customer"),
            (
                "customer", "customer id", "customer reference", "customer number", "customer no", "client",
                "code client", "n client", "n de client", "numero client", "numero de client", "reference client",
                "id client", "subscriber", "abonne", "titulaire", "email", "e mail",
            ),
            limit=64,
            required=True,
        ),
        Field(
            "plan",
            gettext_lazy("what was agreed"),
            ("plan", "product", "service", "offer", "contract type", "formule", "produit", "offre", "type de contrat"),
            limit=120,
        ),
        Field(
            "first_day",
            gettext_lazy("first day"),
            (
                "first day", "start", "start date", "begins", "from", "signed on", "debut", "date de debut",
                "date d effet", "souscrit le", "du",
            ),
            type="day",
            required=True,
        ),
        Field(
            "last_day",
            gettext_lazy("day on which it ended"),
            (
                "last day", "end", "end date", "ended", "ended on", "cancelled on", "fin", "date de fin",
                "date de resiliation", "resilie le", "au",
            ),
            type="day",
            not_before="first_day",
        ),
        Field(
            "period_days",
            gettext_lazy("days in a period"),
            ("period days", "period", "days", "billing period", "periode", "jours", "duree de la periode", "echeance"),
            type="count",
            required=True,
            least=1,
        ),
        Field(
            "amount",
            gettext_lazy("amount for a period"),
            (
                "amount", "price", "fee", "amount per period", "premium", "montant", "prix", "cotisation",
                "montant par periode", "prime", "montant ttc",
            ),
            type="amount",
            required=True,
        ),
        Field(
            "currency",
            gettext_lazy("currency"),
            ("currency", "currency code", "devise", "code devise", "monnaie"),
            type="currency",
            required=True,
        ),
    ),
    writer="habitue.imports.kinds.orders.terms.write_contracts",
)  # fmt: skip
