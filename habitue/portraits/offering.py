"""Next offers and reminders in the database: computed with each refresh, one row a customer, read for the window.

A million customers have eight million of them: they are written to a file first, then to the database in blocks, as
compact JSON. Items are product ids; their names are looked up when shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db.models import Min

from habitue import insight
from habitue.kernel.database import bulk
from habitue.portraits import facts
from habitue.portraits.models import NextOffers, Refresh
from habitue.purchases.models import Product

THOUSANDTHS = 1000
ROWS = pa.schema({"customer": pa.int64(), "offers": pa.string(), "reminders": pa.string()})
FEW = 2_000  # products: a range without families is offered by product up to here


@dataclass(frozen=True)
class Because:
    """A purchased item that speaks for an offer; `share`: its part, between 0 and 1, of all that speaks for it.

    Of `customers` who had the item but not the offer four weeks ago, `bought` have bought the offer since (0 of 0: not
    counted).
    """

    name: str
    share: float
    customers: int
    bought: int


@dataclass(frozen=True)
class Offer:
    name: str
    chance: float | None
    support: int
    because: list[Because]


@dataclass(frozen=True)
class Reminder:
    name: str
    chance: float | None
    times: int
    elapsed: int
    gap: float


def compute(run: Refresh, known: insight.Facts, day: int) -> None:
    """Compute the offers as of `day` into a file; the backtest is stored in `run.offers`."""
    made = insight.offers(known, day, level())
    run.offers = made.record
    file().parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(file(), ROWS) as writer:
        for part in made.parts():
            writer.write_table(as_rows(part))


def write() -> None:
    """Replace all stored offers by those of the file, within the transaction of the refresh."""
    NextOffers.objects.all()._raw_delete(NextOffers.objects.db)
    with pq.ParquetFile(file()) as computed:
        for batch in computed.iter_batches(bulk.ROWS):
            bulk.insert_table(NextOffers, pa.table(batch))
    file().unlink()


def read(stored: NextOffers | None, run: Refresh | None) -> tuple[list[Offer], list[Reminder]]:
    """(offers, reminders) of a customer with names, the likeliest first."""
    if stored is None or run is None or not (stored.offers or stored.reminders):
        return [], []
    names = _names(run)
    offers = [
        Offer(names[item], _share(chance), support, list(_because(reasons, names)))
        for item, chance, support, reasons in stored.offers
        if item in names
    ]
    reminders = [
        Reminder(names[item], _share(chance), times, elapsed, gap / THOUSANDTHS)
        for item, chance, times, elapsed, gap in stored.reminders
        if item in names
    ]
    return offers, reminders


def level() -> insight.Level:
    """Whether offers are of families or of products: families where products have them, or where products are many."""
    if Product.objects.exclude(family="").exists() or Product.objects.count() > FEW:
        return "family"
    return "product"


def file() -> Path:
    return facts.folder() / "offers.parquet"


def as_rows(part: pa.Table) -> pa.Table:
    """A table with one row a customer and JSON columns, from a table of insight ordered by customer."""
    customers = np.unique(part["customer_id"].to_numpy())
    offers, reminders = (part.filter(pc.equal(part["kind"], kind)).combine_chunks() for kind in ("offer", "reminder"))
    return pa.table(
        [
            customers,
            _by_customer(offers, _texts(offers, "item", "chance", "support", "because"), customers),
            _by_customer(reminders, _texts(reminders, "item", "chance", "times", "elapsed", "gap"), customers),
        ],
        schema=ROWS,
    )


def _texts(rows: pa.Table, *names: str) -> pa.Array:
    """The columns `names` of each row as a JSON list."""
    return _listed([_text(_whole(rows[name])) for name in names])


def _text(values: pa.Array) -> pa.Array:
    if pa.types.is_list(values.type):
        structs = values.flatten()
        inner = _listed([_text(structs.field(at)) for at in range(structs.type.num_fields)])
        offsets = pc.subtract(values.offsets, values.offsets[0])
        return _listed([pc.binary_join(pa.ListArray.from_arrays(offsets, inner), ",")])
    if pa.types.is_floating(values.type):
        thousandths = pc.round(pc.multiply(pc.cast(values, pa.float64()), THOUSANDTHS))
        values = pc.cast(thousandths, pa.int64())
    return pc.fill_null(pc.cast(values, pa.string()), "null")


def _listed(texts: list[pa.Array]) -> pa.Array:
    inside = pc.binary_join_element_wise(*texts, ",")
    return pc.binary_join_element_wise("[", inside, "]", "")


def _by_customer(rows: pa.Table, texts: pa.Array, customers: npt.NDArray[np.int64]) -> pa.Array:
    of = rows["customer_id"].to_numpy()
    offsets = np.append(np.searchsorted(of, customers), len(of)).astype(np.int32)
    return _listed([pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ",")])


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole if isinstance(whole, pa.Array) else pa.concat_arrays(whole.chunks)


def _names(run: Refresh) -> dict[int, str]:
    return _names_at(run.offers.get("level", "family"), str(run.finished_at))


@lru_cache(maxsize=2)
def _names_at(level: str, moment: str) -> dict[int, str]:
    """The name of every item by id. Cached for a refresh (`moment`), as each page asks for a dozen."""
    if level == "product":
        return {product.pk: str(product) for product in Product.objects.all()}
    families = Product.objects.exclude(family="").values("family").annotate(item=Min("pk")).order_by("item")
    return {row["item"]: row["family"] for row in families}


def _because(reasons: list[list[int]], names: dict[int, str]) -> Iterator[Because]:
    for item, share, customers, bought in reasons:
        if item in names:
            yield Because(names[item], share / THOUSANDTHS, customers, bought)


def _share(thousandths: int | None) -> float | None:
    return None if thousandths is None else thousandths / THOUSANDTHS


def record_day(run: Refresh) -> dt.date | None:
    """The last day of the four weeks of the backtest; None without one."""
    windows = run.offers.get("windows")
    return facts.day_of(windows["later"]["to"]) if windows else None
