"""How a stored order differs from what a file says of it."""

from __future__ import annotations

from typing import Any

Group = dict[str, Any]


def differences(known: dict[str, Any], group: Group) -> dict[str, Any]:
    """What is stored and what the file says, of whatever differs; nothing when only lines do."""
    pairs = {
        "buyer": (known["buyer__reference"] or "", group["buyer"] or ""),
        "day": (known["placed_on"].isoformat(), group["placed_on"].isoformat()),
        "currency": (known["currency"], group["currency"]),
        "amount": (known["amount"], int(group["amount"])),
        "paid": (known["paid"], int(group["paid"])),
        "lines": (known["line_count"], line_count(group)),
        "payer": (known["payer__reference"] or "", group["payer"] or ""),
        "recipient": (known["recipient__reference"] or "", group["recipient"] or ""),
    }
    return {
        "number": group["number"],
        "stored": {name: was for name, (was, now) in pairs.items() if was != now},
        "given": {name: now for name, (was, now) in pairs.items() if was != now},
        "currencies": [known["currency"], group["currency"]],
    }


def line_count(group: Group) -> int:
    """How many lines an order has: its shipping is one, which is no row of the file."""
    return int(group["line_count"] if "line_count" in group else group["n"])
