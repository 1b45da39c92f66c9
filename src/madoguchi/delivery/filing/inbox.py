"""The watched folder: scanned files are taken from it when they stand still, whole or not at all, and nothing in it is ever lost.

A file stays where it lies until its papers are filed; one that cannot be filed stays with the sentence that says why. What was filed and
could not be removed (a killed process, a folder without leave) is known by name, size and time, and removed at the next look.
"""

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from madoguchi.delivery.cards.models import Card
from madoguchi.delivery.filing import services
from madoguchi.delivery.filing.models import CoverSheet, DocumentClass, IncomingFile
from madoguchi.delivery.filing.reading import LARGEST_FILE, SENTENCES
from madoguchi.delivery.filing.rules import Incoming, Source
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Progress

STILL_SECONDS = 20
_LOCK = 0x46494C45
_NO_COVER = "表紙がありません。だれの、何の書類かを画面で選んでください。"


@dataclass(frozen=True, slots=True)
class Part:
    """The pages behind one cover sheet."""

    code: str
    pages: tuple[int, ...]


def folder() -> Path:
    """Return the watched folder of this zone; operators mount the file server's folder there."""
    return Path(settings.MADOGUCHI_FOLDER) / "filing-inbox"


def parts_of(covers: Sequence[str]) -> list[Part]:
    """Divide a scanned file at its cover sheets; `covers` holds each page's code or an empty string. Raises services.Refused."""
    if covers and not covers[0]:
        raise services.Refused("最初のページが表紙ではありません。表紙を書類の上に置いて、スキャンし直してください。")
    parts: list[Part] = []
    for number, code in enumerate(covers, start=1):
        if code:
            parts.append(Part(code, ()))
        else:
            parts[-1] = Part(parts[-1].code, (*parts[-1].pages, number))
    if any(not part.pages for part in parts):
        raise services.Refused("書類のない表紙があります。表紙と書類の順を確かめて、スキャンし直してください。")
    return parts


def look(actor: Actor, progress: Progress) -> int:
    """Look at the folder once and file what stands still; returns how many files were filed. Two looks at once are one."""
    with _alone() as mine:
        if not mine:
            return 0
        files = {_shown(entry.name): Path(entry.path) for entry in _entries()}
        IncomingFile.objects.exclude(state=Incoming.TAKEN.value).exclude(name__in=list(files)).delete()
        taken = 0
        for number, (name, path) in enumerate(sorted(files.items())):
            progress.advance(number, len(files))
            with contextlib.suppress(FileNotFoundError):  # somebody took it away meanwhile
                taken += _look_at(name, path, actor)
        return taken


def assign(row: IncomingFile, card: Card, kind: DocumentClass, actor: Actor) -> str:
    """File a waiting file as a paper of the person of `card`, and return its 資料番号. Raises services.Refused."""
    path = path_of(row)
    if path is None:
        raise services.Refused("ファイルが共有フォルダーにありません。ほかの職員が取り込んだか、移しています。")
    checked = services.check_file(_content(path), actor)
    with transaction.atomic():
        paper = services.file_for_card(checked, card, kind, actor, Source.FOLDER)
        _decide(row, Incoming.TAKEN, digest=checked.digest, documents=1)
    _remove(path)
    return paper.number


def look_again(row: IncomingFile) -> None:
    """Let the next look try a refused file once more."""
    IncomingFile.objects.filter(pk=row.pk).exclude(state=Incoming.TAKEN.value).update(state=Incoming.WATCHED.value, sentence="")


def content_of(row: IncomingFile) -> bytes:
    """Return what is in a waiting file that was looked at; raises services.Refused when it is gone or another one."""
    path = path_of(row)
    if path is None:
        raise services.Refused("ファイルが共有フォルダーにありません。")
    now = path.stat()
    if (now.st_size, now.st_mtime_ns) != (row.size, row.modified_ns):
        raise services.Refused("ファイルが変わりました。次に調べるまで待ってください。")
    return _content(path)


