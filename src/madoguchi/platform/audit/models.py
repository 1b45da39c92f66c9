"""The table of the operation log."""

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now


class Xid8Field(models.Field):  # type: ignore[type-arg]  # not generic at run time
    """PostgreSQL's 64-bit transaction id: the sealer takes events below the horizon of running transactions."""

    def db_type(self, connection: Any) -> str:  # noqa: ANN401, ARG002 Django's signature
        return "xid8"


class CurrentTransaction(models.Func):
    """The id of the transaction that writes the row."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = Xid8Field()


class AuditEvent(models.Model):
    """One act or view by one actor, written in the same transaction as the act (SF-04, SF-11; seed 003 (5)).

    The service may only insert; the auditor may only read (roles: madoguchi.platform.database.roles).
    """

    append_only: ClassVar[bool] = True
    read_by: ClassVar[str] = "auditor"

    id = models.BigAutoField(primary_key=True)
    xid = Xid8Field(db_default=CurrentTransaction())
    at = models.DateTimeField(db_default=Now())
    actor_kind = models.CharField(max_length=12)
    staff_pk = models.BigIntegerField(null=True)
    user_id = models.CharField(max_length=64)
    user_name = models.CharField(max_length=100)
    section = models.CharField(max_length=100)
    client = models.CharField(max_length=200)
    session_ref = models.CharField(max_length=64)
    process_code = models.CharField(max_length=64)
    process_name = models.CharField(max_length=100)
    process_class = models.CharField(max_length=12)
    subject = models.CharField(max_length=100)
    content = models.JSONField(default=dict)
    individual_number_access = models.BooleanField(default=False)
    reason = models.CharField(max_length=500)
    result = models.CharField(max_length=8)
    started_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["at"]),
            models.Index(fields=["subject", "at"]),
            models.Index(fields=["user_id", "at"]),
            # The few that left the house among the many that were looked at (S28).
            models.Index(fields=["-id"], condition=models.Q(process_class__in=["export", "print"]), name="audit_output_newest"),
        ]
