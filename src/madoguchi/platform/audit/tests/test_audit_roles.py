"""The service writes the operation log and can neither read nor change it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import ProgrammingError, connection, transaction

from madoguchi.platform.audit.actors import automatic
from madoguchi.platform.audit.models import AuditEvent
from madoguchi.platform.audit.processes import Process, ProcessClass
from madoguchi.platform.audit.services import record

AsAuditor = Callable[[], AbstractContextManager[None]]
LOOKED = Process("test.looked", "閲覧の試験", ProcessClass.VIEW)


@pytest.mark.django_db
def test_an_event_is_written_by_the_service_and_read_by_the_auditor(as_auditor: AsAuditor) -> None:
    record(automatic("importer"), LOOKED, subject="card:1", content={"rows": 3}, reason="試験")
    with as_auditor():
        event = AuditEvent.objects.get()
    assert (event.user_id, event.process_code, event.subject, event.content, event.result) == (
        "auto:importer",
        "test.looked",
        "card:1",
        {"rows": 3},
        "done",
    )
    assert event.xid is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM audit_auditevent",
        "UPDATE audit_auditevent SET user_id = 'x'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "INSERT INTO audit_auditevent DEFAULT VALUES RETURNING id",
    ],
)
def test_the_service_may_do_nothing_else_with_events(statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_the_auditor_may_read_and_not_write(as_auditor: AsAuditor) -> None:
    with as_auditor(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        record(automatic("importer"), LOOKED)


@pytest.mark.django_db
def test_what_postgresql_cannot_hold_is_recorded_with_a_replacement_sign(as_auditor: AsAuditor) -> None:
    record(automatic("importer"), LOOKED, content={"path": "/a\0b", "odd": "\ud800", "kept": "\\u0000 𠮷"}, reason="x\0\ud800y")
    with as_auditor():
        event = AuditEvent.objects.get()
    assert event.content["path"] == "/a\ufffdb"
    assert event.content["odd"] == "?"
    assert event.content["kept"].endswith(" 𠮷")
    assert event.reason == "x\ufffd?y"
