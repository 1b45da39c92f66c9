"""Pages of the zone's settings and places: changed by two people, with history."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from madoguchi.delivery.cards import queries, services
from madoguchi.delivery.cards.models import DeliveryPlace, Municipality, MunicipalityChange
from madoguchi.delivery.cards.office_forms import PlaceForm, SettingsForm
from madoguchi.delivery.cards.rights import SET_PLACES
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.approvals.forms import WitnessForm

_SHOWN = 50


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def settings_page(request: HttpRequest) -> HttpResponse:
    """交付管理の設定: what holds for every card of this zone."""
    row = queries.municipality()
    posted = request.POST if request.method == "POST" else None
    form = SettingsForm(posted, initial={name: getattr(row, name) for name in services.SETTINGS})
    witness_form = WitnessForm(posted)
    if posted is not None and form.is_valid():
        second = witness_form.witness(SET_PLACES, actor_of(request))
        if second is not None:
            values = {name: form.cleaned_data[name] for name in services.SETTINGS}
            warnings = services.change_settings(values, actor_of(request), second=second.user_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("設定を変えました。"))
            for warning in warnings:
                messages.warning(request, warning)
            return redirect("cards:settings")
    names = {name: Municipality._meta.get_field(name).verbose_name for name in services.SETTINGS}  # type: ignore[union-attr]  # noqa: SLF001 Django's documented API
    changes = MunicipalityChange.objects.exclude(setting__startswith="place:").order_by("-pk")[:_SHOWN]
    context = {
        "form": form,
        "witness_form": witness_form,
        "municipality": row,
        "changes": [{"change": change, "name": names.get(change.setting, change.setting)} for change in changes],
    }
    return render(request, "cards/settings.html", context, status=422 if form.errors or witness_form.errors else 200)


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def places_page(request: HttpRequest) -> HttpResponse:
    """交付場所: every place, open or closed, and a form for a new one."""
    return _place_page(request, None)


@requires(SET_PLACES)
@require_http_methods(["GET", "HEAD", "POST"])
def place_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One place: its data, its history."""
    place = DeliveryPlace.objects.filter(pk=pk).first()
    if place is None:
        raise Http404
    return _place_page(request, place)


def _place_page(request: HttpRequest, place: DeliveryPlace | None) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    initial = {"code": place.code, **{name: getattr(place, name) for name in services.PLACE_COLUMNS}} if place else {}
    form, witness_form = PlaceForm(posted, initial=initial), WitnessForm(posted)
    if place is not None:
        form.fields["code"].disabled = True
    if posted is not None and form.is_valid() and _store(request, form, witness_form, place):
        return redirect("cards:places")
    context: dict[str, object] = {"form": form, "witness_form": witness_form, "place": place}
    if place is None:
        context["places"] = DeliveryPlace.objects.all()
    else:
        context["changes"] = MunicipalityChange.objects.filter(setting=f"place:{place.code}").order_by("-pk")[:_SHOWN]
    status = 422 if form.errors or witness_form.errors else 200
    return render(request, "cards/places.html" if place is None else "cards/place.html", context, status=status)


def _store(request: HttpRequest, form: PlaceForm, witness_form: WitnessForm, place: DeliveryPlace | None) -> bool:
    given, actor = dict(form.cleaned_data), actor_of(request)
    if place is None and DeliveryPlace.objects.filter(code=given["code"]).exists():
        form.add_error("code", _("この場所コードはすでにあります。一覧から開いて変えてください。"))
        return False
    second = witness_form.witness(SET_PLACES, actor)
    if second is None:
        return False
    try:
        with transaction.atomic():
            services.save_place(given.pop("code"), given.pop("name"), actor, second=second.user_id, **given)
    except services.NotAllowed as refused:
        form.add_error("is_open", str(refused))
        return False
    except IntegrityError:
        form.add_error("name", _("同じ名称の場所があります。別の名称にしてください。"))
        return False
    messages.success(request, _("交付場所を保存しました。"))
    return True
