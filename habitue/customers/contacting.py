"""Contact points of customers: normalise what was typed; add, edit, end and remove them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import phonenumbers
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from email_validator import EmailNotValidError, validate_email

from habitue.customers import addresses
from habitue.customers.addresses import Address
from habitue.customers.editing import held
from habitue.customers.fields import too_long
from habitue.customers.models import ContactPoint, Customer
from habitue.events.done import Done
from habitue.events.journal import record
from habitue.kernel.errors import HabitueError, InvalidFields

if TYPE_CHECKING:
    from habitue.team.models import User

Kind = ContactPoint.Kind
LONGEST = 320
PLAIN_EMAIL = re.compile(r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
FLOAT = re.compile(r"(?<=\d)\.0+$")
SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
NO_DIAL = re.compile(r"[^\d+]")
PLAIN_PHONE = re.compile(r"\+?\d[\d .-]{6,20}", re.ASCII)
HOME_OF = {str(code): codes[0] for code, codes in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items()}


class Normalised(NamedTuple):
    """A contact point in the form in which the model stores it. `value` is empty only where nothing was typed."""

    kind: str
    typed: str
    value: str
    valid: bool
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


def normalised(kind: str, typed: str, country: str = "") -> Normalised:
    """Normalise a contact point. `country` (ISO, two letters) is where a telephone number without + comes from.

    E-mail: lower case. Telephone: E.164, "+33612345678", with ";ext=12". Address: folded, and split into street,
    postcode and city as far as possible. Outside reference: unchanged. What is not well formed is kept as it was typed,
    with `valid` false.
    """
    text = " ".join(typed.replace("\0", "").split()) if kind != Kind.ADDRESS else typed.replace("\0", "").strip()
    home = (country or settings.COUNTRY).upper()
    if kind == Kind.ADDRESS:
        return normalised_address(addresses.parse(text, home), typed=text, country=country)
    value, valid = NORMALISERS[kind](text, home)
    return Normalised(kind, text[:500], value[:LONGEST], valid and len(value) <= LONGEST)


def normalised_address(address: Address, *, typed: str = "", country: str = "") -> Normalised:
    """Normalise an address given in parts. One without a country is in `country`, else in that of this installation."""
    home = (country or settings.COUNTRY).upper()
    whole = Address(address.street, address.postcode, address.city, address.country.upper() or home)
    value = whole.folded(settings.COUNTRY)[:LONGEST]
    return Normalised(
        Kind.ADDRESS,
        (typed or address.typed)[:500],
        value,
        bool(value) and len(whole.street) <= 200 and whole.well_formed(home),
        whole.street[:200],
        whole.postcode[:16],
        whole.city[:100],
        whole.country,
    )


def _email(text: str, home: str) -> tuple[str, bool]:
    bare = text.removeprefix("mailto:")
    if (
        (plain := PLAIN_EMAIL.fullmatch(bare))
        and len(plain[1]) <= 64
        and len(bare) <= 254
        and _is_domain(plain[2].lower())
    ):
        return bare.lower(), True
    try:
        return validate_email(bare, check_deliverability=False).normalized.lower(), True
    except EmailNotValidError:
        return bare.lower(), False


@lru_cache(20_000)
def _is_domain(domain: str) -> bool:
    """Whether this is a valid e-mail domain. Cached: many addresses share few domains."""
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).domain == domain
    except EmailNotValidError:
        return False


def _phone(text: str, home: str) -> tuple[str, bool]:
    """Programs write numbers as 33612345678.0; one written as 3,36E+10 has lost its digits."""
    text = FLOAT.sub("", text)
    if SCIENTIFIC.fullmatch(text):
        return text.lower(), False
    if PLAIN_PHONE.fullmatch(text) and (usual := _usual_phone(NO_DIAL.sub("", text), home)):
        return usual, True
    as_written = re.sub(r"\bposte\b\.?", "ext.", text.removeprefix("tel:"), flags=re.IGNORECASE)
    try:
        number = phonenumbers.parse(as_written, home)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        digits = "".join(letter for letter in text if letter.isdecimal())
        return digits or text.lower(), False
    value = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{value};ext={number.extension}" if number.extension else value, True


def _usual_phone(digits: str, home: str) -> str:
    """An ordinary landline or mobile number in E.164; empty where `digits` is none.

    The patterns are those of the library phonenumbers; its full parser takes longer and is asked only about the rest.
    """
    if digits[:1] == "+":
        home = next((HOME_OF[digits[1:end]] for end in (2, 3, 4) if digits[1:end] in HOME_OF), "")
    code, pattern = _usual_numbers(home)
    if pattern is None:
        return ""
    national = digits[1:] if digits[:1] == "0" else digits.removeprefix(f"+{code}") if digits[:1] == "+" else ""
    return f"+{code}{national}" if pattern.fullmatch(national) else ""


@cache
def _usual_numbers(home: str) -> tuple[int, re.Pattern[str] | None]:
    """Country code and pattern of national numbers, for a country whose numbers begin with 0 inland; else (0, None).

    Of countries that share a code only the main one has a pattern.
    """
    about = phonenumbers.PhoneMetadata.metadata_for_region(home) if home in HOME_OF.values() else None
    if about is None or about.national_prefix_for_parsing != "0" or about.leading_digits:
        return 0, None
    usual = "|".join(desc.national_number_pattern or "" for desc in (about.mobile, about.fixed_line) if desc)
    return about.country_code or 0, re.compile(f"(?!0)(?:{usual})")


def _as_it_is(text: str, home: str) -> tuple[str, bool]:
    return text, bool(text)


NORMALISERS = {"email": _email, "phone": _phone, "reference": _as_it_is}  # by kind of contact point, but addresses


def as_read(value: str) -> str:
    """A telephone number in the usual national format, or the international format for another country."""
    try:
        number = phonenumbers.parse(value, settings.COUNTRY)
    except phonenumbers.NumberParseException:
        return value
    home = phonenumbers.region_code_for_number(number) == settings.COUNTRY
    written = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, written).replace(" ", "\u00a0")


def add(
    customer: Customer,
    kind: str,
    typed: str,
    *,
    label: str = "",
    country: str = "",
    address: Address | None = None,
    as_it_is: bool = False,
    by: User | None = None,
) -> Done[ContactPoint]:
    """Add a contact point to a customer. One that is there already is returned; one that had ended is reopened."""
    normal = _required(kind, typed, country, address, as_it_is)
    label = _label(label)
    with transaction.atomic():
        row = held(customer)
        known = ContactPoint.objects.filter(customer=row, kind=kind, value=normal.value, label=label).first()
        if known and known.until is None:
            return Done(known)
        with record("contact.added", by=by, customer=row, point=kind) as journal:
            if known:
                journal.save(known, until=None, since=timezone.localdate(), typed=normal.typed, source=journal.event)
            else:
                known = journal.create(_made(normal, label, customer=row, source=journal.event))
    return Done(known, journal.event)


def prepared(kind: str, typed: str, *, label: str = "", as_it_is: bool = False) -> ContactPoint:
    """An unsaved contact point for a customer who is still to be created: see `editing.create`."""
    return _made(_required(kind, typed, "", None, as_it_is), _label(label))


def edit(
    point: ContactPoint,
    typed: str,
    *,
    label: str = "",
    country: str = "",
    address: Address | None = None,
    as_it_is: bool = False,
    by: User | None = None,
) -> Done[ContactPoint]:
    """Replace what is stored of a contact point by what is typed now."""
    normal = _required(point.kind, typed, country, address, as_it_is)
    label = _label(label)
    with transaction.atomic():
        held(point.customer)
        row = _present(point)
        new = normal._asdict() | {"label": label}
        if all(getattr(row, name) == value for name, value in new.items()):
            return Done(row)
        same = ContactPoint.objects.filter(customer=row.customer, kind=row.kind, value=normal.value, label=label)
        if same.exclude(pk=row.pk).exists():
            raise InvalidFields({"typed": _("%(value)s is there already.") % {"value": normal.typed}})
        with record("contact.edited", by=by, customer=point.customer, point=row.kind) as journal:
            journal.save(row, **new, source=journal.event)
    return Done(row, journal.event)


def end(point: ContactPoint, by: User | None = None) -> Done[ContactPoint]:
    """Mark a contact point as out of use from today. It stays, because the customer can still be recognised by it."""
    with transaction.atomic():
        held(point.customer)
        row = _present(point)
        if row.until:
            return Done(row)
        with record("contact.ended", by=by, customer=point.customer, point=row.kind) as journal:
            journal.save(row, until=timezone.localdate())
    return Done(row, journal.event)


def remove(point: ContactPoint, by: User | None = None) -> Done[ContactPoint]:
    """Delete a contact point that was entered by mistake. One that was right once is ended instead: see `end`."""
    with transaction.atomic():
        held(point.customer)
        row = ContactPoint.objects.filter(pk=point.pk).first()
        if row is None:
            return Done(point)
        with record("contact.removed", by=by, customer=point.customer, point=row.kind) as journal:
            journal.delete(row)
    return Done(point, journal.event)


def _made(normal: Normalised, label: str, **more: Any) -> ContactPoint:
    fields = normal._asdict()
    return ContactPoint(label=label, since=timezone.localdate(), **fields, **more)


def _required(kind: str, typed: str, country: str, address: Address | None, as_it_is: bool) -> Normalised:
    """The normalised contact point, or InvalidFields. With `as_it_is` one that is not well formed is accepted too."""
    if kind not in Kind.values:
        raise InvalidFields({"kind": _("Choose what it is: an e-mail address, a telephone, an address.")})
    normal = normalised_address(address, country=country) if address else normalised(kind, typed, country)
    if not normal.value:
        raise InvalidFields({"typed": _("Nothing was typed.")})
    if len(typed) > 500:
        raise InvalidFields({"typed": too_long(typed, 500)})
    if not normal.valid and not as_it_is:
        raise InvalidFields({"typed": _MALFORMED[Kind(kind)] % {"typed": normal.typed}})
    return normal


def _label(typed: str) -> str:
    label = " ".join(typed.replace("\0", "").split())
    if len(label) > 40:
        raise InvalidFields({"label": too_long(label, 40)})
    return label


def _present(point: ContactPoint) -> ContactPoint:
    row = ContactPoint.objects.select_for_update().filter(pk=point.pk).first()
    if row is None:
        raise HabitueError(_("This was removed meanwhile. Load the page anew."), status=409)
    return row


_MALFORMED = {
    Kind.EMAIL: gettext_lazy("“%(typed)s” is no e-mail address: it has the form name@example.com."),
    Kind.PHONE: gettext_lazy(
        "“%(typed)s” is no telephone number. One from another country begins with + and its code."
    ),
    Kind.ADDRESS: gettext_lazy("“%(typed)s” lacks the postcode or the city: 12 rue des Lilas, 69003 Lyon."),
    Kind.REFERENCE: gettext_lazy("“%(typed)s” is no reference."),
}
