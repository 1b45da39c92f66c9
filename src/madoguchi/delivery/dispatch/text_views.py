"""Pages of the words of letters: what prints now, a new version with its preview, and the approval by a second person."""

import hashlib
from pathlib import Path

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from madoguchi.delivery.dispatch import queries, rights, wording
from madoguchi.delivery.dispatch.folder import letters_folder
from madoguchi.delivery.dispatch.forms import RejectForm, WordsForm
from madoguchi.delivery.dispatch.models import Kind, LetterText, TextState
from madoguchi.delivery.dispatch.texts import PLACEHOLDERS, WORDS_OF, LetterWords, UnknownPlaceholder
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import actor_of, may, requires, staff_of
from madoguchi.platform.documents.batches import BatchStopped
from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.ui.problems import render_problem
from madoguchi.platform.ui.shell import Link


@requires(rights.CHANGE_TEXT)
@require_safe
def kinds_page(request: HttpRequest) -> HttpResponse:
    """通知の文面: every kind of letter, which version of its words prints, and what awaits approval."""
    rows = [{"kind": kind, "version": queries.text_in_force(kind), "waiting": queries.waiting_text(kind)} for kind in Kind]
    return render(request, "dispatch/text-kinds.html", {"rows": rows})


@requires(rights.CHANGE_TEXT)
@require_http_methods(["GET", "HEAD", "POST"])
def words_page(request: HttpRequest, kind: str) -> HttpResponse:
    """The words of one kind: write a new version beside its preview; a second person approves it."""
    of = _kind(kind)
    form = _words_form(request, of)
    waiting = queries.waiting_text(of)
    if request.method == "POST" and form.is_valid():
        try:
            version = wording.write_text(
                of, form.words(), actor_of(request), valid_from=form.cleaned_data["valid_from"], reason=form.cleaned_data["reason"]
            )
        except wording.DoesNotFit:
            form.add_error(None, _("文面が長く、1枚に収まりません。短くしてください。何も保存していません。"))
        except wording.AlreadyWaiting:
            form.add_error(None, _("承認を待っている版があります。先に承認するか、取り下げてください。何も保存していません。"))
        else:
            messages.success(request, _("新しい版を保存しました。別の職員が承認すると、使い始める日から印刷されます。"))
            return redirect("dispatch:version", version.pk)
    context = {
        "form": form,
        "kind": of,
        "waiting": waiting,
        "versions": queries.texts_of(of)[:20],
        "placeholders": [(f"{{{name}}}", words) for name, words in PLACEHOLDERS.items()],
        "address": "" if form.errors else _preview(request, of, form.words() if form.is_bound else queries.words(of))[0],
    }
    return render(request, "dispatch/words.html", context, status=422 if form.errors else 200)


@requires(rights.CHANGE_TEXT)
@require_POST
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """Draw a sample with the words as they stand in the form: the part of the page beside it, swapped in while somebody types."""
    of = _kind(kind)
    form = _words_form(request, of)
    # The day and the reason come last; the picture needs neither.
    form.is_valid()
    wrong = [name for name in form.errors if name in WORDS_OF[of]]
    address, fault = ("", _("入力に誤りがあります。見本は、直すと出ます。")) if wrong else _preview(request, of, form.words())
    return render(request, "dispatch/preview.html", {"address": address, "fault": fault, "kind": of})


