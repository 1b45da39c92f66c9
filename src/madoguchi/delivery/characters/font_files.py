"""Putting the municipality's font into the zone's folder: looked at first, by two people, the one before kept aside."""

import contextlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont, TTLibError

from madoguchi.delivery.cards import audited
from madoguchi.delivery.cards.models import OwnFontFile
from madoguchi.kernel.own_characters import is_private_use
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.processes import Result
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.fonts import open_shelf
from madoguchi.platform.documents.own_fonts import SUFFIXES
from madoguchi.platform.documents.zone_fonts import own_font_folder
from madoguchi.platform.verbs import Refusal
from madoguchi.platform.virus_scan import NotClean, require_clean

LARGEST = 40_000_000
_NO_EMBEDDING = 0x0002  # OS/2 fsType: restricted licence embedding (OpenType specification)
_PREFIX = "own-"


@dataclass(frozen=True, slots=True)
class Checked:
    """A font that may be put in: its content, what it calls itself, how many own characters it has, whether it was scanned."""

    content: bytes
    family: str
    characters: int
    suffix: str
    scanned: bool


def check_font(content: bytes, actor: Actor) -> Checked:
    """Scan a file for viruses and look whether it is a font that pages and letters can use. Raises Refusal, which is on record."""
    try:
        scanned = require_clean(content, takes_unscanned=True)
    except NotClean as unclean:
        raise _refused(str(unclean), actor) from None
    try:
        with TTFont(io.BytesIO(content), lazy=True) as font:
            points = sum(map(is_private_use, font.getBestCmap() or ()))
            family = str(font["name"].getBestFamilyName() or "")
            is_closed = "OS/2" in font and font["OS/2"].fsType & 0x000F == _NO_EMBEDDING
            suffix = ".otf" if font.sfntVersion == "OTTO" else ".ttf"
    except (TTLibError, OSError, KeyError, ValueError, AssertionError, AttributeError):
        raise _refused(
            _("TrueType または OpenType のフォントとして読めません。名前表のあるフォントファイルを選んでください。"), actor
        ) from None
    if is_closed:
        raise _refused(_("このフォントは、文書への埋め込みが許されていません(fsType)。提供元に確かめてください。"), actor)
    if not points:
        raise _refused(_("このフォントには外字(私用領域の文字)がありません。外字のフォントを選んでください。"), actor)
    with tempfile.TemporaryDirectory(dir=settings.MADOGUCHI_FOLDER, prefix=".font-") as folder:
        Path(folder, f"tried{suffix}").write_bytes(content)
        if not open_shelf(Path(folder)).own:
            raise _refused(_("印刷に使えないフォントです。名前表(書体名、PostScript名)のあるフォントファイルを選んでください。"), actor)
    return Checked(content, family, points, suffix, scanned)


def _refused(sentence: str, actor: Actor) -> Refusal:
    record(actor, audited.REFUSE_FONT, content={"why": sentence}, result=Result.REFUSED)
    return Refusal(sentence)


@transaction.atomic
def put_font(checked: Checked, file_name: str, actor: Actor, *, sha256: str, second: str) -> OwnFontFile:
    """Let the font be the one in use; the one before goes aside. What an administrator put there by hand stays."""
    row = OwnFontFile.objects.create(
        file_name=file_name[:100],
        family=checked.family[:100],
        sha256=sha256,
        characters=checked.characters,
        scanned_for_viruses=checked.scanned,
        put_by=actor.user_id,
        second=second,
    )
    record(actor, audited.PUT_FONT, content={"sha256": sha256, "characters": checked.characters, "second": second})
    folder = own_font_folder()
    aside = folder.with_name("fonts-before")
    folder.mkdir(mode=0o750, exist_ok=True)
    aside.mkdir(mode=0o750, exist_ok=True)
    target = folder / f"{_PREFIX}{sha256[:16]}{checked.suffix}"
    draft = folder / f".{target.name}.draft"
    with contextlib.ExitStack() as undo:
        undo.callback(draft.unlink, missing_ok=True)
        with draft.open("wb") as stream:
            stream.write(checked.content)
            stream.flush()
            os.fsync(stream.fileno())
        for path in list(folder.iterdir()):
            if path.name.startswith(_PREFIX) and path.suffix in SUFFIXES and path != target:
                path.replace(aside / path.name)
        draft.replace(target)
    return row
