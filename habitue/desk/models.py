from __future__ import annotations

from django.conf import settings
from django.db import models


class ListChoice(models.Model):
    """How somebody wants to see the list of customers."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="list_choice"
    )
    columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.columns)}"
