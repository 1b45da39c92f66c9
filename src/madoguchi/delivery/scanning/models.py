"""The table of the municipality's own forms of codes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from madoguchi.delivery.scanning.codes import Kind
from madoguchi.delivery.scanning.formats import LENGTHS, PAPERS, Check, Form


class CodeFormat(models.Model):
    """One form of codes that the scanning desk understands besides ours (S31); what is no longer used stays, with its name."""

    name = models.CharField(_("名前"), max_length=40, unique=True)
    prefix = models.CharField(_("前置き"), max_length=10)
    number = models.CharField(_("入っている番号"), max_length=12)
    length = models.PositiveSmallIntegerField(_("番号のけた数"))
    check_kind = models.CharField(_("検査数字"), max_length=8, default=Check.NONE.value)
    paper = models.CharField(_("付いている紙"), max_length=12)
    is_used = models.BooleanField(_("使っている"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(number__in=[kind.value for kind in LENGTHS]), name="code_format_number_known"),
            models.CheckConstraint(condition=Q(paper__in=[kind.value for kind in PAPERS]), name="code_format_paper_known"),
            models.CheckConstraint(condition=Q(check_kind__in=[check.value for check in Check]), name="code_format_check_known"),
            models.CheckConstraint(condition=Q(length__range=(8, 23)) & ~Q(prefix=""), name="code_format_is_told_from_numbers"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def form(self) -> Form:
        """The form as the recogniser reads it."""
        return Form(self.name, self.prefix, Kind(self.number), self.length, Check(self.check_kind), Kind(self.paper))
