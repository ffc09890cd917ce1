from habitue.portraits.models import Refresh


def latest_refresh() -> Refresh | None:
    """The latest finished refresh, whose portraits are shown; None before the first."""
    return Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
