"""What a person is shown of a file before it is imported: its format, first rows, and sample values of each column."""

from __future__ import annotations

from typing import Any

from habitue.imports.files.reading import Rows
from habitue.imports.models import Import
from habitue.imports.rejecting import EXTRA
from habitue.kernel.database.duck import connect, parquet

SAMPLES = 3
FIRST = 8
LONGEST = 60
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


def corrected(about: dict[str, Any]) -> Import | None:
    """The import whose rejections this file holds, by the number in its first row; None for other files."""
    headings = about["headings"]
    if EXTRA[IMPORT] not in headings or not about["first"]:
        return None
    number = about["first"][0][headings.index(EXTRA[IMPORT])]
    return Import.objects.filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
