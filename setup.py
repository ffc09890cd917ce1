"""What the build does beyond pyproject.toml: it compiles the French catalogue, which git does not keep."""

from __future__ import annotations

import shutil
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools import setup
from setuptools.command.build_py import build_py

CATALOGUES = sorted(Path("habitue/locale").glob("*/LC_MESSAGES/*.po"))


class BuildWithTranslations(build_py):
    """`build_py` that also writes a .mo file for each .po file: into the wheel, or in place for an editable install."""

    def run(self) -> None:
        if not self.editable_mode:  # what an earlier build left there would go into the wheel too
            shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        for source, target in self.compiled():
            target.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as po, target.open("wb") as mo:
                write_mo(mo, read_po(po, locale=source.parts[-3]))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        return [*super().get_outputs(include_bytecode), *(str(target) for _source, target in self.compiled())]

    def compiled(self) -> list[tuple[Path, Path]]:
        root = Path() if self.editable_mode else Path(self.build_lib)
        return [(source, root / source.with_suffix(".mo")) for source in CATALOGUES]


setup(cmdclass={"build_py": BuildWithTranslations})
