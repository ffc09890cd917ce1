from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by `habitue user`, never from outside."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
