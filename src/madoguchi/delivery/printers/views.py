"""Pages of the printers: which this terminal prints on, how far each lies off, the test sheet, and reading its bars."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.printers import audited, services, test_sheet
from madoguchi.delivery.printers.forms import ChooseForm, PrinterForm, ReadForm
from madoguchi.delivery.printers.models import Printer
from madoguchi.delivery.printers.rights import CHOOSE_PRINTER, SET_PRINTERS
from madoguchi.delivery.printers.terminal import PRINTER_COOKIE, printer_of
from madoguchi.platform.accounts.access import actor_of, may, requires
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_YEAR = 365 * 24 * 60 * 60


@requires(CHOOSE_PRINTER)
@require_http_methods(["GET", "HEAD", "POST"])
def list_page(request: HttpRequest) -> HttpResponse:
    """プリンター: all of them, and the one that this terminal prints on; its browser keeps the choice."""
    printers = list(Printer.objects.select_related("place"))
    chosen = printer_of(request)
    form = ChooseForm(
        request.POST if request.method == "POST" else None,
        printers=[one for one in printers if one.is_used],
        initial={"printer": str(chosen.pk) if chosen else ""},
    )
    if request.method == "POST" and form.is_valid():
        messages.success(request, _("この端末のプリンターを変えました。"))
        answer = redirect("printers:list")
        secure = settings.SESSION_COOKIE_SECURE
        answer.set_cookie(PRINTER_COOKIE, form.cleaned_data["printer"], max_age=_YEAR, secure=secure, httponly=True, samesite="Strict")
        return answer
    context = {"printers": printers, "chosen": chosen, "form": form, "may_set": may(request, SET_PRINTERS)}
    return render(request, "printers/list.html", context, status=422 if form.errors else 200)


@requires(SET_PRINTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def new_page(request: HttpRequest) -> HttpResponse:
    """Register a printer."""
    return _edit(request, None)


@requires(CHOOSE_PRINTER)
@require_http_methods(["GET", "HEAD", "POST"])
def printer_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One printer: its test sheet, the try of the scanner, and how far it lies off."""
    return _edit(request, _printer(pk))


def _printer(pk: int) -> Printer:
    printer = Printer.objects.select_related("place").filter(pk=pk).first()
    if printer is None:
        raise Http404
    return printer


def _edit(
    request: HttpRequest, printer: Printer | None, read_form: ReadForm | None = None, band: tuple[str, str] | None = None
) -> HttpResponse:
    is_saving = request.method == "POST" and read_form is None
    initial = {name: getattr(printer, name) for name in (*services.COLUMNS, "version")} if printer else {}
    form = PrinterForm(request.POST if is_saving else None, initial=initial)
    if is_saving and not may(request, SET_PRINTERS):
        form.add_error(None, _("プリンターの位置を登録する権限がありません。責任者に頼んでください。"))
    elif is_saving and form.is_valid():
        try:
            saved = services.save_printer(printer, form.cleaned_data, actor_of(request), version=form.cleaned_data["version"] or 0)
        except Refusal as refusal:
            form.add_error("name", refusal.message)
        else:
            messages.success(request, _("登録しました。調整用紙を印刷して、位置を確かめてください。"))
            return redirect("printers:printer", saved.pk)
    context = {
        "printer": printer,
        "form": form,
        "read_form": read_form or ReadForm(auto_id="read-%s"),
        "band": band,
        "codes": test_sheet.CODES,
        "may_set": may(request, SET_PRINTERS),
    }
    wrong = form.errors or (read_form is not None and read_form.errors)
    return render(request, "printers/printer.html", context, status=422 if wrong else 200)


@requires(CHOOSE_PRINTER)
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """調整用紙 as PDF, shifted as everything for this printer is."""
    printer = _printer(pk)
    pdf = services.fitted(test_sheet.print_test_sheet(printer), printer)
    record(actor_of(request), audited.PRINT_TEST_SHEET, subject=f"printer:{pk}")
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="test-sheet.pdf"'})


@requires(CHOOSE_PRINTER)
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Say whether what was read is one of the codes of the test sheet, and how fine its bars are."""
    printer, form = _printer(pk), ReadForm(request.POST, auto_id="read-%s")
    if not form.is_valid():
        return _edit(request, printer, form)
    width = test_sheet.CODES.get(form.cleaned_data["code"].strip().upper())
    if width is None:
        band = ("no-match", _("調整用紙のコードではありません"))
    else:
        band = ("match", _("読めました：いちばん細い線 %(width)s mm") % {"width": width})
    return _edit(request, printer, ReadForm(auto_id="read-%s"), band)
