"""Build hook: compile the message catalogues, so that wheel and editable install both speak English where the locale asks for it."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> None:
    """Write the `.mo` beside each `.po` below `root` that is newer than it, whole or not at all."""
    for source in root.glob("src/madoguchi/locale/*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as words:
            catalogue = read_po(words)
        unfinished = compiled.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            write_mo(file, catalogue)
        unfinished.replace(compiled)


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]  # the builder's own settings do not matter here
    """Write the `.mo` beside each `.po`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 hatchling's signature
        """Compile before anything is packed."""
        compile_catalogues(Path(self.root))
