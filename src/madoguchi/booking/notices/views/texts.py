"""The mail texts of every kind and language: the product's own, or the municipality's with its versions (BS-06)."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.notices import queries, services
from madoguchi.booking.notices.forms import TextForm, TrialForm
from madoguchi.booking.notices.kinds import Kind
from madoguchi.booking.notices.mails import facts_of
from madoguchi.booking.notices.placeholders import NEEDED, NOT_IN_SUBJECT, fill, known_to
from madoguchi.booking.notices.rights import SET_TEXTS
from madoguchi.booking.notices.samples import sample_appointment, sample_links, sample_message, sample_until
from madoguchi.booking.notices.services import TrialAnswer
from madoguchi.booking.notices.wording import Wording
from madoguchi.platform.accounts.access import actor_of, requires
from madoguchi.platform.ui.languages import BY_CODE, LANGUAGES

VERSIONS_SHOWN = 20


@requires(SET_TEXTS)
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """Which texts are the municipality's own, by kind and language."""
    own = queries.texts_in_force()
    rows = [(kind, [(language, own.get((kind.value, language.code))) for language in LANGUAGES]) for kind in Kind]
    return render(request, "notices/texts.html", {"rows": rows, "languages": LANGUAGES})


@dataclass(frozen=True, slots=True)
class _Place:
    """Which text the page is about."""

    kind: Kind
    language: str
    version: int


@requires(SET_TEXTS)
@require_http_methods(["GET", "HEAD", "POST"])
def text(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """One text: write, look, try, keep, go back to the product's own."""
    if kind not in Kind.values or language not in BY_CODE:
        raise Http404
    newest = queries.versions_of(Kind(kind), language).first()
    place = _Place(Kind(kind), language, newest.version if newest else 0)
    if request.method != "POST":
        wording = queries.wording_of(place.kind, language)
        initial = {"subject": wording.subject, "body": wording.body, "version": place.version}
        return _page(request, place, TextForm(initial=initial, kind=place.kind), preview=wording)
    if "built-in" in request.POST:
        return _go_back(request, place)
    form = TextForm(request.POST, kind=place.kind)
    if not form.is_valid():
        return _page(request, place, form, 422)
    wording = Wording(form.cleaned_data["subject"], form.cleaned_data["body"])
    if "test" in request.POST:
        return _try(request, place, form, wording)
    if "look" in request.POST:
        return _page(request, place, form, preview=wording)
    try:
        services.save_text(actor_of(request), place.kind, language, wording.subject, wording.body, version=form.cleaned_data["version"])
    except ValidationError as refusal:
        form.add_error(None, refusal.messages)
        return _page(request, place, form, 409, preview=wording)
    messages.success(request, _("文面を保存しました。これから送るメールに使います。"))
    return HttpResponseRedirect(request.path)


def _go_back(request: HttpRequest, place: _Place) -> HttpResponse:
    try:
        services.use_built_in(actor_of(request), place.kind, place.language, version=place.version)
    except ValidationError as refusal:
        messages.error(request, refusal.messages[0])
    else:
        messages.success(request, _("製品の標準の文面に戻しました。前の文面は履歴に残っています。"))
    return HttpResponseRedirect(reverse("notices:text", args=[place.kind.value, place.language]))


def _try(request: HttpRequest, place: _Place, form: TextForm, wording: Wording) -> HttpResponse:
    test = TrialForm(request.POST)
    if not test.is_valid():
        return _page(request, place, form, 422, preview=wording, test=test)
    answer = services.send_test(actor_of(request), place.kind, place.language, wording, test.cleaned_data["address"])
    if answer is TrialAnswer.SENT:
        messages.success(request, _("見本のメールを送りました。届いたメールを確かめてください。文面はまだ保存していません。"))
        return _page(request, place, form, preview=wording)
    words = {
        TrialAnswer.REFUSED: _("メールサーバーがこの宛先を受け付けませんでした。アドレスを確かめてください。"),
        TrialAnswer.LATER: _("メールサーバーがいまは受け付けません。しばらくしてから、もう一度お試しください。"),
        TrialAnswer.SILENT: _("メールサーバーにつながりません。管理者に知らせてください。予約のメールは、つながるまで待っています。"),
    }
    test.add_error("address", words[answer])
    return _page(request, place, form, 422, preview=wording, test=test)


def _page(
    request: HttpRequest, place: _Place, form: TextForm, status: int = 200, *, preview: Wording | None = None, test: TrialForm | None = None
) -> HttpResponse:
    shown = None
    if preview is not None:
        facts = facts_of(
            sample_appointment(place.language),
            place.language,
            sample_links(settings.MADOGUCHI_PUBLIC_URL),
            until=sample_until(),
            message=sample_message(),
        )
        shown = Wording(fill(preview.subject, facts), fill(preview.body, facts))
    context = {
        "form": form,
        "test_form": test or TrialForm(),
        "kind": place.kind,
        "language": BY_CODE[place.language],
        "preview": shown,
        "placeholders": [(item, item.name in NEEDED[place.kind], item.name not in NOT_IN_SUBJECT) for item in known_to(place.kind)],
        "versions": list(queries.versions_of(place.kind, place.language)[:VERSIONS_SHOWN]),
    }
    return render(request, "notices/text.html", context, status=status)
