"""What the cells of each column look like, with the share of them that fit, whatever its heading says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pyarrow.compute as pc
from babel import Locale
from babel.numbers import list_currencies

from habitue.customers.countries import is_code
from habitue.imports.evidence import dates, numbers, shapes, words
from habitue.imports.evidence.cells import Cells, Values
from habitue.imports.evidence.dates import Dates
from habitue.imports.evidence.numbers import Numbers
from habitue.imports.vocabulary import flag_words, vocabulary
from habitue.kernel.names import name_key

FEW = 60  # distinct values of which each is known
LONGEST = 200
SHAPES = 3_000  # the most frequent ones; only free text has more
NUMERIC = 0.9
FIRST_DAY, LAST_DAY = 19000101, 21000101
MARKS = frozenset({"€", "$", "£", "¥", "euro", "euros", "us$", "chf"})
NUMBERS_IN_DATE = r"^(?P<first>[0-9]{1,2})[/.-](?P<second>[0-9]{1,2})[/.-]"


@dataclass(frozen=True)
class Column:
    """`looks`: {look: share of the filled cells that fit}. `values`: {value: count} where there are few, else empty."""

    at: int
    heading: str
    rows: int
    filled: int
    placeholders: int
    distinct: int
    looks: Mapping[str, float]
    values: Mapping[str, int]
    dates: Dates | None = None
    numbers: Numbers | None = None

    @property
    def flag(self) -> bool:
        """Yes and no, or 1 and 0, on every row; ones alone may number the only order.

        Two letters that both say yes, such as X and Y, are codes.
        """
        words = {value.casefold() for value in self.values}
        if self.share("flag") < 1:
            return False
        letters = {word for word in words if len(word) == 1 and word.isalpha()}
        if len({_flags()[word] for word in letters}) < len(letters):
            return False
        return words == {"0", "1"} or not all(word.isdecimal() for word in words)

    def share(self, *looks: str) -> float:
        """The largest share of the filled cells that one of these looks fits."""
        return max((self.looks.get(look, 0.0) for look in looks), default=0.0)

    @property
    def empty(self) -> bool:
        return self.filled == 0

    @property
    def share_empty(self) -> float:
        return 1 - self.filled / self.rows if self.rows else 1.0

    @property
    def constant(self) -> bool:
        return self.distinct == 1

    @property
    def unique(self) -> bool:
        return self.filled > 0 and self.distinct == self.filled

    @property
    def numeric(self) -> bool:
        return self.share("number", "percent") >= NUMERIC

    @property
    def dated(self) -> bool:
        return self.share("date", "moment") >= NUMERIC


def look_at(heading: str, at: int, cells: Cells) -> tuple[Column, Values | None]:
    """The column, and its numbers by row if it has any."""
    column = Column(at, heading, len(cells.codes), cells.filled, cells.placeholders, len(cells.texts), {}, {})
    if column.empty:
        return column, None
    counted = _shapes(cells)
    values = dict(zip(cells.texts.to_pylist(), cells.counts.tolist(), strict=True)) if column.distinct <= FEW else {}
    looks = _shares(counted) | _shares_of_values(values)
    column = replace(column, looks=looks, values=values)
    if column.share("date", "moment") >= 1 - NUMERIC:
        column = _with_dates(column, cells, counted)
    return _with_numbers(column, cells, counted) if column.numeric else (column, None)


def named(columns: Sequence[Column], heading: str) -> Column:
    return next(column for column in columns if column.heading == heading)


def _shapes(cells: Cells) -> dict[str, int]:
    encoded = shapes.shapes(pc.utf8_slice_codeunits(cells.texts, 0, LONGEST)).dictionary_encode()
    counts = np.bincount(np.asarray(encoded.indices), weights=cells.counts, minlength=len(encoded.dictionary))
    most = np.argsort(-counts, kind="stable")[:SHAPES]
    results = encoded.dictionary.take(most).to_pylist()
    return {shape: int(count) for shape, count in zip(results, counts[most], strict=True)}


def _shares(counted: Mapping[str, int]) -> dict[str, float]:
    total = sum(counted.values())
    counts: dict[str, int] = {}
    for shape, count in counted.items():
        for look in shapes.looks(shape):
            counts[look] = counts.get(look, 0) + count
    return {look: count / total for look, count in counts.items()}


def _shares_of_values(values: Mapping[str, int]) -> dict[str, float]:
    """Shares of the looks that hang on the words themselves."""
    total = sum(values.values())
    shares = {
        look: sum(count for value, count in values.items() if fits(value)) / total
        for look, fits in VALUE_LOOKS.items()
        if total
    }
    return {look: share for look, share in shares.items() if share}


def _with_dates(column: Column, cells: Cells, counted: Mapping[str, int]) -> Column:
    """Digits alone are days only if all of them lie in the years that a purchase can have."""
    digits = [int(text) for text in cells.texts.to_pylist() if len(text) == 8 and text.isdecimal()]
    if any(not FIRST_DAY <= day <= LAST_DAY or day // 100 % 100 > 12 or day % 100 > 31 for day in digits):
        looks = {look: share for look, share in column.looks.items() if look not in ("date", "moment")}
        return replace(column, looks=looks)
    parts = pc.extract_regex(cells.texts, NUMBERS_IN_DATE).drop_null()
    first, second = (np.asarray(pc.struct_field(parts, at).cast("int64")) for at in (0, 1))
    results = dates.of_column(counted, int(first.max(initial=0)), int(second.max(initial=0)))
    if results and results.order == "ambiguous" and (first == second).all():
        results = replace(results, order="")
    return replace(column, dates=results)


def _with_numbers(column: Column, cells: Cells, counted: Mapping[str, int]) -> tuple[Column, Values]:
    written = numbers.of_shapes(counted)
    of_texts = numbers.values(cells.texts, written)
    values = np.r_[np.nan, of_texts][cells.codes]
    there = of_texts[~np.isnan(of_texts)]
    if len(there):
        written = replace(
            written,
            least=float(there.min()),
            most=float(there.max()),
            median=float(np.nanmedian(values)),
            whole=bool((there == np.floor(there)).all()),
        )
    return replace(column, numbers=written), values


@cache
def _flags() -> dict[str, str]:
    """What people write for yes and no, and which of both it is."""
    return dict(flag_words(vocabulary()))


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


@cache
def _countries() -> frozenset[str]:
    """Names in English and in French, and codes, folded."""
    results: set[str] = set(words.more_countries())
    for language in ("en", "fr"):
        territories: Mapping[str, str] = Locale(language).territories
        results |= {name_key(name) for code, name in territories.items() if len(code) == 2}
        results |= {code.lower() for code in territories if len(code) == 2}
    return frozenset(results)


VALUE_LOOKS: dict[str, Callable[[str], bool]] = {
    "flag": lambda value: value.casefold() in _flags(),
    "status": lambda value: name_key(value) in words.statuses(),
    "currency": lambda value: value.upper() in _currencies() or value.casefold() in MARKS,
    "country": lambda value: is_code(value) or name_key(value) in _countries(),
}
