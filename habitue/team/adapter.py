from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth adapter that refuses sign-up: accounts are created by `habitue user` only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
