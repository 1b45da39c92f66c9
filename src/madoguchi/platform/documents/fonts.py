"""Which font prints which character: names and addresses whole, and a warning where no font has the shape.

Names are set in IPAmj Mincho, the font of the characters that municipalities register (文字情報基盤, IVS collection Moji_Joho). A
private-use character has a shape only in its own municipality's font, so no other font may print it. Text is set in BIZ UD.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pylopdf_fonts_jp
import typst
from fontTools.ttLib import TTFont

from madoguchi.kernel.names import graphemes, private_use_positions
from madoguchi.platform.language import Sentence

# What printers have always set for a character that is not in the case, and what a clerk overwrites by hand.
GETA = "〓"
BREAK = "\u200b"  # lets a line break inside a very long word; has no width and no shape
_LONG_WORD = 20
_WORD_ENDS = re.compile("([ -])")
_BETWEEN_WORDS = frozenset(" -'.,’")
_SYSTEM_ROOTS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"))
_SYSTEM_FOLDERS = ("ipamj", "bizud-gothic", "noto")
_FONT_SUFFIXES = frozenset([".ttf", ".otf", ".ttc", ".otc"])
_SELECTORS = (("\ufe00", "\ufe0f"), ("\U000e0100", "\U000e01ef"))
NAME_FAMILIES = ("IPAmjMincho", "Noto Serif CJK JP", "Noto Serif JP")
TEXT_FAMILIES = ("BIZ UDPGothic", "Noto Sans CJK JP", "Noto Sans JP")

Run = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Face:
    """One font: the family by which a layout calls it, and the file it is in, as it was at `changed`."""

    family: str
    path: str
    index: int
    changed: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """The characters and variation sequences (UTS #37) that a font has a shape for."""

    characters: frozenset[int]
    sequences: frozenset[tuple[int, int]]

    def has(self, cluster: str) -> bool:
        """Tell whether every character of `cluster` is in the font, leaving its variation selector aside."""
        return all(ord(char) in self.characters for char in cluster if not is_selector(char))

    def has_sequence(self, cluster: str) -> bool:
        """Tell whether `cluster` (a base and a variation selector) has its own entry in the font."""
        return (ord(cluster[0]), ord(cluster[1])) in self.sequences


@functools.lru_cache(maxsize=16)
def coverage(face: Face) -> Coverage:
    """Read what `face` covers from its character map, once per process and state of the file."""
    with TTFont(face.path, fontNumber=face.index, lazy=True) as font:
        sequences: set[tuple[int, int]] = set()
        for table in font["cmap"].tables:
            if table.format == 14:  # Unicode variation sequences
                for selector, entries in table.uvsDict.items():
                    sequences.update((base, selector) for base, _glyph in entries)
        return Coverage(frozenset(font.getBestCmap() or ()), frozenset(sequences))


@dataclass(frozen=True, slots=True)
class Setting:
    """A text ready to be set: runs of (family, text), what will stand on the paper, and what no font could show.

    `printed` is the text as the finished sheet carries it; it differs from the record only where `missing` says so. `missing` holds
    code points such as `U+E000` or `U+845B U+E0100`, never the text itself.
    """

    runs: tuple[Run, ...]
    printed: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shelf:
    """The fonts of this machine, in the order in which names are set from them, and what is wrong with them."""

    folders: tuple[Path, ...]
    names: tuple[Face, ...]
    own: tuple[Face, ...]
    text_families: tuple[str, ...]
    warnings: tuple[str, ...]
    substitutes: Mapping[int, str] = field(default_factory=dict)

    def set_name(self, text: str) -> Setting:
        """Choose a font for each character of a name or an address.

        A private-use character that the municipality's font lacks is set as the substitute of its table (`substitutes`). A character that
        no font has is set as 〓; a variation sequence that no font has is set as its base character. Both are named in
        `missing`: nothing is dropped in silence.
        """
        runs: list[Run] = []
        missing: list[str] = []
        for piece in _pieces(text):
            for family, shown in self._set_piece(piece, missing):
                if runs and runs[-1][0] == family:
                    runs[-1] = (family, runs[-1][1] + shown)
                else:
                    runs.append((family, shown))
        printed = "".join(shown for _, shown in runs).replace(BREAK, "")
        return Setting(tuple(runs), printed, tuple(missing))

    def _set_piece(self, piece: str, missing: list[str]) -> Iterable[Run]:
        clusters = graphemes(piece)
        if len(clusters) > 1:
            # A Latin word in one font: letters of two fonts in one word read as a mistake.
            for face in (*self.names, *self.own):
                if coverage(face).has(piece):
                    return [(face.family, _breakable(piece))]
        return [self._set_cluster(cluster, missing) for cluster in clusters]

    def _set_cluster(self, cluster: str, missing: list[str]) -> Run:
        faces = self.own if private_use_positions(cluster) else (self.names[0], *self.own, *self.names[1:])
        if len(cluster) > 1 and is_selector(cluster[1]):
            for face in faces:
                if coverage(face).has_sequence(cluster):
                    return face.family, cluster
            missing.append(_code_points(cluster))
            cluster = cluster[0] + cluster[2:]
        for face in faces:
            if coverage(face).has(cluster):
                return face.family, cluster
        if private_use_positions(cluster) and (substitute := self.substitutes.get(ord(cluster[0]))):
            return self._set_cluster(substitute, missing)
        missing.append(_code_points(cluster))
        return self.names[-1].family, GETA


def is_selector(char: str) -> bool:
    """Tell whether `char` is a variation selector (VS1–16, or VS17–256 of an IVS)."""
    return any(low <= char <= high for low, high in _SELECTORS)


def _code_points(cluster: str) -> str:
    return " ".join(f"U+{ord(char):04X}" for char in cluster)


def _pieces(text: str) -> list[str]:
    """Split `text` into stretches of words outside the East Asian scripts (foreign names), and single characters for the rest."""
    pieces: list[str] = []
    words = ""
    for cluster in graphemes(text):
        if _is_letter(cluster) or (words and cluster in _BETWEEN_WORDS):
            words += cluster
            continue
        if words:
            pieces.append(words)
            words = ""
        pieces.append(cluster)
    if words:
        pieces.append(words)
    return pieces


def _is_letter(cluster: str) -> bool:
    return (
        unicodedata.category(cluster[0])[0] == "L"
        and unicodedata.east_asian_width(cluster[0]) not in {"W", "F", "H"}
        and not private_use_positions(cluster)
    )


def _breakable(words: str) -> str:
    """Let very long words break every ten letters: a name is wrapped, never cut (DL-17)."""
    return "".join(
        word if len(word) <= _LONG_WORD else BREAK.join("".join(part) for part in _tens(graphemes(word)))
        for word in _WORD_ENDS.split(words)
    )


def _tens(clusters: list[str]) -> Iterable[list[str]]:
    return (clusters[start : start + 10] for start in range(0, len(clusters), 10))


def _font_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _FONT_SUFFIXES) if folder.is_dir() else []


