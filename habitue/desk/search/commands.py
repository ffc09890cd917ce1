"""Pages and actions that global search offers, besides customers and orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from habitue.kernel.names import name_key
from habitue.team.rights import CHANGE_CUSTOMERS, IMPORT, MANAGE_SETTINGS, SEE_CUSTOMERS, may

if TYPE_CHECKING:
    from habitue.team.models import User

SHORTEST = 2  # letters: one would offer them all


@dataclass(frozen=True)
class Command:
    """A page to open (`address`: the name of its URL), or a button of the form `form` that stands on every page."""

    label: str | Promise
    address: str = ""
    right: str = SEE_CUSTOMERS
    also: str | Promise = ""  # other words for it
    form: str = ""
    name: str = ""
    value: str = ""
    language: str = ""

    @property
    def link(self) -> str:
        return "" if self.form else reverse(self.address)

    def matches(self, typed: str) -> bool:
        """Whether each typed word is a prefix of one of the command's words."""
        words = name_key(f"{self.label} {self.also}").split()
        return all(any(word.startswith(part) for word in words) for part in typed.split())

    def begins(self, typed: str) -> bool:
        return name_key(str(self.label)).startswith(typed)


COMMANDS: list[Command] = [
    Command(_("Customers"), "customers", also=_("list records people")),
    Command(_("Base"), "base", also=_("stages retention figures")),
    Command(_("Segments"), "segments", also=_("groups rules")),
    Command(_("Duplicates"), "duplicates", also=_("merge twice same")),
    Command(_("Imports"), "imports", also=_("files rejections")),
    Command(_("Settings"), "settings", MANAGE_SETTINGS, also=_("fields tags competitors options")),
    Command(_("New customer"), "new_customer", CHANGE_CUSTOMERS, also=_("create add record")),
    Command(_("New order"), "new_order", CHANGE_CUSTOMERS, also=_("sale purchase enter by hand")),
    Command(_("New segment"), "new_segment", CHANGE_CUSTOMERS, also=_("create add group")),
    Command(_("Import a file"), "new_import", IMPORT, also=_("upload bring in spreadsheet excel csv vcard")),
    Command(_("Change the password"), "account_change_password", also=_("account")),
    Command(_("Sign out"), form="sign-out", also=_("log out leave quit")),
    *(
        Command(name, form="languages", name="language", value=code, language=code, also=_("language"))
        for code, name in settings.LANGUAGES
    ),
]


def matching(user: User, text: str) -> list[Command]:
    """The commands that match and `user` may use, those first whose label begins with the text."""
    typed = name_key(text)
    if len(typed) < SHORTEST:
        return []
    commands = [
        command
        for command in COMMANDS
        if command.language != get_language() and may(user, command.right) and command.matches(typed)
    ]
    return sorted(commands, key=lambda command: not command.begins(typed))