@requires(rights.CHANGE_TEXT)
@require_safe
def preview_picture(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the picture that `preview` drew for this member of staff."""
    path = _picture_path(request, _kind(kind))
    if not path.is_file():
        raise Http404
    return HttpResponse(path.read_bytes(), content_type="image/png", headers={"Cache-Control": "no-store"})


@requires(rights.CHANGE_TEXT)
@require_safe
def sample_pdf(_request: HttpRequest, kind: str) -> HttpResponse:
    """Show one letter to a person who does not exist, with the words as they print today."""
    of = _kind(kind)
    return _pdf(wording.sample(of, queries.words(of)))


@requires(rights.CHANGE_TEXT, rights.APPROVE_TEXT)
@require_safe
def version_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One version: what it changes, who wrote it, and the decision of a second person."""
    return _show_version(request, _version(pk))


@requires(rights.CHANGE_TEXT, rights.APPROVE_TEXT)
@require_safe
def version_sample(_request: HttpRequest, pk: int) -> HttpResponse:
    """Show a letter to a person who does not exist, with the words of one version."""
    version = _version(pk)
    return _pdf(wording.sample(Kind(version.kind), LetterWords(**version.words)))


@requires(rights.APPROVE_TEXT)
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a version print from its day on."""
    version = _version(pk)
    try:
        wording.approve_text(version, actor_of(request))
    except wording.OwnWords:
        return _refused(request, version, _("自分が書いた文面は承認できません。別の職員が承認してください。"))
    except wording.NotWaiting:
        return _refused(request, version, _("この版は、先に承認または差し戻されています。"))
    messages.success(request, _("承認しました。使い始める日から印刷されます。"))
    return redirect("dispatch:version", pk)


@requires(rights.CHANGE_TEXT, rights.APPROVE_TEXT)
@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a version back, or take it back as its writer."""
    version, form = _version(pk), RejectForm(request.POST)
    if version.written_by != actor_of(request).user_id and not may(request, rights.APPROVE_TEXT):
        return _refused(request, version, _("ほかの職員が書いた版は、承認する職員だけが差し戻せます。"))
    if not form.is_valid():
        return _show_version(request, version, form)
    try:
        wording.reject_text(version, actor_of(request), reason=form.cleaned_data["reason"])
    except wording.NotWaiting:
        return _refused(request, version, _("この版は、先に承認または差し戻されています。"))
    messages.success(request, _("差し戻しました。"))
    return redirect("dispatch:version", pk)


def _kind(text: str) -> Kind:
    if text not in set(Kind.values):
        raise Http404
    return Kind(text)


def _version(pk: int) -> LetterText:
    version = LetterText.objects.filter(pk=pk).first()
    if version is None:
        raise Http404
    return version


def _words_form(request: HttpRequest, kind: Kind) -> WordsForm:
    data = request.POST if request.method == "POST" else None
    return WordsForm(data, kind=kind, basis=queries.words(kind), initial={"valid_from": clock.today()})


def _picture_path(request: HttpRequest, kind: Kind) -> Path:
    return letters_folder() / f"preview-{staff_of(request).pk}-{kind.value}.png"


def _preview(request: HttpRequest, kind: Kind, words: LetterWords) -> tuple[str, str]:
    """Draw a sample and keep its picture for this member of staff; returns what its address ends with, and what is wrong."""
    try:
        picture = wording.picture(wording.sample(kind, words))
    except (BatchStopped, TypesettingFailed):
        return "", _("文面が長く、1枚に収まりません。短くしてください。")
    except UnknownPlaceholder as unknown:
        return "", _("「%(found)s」は、決められた差し込み項目ではありません。") % {"found": "、".join(unknown.found)}
    path = _picture_path(request, kind)
    path.write_bytes(picture)
    path.chmod(0o600)
    return hashlib.sha256(picture).hexdigest()[:16], ""


def _pdf(pdf: bytes) -> HttpResponse:
    return HttpResponse(pdf, content_type="application/pdf", headers={"Content-Disposition": 'inline; filename="sample.pdf"'})


def _show_version(request: HttpRequest, version: LetterText, form: RejectForm | None = None) -> HttpResponse:
    kind, number = Kind(version.kind), version.number
    earlier = LetterText.objects.filter(kind=kind, number__lt=number, state=TextState.APPROVED).first()
    before = earlier.words if earlier else {name: getattr(queries.first_words(kind), name) for name in WORDS_OF[kind]}
    form_of = WordsForm(kind=kind, basis=LetterWords(**version.words))
    rows = [
        {
            "label": form_of.fields[name].label,
            "before": before.get(name, ""),
            "after": version.words[name],
            "changed": before.get(name, "") != version.words[name],
        }
        for name in WORDS_OF[kind]
    ]
    waits, own = version.state == TextState.WAITING, version.written_by == actor_of(request).user_id
    context = {
        "version": version,
        "kind": kind,
        "rows": rows,
        "may_approve": waits and not own and may(request, rights.APPROVE_TEXT),
        "reject_form": (form or RejectForm()) if waits and (own or may(request, rights.APPROVE_TEXT)) else None,
        "own": own,
        "has_errors": bool(form and form.errors),
    }
    return render(request, "dispatch/version.html", context, status=422 if form and form.errors else 200)


def _refused(request: HttpRequest, version: LetterText, words: str) -> HttpResponse:
    return render_problem(
        request,
        409,
        title=_("この版は、今は決められません"),
        message=words,
        links=(Link(_("この版を開く"), f"../../{version.pk}/"),),
    )
