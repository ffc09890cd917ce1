from habitue.portraits.models import Refresh


def latest_refresh() -> Refresh | None:
    """The computation whose portraits are shown. One under way is not finished and does not count."""
    return Refresh.objects.filter(finished_at__isnull=False).order_by("id").last()
