"""The words of letters: written by one, approved by another, tried on a sheet before anybody gets one."""

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path

import pypdfium2
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.dispatch import audited, labels, letters, queries
from madoguchi.delivery.dispatch.folder import letters_folder
from madoguchi.delivery.dispatch.models import Kind, LetterText, TextState
from madoguchi.delivery.dispatch.texts import WORDS_OF, LetterWords, UnknownPlaceholder, unknown_placeholders
from madoguchi.kernel.labels import SHEET_LETTER, own_code
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.documents.batches import BatchStopped, print_batch
from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.documents.zone_fonts import zone_shelf
from madoguchi.platform.verbs import Silent

_PREVIEW_DOTS_PER_POINT = 1.25


class DoesNotFit(Exception):
    """The words are too long for their places on the sheet."""


class AlreadyWaiting(Exception):
    """Another version of this kind awaits its approval; that one is decided or taken back first."""


class NotWaiting(Exception):
    """The version was decided already, or its writer took it back."""


class OwnWords(Exception):
    """Who wrote a version may not approve it."""


@transaction.atomic
def write_text(kind: Kind, words: LetterWords, actor: Actor, *, valid_from: dt.date, reason: str) -> LetterText:
    """Put down a new version of the words of a kind; it prints from `valid_from` on, once somebody else has approved it.

    Raises UnknownPlaceholder, DoesNotFit, and AlreadyWaiting.
    """
    if unknown := unknown_placeholders(words):
        raise UnknownPlaceholder(unknown)
    if not fits(kind, words):
        raise DoesNotFit
    newest = LetterText.objects.filter(kind=kind).aggregate(newest=Max("number"))["newest"] or 0
    try:
        with transaction.atomic():
            version = LetterText.objects.create(
                kind=kind,
                number=newest + 1,
                words=dataclasses.asdict(words),
                valid_from=valid_from,
                reason=reason,
                written_by=actor.user_id,
            )
    except IntegrityError:
        raise AlreadyWaiting from None
    before = dataclasses.asdict(queries.words(kind))
    changed = sorted(name for name, value in version.words.items() if value != before[name])
    content = {"step": "written", "number": version.number, "changed": changed}
    record(actor, audited.CHANGE_TEXT, subject=f"letter-text:{kind}", content=content, reason=reason)
    return version


@transaction.atomic
def approve_text(version: LetterText, actor: Actor) -> None:
    """Let a version print from its day on. Raises OwnWords for its writer, NotWaiting when it was decided already."""
    if version.written_by == actor.user_id:
        raise OwnWords
    if unknown := unknown_placeholders(LetterWords(**version.words)):
        raise UnknownPlaceholder(unknown)
    _decide(version, actor, TextState.APPROVED, "")


@transaction.atomic
def reject_text(version: LetterText, actor: Actor, *, reason: str) -> None:
    """Send a version back, or take it back as its writer. Raises NotWaiting, ValueError without a reason."""
    if not reason.strip():
        raise ValueError("reason")
    _decide(version, actor, TextState.REJECTED, reason)


def _decide(version: LetterText, actor: Actor, state: TextState, reason: str) -> None:
    decided = LetterText.objects.filter(pk=version.pk, state=TextState.WAITING).update(
        state=state, decided_by=actor.user_id, decided_at=clock.now()
    )
    if not decided:
        raise NotWaiting
    content = {"step": state.value, "number": version.number}
    record(actor, audited.APPROVE_TEXT, subject=f"letter-text:{version.kind}", content=content, reason=reason)


def fits(kind: Kind, words: LetterWords) -> bool:
    """Tell whether the words fit their places on the sheet; tried by printing samples."""
    by_staff = (False, True) if "steps_by_staff" in WORDS_OF[kind] else (False,)
    try:
        for one in by_staff:
            sample(kind, words, by_staff=one)
    except (BatchStopped, TypesettingFailed):
        return False
    return True


def sample(kind: Kind, words: LetterWords, *, by_staff: bool = False) -> bytes:
    """Return a letter to a person who does not exist as PDF; its code opens nothing, its sheet belongs to no batch.

    Raises UnknownPlaceholder, and BatchStopped or TypesettingFailed when the words do not fit.
    """
    shelf, today, url = zone_shelf(), clock.today(), settings.MADOGUCHI_PUBLIC_URL
    nobody = letters.Recipient(
        serial="ZZZ999999",
        code="00000000",
        name="見本　太郎",
        postcode="1000001",
        address=("見本県見本市見本一丁目１番地の１", "見本ハイツ１０１号"),
        place="見本市役所 マイナンバーカード窓口",
        telephone="00-0000-0000",
        birthday_known=not by_staff,
    )
    frame = letters.frame(
        kind,
        words,
        shelf,
        made_on=today,
        deadline=today + dt.timedelta(words.deadline_days),
        public_url=url,
        municipality=cards.own_municipality().short_name,
    )
    with tempfile.TemporaryDirectory(dir=letters_folder()) as folder:
        out = Path(folder, "sample.pdf")
        if kind is Kind.LABEL:
            labels.print_concealing([labels.Concealing(nobody, own_code(SHEET_LETTER, 0), "1 / 1")], frame, out, progress=Silent())
        else:
            item = letters.compose(nobody, frame, sheet_code=own_code(SHEET_LETTER, 0), order="1 / 1")
            common = letters.common_data(frame)
            print_batch(letters.LAYOUT_OF[kind], common, [item.sheet], out, total=1, shelf=shelf, progress=Silent())
        return out.read_bytes()


def picture(pdf: bytes) -> bytes:
    """Return the first page of a PDF as PNG, for the preview beside the form."""
    with tempfile.TemporaryFile() as target:
        document = pypdfium2.PdfDocument(pdf)
        try:
            document[0].render(scale=_PREVIEW_DOTS_PER_POINT).to_pil().save(target, "PNG")
        finally:
            document.close()
        target.seek(0)
        return target.read()
