"""A list of another system that is read and looked at first, then applied or thrown away, once."""

from typing import ClassVar

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from madoguchi.platform import clock
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.verbs import Refusal


class CheckedList(models.Model):
    """One list as it was read. The same file is applied once; who applied it or threw it away is named."""

    class State(models.TextChoices):
        CHECKED = "checked", _("確認待ち")
        APPLIED = "applied", _("反映済")
        DISCARDED = "discarded", _("取り下げ")

    state = models.CharField(max_length=12, choices=State.choices, default=State.CHECKED)
    file_name = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64)
    headings = models.JSONField(_("見出しの対応付け"))
    rows = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()
    read_by = models.CharField(max_length=64)
    read_at = models.DateTimeField(db_default=Now())
    closed_by = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=["checked", "applied", "discarded"]), name="%(class)s_state_known"),
            models.CheckConstraint(
                condition=Q(state="checked", closed_at__isnull=True, closed_by="")
                | (~Q(state="checked") & Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="%(class)s_close_names_who",
            ),
            models.UniqueConstraint(fields=["sha256"], condition=Q(state="applied"), name="%(class)s_applied_once"),
        ]


class ListProblem(models.Model):
    """One row that could not be taken: line, column, why. The value itself is not kept. Subclasses say of which list (`source`)."""

    line = models.PositiveIntegerField()
    column = models.CharField(max_length=60, blank=True)
    message = models.CharField(max_length=200)

    class Meta:
        abstract = True
        ordering: ClassVar = ["source", "line"]


def close(lists: type[CheckedList], pk: int, state: CheckedList.State, actor: Actor) -> None:
    """Let a list that waits be applied or thrown away, in the caller's transaction.

    Raises Refusal when it does not wait any more, or when the same file was applied meanwhile.
    """
    try:
        with transaction.atomic():
            closed = lists._default_manager.filter(pk=pk, state=CheckedList.State.CHECKED).update(  # noqa: SLF001 Django's documented API
                state=state, closed_by=actor.user_id, closed_at=clock.now()
            )
    except IntegrityError:
        raise Refusal("このファイルはすでに反映されています。") from None
    if not closed:
        raise Refusal("この一覧は、すでに反映されたか取り下げられています。画面を開き直してください。")
