"""Commands on 対応付け: describe the list of another system, try the description on a sample, and put it to use with a second person.

A sample is read and forgotten: nothing of it is kept but how many records it had. What was tried is what can be handed in.
"""

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from madoguchi.delivery.cards import queries as cards
from madoguchi.delivery.intake import audited
from madoguchi.delivery.intake.checking import Checker, Problem
from madoguchi.delivery.intake.mappings import FIELDS, LAYOUTS
from madoguchi.delivery.intake.models import ListMapping
from madoguchi.delivery.intake.picking import Description, Sample, SourceColumn, WrongSource, open_list
from madoguchi.delivery.intake.sentences import refusal_sentence
from madoguchi.kernel.tables import TableError
from madoguchi.platform import clock
from madoguchi.platform.approvals import services as approvals
from madoguchi.platform.approvals.kinds import kind_of
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

APPROVAL = "intake.mapping"
TRIED_AT_MOST = 1000
_PREVIEWED = 3


class DescribingRefused(Exception):
    """What was wanted with a description cannot be done; the message is a sentence. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a description made of a sample: counts, problems, and the first records as the register would get them."""

    rows: int
    accepted: int
    problems: tuple[Problem, ...]
    titles: tuple[str, ...]
    records: tuple[tuple[str, ...], ...]

    @property
    def rejected(self) -> int:
        return self.rows - self.accepted


