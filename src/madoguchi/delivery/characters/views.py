"""Pages of the municipality's own characters: the table, its import, the font, and the cards whose letters wait."""

import dataclasses
import hashlib

from django.contrib import messages
from django.core import signing
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.cards import audited, masking, presenting
from madoguchi.delivery.cards.models import OwnCharacter, OwnFontFile
from madoguchi.delivery.cards.own_characters import Entry, Known, cards_with_unknown, differing, write_entries
from madoguchi.delivery.cards.rights import SEE_CARDS, SET_CHARACTERS
from madoguchi.delivery.characters import font_files, fonts, tables
from madoguchi.delivery.characters.forms import EntryForm, FontForm, TableFileForm
from madoguchi.kernel.own_characters import cp932_code, unicode_code
from madoguchi.kernel.tables import TableError
from madoguchi.platform.accounts.access import actor_of, may, requires, signed_in
from madoguchi.platform.approvals.forms import WitnessForm
from madoguchi.platform.audit.services import record
from madoguchi.platform.verbs import Refusal

_PER_PAGE = 100
_SALT = "characters.table"
_KEPT_SECONDS = 3600
_UNCHANGING = "private, max-age=31536000, immutable"


@requires(SEE_CARDS, SET_CHARACTERS)
@require_safe
def table_page(request: HttpRequest) -> HttpResponse:
    """外字: the table in force, the font in use, and how many cards wait for a shape."""
    return _table(request, EntryForm(), WitnessForm())


def _table(request: HttpRequest, form: EntryForm, witness_form: WitnessForm) -> HttpResponse:
    drawn = Known().drawn
    page = Paginator(OwnCharacter.objects.filter(replaced_at__isnull=True), _PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "witness_form": witness_form,
        "page": page,
        "rows": [_row(row, drawn) for row in page],
        "drawn": len(drawn),
        "font": OwnFontFile.objects.first(),
        "may_set": may(request, SET_CHARACTERS),
        "may_see": may(request, SEE_CARDS),
    }
    return render(request, "characters/table.html", context, status=422 if form.errors or witness_form.errors else 200)


def _row(row: OwnCharacter, drawn: frozenset[int]) -> dict[str, object]:
    point = row.code_point
    return {"row": row, "code": unicode_code(point), "cp932": cp932_code(point), "own": chr(point), "has_shape": point in drawn}


@requires(SET_CHARACTERS)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Put one character into force, by two people."""
    form, witness_form = EntryForm(request.POST), WitnessForm(request.POST)
    second = witness_form.witness(SET_CHARACTERS, actor_of(request)) if form.is_valid() else None
    if second is None:
        return _table(request, form, witness_form)
    given = form.cleaned_data
    entry = Entry(given["code"], given["substitute"], given["note"])
    changed = write_entries([entry], actor_of(request), second=second.user_id)
    code = unicode_code(entry.code_point)
    if changed:
        messages.success(request, _("%(code)s を登録しました。") % {"code": code})
    else:
        messages.info(request, _("%(code)s は、すでに同じ内容で登録されています。") % {"code": code})
    return redirect("characters:table")


@requires(SEE_CARDS, SET_CHARACTERS)
@require_safe
def character(request: HttpRequest, point: int) -> HttpResponse:
    """Every version of one character: what stood for it, from when to when, by whom."""
    versions = list(OwnCharacter.objects.filter(code_point=point))
    if not versions:
        raise Http404
    drawn = Known().drawn
    context = {"versions": versions, **_row(versions[0], drawn)}
    return render(request, "characters/character.html", context)


@requires(SET_CHARACTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """Read a table as a dry run: what would be new and changed, what is wrong with which line. Nothing is kept."""
    form = TableFileForm(request.POST, request.FILES) if request.method == "POST" else TableFileForm()
    if request.method == "POST" and form.is_valid():
        try:
            read = tables.read_table(form.cleaned_data["file"].read())
        except TableError as error:
            form.add_error("file", _refusal(error))
        else:
            if not read.entries and not read.wrong:
                form.add_error("file", _("行が1件もありません。正しいファイルか確かめてください。"))
            else:
                return _tried(request, read, WitnessForm())
    return render(request, "characters/import.html", {"form": form}, status=422 if form.errors else 200)


def _refusal(error: TableError) -> str:
    if error.code == "header" and error.expected:
        return _("見出し「%(heading)s」が、無いか、二つ以上あります。") % {"heading": error.expected}
    if error.code == "rows":
        return _("行が多すぎます。外字の表か確かめてください。")
    return _("表として読めません。CSV(UTF-8 か CP932)で保存し直してください。")


def _tried(request: HttpRequest, read: tables.Read, witness_form: WitnessForm) -> HttpResponse:
    new, changed = differing(read.entries)
    kept = signing.dumps([dataclasses.astuple(entry) for entry in read.entries], salt=_SALT, compress=True)
    context = {
        "form": TableFileForm(),
        "witness_form": witness_form,
        "wrong": read.wrong,
        "entries": len(read.entries),
        "new": new,
        "changed": changed,
        "same": len(read.entries) - new - changed,
        "kept": kept if not read.wrong and new + changed else "",
        "tried": True,
    }
    return render(request, "characters/import.html", context, status=422 if read.wrong or witness_form.errors else 200)


@requires(SET_CHARACTERS)
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Put a table that was tried into force, by two people."""
    try:
        kept = signing.loads(request.POST.get("kept", ""), salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("確認から時間がたちました。表をもう一度読み込んでください。何も変わっていません。"))
        return redirect("characters:import")
    read, witness_form = tables.Read(tuple(Entry(*values) for values in kept), ()), WitnessForm(request.POST)
    second = witness_form.witness(SET_CHARACTERS, actor_of(request))
    if second is None:
        return _tried(request, read, witness_form)
    changed = write_entries(read.entries, actor_of(request), second=second.user_id)
    messages.success(request, _("外字の表を反映しました。変わった文字は %(number)s 字です。") % {"number": changed})
    return redirect("characters:table")


