from typing import Any

from django.db.models import F, Subquery
from django.db.models.fields.json import KeyTransform

from habitue.portraits.models import FactsVersion, Refresh

PARTS = ("stages", "discounts", "retention")


def latest_refresh() -> Refresh | None:
    """The latest finished refresh, whose portraits are shown; None before the first.

    Annotated with `outdated_since` and `queued_at` of the facts that it does not know, None where it knows all. `base`
    is long: PARTS of it, which many pages show, are annotated; the whole is read by a query of its own when asked for.
    """
    outdated = FactsVersion.objects.filter(version__gt=F("computed"))
    finished = Refresh.objects.filter(finished_at__isnull=False).order_by("id")
    parts = {f"base_{name}": KeyTransform(name, "base") for name in PARTS}
    return (
        finished.defer("base")
        .annotate(
            **parts,
            outdated_since=Subquery(outdated.values("since")[:1]),
            queued_at=Subquery(outdated.values("queued_at")[:1]),
        )
        .last()
    )


def part_of_base(refresh: Refresh | None, name: str) -> dict[str, Any]:
    """One of the PARTS of what a refresh says of the base, empty where it says nothing."""
    if refresh is None:
        return {}
    annotated = f"base_{name}"
    part = getattr(refresh, annotated) if hasattr(refresh, annotated) else refresh.base.get(name)
    return part or {}
