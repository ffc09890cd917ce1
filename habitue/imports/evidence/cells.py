"""The cells of a file that was read, by column: distinct texts, and which of them stands in each row.

All rows are looked at up to `LOOKED_AT`; of a longer file, blocks of neighbouring rows drawn by a fixed seed, so that
most orders stay whole.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from habitue.imports.evidence import words
from habitue.imports.files.reading import Rows

LOOKED_AT = 100_000
SAMPLE = 40_000
BLOCKS = 40
SEED = 11
SPACES = " \t\r\n\u00a0\u202f\u2009"
KEPT_AS_TEXT = r"^'([=+@0-9-])"  # shops and spreadsheets put an apostrophe before digits to keep them as text
Codes = NDArray[np.int64]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Cells:
    """`codes` has a number for each row, 0 for an empty cell or a placeholder; `texts[code - 1]` is what it says."""

    texts: pa.StringArray
    codes: Codes
    placeholders: int

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many rows have each of the texts."""
        return np.bincount(self.codes, minlength=len(self.texts) + 1)[1:]

    @property
    def filled(self) -> int:
        return int((self.codes != 0).sum())


@dataclass(frozen=True)
class Table:
    """Columns with something in them, by position: `Cells`, and what columns of numbers say, NaN for nothing."""

    lines: Codes
    codes: Mapping[int, Codes]
    values: Mapping[int, Values]
    texts: Mapping[int, pa.StringArray] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        return len(self.lines)


def read(rows: Rows) -> tuple[Codes, list[Cells]]:
    """The lines that are looked at, and each column's cells on them."""
    table = pa.concat_tables(_parts(rows))
    placeholders = pa.array(sorted(words.placeholders()))
    lines = np.asarray(table["line"].to_numpy(), dtype=np.int64)
    return lines, [_cells(table[f"c{at}"], placeholders) for at in range(len(rows.headings))]


def _parts(rows: Rows) -> Iterator[pa.Table]:
    with pq.ParquetFile(rows.path) as file:
        names = ["line", *(f"c{at}" for at in range(len(rows.headings)))]
        if rows.count <= LOOKED_AT:
            yield file.read(columns=names)
            return
        draw = random.Random(SEED)  # noqa: S311 - the same rows each time
        groups = range(file.num_row_groups)
        chosen = sorted(draw.sample(groups, min(BLOCKS, len(groups))))
        for group in chosen:
            part = file.read_row_group(group, columns=names)
            yield from _blocks(part, SAMPLE // len(chosen), draw)


def _blocks(part: pa.Table, wanted: int, draw: random.Random) -> Iterator[pa.Table]:
    """Two blocks of neighbouring rows, or all of them."""
    half = wanted // 2
    if part.num_rows <= wanted:
        yield part
        return
    middle = part.num_rows // 2
    yield part.slice(draw.randint(0, middle - half), half)
    yield part.slice(draw.randint(middle, part.num_rows - half), half)


def _cells(column: pa.ChunkedArray, placeholders: pa.StringArray) -> Cells:
    encoded = column.combine_chunks().cast(pa.string()).dictionary_encode()
    clean = pc.utf8_trim(encoded.dictionary, SPACES)
    clean = pc.replace_substring_regex(clean, KEPT_AS_TEXT, r"\1").dictionary_encode()
    texts = clean.dictionary
    nothing = pc.equal(texts, "")
    left_out = pc.or_(nothing, pc.is_in(pc.utf8_lower(texts), value_set=placeholders))
    kept = ~np.asarray(left_out, dtype=bool)
    new = np.where(kept, np.cumsum(kept), 0)
    of_text = new[np.asarray(clean.indices)] if len(clean) else np.zeros(0, dtype=np.int64)
    written = ~np.asarray(nothing, dtype=bool)[np.asarray(clean.indices)] if len(clean) else np.zeros(0, dtype=bool)
    at = encoded.indices.fill_null(-1).to_numpy()
    codes = np.where(at >= 0, np.r_[of_text, 0][at], 0).astype(np.int64)
    something = np.where(at >= 0, np.r_[written, False][at], False)
    return Cells(texts.filter(pa.array(kept)), codes, int((something & (codes == 0)).sum()))
