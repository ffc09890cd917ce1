"""Text as part of SQL, where it cannot be a parameter."""

from __future__ import annotations


def quoted(text: str) -> str:
    """As a literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """As a quoted name of a column or table."""
    return '"' + name.replace('"', '""') + '"'
