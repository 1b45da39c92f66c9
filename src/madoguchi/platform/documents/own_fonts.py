"""The municipality's own fonts in the zone's folder: which private-use characters each has a shape for.

Read from the character map of each file, once per state of the file: pages ask with every request.
"""

import functools
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from madoguchi.kernel.own_characters import is_private_use

SUFFIXES = frozenset([".ttf", ".otf"])


@dataclass(frozen=True, slots=True)
class OwnFont:
    """One font file, its SHA-256, and the private-use code points it has a shape for."""

    path: Path
    digest: str
    points: frozenset[int]

    @property
    def unicode_range(self) -> str:
        """Return the points as the value of CSS `unicode-range`, neighbours put together."""
        return ", ".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in _stretches(sorted(self.points)))


def own_fonts(folder: Path) -> tuple[OwnFont, ...]:
    """Return the fonts in `folder` that can be read and have private-use characters; an empty or missing folder has none."""
    if not folder.is_dir():
        return ()
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    read = (_read(path, status.st_mtime_ns, status.st_size) for path in files for status in [path.stat()])
    return tuple(font for font in read if font is not None and font.points)


def points_of(fonts: Iterable[OwnFont]) -> frozenset[int]:
    """Return every private-use code point that one of `fonts` has a shape for."""
    return frozenset().union(*(font.points for font in fonts))


@functools.lru_cache(maxsize=16)
def _read(path: Path, _changed: int, _size: int) -> OwnFont | None:
    try:
        with TTFont(path, lazy=True) as font:
            points = frozenset(point for point in font.getBestCmap() or () if is_private_use(point))
    except (TTLibError, OSError, KeyError, ValueError, AssertionError):
        return None
    return OwnFont(path, hashlib.sha256(path.read_bytes()).hexdigest(), points)


def _stretches(points: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for point in points:
        if found and found[-1][1] == point - 1:
            found[-1] = (found[-1][0], point)
        else:
            found.append((point, point))
    return found
