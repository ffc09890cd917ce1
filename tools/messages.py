"""The words that a person reads: collected from code and templates, kept in habitue/locale, checked for completeness.

    python tools/messages.py update    collect the words and merge them into the French catalogue
    python tools/messages.py compile   write the .mo file that the program reads
    python tools/messages.py check     exit 1 when a word has no French, or the catalogue is not in line with the code

English is the language of the source, so its catalogue is the source itself.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent / "habitue"
FRENCH = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%\(\w+\)\.\d+f|\{\w+\}")
NARROW_SPACE_MISSING = re.compile(
    r"(?<![\u202f\u00a0\s?!])[;!?](?!\w)|(?<![\u202f\u00a0]) ?[»]|«(?![\u202f\u00a0])|\w[ ]:\s"
)
KEYWORDS = {
    **dict.fromkeys(["_", "gettext", "gettext_lazy", "gettext_noop"]),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (1, 2)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], ((1, "c"), 2)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}


def extract_template(fileobj: Any, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Any]:
    """Babel extractor for Django templates, by way of Django's `templatize`, which turns them into Python-like text."""
    code = templatize(fileobj.read().decode())
    flat = "\n".join(line.strip() for line in code.splitlines())
    return extract_python(io.BytesIO(flat.encode()), keywords, comment_tags, options)


def collected() -> Catalog:
    catalog = Catalog(project="Habitué", charset="utf-8", header_comment="# French words of Habitué.")
    methods = [("**/migrations/**", "ignore"), ("**.py", "python"), ("**.html", extract_template)]
    methods += [("**.txt", extract_template)]
    for name, line, message, comments, context in extract_from_dir(ROOT, methods, keywords=KEYWORDS):
        catalog.add(message, None, [(f"habitue/{name}", line)], auto_comments=comments, context=context)
    return catalog


def french() -> Catalog:
    if not FRENCH.exists():
        return Catalog(locale="fr", project="Habitué", charset="utf-8")
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr")


def update() -> int:
    catalog = french()
    catalog.update(collected(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    FRENCH.parent.mkdir(parents=True, exist_ok=True)
    with FRENCH.open("wb") as file:
        write_po(file, catalog, width=120, no_location=True, sort_output=True, omit_header=False)
    missing = [message for message in catalog if message.id and not all(texts(message))]
    print(f"{len(list(catalog)) - 1} messages, {len(missing)} without French")
    return 0


def compile_catalog() -> int:
    with FRENCH.with_suffix(".mo").open("wb") as file:
        write_mo(file, french())
    return 0


def check() -> int:
    wanted, have = collected(), french()
    problems = list(differences(wanted, have))
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"French: {len(wanted)} messages, {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


def differences(wanted: Catalog, have: Catalog) -> Iterator[str]:
    for message in wanted:
        if not message.id:
            continue
        translated = have.get(first(message.id), message.context)
        if not translated or not all(texts(translated)):
            yield f"no French for: {first(message.id)!r} ({message.locations[0]})"
        elif broken := mismatched(message, translated):
            yield f"placeholders differ in French ({broken}): {first(message.id)!r}"
        elif any(NARROW_SPACE_MISSING.search(text) for text in texts(translated)):
            yield f"French spaces before ; : ! ? or inside « » are missing: {texts(translated)[0]!r}"
    for message in have:
        if message.id and not wanted.get(first(message.id), message.context):
            yield f"no longer used: {first(message.id)!r}"


def mismatched(message: Message, translated: Message) -> str:
    allowed = {name for text in as_tuple(message.id) for name in PLACEHOLDER.findall(text)}
    needed = set(PLACEHOLDER.findall(as_tuple(message.id)[-1]))
    for text in texts(translated):
        used = set(PLACEHOLDER.findall(text))
        if used - allowed:
            return ", ".join(sorted(used - allowed))
    return ", ".join(sorted(needed - set(PLACEHOLDER.findall(texts(translated)[-1]))))


def first(id_: Any) -> str:
    return as_tuple(id_)[0]


def texts(message: Message) -> tuple[str, ...]:
    return as_tuple(message.string)


def as_tuple(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value or "",)


def main(arguments: Iterable[str]) -> int:
    settings.configure()
    commands = {"update": update, "compile": compile_catalog, "check": check}
    name = next(iter(arguments), "")
    if name not in commands:
        print(__doc__)
        return 2
    return commands[name]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
