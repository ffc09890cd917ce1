"""Whatever the rows and the chunks: what goes in has the sums of the file, what does not is kept with a reason."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from habitue.customers.models import Customer
from habitue.imports.importing import run
from habitue.imports.mappings.mapping import from_data
from habitue.imports.models import Import
from habitue.purchases.models import Order, OrderLine, Product
from tests.sampling import sampled

pytestmark = pytest.mark.django_db
ROW = st.tuples(
    st.integers(0, 8),  # order
    st.integers(0, 5),  # product
    st.integers(0, 3_000),  # quantity in thousandths
    st.integers(0, 10_000_000),  # amount in cents
    st.sampled_from(["", "", "", "bad"]),  # a date that cannot be read, on some rows
)

COLUMNS = {"number": "order", "buyer": "customer", "placed_at": "date", "product": "product", "quantity": "quantity"}
MAPPING = from_data("orders", {"columns": COLUMNS | {"amount": "amount", "currency": {"value": "EUR"}}})


@sampled(25)
@given(rows=st.lists(ROW, min_size=1, max_size=40), rows_at_once=st.integers(1, 50))
def test_sums_are_kept(home, rows, rows_at_once):
    OrderLine.objects.all().delete()
    for model in (Order, Product, Customer, Import):
        model.objects.all().delete()
    bad = {order for order, *_facts, fault in rows if fault}
    good = [row for row in rows if row[0] not in bad]
    lines = [
        f"{order},C{order % 3},2024-03-0{order + 1}{fault},p{product},{quantity / 1000:.3f},{amount / 100:.2f}"
        for order, product, quantity, amount, fault in rows
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        path.write_text("\n".join(["order,customer,date,product,quantity,amount", *lines]))
        import_ = run("orders", path, MAPPING, rows_at_once=rows_at_once)
    assert (import_.rows, import_.rejected) == (len(rows), len(rows) - len(good))
    assert import_.created == len({order for order, *_rest in good})
    stored = OrderLine.objects.aggregate(Sum("quantity"), Sum("amount"), Sum("paid"), Sum("gross"))
    total = sum(row[3] for row in good) if good else None
    assert stored["quantity__sum"] == (sum(row[2] for row in good) if good else None)
    assert stored["amount__sum"] == stored["paid__sum"] == stored["gross__sum"] == total
    assert Order.objects.aggregate(Sum("amount"))["amount__sum"] == total
    assert set(import_.rejections.values_list("line", flat=True)) == {
        at for at, row in enumerate(rows, 2) if row[0] in bad
    }
