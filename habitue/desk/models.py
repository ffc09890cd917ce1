from __future__ import annotations

from django.conf import settings
from django.db import models


class ListChoice(models.Model):
    """The columns of the list of customers that a user has chosen to see."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="list_choice"
    )
    columns = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.user_id}: {', '.join(self.columns)}"