def path_of(row: IncomingFile) -> Path | None:
    """Return where a file of the folder lies, found among its entries and not made from a name; None when it is gone."""
    return next((Path(entry.path) for entry in _entries() if _shown(entry.name) == row.name), None)


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        mine = bool(cursor.fetchone()[0])
        try:
            yield mine
        finally:
            if mine:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _entries() -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder()) as entries:
            return [entry for entry in entries if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _shown(name: str) -> str:
    """Return a name as it can be kept and shown: names of foreign file servers are not always text."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")[:255]


def _look_at(name: str, path: Path, actor: Actor) -> int:
    seen = path.stat()
    facts = {"size": seen.st_size, "modified_ns": seen.st_mtime_ns}
    if IncomingFile.objects.filter(name=name, state=Incoming.TAKEN.value, **facts).exists():
        _remove(path)
        return 0
    row = IncomingFile.objects.exclude(state=Incoming.TAKEN.value).filter(name=name).first()
    if row is None:
        IncomingFile.objects.create(name=name, **facts)
        return 0
    if (row.size, row.modified_ns) != (seen.st_size, seen.st_mtime_ns):
        IncomingFile.objects.filter(pk=row.pk).update(state=Incoming.WATCHED.value, sentence="", seen_at=clock.now(), **facts)
        return 0
    if row.state != Incoming.WATCHED or clock.now().timestamp() - seen.st_mtime < STILL_SECONDS:
        return 0
    return _take(row, path, actor)


def _take(row: IncomingFile, path: Path, actor: Actor) -> int:
    try:
        checked = services.check_file(_content(path), actor)
        covers = [page.cover for page in checked.read.pages]
        if not any(covers):
            _decide(row, Incoming.WAITING, _NO_COVER)
            return 0
        made = _file(row, checked, parts_of(covers), actor)
    except services.TakenAlready as known:
        _decide(row, Incoming.DOUBLE, str(known))
        return 0
    except services.Refused as refused:
        _decide(row, Incoming.REFUSED, str(refused))
        return 0
    if made:
        _remove(path)
    return made


def _file(row: IncomingFile, checked: services.Checked, parts: Sequence[Part], actor: Actor) -> int:
    services.keep(checked)
    with transaction.atomic():
        stored = services.store_file(checked)
        for part in parts:
            cover = CoverSheet.objects.select_related("card", "document_class").filter(code=part.code).first()
            if cover is None:
                raise services.Refused(f"表紙 {part.code} は、この交付管理で印刷したものではありません。")
            if not CoverSheet.objects.filter(pk=cover.pk, used_at__isnull=True).update(used_at=clock.now()):
                raise services.Refused(f"表紙 {part.code} はすでに使われています。新しい表紙を印刷して、スキャンし直してください。")
            services.make_document(cover.code, cover.card, cover.document_class, Source.FOLDER, actor, [(stored, checked, part.pages)])
        _decide(row, Incoming.TAKEN, digest=checked.digest, documents=len(parts))
    return 1


def _content(path: Path) -> bytes:
    """Return a file's content; raises services.Refused when it cannot be read or changed while it was."""
    try:
        before = path.stat()
        with path.open("rb") as handle:
            content = handle.read(LARGEST_FILE + 1)
        after = path.stat()
    except OSError as fault:
        raise services.Refused(f"ファイルを読めません ({fault.strerror})。読み取りの権限を確かめてください。") from fault
    if len(content) > LARGEST_FILE:
        raise services.Refused(SENTENCES["large"])
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise services.Refused("読んでいる間にファイルが変わりました。書き込みが終わってから、もう一度調べてください。")
    return content


def _decide(row: IncomingFile, state: Incoming, sentence: str = "", *, digest: str = "", documents: int = 0) -> None:
    IncomingFile.objects.filter(pk=row.pk).update(
        state=state.value, sentence=sentence[:200], digest=digest, documents=documents, decided_at=clock.now()
    )


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):  # the next look tries again
        path.unlink()
