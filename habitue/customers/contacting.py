"""The ways to reach a customer: in one writing, and changed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from email_validator import EmailNotValidError, validate_email

from habitue.customers import addresses
from habitue.customers.addresses import Address
from habitue.customers.models import ContactPoint

Kind = ContactPoint.Kind
LONGEST = 320


@dataclass(frozen=True)
class Normalised:
    """A contact point as the model keeps it. `value` is empty only where nothing was typed."""

    kind: str
    typed: str
    value: str
    valid: bool
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""


def normalised(kind: str, typed: str, country: str = "") -> Normalised:
    """`typed` in the one writing that is compared; `country` (ISO, two letters) is where a number without +.. is from.

    E-mail: lower case. Telephone: E.164, "+33612345678", with ";ext=12". Address: folded, in pieces as far as they can
    be told. Outside reference: as it is. What is not well formed is kept as it was typed, and `valid` says so.
    """
    text = " ".join(typed.replace("\0", "").split()) if kind != Kind.ADDRESS else typed.replace("\0", "").strip()
    home = (country or settings.COUNTRY).upper()
    if kind == Kind.ADDRESS:
        return normalised_address(addresses.parse(text, home), typed=text, country=country)
    value, valid = {Kind.EMAIL: _email, Kind.PHONE: _phone}.get(Kind(kind), _as_it_is)(text, home)
    return Normalised(kind, text[:500], value[:LONGEST], valid and len(value) <= LONGEST)


def normalised_address(address: Address, *, typed: str = "", country: str = "") -> Normalised:
    """An address given in pieces. Where it names no country it is in `country`, or in that of this installation."""
    home = (country or settings.COUNTRY).upper()
    told = Address(address.street, address.postcode, address.city, address.country.upper() or home)
    value = told.folded(settings.COUNTRY)[:LONGEST]
    return Normalised(
        Kind.ADDRESS,
        (typed or address.typed)[:500],
        value,
        bool(value) and told.well_formed(home),
        told.street[:200],
        told.postcode[:16],
        told.city[:100],
        told.country,
    )


def _email(text: str, home: str) -> tuple[str, bool]:
    bare = text.removeprefix("mailto:")
    try:
        return validate_email(bare, check_deliverability=False).normalized.lower(), True
    except EmailNotValidError:
        return bare.lower(), False


def _phone(text: str, home: str) -> tuple[str, bool]:
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


def _as_it_is(text: str, home: str) -> tuple[str, bool]:
    return text, bool(text)
