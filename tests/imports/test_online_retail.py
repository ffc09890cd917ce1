"""A shop's lines brought in, against sums of pandas: UCI Online Retail as it is published, and one generated like it.

In `make test` a sample of both; whole, and a million lines, in a long run. What is given back without its sale is
stored as a return of its buyer, or kept back: either way it is counted.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from django.db.models import Q, Sum

from habitue.customers.models import Customer
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Order, OrderLine
from tests.sampling import LONG

pytestmark = pytest.mark.django_db
PUBLISHED = (
    Path(os.environ.get("HABITUE_SHARED") or Path(__file__).parents[3] / "shared")
    / "data/uci_online_retail_with_cancellations.csv.gz"
)
OF_PUBLISHED = {
    "kind": "orders",
    "columns": {
        "number": {"made_of": "row"}, "buyer": "customer", "placed_at": "date", "amount": "amount",
        "product": {"value": "goods"}, "currency": {"value": "GBP"},
    },
}  # fmt: skip
SEED, LINES = 20091201, 1_000_000 if LONG else 4_000
PIECES = 100_000  # prices are counted in these


@pytest.mark.skipif(not PUBLISHED.exists(), reason=f"1 file is left out: {PUBLISHED}")
def test_received_returns_and_customers_of_the_published_shop_are_those_of_pandas(tmp_path):
    data = pd.read_csv(PUBLISHED, dtype=str)
    if not LONG:
        chosen = data.customer.drop_duplicates().sample(250, random_state=SEED)
        data = data[data.customer.isin(chosen)]
    path = tmp_path / "rows.csv"
    data.to_csv(path, index=False)
    import_ = run("orders", path, from_data("orders", OF_PUBLISHED))
    pennies = rounded(data.amount.astype(float))
    received, back = stored_amounts()
    assert received == pennies[pennies > 0].sum()
    assert back - kept_back(import_, "amount") == pennies[pennies < 0].sum()
    bought = Customer.objects.filter(orders__amount__gt=0).distinct()
    assert bought.count() == data.customer[pennies > 0].nunique()
    assert Order.objects.count() + import_.rejected == len(data)


def test_orders_lines_cancellations_and_sales_without_a_customer_are_those_of_pandas(tmp_path):
    data = like_online_retail(LINES)
    path = tmp_path / "retail.csv"
    data.to_csv(path, index=False, float_format="%.4f")
    import_ = run("orders", path)
    data["pennies"] = rounded(data.Quantity * data.UnitPrice)
    cancelled = data.InvoiceNo.str.startswith("C")
    sales = data[~cancelled].groupby("InvoiceNo").agg(
        pennies=("pennies", "sum"), lines=("pennies", "size"), buyer=("CustomerID", "first")
    )  # fmt: skip
    assert dict(Order.objects.filter(amount__gte=0).values_list("number", "amount")) == sales.pennies.to_dict()
    assert OrderLine.objects.filter(order__amount__gte=0).count() == sales.lines.sum()
    nobody = Order.objects.filter(buyer=None, amount__gte=0)
    assert nobody.count() == sales.buyer.isna().sum()
    assert (nobody.aggregate(Sum("amount"))["amount__sum"] or 0) == sales.pennies[sales.buyer.isna()].sum()
    _received, back = stored_amounts()
    given_back = data[cancelled]
    stored = Order.objects.filter(amount__lt=0).count()
    kept = {dict(row)["InvoiceNo"] for row in import_.rejections.values_list("row", flat=True)}
    assert stored + len(kept) == given_back.InvoiceNo.nunique()
    assert back - kept_back(import_, "Quantity", "UnitPrice") == given_back.pennies.sum()
    bought = Customer.objects.filter(orders__amount__gte=0).distinct()
    assert bought.count() == data.CustomerID[~cancelled].nunique()


def like_online_retail(lines: int) -> pd.DataFrame:
    """Lines with the quirks of the published files: blank customers, free goods, prices of four decimals, cancellations
    under numbers of their own with negative quantities, lines that repeat, discounts and postage under letters."""
    rng = np.random.default_rng(SEED)
    invoice = np.sort(rng.integers(0, max(lines // 20, 1), lines))
    count = int(invoice.max()) + 1
    moments = pd.Timestamp("2009-12-01 07:45") + pd.to_timedelta(np.sort(rng.integers(0, 1_060_000, count)), unit="min")
    buyer = rng.integers(12_346, 12_346 + max(count // 9, 3), count).astype(str).astype(object)
    buyer[rng.random(count) < 0.12] = None  # noqa: PLR2004 - an eighth of the invoices, as published
    cancelled = rng.random(count) < 0.15  # noqa: PLR2004
    product = rng.integers(0, 4_600, lines)
    code = np.char.add((10_000 + product).astype(str), rng.choice(["", "A", "B", "BL"], lines)).astype(object)
    price = np.round(0.19 + (product % 797) * 0.13, 2)
    price = np.where(rng.random(lines) < 0.004, 0.0, price)  # noqa: PLR2004
    price = np.where(rng.random(lines) < 0.002, np.round(rng.random(lines) * 9, 4), price)  # noqa: PLR2004
    special = rng.random(lines)
    code[special < 0.002] = "POST"  # noqa: PLR2004
    code[special > 0.999] = "D"  # noqa: PLR2004
    quantity = rng.choice([1, 1, 2, 3, 4, 6, 12, 24, 144], lines)
    number = np.char.add(np.where(cancelled, "C", ""), (489_434 + np.arange(count)).astype(str))
    data = pd.DataFrame(
        {
            "InvoiceNo": number[invoice], "StockCode": code, "Description": np.char.add("THING ", product.astype(str)),
            "Quantity": np.where(cancelled[invoice], -quantity, quantity),
            "InvoiceDate": moments[invoice].strftime("%Y-%m-%d %H:%M:%S"), "UnitPrice": price,
            "CustomerID": buyer[invoice], "Country": "United Kingdom",
        }
    )  # fmt: skip
    again = data.sample(max(lines // 100, 1), random_state=SEED)
    return pd.concat([data, again]).sort_values("InvoiceNo", kind="stable").head(lines)


def rounded(amounts: pd.Series) -> pd.Series:
    """Pennies, halves away from 0."""
    pieces = (amounts.abs() * PIECES).round().astype("int64")
    return np.sign(amounts).astype("int64") * ((2 * pieces + PIECES // 100) // (2 * PIECES // 100))


def stored_amounts() -> tuple[int, int]:
    """What was received and what was given back, in pennies."""
    above, below = (Sum("amount", filter=side) for side in (Q(amount__gt=0), Q(amount__lt=0)))
    sums = Order.objects.aggregate(above=above, below=below)
    return sums["above"] or 0, sums["below"] or 0


def kept_back(import_: Import, *columns: str) -> int:
    """The worth of the rows that were kept back, below 0, in pennies: the product of these columns."""
    cells = [dict(row) for row in import_.rejections.values_list("row", flat=True)]
    if not cells:
        return 0
    numbers = pd.DataFrame(cells)[list(columns)].astype(float)
    return int(-rounded(numbers.prod(axis=1)).sum())
