"""Postal addresses normalised, so that two ways of typing the same address compare as equal."""

from __future__ import annotations

import re
from typing import NamedTuple

from habitue.customers.countries import countries
from habitue.kernel.names import name_key

POSTCODES = {
    "FR": r"\d{5}", "MC": r"\d{5}", "DE": r"\d{5}", "ES": r"\d{5}", "IT": r"\d{5}", "US": r"\d{5}(?:-\d{4})?",
    "BE": r"\d{4}", "CH": r"\d{4}", "LU": r"\d{4}", "AT": r"\d{4}",
}  # fmt: skip
WORDS = {
    "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard", "boul": "boulevard",
    "pl": "place", "rte": "route", "ch": "chemin", "che": "chemin", "chem": "chemin", "all": "allee",
    "imp": "impasse", "fg": "faubourg", "fbg": "faubourg", "sq": "square", "res": "residence", "bat": "batiment",
    "bt": "batiment", "apt": "appartement", "appt": "appartement", "esc": "escalier", "ste": "sainte",
    "gal": "general", "mal": "marechal", "dr": "docteur", "pr": "professeur", "rd": "road", "ln": "lane",
}  # fmt: skip
TWICE_THE_NUMBER = re.compile(r"\b(\d+)(bis|ter|quater)\b")
CEDEX = re.compile(r"\bcedex( \d{1,2})?\b")
WHERE_ST_IS_SAINT = {"FR", "BE", "CH", "LU", "MC"}


class Address(NamedTuple):
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""

    @property
    def typed(self) -> str:
        """The address as one line, without its country."""
        place = " ".join(part for part in (self.postcode, self.city) if part)
        return ", ".join(part for part in (self.street, place) if part)

    def folded(self, home: str) -> str:
        """The normalised address, for comparison: "12 rue saint jean 69005 lyon". It ends in the country's code where
        that is not `home`.
        """
        text = name_key(f"{self.street} {self.postcode} {self.city}")
        text = TWICE_THE_NUMBER.sub(r"\1 \2", text)
        text = CEDEX.sub("", text)
        saint = "saint" if (self.country or home) in WHERE_ST_IS_SAINT else "street"
        words = [saint if word == "st" else WORDS.get(word, word) for word in text.split()]
        if self.country and self.country != home:
            words.append(self.country.lower())
        return " ".join(words)

    def well_formed(self, home: str) -> bool:
        """Whether there is a city, and a postcode in the format of the country (of `home` where none is given)."""
        pattern = POSTCODES.get(self.country or home)
        if pattern is None:
            return bool(self.street or self.city)
        return bool(self.city and re.fullmatch(pattern, self.postcode))


def parse(typed: str, home: str) -> Address:
    """Split an address typed as one text into street, postcode, city and country.

    Without a postcode that a city follows, all but the country is returned as the street.
    """
    parts = [" ".join(part.split()) for part in re.split(r"[,;\n]", typed) if part.strip()]
    country = ""
    if len(parts) > 1 and (country := countries().get(name_key(parts[-1]), "")):
        parts.pop()
    if pattern := POSTCODES.get(country or home):
        text = ", ".join(parts)
        street, postcode, city = _at_the_last(pattern, text)
        if city:
            return Address(street.strip(" ,"), postcode, city.strip(" ,"), country)
    return Address(street=", ".join(parts), country=country)


def _at_the_last(pattern: str, text: str) -> tuple[str, str, str]:
    """(text before the postcode, postcode, city), split at the last postcode that a city follows."""
    matches = list(re.finditer(rf"(?<![\w-])(?:[A-Z]{{1,2}}-)?({pattern})(?!\w),? +(?=[^\W\d])", text))
    if not matches:
        return text, "", ""
    return text[: matches[-1].start()], matches[-1][1], text[matches[-1].end() :]
