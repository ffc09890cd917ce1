"""A form as the desk shows it, in place of a section or as a page of its own, with what is wrong beside each field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from habitue.desk.shell.access import DeskRequest
from habitue.events.done import Done
from habitue.kernel import parsing
from habitue.kernel.errors import HabitueError, InvalidFields


@dataclass
class Field:
    """`kind` is an input's type, or "select", "lines", "check"; `suggest` an address that gives options."""

    name: str
    label: Any
    kind: str = "text"
    value: str = ""
    options: Sequence[tuple[str, Any]] = ()
    hint: Any = ""
    suggest: str = ""
    limit: int = 500
    error: str = ""


@dataclass
class Form:
    title: Any
    action: str
    back: str
    fields: list[Field]
    send: Any = ""
    section: str = ""
    error: str = ""
    about: str = ""
    actions: Sequence[tuple[Any, str]] = ()
    more: dict[str, Any] = field(default_factory=dict)

    def fill(self, data: QueryDict) -> None:
        for one in self.fields:
            one.value = data.get(one.name, "").replace("\0", "")

    def __getitem__(self, name: str) -> str:
        return {one.name: one.value for one in self.fields}[name]

    def day(self, name: str) -> date | None:
        """A day that was typed; InvalidFields where it is none."""
        if not self[name].strip():
            return None
        try:
            return parsing.day(self[name])
        except parsing.NotUnderstood as error:
            raise InvalidFields({name: error.message}) from error

    def attempt(self, verb: Callable[[], Done[Any]]) -> Done[Any] | None:
        """What the verb did; None where it refused, with each fault beside its field."""
        try:
            return verb()
        except InvalidFields as error:
            self._blame(error.errors)
        except HabitueError as error:
            self.error = str(error)
        return None

    def show(self, request: DeskRequest) -> HttpResponse:
        """In place, or as a page. htmx swaps no answer that says that it failed, so that one says it in words."""
        wrong = self.error or any(one.error for one in self.fields)
        context = {"form": self} | self.more
        if not request.htmx:
            return render(request, "shell/form.html", context, status=422 if wrong else 200)
        response = render(request, "shell/form.html#form", context)
        if wrong:
            response["HX-Retarget"], response["HX-Reswap"] = f"#{self.section}-form", "innerHTML"
        return response

    def _blame(self, errors: dict[str, str]) -> None:
        for one in self.fields:
            one.error = str(errors.pop(one.name, ""))
        self.error = " ".join(map(str, errors.values()))