def spec_digest(spec: dict[str, Any]) -> str:
    """Return what a description is recognised by."""
    return hashlib.sha256(json.dumps(spec, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def guessed_columns(sample: Sample) -> tuple[SourceColumn, ...]:
    """Propose what the columns of a sample mean: only a title that is the very name of a column, and each column once."""
    known = {_plain(column.title): field for field, column in FIELDS.items()}
    proposed, taken = [], set[str]()
    for title in sample.titles:
        field = known.get(_plain(title), "")
        proposed.append(SourceColumn(title, "" if field in taken else field))
        taken.add(field)
    return tuple(proposed)


def _plain(title: str) -> str:
    return "".join(unicodedata.normalize("NFKC", title).split())


@transaction.atomic
def make_draft(code: str, name: str, description: Description, actor: Actor) -> ListMapping:
    """Begin a mapping, or the next version of one that is in use; raises DescribingRefused when one is open already."""
    if code in LAYOUTS:
        raise DescribingRefused("このコードは初めからある対応付けのものです。別のコードにしてください。")
    newest = ListMapping.objects.filter(code=code).order_by("-version").first()
    try:
        with transaction.atomic():
            draft = ListMapping.objects.create(
                code=code,
                version=newest.version + 1 if newest else 1,
                name=name,
                spec=description.as_json(),
                made_by=actor.user_id,
                changed_at=clock.now(),
            )
    except IntegrityError:
        raise DescribingRefused("この対応付けには、下書きか承認待ちの版がすでにあります。それを開いてください。") from None
    _record(draft, actor)
    return draft


@transaction.atomic
def change_draft(pk: int, name: str, description: Description, actor: Actor, *, row_version: int) -> ListMapping:
    """Change a draft; raises DescribingRefused when it is no draft any more or somebody else changed it."""
    changed = ListMapping.objects.filter(pk=pk, state=ListMapping.State.DRAFT, row_version=row_version).update(
        name=name, spec=description.as_json(), made_by=actor.user_id, changed_at=clock.now(), row_version=row_version + 1
    )
    if not changed:
        raise DescribingRefused("ほかの職員が先に更新したか、もう下書きではありません。何も変更していません。画面を開き直してください。")
    draft = ListMapping.objects.get(pk=pk)
    _record(draft, actor)
    return draft


def _record(draft: ListMapping, actor: Actor) -> None:
    content = {"code": draft.code, "version": draft.version, "columns": len(draft.spec["columns"])}
    record(actor, audited.SAVE_MAPPING, subject=f"mapping:{draft.pk}", content=content)


@transaction.atomic
def try_on(pk: int, path: Path, actor: Actor) -> Trial:
    """Read a sample as the mapping describes it, at most TRIED_AT_MOST records; raises DescribingRefused when it is no such list."""
    mapping = ListMapping.objects.get(pk=pk)
    try:
        layout = Description.from_json(mapping.spec).layout(mapping.code, mapping.name, mapping.version)
        checker = Checker(layout, cards.own_municipality(), clock.today(), 0)
        with open_list(path, layout) as table:
            lines = list(checker.lines(islice(table, TRIED_AT_MOST)))
    except TableError as error:
        raise DescribingRefused(refusal_sentence(error, layout)) from error
    except WrongSource as error:
        raise DescribingRefused(str(error)) from error
    tally = checker.tally
    if not tally.rows:
        raise DescribingRefused("見本に行がありません。カードの行がある一覧で試してください。")
    ListMapping.objects.filter(pk=pk, state=ListMapping.State.DRAFT).update(
        tried_spec=spec_digest(mapping.spec) if tally.accepted else "", tried_rows=tally.rows, tried_rejected=tally.rows - tally.accepted
    )
    record(actor, audited.TRY_MAPPING, subject=f"mapping:{pk}", content={"rows": tally.rows, "accepted": tally.accepted})
    fields = [column.field for column in layout.columns]
    places = [checker.copy_columns.index(field) for field in fields]
    shown = [tuple(line.split("\t")[place] for place in places) for line in lines[:_PREVIEWED]]
    return Trial(tally.rows, tally.accepted, tuple(tally.problems), tuple(FIELDS[field].title for field in fields), tuple(shown))


@transaction.atomic
def hand_in(pk: int, actor: Actor) -> None:
    """Hand a draft in for approval; raises DescribingRefused when it was not tried as it stands."""
    draft = ListMapping.objects.select_for_update().get(pk=pk)
    if draft.state != ListMapping.State.DRAFT:
        raise DescribingRefused("下書きではありません。画面を開き直してください。")
    for fault in Description.from_json(draft.spec).faults():
        raise DescribingRefused(fault)
    if draft.tried_spec != spec_digest(draft.spec):
        raise DescribingRefused("今の内容で試していません。見本の一覧で試し、受け付けられる行があることを確かめてください。")
    draft.state, draft.made_by = ListMapping.State.WAITING, actor.user_id
    draft.save(update_fields=["state", "made_by"])
    title = f"対応付け {draft.code} 第{draft.version}版 (見本 {draft.tried_rows} 件、受け付けられない行 {draft.tried_rejected} 件)"
    try:
        approvals.request(kind_of(APPROVAL), subject=f"mapping:{pk}", title=title, actor=actor, detail={"mapping": pk})
    except Refusal as refused:
        raise DescribingRefused(str(refused)) from refused


def put_to_use(pk: int, approver: Actor) -> None:
    """Put a mapping to use in the transaction of its approval; the version before it stays for the batches it read."""
    mapping = ListMapping.objects.select_for_update().get(pk=pk)
    if mapping.state != ListMapping.State.WAITING:
        raise Refusal("この対応付けは承認待ちではありません。")
    ListMapping.objects.filter(code=mapping.code, state=ListMapping.State.APPROVED).update(state=ListMapping.State.REPLACED)
    mapping.state, mapping.approved_by, mapping.approved_at = ListMapping.State.APPROVED, approver.user_id, clock.now()
    mapping.save(update_fields=["state", "approved_by", "approved_at"])
    record(approver, audited.USE_MAPPING, subject=f"mapping:{pk}", content={"code": mapping.code, "version": mapping.version})


def give_back(pk: int, actor: Actor) -> None:
    """Make a mapping a draft again after it was rejected or withdrawn."""
    ListMapping.objects.filter(pk=pk, state=ListMapping.State.WAITING).update(state=ListMapping.State.DRAFT)
    record(actor, audited.SAVE_MAPPING, subject=f"mapping:{pk}", content={"given_back": True})


def is_tried(mapping: ListMapping) -> bool:
    """Tell whether a mapping was tried as it stands, with success."""
    return mapping.tried_spec == spec_digest(mapping.spec)
