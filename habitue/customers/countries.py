"""Countries by the names that people and programs write."""

from __future__ import annotations

from functools import cache

from babel import Locale
from babel.core import get_global
from django.conf import settings
from phonenumbers import SUPPORTED_REGIONS

from habitue.kernel.names import name_key

WRITINGS = {
    "GB": "uk|u k|england|scotland|wales|northern ireland|great britain|britain|the united kingdom|angleterre|ecosse|"
    "pays de galles|irlande du nord|grande bretagne|g b|gbr|royaume unis",
    "US": "usa|u s a|us|u s|united states of america|the united states|etats unis d amerique|etat unis|etats unis usa",
    "HK": "hong kong|hongkong|hong kong china|hong kong sar",
    "MO": "macao|macau",
    "NL": "holland|hollande|the netherlands|pays bas nl",
    "CZ": "czech republic|republique tcheque|rep tcheque",
    "CI": "ivory coast|cote d ivoire",
    "KR": "korea|republic of korea|coree|coree du sud|south korea",
    "RU": "russian federation|federation de russie",
    "AE": "uae|u a e|emirates|emirats arabes unis",
    "BE": "belgie|belgium fr|belgique be",
    "IE": "eire|republic of ireland|republique d irlande",
    "CH": "schweiz|svizzera|confederation suisse|swiss",
    "DE": "deutschland|germany de|rfa|federal republic of germany",
    "FR": "france metropolitaine|metropolitan france|republique francaise|france fr|french republic",
    "RE": "reunion|la reunion|ile de la reunion|reunion island",
    "GP": "guadeloupe|la guadeloupe",
    "MQ": "martinique|la martinique",
    "GF": "guyane|guyane francaise",
    "LU": "grand duche de luxembourg|g d luxembourg",
    "CD": "drc|rdc|congo kinshasa|republique democratique du congo|democratic republic of the congo",
    "CG": "congo brazzaville|republique du congo|republic of the congo",
    "MM": "burma|birmanie",
    "SZ": "swaziland",
    "MK": "macedonia|macedoine",
    "TR": "turkey|turquie",
    "VN": "viet nam|vietnam",
    "VA": "vatican|holy see|saint siege",
    "PS": "palestine",
    "CN": "p r china|prc|peoples republic of china|people s republic of china|mainland china|"
    "republique populaire de chine",
    "TW": "taiwan",
    "CV": "cape verde|cap vert",
    "ST": "sao tome",
    "TL": "east timor",
    "LA": "laos|lao",
    "MD": "moldova|moldavie|republic of moldova",
    "BA": "bosnia|bosnie",
    "IR": "islamic republic of iran",
    "SY": "syrian arab republic",
    "TZ": "united republic of tanzania",
}
OTHER_LANGUAGES = ("de", "es", "it", "nl", "pt")


def code(name: str) -> str:
    """ISO 3166 in two letters; empty for what is no country."""
    if is_code(name):  # without the names in all languages, which take a while to read
        return name
    return countries().get(name_key(name), "")


def is_code(text: str) -> bool:
    """Whether it is the code of a country that has telephones."""
    return text in SUPPORTED_REGIONS


@cache
def countries() -> dict[str, str]:
    """ISO codes of two letters by the folded name: in the desk's languages and its neighbours', by two or three
    letters, and as people write them. Where two languages differ the desk's come first."""
    named: dict[str, str] = {}
    for language in [*reversed(OTHER_LANGUAGES), *(language for language, _name in settings.LANGUAGES)]:
        territories = Locale.parse(language, sep="-").territories
        named |= {name_key(name): code for code, name in territories.items() if _is_country(code)}
    codes = set(named.values())
    three = {key.lower(): new[0] for key, new in get_global("territory_aliases").items() if _is_three(key, new)}
    named = three | named | {code.lower(): code for code in codes}
    return named | {writing: code for code, writings in WRITINGS.items() for writing in writings.split("|")}


def _is_country(code: str) -> bool:
    """Not the regions and what stands for none: ZZ is unknown, XA and XB are tests, EU and UN are many."""
    return len(code) == 2 and code.isalpha() and code not in ("ZZ", "XA", "XB", "EU", "EZ", "UN", "QO")


def _is_three(key: str, new: list[str]) -> bool:
    return len(key) == 3 and key.isalpha() and len(new) == 1 and _is_country(new[0])