@requires(SEE_CARDS, SET_CHARACTERS)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """The table in force as CSV; it can be corrected and read in again. It names nobody but the staff who made it."""
    rows = list(OwnCharacter.objects.filter(replaced_at__isnull=True))
    record(actor_of(request), audited.EXPORT_CHARACTERS, content={"rows": len(rows)})
    content = tables.as_csv(rows)
    headers = {"Content-Disposition": 'attachment; filename="gaiji.csv"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


@requires(SET_CHARACTERS)
@require_http_methods(["GET", "HEAD", "POST"])
def font_page(request: HttpRequest) -> HttpResponse:
    """外字フォント: the one in use, those before, and a form for another."""
    posted = request.POST if request.method == "POST" else None
    form, witness_form = FontForm(posted, request.FILES if posted is not None else None), WitnessForm(posted)
    if posted is not None and form.is_valid() and _put(request, form, witness_form):
        return redirect("characters:font-page")
    context = {"form": form, "witness_form": witness_form, "files": OwnFontFile.objects.all()[:50], "drawn": len(Known().drawn)}
    return render(request, "characters/font.html", context, status=422 if form.errors or witness_form.errors else 200)


def _put(request: HttpRequest, form: FontForm, witness_form: WitnessForm) -> bool:
    uploaded, actor = form.cleaned_data["file"], actor_of(request)
    content = uploaded.read()
    try:
        checked = font_files.check_font(content, actor)
    except Refusal as refusal:
        form.add_error("file", refusal.message)
        return False
    second = witness_form.witness(SET_CHARACTERS, actor)
    if second is None:
        return False
    font_files.put_font(checked, uploaded.name, actor, sha256=hashlib.sha256(content).hexdigest(), second=second.user_id)
    messages.success(request, _("外字フォントを登録しました。外字は %(number)s 字です。") % {"number": checked.characters})
    waiting = len(cards_with_unknown())
    if waiting:
        messages.warning(request, _("字形の分からない外字のあるカードが %(number)s 枚あります。") % {"number": waiting})
    return True


@requires(SEE_CARDS)
@require_safe
def unknown_page(request: HttpRequest) -> HttpResponse:
    """Cards that letters wait for: nobody knows how a character of the name or the address looks."""
    page = Paginator(cards_with_unknown(), _PER_PAGE).get_page(request.GET.get("page"))
    record(actor_of(request), audited.LIST_UNKNOWN_CHARACTERS, content={"cards": page.paginator.count})
    rows = [
        {"pk": one.card.pk, "number": presenting.number_words(one.card), "name": masking.masked(one.card.name), "codes": one.codes}
        for one in page
    ]
    return render(request, "characters/unknown.html", {"page": page, "rows": rows})


@signed_in
@require_safe
def style(_request: HttpRequest, digest: str) -> HttpResponse:
    """The style sheet that names the municipality's font; its address changes with the font."""
    sheet = fonts.style_sheet(digest)
    if sheet is None:
        raise Http404
    return HttpResponse(sheet, content_type="text/css; charset=utf-8", headers={"Cache-Control": _UNCHANGING})


@signed_in
@require_safe
def font(_request: HttpRequest, digest: str) -> HttpResponseBase:
    """The font itself."""
    found = fonts.font_file(digest)
    if found is None:
        raise Http404
    kind = "font/otf" if found.path.suffix.lower() == ".otf" else "font/ttf"
    return FileResponse(found.path.open("rb"), content_type=kind, headers={"Cache-Control": _UNCHANGING})
