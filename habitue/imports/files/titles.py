"""What the name of a sheet says of its rows."""

from __future__ import annotations

from habitue.imports.vocabulary import vocabulary
from habitue.kernel.names import name_key


def no_sales(title: str) -> bool:
    """Whether the name of a sheet says that its rows are goods returned, or nothing that was sold.

    >>> [no_sales(title) for title in ("Retours 2024", "Devis", "Refunds", "Credit notes", "Ventes", "Mars")]
    [True, True, True, True, False, False]
    """
    padded = f" {name_key(title)} "
    return any(f" {word} " in padded for word in vocabulary().words("sheets", "no_sales"))
