"""How far the office is with an application, in words that the person reads."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    """How far the office is with an application; told by the delivery zone."""

    WAITING = "waiting", _("受付（市区町村の確認前）")
    RECEIVED = "received", _("受付")
    WORKING = "working", _("対応中")
    DONE = "done", _("完了")
    WITHDRAWN = "withdrawn", _("取下げ")
