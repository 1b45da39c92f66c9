"""Build hook: compile the message catalogues, so that wheel and editable install both speak English where the locale asks for it."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg]  # the builder's own settings do not matter here
    """Write the `.mo` beside each `.po`."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 hatchling's signature
        """Compile before anything is packed."""
        for source in Path(self.root, "src", "madoguchi", "locale").glob("*/LC_MESSAGES/*.po"):
            with source.open("rb") as words:
                catalogue = read_po(words)
            with source.with_suffix(".mo").open("wb") as compiled:
                write_mo(compiled, catalogue)
