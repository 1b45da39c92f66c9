"""The municipality's own rows over the national rules. A row is never edited: a change withdraws it and writes a new one."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel import required_documents
from madoguchi.kernel.required_documents import GROUPS, PAPERS


class OwnRule(models.Model):
    """What this municipality asks for in the place of a national rule (`code` of it), or beside them (`code` own-…), from a day on.

    `translations` holds text and note by language; a language without them shows the Japanese words.
    """

    code = models.CharField(max_length=40)
    since = models.DateField(_("この日から"))
    until = models.DateField(_("この日まで"), null=True, blank=True)
    hidden = models.BooleanField(_("案内しない"), default=False)
    group = models.CharField(max_length=10, blank=True)
    text = models.CharField(_("持ち物"), max_length=100, blank=True)
    note = models.CharField(_("説明"), max_length=200, blank=True)
    papers = ArrayField(models.CharField(max_length=5), default=list, blank=True)
    when = models.JSONField(default=dict, blank=True)
    translations = models.JSONField(default=dict, blank=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "since"], condition=Q(withdrawn_at__isnull=True), name="guidance_one_rule_a_day"),
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z0-9-]+$"), name="guidance_code_form"),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="guidance_period"),
            models.CheckConstraint(condition=Q(group__in=["", *GROUPS]), name="guidance_group_known"),
            models.CheckConstraint(condition=Q(papers__contained_by=list(PAPERS)), name="guidance_papers_known"),
            models.CheckConstraint(condition=Q(hidden=True) | ~Q(text="") | ~Q(papers=[]), name="guidance_says_something"),
            models.CheckConstraint(
                condition=(Q(withdrawn_at__isnull=True) & Q(withdrawn_by="")) | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                name="guidance_withdrawn_by_somebody",
            ),
            models.CheckConstraint(condition=LessThanOrEqual(Length(Cast("when", models.TextField())), 400), name="guidance_when_is_short"),
            models.CheckConstraint(
                condition=LessThanOrEqual(Length(Cast("translations", models.TextField())), 8000), name="guidance_translations_are_short"
            ),
        ]

    def __str__(self) -> str:
        return f"own rule {self.code} {self.since}"

    def as_rule(self) -> required_documents.OwnRule:
        """Return the row as the pure rules take it."""
        when = {question: tuple(accepted) for question, accepted in self.when.items()}
        return required_documents.OwnRule(
            self.code, self.since, self.until, self.hidden, self.group, self.text, self.note, tuple(self.papers), when
        )
