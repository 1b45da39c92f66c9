"""Undoing an applied list: all of it or nothing, by two people, and only while no card of it has moved on.

Nothing is deleted. A card that the list brought ends as 交付取りやめ and is awaited again when a later list names it; a card that the list
changed says what it said before. Both have an event that names the batch.
"""

import json
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from madoguchi.delivery.intake import audited, staging
from madoguchi.delivery.intake.models import ImportBatch, ReplacedRow
from madoguchi.delivery.intake.services import UNDO_WITHIN, ImportRefused, layout_of_batch
from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record
from madoguchi.platform.language import Sentence

_BROUGHT = """
WITH brought AS (
    UPDATE cards_card c SET progress = 'withdrawn', withdrawn_on = %(today)s, import_undone = true, version = c.version + 1
      FROM cards_cardevent e
     WHERE e.act = 'import' AND e.axis = 'progress' AND e.version = 1 AND e.detail @> %(detail)s::jsonb
       AND c.id = e.card_id AND c.version = 1 AND c.progress = 'ordered'
    RETURNING c.id, c.version
), noted AS (
    INSERT INTO cards_cardevent (card_id, version, act, axis, before, after, actor_kind, user_id, user_name, client, reason, detail)
    SELECT id, version, 'undo_import', 'progress', 'ordered', 'withdrawn', %(kind)s, %(user)s, %(name)s, %(client)s, %(reason)s,
           %(noted)s::jsonb
      FROM brought
    RETURNING 1
)
SELECT count(*) FROM brought
"""

_CHANGED = """
WITH former AS (
    SELECT r.card_id, r.version AS replaced_version, c.terminal AS terminal_before, c.progress AS progress_before, p.*
      FROM intake_replacedrow r JOIN cards_card c ON c.id = r.card_id
           CROSS JOIN LATERAL jsonb_populate_record(NULL::cards_card, r.row_values) p
     WHERE r.batch_id = %(batch)s
), changed AS (
    UPDATE cards_card c SET {sets}, version = c.version + 1 FROM former f WHERE c.id = f.card_id AND c.version = f.replaced_version
    RETURNING c.id, c.version, f.terminal_before, c.terminal, f.progress_before, c.progress
), noted AS (
    INSERT INTO cards_cardevent (card_id, version, act, axis, before, after, actor_kind, user_id, user_name, client, reason, detail)
    SELECT id, version, 'undo_import', 'data', '', '', %(kind)s, %(user)s, %(name)s, %(client)s, %(reason)s,
           %(noted)s::jsonb FROM changed
    UNION ALL
    SELECT id, version, 'undo_import', 'terminal', terminal_before, terminal, %(kind)s, %(user)s, %(name)s, %(client)s, %(reason)s,
           %(noted)s::jsonb
      FROM changed WHERE terminal_before <> terminal
    UNION ALL
    SELECT id, version, 'undo_import', 'progress', progress_before, progress, %(kind)s, %(user)s, %(name)s, %(client)s, %(reason)s,
           %(noted)s::jsonb
      FROM changed WHERE progress_before <> progress
    RETURNING 1
)
SELECT count(*) FROM changed
"""


def is_undoable(batch: ImportBatch) -> bool:
    """Tell whether a batch may still be undone, as far as its own row tells; its cards are looked at when it is done."""
    return batch.state == ImportBatch.State.APPLIED and batch.closed_at is not None and batch.closed_at > clock.now() - UNDO_WITHIN


@transaction.atomic
def undo(batch_pk: int, actor: Actor, second: str, reason: str) -> ImportBatch:
    """Undo an applied batch for `reason`, with `second` as the witness; all cards or none.

    Raises ImportRefused when the batch is not applied or too old, the two are one person, no reason is given, or a card of the batch has
    moved on since (its version says so).
    """
    staging.allow_long_work()
    batch = ImportBatch.objects.select_for_update().get(pk=batch_pk)
    if not is_undoable(batch):
        raise ImportRefused(Sentence("この取り込みは取り消せません (反映されていないか、日がたちすぎています)。何も変更していません。"))
    if second == actor.user_id:
        raise ImportRefused(Sentence("取り消しには、別の職員の確認が要ります。何も変更していません。"))
    if not reason.strip():
        raise ImportRefused(Sentence("取り消す理由を入力してください。何も変更していません。"))
    values: dict[str, Any] = {
        "batch": batch_pk,
        "today": clock.today(),
        "detail": json.dumps({"batch": batch_pk}),
        "noted": json.dumps({"batch": batch_pk, "second_person": second}),
        "reason": reason[:200],
        "kind": actor.kind.value,
        "user": actor.user_id,
        "name": actor.user_name,
        "client": actor.client[:200],
    }
    restored = [*staging.written_columns(layout_of_batch(batch)), *staging.RESTORED_WITH]
    sets = sql.SQL(", ").join(sql.SQL("{0} = f.{0}").format(sql.Identifier(column)) for column in restored)
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT, values)
        brought = int(cursor.fetchone()[0])
        cursor.execute(sql.SQL(_CHANGED).format(sets=sets), values)
        changed = int(cursor.fetchone()[0])
    if (brought, changed) != (batch.new, batch.changed):
        moved = batch.new - brought + batch.changed - changed
        raise ImportRefused(
            Sentence("この一覧のカードのうち {moved} 枚が先へ進んでいます。取り消せません。何も変更していません。", moved=moved)
        )
    ReplacedRow.objects.filter(batch_id=batch_pk).delete()
    batch.state, batch.undone_by, batch.undone_with = ImportBatch.State.UNDONE, actor.user_id, second
    batch.undone_at, batch.undo_reason = clock.now(), reason[:200]
    batch.save(update_fields=["state", "undone_by", "undone_with", "undone_at", "undo_reason"])
    content = {"new": brought, "changed": changed, "second_person": second}
    record(actor, audited.UNDO_LIST, subject=f"import:{batch_pk}", content=content, reason=reason)
    return batch
