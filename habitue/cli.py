"""The console command `habitue`: runs Django management commands, with help for a newcomer."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress

from habitue import __version__

SUCCESS, FAILURE, USAGE, PARTLY = 0, 1, 2, 3


def main(argv: list[str] | None = None) -> None:
    arguments = sys.argv[1:] if argv is None else argv
    os.umask(0o077)  # what we write about people is for this account alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "habitue.settings")
    name = arguments[0] if arguments else "help"
    if name in ("-V", "--version", "version"):
        print(f"habitue {__version__}")
        return
    django_setup()
    if name in ("help", "-h", "--help"):
        print(overview())
        return
    if name == "django":  # Django's own commands, for whoever works on Habitué
        name, *arguments = arguments[1:] or ["help"]
        arguments = [name, *arguments]
    elif name not in commands():
        print(unknown(name), file=sys.stderr)
        sys.exit(USAGE)
    sys.exit(run(arguments))


def run(arguments: list[str]) -> int:
    from django.core.management import ManagementUtility
    from django.db import OperationalError
    from django.utils.translation import gettext as _

    from habitue.kernel.errors import HabitueError

    try:
        ManagementUtility(["habitue", *arguments]).execute()
    except HabitueError as error:
        print(f"habitue {arguments[0]}: {error}", file=sys.stderr)
        return FAILURE
    except OperationalError as error:
        hint = _("The database does not answer as it should; “habitue doctor” says more.")
        print(f"habitue {arguments[0]}: {hint}\n{str(error).strip()}", file=sys.stderr)
        return FAILURE
    except KeyboardInterrupt:
        print("\n" + _("Stopped. Nothing is lost: the same command goes on where it was."), file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return SUCCESS
    return SUCCESS


def django_setup() -> None:
    import django
    from django.utils import translation

    django.setup()
    translation.activate(language())
    gc.freeze()  # what was loaded stays: looking it over for garbage again and again takes a tenth of the time


def language() -> str:
    """The reader's language: HABITUE_LANGUAGE where set, else the terminal's, else English."""
    from django.conf import settings
    from django.utils.translation import get_supported_language_variant

    if os.environ.get("HABITUE_LANGUAGE"):
        return settings.LANGUAGE_CODE
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if text := os.environ.get(name):
            with suppress(LookupError):
                return get_supported_language_variant(text.partition(".")[0].replace("_", "-").lower())
            return "en"
    return "en"


def commands() -> dict[str, str]:
    """Our commands with a line about each, in the order in which a newcomer needs them."""
    from django.utils.translation import gettext as _

    return {
        "demo": _("try Habitué on a year of real purchases"),
        "serve": _("start the desk and its worker"),
        "worker": _("start one more worker, on another machine"),
        "import": _("bring in a file of orders, customers or products"),
        "undo-import": _("take an import back"),
        "refresh": _("compute the portraits from the facts"),
        "profiles": _("list the formats of files that are known"),
        "status": _("say what is in this installation"),
        "portrait": _("print all that is derived about one customer, with the reasons"),
        "backtest": _("hold past portraits against what happened then"),
        "user": _("make accounts for the team"),
        "reindex": _("make anew what customers are found by"),
        "doctor": _("check that everything is in order, and say how to mend it"),
    }


def overview() -> str:
    from django.conf import settings
    from django.utils.translation import gettext as _

    rows = "\n".join(f"  {name:<10} {purpose}" for name, purpose in commands().items())
    lines = [
        _("Habitué %(version)s: from the files a company already has to the right next gesture for each customer.")
        % {"version": __version__},
        "",
        _("Usage: habitue COMMAND [options]        (habitue COMMAND --help says more)"),
        "",
        rows,
        "",
        _("Everything is kept in one folder: %(home)s (HABITUE_HOME).") % {"home": settings.HOME},
        _("Exit codes: 0 done, 1 failed (the message says why), 2 wrong usage, 3 done but some rows were rejected."),
    ]
    return "\n".join(lines)


def unknown(name: str) -> str:
    import difflib

    from django.utils.translation import gettext as _

    near = difflib.get_close_matches(name, commands(), n=1)
    hint = _("Did you mean “habitue %(near)s”?") % {"near": near[0]} if near else _("See “habitue --help”.")
    return _("habitue has no command “%(name)s”.") % {"name": name} + " " + hint


if __name__ == "__main__":
    main()
