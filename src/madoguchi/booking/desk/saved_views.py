"""Filters of the booking list that people keep under a name, for themselves or for all."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from madoguchi.booking.desk.audited import VIEW_REMOVED, VIEW_SAVED
from madoguchi.booking.desk.listing import ListForm
from madoguchi.booking.desk.models import SavedView
from madoguchi.platform import clock
from madoguchi.platform.accounts.models import Staff
from madoguchi.platform.audit.actors import Actor
from madoguchi.platform.audit.services import record

MOST_VIEWS = 50
_LONGEST_QUERY = 500
# What a view keeps: the days are chosen anew each time, else a view of today would be one of yesterday tomorrow.
_KEPT = (*(name for name in ListForm.base_fields if not name.startswith("day_")), "order")


def views_for(staff: Staff) -> QuerySet[SavedView]:
    """Return a person's own views and those that others share, by name. One statement."""
    return SavedView.objects.filter(Q(owner=staff) | Q(is_shared=True)).select_related("owner")


def query_to_keep(values: QueryDict) -> str:
    """Return the part of an address that a view keeps: filters, columns and order, not the days and not the page."""
    kept = QueryDict(mutable=True)
    for name in _KEPT:
        chosen = [value for value in values.getlist(name) if value]
        if chosen:
            kept.setlist(name, chosen)
    return kept.urlencode()


def save_view(staff: Staff, actor: Actor, name: str, query: str, *, is_shared: bool) -> SavedView:
    """Keep a filter under a name; the same name of the same person is replaced.

    Raises ValidationError when the name is empty or too long, the filter is no filter, or there are too many.
    """
    view = SavedView(owner=staff, name=name.strip(), query=query_to_keep(QueryDict(query[: _LONGEST_QUERY * 4])), is_shared=is_shared)
    view.made_at = clock.now()
    view.clean_fields()
    same = SavedView.objects.filter(owner=staff, name=view.name).first()
    if same is None and SavedView.objects.filter(owner=staff).count() >= MOST_VIEWS:
        raise ValidationError(_("保存できる条件は%(most)d件までです。使わない条件を消してください。") % {"most": MOST_VIEWS})
    try:
        with transaction.atomic():
            view.pk = same.pk if same else None
            view.save()
            record(actor, VIEW_SAVED, subject=f"view:{view.pk}", content={"query": view.query, "shared": is_shared})
    except IntegrityError:
        raise ValidationError(_("同じ名前の条件が、いま保存されました。もう一度押すと置き換えます。")) from None
    return view


@transaction.atomic
def remove_view(staff: Staff, actor: Actor, pk: int) -> bool:
    """Remove one of a person's own views. Tells whether there was one."""
    gone, _rows = SavedView.objects.filter(pk=pk, owner=staff).delete()
    if gone:
        record(actor, VIEW_REMOVED, subject=f"view:{pk}")
    return bool(gone)
