"""Files as programs of customers, newsletters and address books write them, from planted facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from habitue.imports.profiles.profile import profile_named
from tests.imports.profiles.facts import Buyer, Facts, File
from tests.imports.profiles.shops import headings


def _written(key: str, facts: Facts, row: Callable[[Buyer], Mapping[str, str]], separator: str = ",",
             encoding: str = "utf-8") -> File:  # fmt: skip
    return File(headings(key), tuple(row(buyer) for buyer in facts.buyers), separator, encoding)


def prestashop_customers(facts: Facts) -> File:
    return _written("prestashop_customers", facts, lambda buyer: {
        "ID": str(buyer.number), "Title": "1", "Last name": buyer.family, "First name": buyer.given,
        "Email address": buyer.email, "Age": "-", "Enabled": "1", "News.": "0", "Opt.": "0",
        "Registration": "2013-07-04 15:20:02", "Last visit": "2013-07-04 15:18:50",
    }, ";")  # fmt: skip


def prestashop_customers_fr(facts: Facts) -> File:
    return _written("prestashop_customers_fr", facts, lambda buyer: {
        "ID": str(buyer.number), "Nom": buyer.family, "Prénom": buyer.given, "Adresse e-mail": buyer.email,
        "Activé": "1", "Inscription": "2013-07-04 15:20:02", "Dernière visite": "2013-07-04 15:18:50",
    }, ";")  # fmt: skip


def sage_customers(facts: Facts) -> File:
    return _written("sage_customers", facts, lambda buyer: {
        "N° client": f"{buyer.number:05}", "Intitulé": buyer.name, "Adresse": buyer.street, "CP": buyer.postcode,
        "Ville": buyer.city, "Pays": "FRANCE", "Portable": buyer.shown_phone, "E-mail": buyer.email, "Famille": "PART",
    }, ";", "cp1252")  # fmt: skip


def ebp_customers(facts: Facts) -> File:
    return _written("ebp_customers", facts, lambda buyer: {
        "Code (tiers)": f"C{buyer.number:05}", "Nom": buyer.family, "Prénom": buyer.given,
        "Adresse 1 (facturation)": buyer.street, "Code postal (facturation)": buyer.postcode,
        "Ville (facturation)": buyer.city, "Téléphone portable (facturation)": buyer.shown_phone,
        "E-mail (facturation)": buyer.email, "Code Pays (facturation)": "FR",
    }, ";", "cp1252")  # fmt: skip


def hubspot_contacts(facts: Facts) -> File:
    return _written("hubspot_contacts", facts, lambda buyer: {
        "Record ID": str(90_000 + buyer.number), "First Name": buyer.given, "Last Name": buyer.family,
        "Email": buyer.email, "Phone Number": buyer.phone, "Lifecycle Stage": "Customer",
        "Create Date": "2024-03-01 10:00", "Street Address": buyer.street, "Postal Code": buyer.postcode,
        "City": buyer.city, "Country/Region": "France", "Contact owner": "Zoé",
    })  # fmt: skip


def salesforce_contacts(facts: Facts) -> File:
    return _written("salesforce_contacts", facts, lambda buyer: {
        "Id": f"003{buyer.number:0>12}AAA", "AccountId": f"001{buyer.number:0>12}AAA", "LastName": buyer.family,
        "FirstName": buyer.given, "Phone": buyer.phone, "Email": buyer.email, "MailingStreet": buyer.street,
        "MailingCity": buyer.city, "MailingPostalCode": buyer.postcode, "MailingCountry": "France",
        "CreatedDate": "2024-03-01T10:00:00.000Z",
    })  # fmt: skip


def mailchimp_audience(facts: Facts) -> File:
    return _written("mailchimp_audience", facts, lambda buyer: {
        "Email Address": buyer.email, "First Name": buyer.given, "Last Name": buyer.family,
        "Phone Number": buyer.shown_phone, "MEMBER_RATING": "2", "OPTIN_TIME": "", "OPTIN_IP": "1.2.3.4",
        "CONFIRM_TIME": "2020-02-03 04:06:00", "LAST_CHANGED": "2021-01-01 00:00:00",
        "LEID": str(500 + buyer.number), "EUID": f"abc{buyer.number}", "TAGS": '"VIP","Blog"',
    })  # fmt: skip


# Google: labels beside values, groups with an asterisk, several values in one cell.
def google_contacts(facts: Facts) -> File:
    return _written("google_contacts", facts, lambda buyer: {
        "First Name": buyer.given, "Last Name": buyer.family, "Labels": "* myContacts ::: Vip",
        "E-mail 1 - Label": "* Home", "E-mail 1 - Value": buyer.email, "Phone 1 - Label": "Mobile",
        "Phone 1 - Value": f"{buyer.phone} ::: {buyer.shown_phone}", "Address 1 - Label": "Home",
        "Address 1 - Formatted": f"{buyer.street}\n{buyer.postcode} {buyer.city}\nFR",
        "Address 1 - Street": buyer.street, "Address 1 - City": buyer.city,
        "Address 1 - Postal Code": buyer.postcode, "Address 1 - Country": "FR",
    })  # fmt: skip


def google_contacts_old(facts: Facts) -> File:
    return _written("google_contacts_old", facts, lambda buyer: {
        "Name": buyer.name, "Given Name": buyer.given, "Family Name": buyer.family, "Group Membership": "* myContacts",
        "E-mail 1 - Type": "* Home", "E-mail 1 - Value": buyer.email, "Phone 1 - Type": "Mobile",
        "Phone 1 - Value": buyer.phone, "Address 1 - Type": "Home", "Address 1 - Street": buyer.street,
        "Address 1 - City": buyer.city, "Address 1 - Postal Code": buyer.postcode, "Address 1 - Country": "FR",
    })  # fmt: skip


def _outlook(buyer: Buyer) -> dict[str, str]:
    return {
        "First Name": buyer.given, "Last Name": buyer.family, "Home Street": buyer.street, "Home City": buyer.city,
        "Home Postal Code": buyer.postcode, "Home Country/Region": "France", "Mobile Phone": buyer.shown_phone,
        "Birthday": "0/0/00", "Categories": "Vip;Salon", "E-mail Address": buyer.email, "E-mail Type": "SMTP",
        "E-mail Display Name": buyer.name, "Gender": "Unspecified", "Notes": "line1\nline2",
    }  # fmt: skip


def outlook_contacts(facts: Facts) -> File:
    return _written("outlook_contacts", facts, _outlook)


def outlook_contacts_fr(facts: Facts) -> File:
    profile = profile_named("outlook_contacts")
    assert profile
    names = profile.names["fr"]
    own = [heading for heading in headings("outlook_contacts") if heading in names]
    rows = [{names[key]: value for key, value in _outlook(buyer).items() if key in names} for buyer in facts.buyers]
    return File(tuple(names[heading] for heading in own), tuple(rows), encoding="cp1252")


def thunderbird_contacts(facts: Facts) -> File:
    return _written("thunderbird_contacts", facts, lambda buyer: {
        "First Name": buyer.given, "Last Name": buyer.family, "Display Name": buyer.name, "Primary Email": buyer.email,
        "Mobile Number": buyer.shown_phone, "Home Address": buyer.street, "Home City": buyer.city,
        "Home ZipCode": buyer.postcode, "Home Country": "France",
    })  # fmt: skip


def habitue_customers(facts: Facts) -> File:
    return _written("habitue_customers", facts, lambda buyer: {
        "Reference": f"H{buyer.number}", "Name": buyer.name, "Stage": "regular, in rhythm", "E-mail": buyer.email,
        "Telephone": buyer.shown_phone, "City": buyer.city, "Last purchase": "2024-03-01", "Value to date": "12.50",
    }, encoding="utf-8-sig")  # fmt: skip
