"""Staff pages of the forms: what each kind asks, questions of the municipality's own, look-ups that wrong figures have locked."""

import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.applications import services
from madoguchi.booking.applications.models import OwnQuestion, SealedApplication
from madoguchi.booking.applications.queries import form_kinds, questions_of
from madoguchi.booking.applications.rights import SET_QUESTIONS
from madoguchi.booking.applications.staff.forms import QuestionForm, QuestionsForm, ReleaseForm
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.reservations.rights import UNLOCK_NUMBERS
from madoguchi.platform.accounts.access import actor_of, requires


@requires(SET_QUESTIONS)
@require_safe
def forms_page(request: HttpRequest) -> HttpResponse:
    """申請フォームの質問: every kind that is asked for by form, and the questions that the municipality added."""
    rows = [(kind, [question.label for question in questions_of(kind)]) for kind in form_kinds()]
    return render(request, "forms/list.html", {"rows": rows, "own": OwnQuestion.objects.all()})


@requires(SET_QUESTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def kind_page(request: HttpRequest, kind: str) -> HttpResponse:
    """What the form of one kind asks."""
    found = get_object_or_404(VisitKind, code=kind, identification=VisitKind.Identification.FORM)
    form = QuestionsForm(request.POST if request.method == "POST" else None, kind=found)
    if request.method == "POST" and form.is_valid():
        services.set_questions(actor_of(request), found, form.codes())
        messages.success(request, _("質問を登録しました。次に開くフォームから変わります。"))
        return HttpResponseRedirect(reverse("forms:list"))
    return render(request, "forms/kind.html", {"form": form, "kind": found}, status=422 if request.method == "POST" else 200)


@requires(SET_QUESTIONS)
@require_http_methods(["GET", "HEAD", "POST"])
def question_page(request: HttpRequest, code: str | None = None) -> HttpResponse:
    """One question of the municipality's own, new or known."""
    known = OwnQuestion.objects.filter(code=code).first() if code is not None else None
    if code is not None and known is None:
        raise Http404
    initial = {**vars(known), "choices": "\n".join(known.choices)} if known else None
    form = QuestionForm(request.POST if request.method == "POST" else None, known=known, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_question(actor_of(request), form.question())
        except ValidationError as refusal:
            form.add_error(None, refusal.messages[0])
        else:
            messages.success(request, _("質問を登録しました。予約区分ごとに、聞くかどうかを選んでください。"))
            return HttpResponseRedirect(reverse("forms:list"))
    return render(request, "forms/question.html", {"form": form, "known": known}, status=422 if request.method == "POST" else 200)


@requires(UNLOCK_NUMBERS)
@require_http_methods(["GET", "HEAD", "POST"])
def locked_page(request: HttpRequest) -> HttpResponse:
    """停止中の申請予約: look-ups that five wrong figures have locked, and their release for a caller who was asked back."""
    locked = list(SealedApplication.objects.select_related("booking").filter(locked_at__isnull=False).order_by("locked_at")[:200])
    form = ReleaseForm(request.POST if request.method == "POST" else None, locked=locked)
    if request.method == "POST" and form.is_valid():
        services.unlock(actor_of(request), uuid.UUID(form.cleaned_data["booking"]), form.cleaned_data["reason"])
        messages.success(request, _("停止を解除しました。本人がもう一度、予約を確かめられます。"))
        return HttpResponseRedirect(reverse("forms:locked"))
    context = {"form": form, "locked": locked}
    return render(request, "forms/locked.html", context, status=422 if request.method == "POST" else 200)
