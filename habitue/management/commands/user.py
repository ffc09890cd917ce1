from __future__ import annotations

import getpass
import secrets
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from habitue.kernel.errors import HabitueError
from habitue.management.command import Command as Base
from habitue.management.command import add_json, require_database
from habitue.team.models import User
from habitue.team.rights import CHANGE_CUSTOMERS, DESK, MANAGE_SETTINGS, MANAGERS, READERS, ROLES, SEE_CUSTOMERS, may


class Command(Base):
    help = _("Make accounts for the team, change their password, close them, or list them.")
    examples = (
        "  habitue user add ines\n  habitue user add noe --reader\n  habitue user allow ines --manager\n"
        "  habitue user password ines\n  habitue user close ines\n  habitue user list --json"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=["add", "allow", "password", "close", "list"])
        parser.add_argument("name", nargs="?", help=_("the name to sign in with"))
        role = parser.add_mutually_exclusive_group()
        role.add_argument("--no-desk", action="store_true", help=_("an account that may not look at customers (yet)"))
        role.add_argument("--reader", action="store_true", help=_("an account that may look at customers only"))
        role.add_argument("--manager", action="store_true", help=_("an account that may change the settings too"))
        add_json(parser)

    def handle(self, *args: Any, action: str, name: str | None, json: bool, **options: Any) -> None:
        require_database()
        if action == "list":
            self.list(json)
            return
        if not name:
            raise HabitueError(_("Which one? Give the name: habitue user %(action)s NAME") % {"action": action})
        if action == "add":
            if User.objects.filter(username=name).exists():
                raise HabitueError(_("“%(name)s” has an account already. Choose another name.") % {"name": name}, 409)
            user = valid(User(username=name))
            password = self.set_password(user)
            let_in(user, **options)
            self.answer(json, user, password)
            return
        user = find(name)
        if action == "password":
            self.answer(json, user, self.set_password(user))
        elif action == "allow":
            let_in(user, **options)
            self.stdout.write(_("%(name)s: %(role)s.") % {"name": name, "role": role_name(user)})
        else:
            user.is_active = False
            user.save(update_fields=["is_active"])
            self.stdout.write(_("The account of %(name)s is closed.") % {"name": name})

    def set_password(self, user: User) -> str | None:
        """Ask for a password at a terminal and return None; otherwise generate one and return it, to be shown once."""
        made = None if sys.stdin.isatty() else secrets.token_urlsafe(12)
        password = made or ask()
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise HabitueError(" ".join(error.messages)) from error
        user.set_password(password)
        user.save()
        return made

    def answer(self, json: bool, user: User, made: str | None) -> None:
        if json:
            self.print_json({"name": user.username, "password": made})
        elif made:
            self.stdout.write(
                _("%(name)s signs in with the password %(password)s") % {"name": user.username, "password": made}
            )
        else:
            self.stdout.write(_("%(name)s can sign in.") % {"name": user.username})

    def list(self, json: bool) -> None:
        users = User.objects.order_by("username")
        if json:
            self.print_json(
                [
                    {
                        "name": user.username,
                        "active": user.is_active,
                        "desk": may(user, SEE_CUSTOMERS),
                        "changes": may(user, CHANGE_CUSTOMERS),
                        "manages": may(user, MANAGE_SETTINGS),
                    }
                    for user in users
                ]
            )
            return
        words = {True: _("yes"), False: _("no")}
        rows = [[_("name"), _("active"), _("what they may do")]]
        self.print_table(rows + [[user.username, words[user.is_active], role_name(user)] for user in users])


def let_in(user: User, *, no_desk: bool, reader: bool, manager: bool, **options: Any) -> None:
    if no_desk:
        user.groups.remove(*user.groups.filter(name__in=ROLES))
    else:
        user.let_into_the_desk(READERS if reader else MANAGERS if manager else DESK)


def role_name(user: User) -> str:
    """The role of a user, derived from their rights, which are read anew as Django caches them."""
    fresh = User.objects.get(pk=user.pk)
    if may(fresh, MANAGE_SETTINGS):
        return _("changes customers and settings")
    if may(fresh, CHANGE_CUSTOMERS):
        return _("changes customers")
    if may(fresh, SEE_CUSTOMERS):
        return _("looks at customers")
    return _("nothing at the desk")


def valid(user: User) -> User:
    try:
        user.clean_fields(exclude=["password"])
    except ValidationError as error:
        raise HabitueError(" ".join(error.messages)) from error
    return user


def find(name: str) -> User:
    user = User.objects.filter(username=name).first()
    if not user:
        raise HabitueError(_("There is no account “%(name)s”. “habitue user list” shows them.") % {"name": name}, 404)
    return user


def ask() -> str:
    first = getpass.getpass(_("Password: "))
    if first != getpass.getpass(_("Again: ")):
        raise HabitueError(_("The two passwords differ. Nothing was changed; try again."))
    return first
