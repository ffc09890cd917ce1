from django.db.models import F, Subquery

from habitue.portraits.models import FactsVersion, Refresh


def latest_refresh() -> Refresh | None:
    """The latest finished refresh, whose portraits are shown; None before the first.

    Annotated with `outdated_since` and `queued_at` of the facts that it does not know, None where it knows all.
    """
    outdated = FactsVersion.objects.filter(version__gt=F("computed"))
    finished = Refresh.objects.filter(finished_at__isnull=False).order_by("id")
    return finished.annotate(
        outdated_since=Subquery(outdated.values("since")[:1]), queued_at=Subquery(outdated.values("queued_at")[:1])
    ).last()
