"""Writer of promotions, by reference: created when new, updated where the file differs, else unchanged."""

from __future__ import annotations

from habitue.imports.writing import naming
from habitue.imports.writing.upserting import stored, upsert
from habitue.imports.writing.walking import Chunk, Outcome, Run
from habitue.purchases.models import Product, Promotion

NAMES = ("product_id", "family", "kind", "first_day", "last_day")


def write(run: Run, chunk: Chunk) -> Outcome:
    """Write a chunk of promotions; products that do not exist yet are created."""
    products = naming.ids(run, Product, run.products, (g["product"] for g in chunk.groups if g["product"]), (), {})
    groups = [group | {"product_id": products.get(group["product"])} for group in chunk.groups]
    known = stored(run, Promotion.objects.all(), "reference", groups)
    return upsert(run, Promotion, "reference", NAMES, groups, known)
