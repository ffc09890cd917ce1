from __future__ import annotations

from datetime import date
from typing import Any

from habitue.kernel.formats import day


def details(code: str, data: dict[str, Any]) -> dict[str, str]:
    """Placeholders for the words of a rejection: the stored end of the contract as text."""
    return {"end": day(date.fromisoformat(data["end"]))} if code == "begins_after_end" else {}