def _faces(folders: Iterable[Path]) -> list[Face]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in folders])
    # Of a family's weights the regular one is read for coverage: a family has the same characters in each.
    ordered = sorted(fonts.fonts(), key=lambda font: (abs(font.weight - 400), font.path, font.index))
    return [Face(font.family, font.path, font.index, Path(font.path).stat().st_mtime_ns) for font in ordered if font.path]


def _first_of_each(faces: Iterable[Face]) -> list[Face]:
    seen: dict[str, Face] = {}
    for face in faces:
        seen.setdefault(face.family, face)
    return list(seen.values())


def open_shelf(own_folder: Path | None = None, *, roots: Iterable[Path] = _SYSTEM_ROOTS) -> Shelf:
    """Find the fonts: those of the system, the municipality's own in `own_folder`, and the ones that came with the package.

    The warnings name what is missing and how to get it; `doctor` shows them.
    """
    system = [folder for root in roots for name in _SYSTEM_FOLDERS for folder in sorted(root.glob(f"*/{name}")) if _font_files(folder)]
    shipped = Path(pylopdf_fonts_jp.__file__).parent
    warnings: list[str] = []
    found = {face.family: face for face in _first_of_each(_faces([*system, shipped]))}
    own: list[Face] = []
    own_files = _font_files(own_folder) if own_folder else []
    if own_folder and own_files:
        own = _first_of_each(_faces([own_folder]))
        usable = {face.path for face in own}
        warnings += [
            Sentence(
                "外字フォント {name} を読めません。名前表(PostScript名を含む)のある TrueType か OpenType のファイルを置いてください。",
                name=path.name,
            )
            for path in own_files
            if str(path) not in usable
        ]
    names = [found[family] for family in NAME_FAMILIES if family in found]
    if "IPAmjMincho" not in found:
        warnings.append(
            Sentence(
                "氏名用の IPAmj明朝 がありません。登録された字形(異体字)を正しく印刷できないことがあります。"
                "apt install fonts-ipamj-mincho で入れてください。"
            )
        )
    if "BIZ UDPGothic" not in found:
        warnings.append(Sentence("本文用の BIZ UDPゴシック がありません。apt install fonts-morisawa-bizud-gothic で入れてください。"))
    folders = (*system, shipped, *([own_folder] if own_folder and own else []))
    text = tuple(family for family in TEXT_FAMILIES if family in found)
    return Shelf(folders, tuple(names), tuple(own), text, tuple(warnings))


def font_warnings(own_folder: Path | None = None) -> tuple[str, ...]:
    """Return what is wrong with the fonts of this machine, as sentences for `doctor`."""
    return open_shelf(own_folder).warnings
