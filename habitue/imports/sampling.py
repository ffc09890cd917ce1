"""What a person is shown of a file before it is imported: its format, first rows, and sample values of each column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from habitue.imports.files.reading import Rows
from habitue.imports.models import Import
from habitue.imports.rejecting import EXTRA
from habitue.kernel.database.duck import connect, parquet

SAMPLES = 3
FIRST = 8
LONGEST = 60
DIFFERENT = 30
IMPORT = EXTRA.index("habitue_import")


def about(rows: Rows) -> dict[str, Any]:
    with connect(rows.folder) as connection:
        source = parquet(rows.path)
        columns = ", ".join(f"left(c{at}, {LONGEST})" for at in range(len(rows.headings)))
        first = connection.execute(f"SELECT {columns} FROM {source} ORDER BY line LIMIT {FIRST}").fetchall()  # noqa: S608
        samples = [
            [value for (value,) in connection.execute(
                f"SELECT left(c{at}, {LONGEST}) FROM (SELECT c{at}, min(line) AS line FROM "  # noqa: S608
                f"(SELECT c{at}, line FROM {source} WHERE trim(c{at}) <> '' LIMIT 2000) GROUP BY 1) "
                f"ORDER BY line LIMIT {SAMPLES}"
            ).fetchall()]
            for at in range(len(rows.headings))
        ]  # fmt: skip
    return {
        "form": rows.form,
        "encoding": rows.encoding,
        "separator": rows.separator,
        "how": rows.how,
        "headings": rows.headings,
        "rows": rows.count,
        "samples": samples,
        "first": [[cell or "" for cell in row] for row in first],
    }


def values(rows: Rows, headings: Iterable[str]) -> dict[str, list[tuple[str, int]]]:
    """The different cells of each of these columns with their number, the most frequent first, where they are few."""
    few = {}
    with connect(rows.folder) as connection:
        for heading in dict.fromkeys(heading for heading in headings if heading in rows.headings):
            cell = f"left({rows.at(heading)}, {LONGEST})"
            query = f"SELECT {cell}, count(*) FROM {parquet(rows.path)} WHERE trim({cell}) <> '' GROUP BY 1"  # noqa: S608
            different = connection.execute(f"{query} ORDER BY 2 DESC, 1 LIMIT {DIFFERENT + 1}").fetchall()
            if len(different) <= DIFFERENT:
                few[heading] = different
    return few


def corrected(about: dict[str, Any]) -> Import | None:
    """The import whose rejections this file holds, by the number in its first row; None for other files."""
    headings = about["headings"]
    if EXTRA[IMPORT] not in headings or not about["first"]:
        return None
    number = about["first"][0][headings.index(EXTRA[IMPORT])]
    return Import.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
