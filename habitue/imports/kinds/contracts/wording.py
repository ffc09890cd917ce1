from __future__ import annotations

from datetime import date
from typing import Any

from habitue.kernel.formats import day


def details(code: str, data: dict[str, Any]) -> dict[str, str]:
    """The day that a reason names, as a text."""
    return {"end": day(date.fromisoformat(data["end"]))} if code == "begins_after_end" else {}
