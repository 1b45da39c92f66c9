"""Kinds of paper, how long each is kept, and the settings of the filing."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.delivery.filing import queries, services
from madoguchi.delivery.filing.forms import ClassForm, PeriodForm, SettingsForm
from madoguchi.delivery.filing.models import DocumentClass
from madoguchi.delivery.filing.rights import SEE_IMAGES, SET_CLASSES
from madoguchi.platform.accounts.access import actor_of, may, requires


@requires(SET_CLASSES)
@require_http_methods(["GET", "HEAD", "POST"])
def classes_page(request: HttpRequest) -> HttpResponse:
    """資料区分と保存年限: the kinds with their rules; POST changes the settings."""
    row = queries.settings_row()
    form = SettingsForm(
        request.POST if request.method == "POST" else None,
        initial={"takes_unscanned": row.takes_unscanned, "shred_within_days": row.shred_within_days},
    )
    if request.method == "POST" and form.is_valid():
        services.change_settings(actor_of(request), **form.cleaned_data)
        messages.success(request, _("設定を変えました。"))
        return redirect("filing:classes")
    kinds = queries.classes(only_open=False).prefetch_related("periods")
    context = {"form": form, "kinds": kinds, "may_see": may(request, SEE_IMAGES)}
    return render(request, "filing/classes.html", context, status=422 if form.errors else 200)


@requires(SET_CLASSES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_class(request: HttpRequest) -> HttpResponse:
    """資料区分の登録."""
    form = ClassForm(request.POST if request.method == "POST" else None, taken=_names())
    if request.method == "POST" and form.is_valid():
        if DocumentClass.objects.filter(code=form.cleaned_data["code"]).exists():
            form.add_error("code", _("同じコードの資料区分があります。別のコードにしてください。"))
        else:
            row = services.save_class(form.cleaned_data["code"], form.cleaned_data, actor_of(request))
            messages.success(request, _("資料区分を登録しました。続けて保存年限を登録してください。"))
            return redirect("filing:class", row.pk)
    return render(request, "filing/new-class.html", {"form": form}, status=422 if form.errors else 200)


@requires(SET_CLASSES)
@require_http_methods(["GET", "HEAD", "POST"])
def class_page(request: HttpRequest, pk: int) -> HttpResponse:
    """資料区分: change its rules, see its periods."""
    row = _kind(pk)
    shown = {name: getattr(row, name) for name in ClassForm.base_fields}
    data = {**request.POST.dict(), "code": row.code} if request.method == "POST" else None
    form = ClassForm(data, initial=shown, taken=_names(row.pk))
    del form.fields["code"]
    if request.method == "POST" and form.is_valid():
        services.save_class(row.code, form.cleaned_data, actor_of(request))
        messages.success(request, _("資料区分を変えました。"))
        return redirect("filing:class", pk)
    return _show(request, row, form, PeriodForm(auto_id="period-%s"))


@requires(SET_CLASSES)
@require_POST
def set_period(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a period of a kind, from a day on."""
    row, form = _kind(pk), PeriodForm(request.POST, auto_id="period-%s")
    if form.is_valid():
        try:
            services.set_period(row, form.cleaned_data["since"], form.cleaned_data["years"], actor_of(request))
        except services.Refused as refused:
            form.add_error("since", str(refused))
        else:
            messages.success(request, _("保存年限を登録しました。これから取り込む帳票に使います。"))
            return redirect("filing:class", pk)
    shown = ClassForm(initial={name: getattr(row, name) for name in ClassForm.base_fields})
    del shown.fields["code"]
    return _show(request, row, shown, form)


def _show(request: HttpRequest, row: DocumentClass, form: ClassForm, period_form: PeriodForm) -> HttpResponse:
    wrong = next((one for one in (form, period_form) if one.errors), None)
    context = {"row": row, "form": form, "period_form": period_form, "wrong": wrong, "periods": row.periods.all()}
    return render(request, "filing/class.html", context, status=422 if wrong else 200)


def _kind(pk: int) -> DocumentClass:
    row = DocumentClass.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _names(other_than: int = 0) -> list[str]:
    return list(DocumentClass.objects.exclude(pk=other_than).values_list("name", flat=True))
