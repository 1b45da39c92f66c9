"""P18: four to six questions, one a page, and what to bring as a page to print."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from madoguchi.booking.guidance import wizard
from madoguchi.booking.guidance.forms import QuestionForm
from madoguchi.booking.guidance.queries import answer_in_words, answers_of, guidance
from madoguchi.booking.guidance.words import QUESTION_NAMES
from madoguchi.booking.municipality import queries as municipality
from madoguchi.kernel.required_documents import PROCEDURES, questions
from madoguchi.platform import clock
from madoguchi.platform.accounts.access import open_to_all
from madoguchi.platform.ui.components import SummaryRow


@open_to_all
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Begin anew; a link that names the procedure (`?procedure=receive`) leads straight to the second question."""
    procedure = request.GET.get("procedure", "")
    if procedure in PROCEDURES:
        return wizard.remember(HttpResponseRedirect(reverse("guidance:question", args=["owner"])), {"procedure": procedure})
    return HttpResponseRedirect(reverse("guidance:question", args=["procedure"]))


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, question: str) -> HttpResponse:
    """One question. Whoever comes to a question too early is led to the first that is open. Raises Http404 for no question of ours."""
    if question not in QUESTION_NAMES:
        raise Http404
    answers = wizard.given(request)
    earlier = wizard.before(question, answers)
    if question not in questions(earlier) or wizard.next_question(earlier) != question:
        return HttpResponseRedirect(reverse("guidance:question", args=[wizard.next_question(earlier) or "procedure"]))
    initial = {"answer": answers[question].split(",") if question == "circumstances" else answers[question]} if question in answers else {}
    form = QuestionForm(request.POST if request.method == "POST" else None, question=question, answers=earlier, initial=initial)
    if request.method == "POST" and form.is_valid():
        earlier[question] = form.answer
        following = wizard.next_question(earlier)
        target = reverse("guidance:question", args=[following]) if following else reverse("guidance:result")
        return wizard.remember(HttpResponseRedirect(target), earlier)
    asked = list(earlier)
    context = {
        "form": form,
        "question": question,
        "previous": reverse("guidance:question", args=[asked[-1]]) if asked else reverse("citizens:top"),
        "number": len(asked) + 1,
    }
    return render(request, "guidance/question.html", context, status=422 if request.method == "POST" else 200)


@open_to_all
@require_safe
def result(request: HttpRequest) -> HttpResponse:
    """What to bring, with the answers it follows from; an unfinished way goes on where it stopped."""
    answers = wizard.given(request)
    following = wizard.next_question(answers)
    if following:
        return HttpResponseRedirect(reverse("guidance:question", args=[following]))
    rows = [
        SummaryRow(QUESTION_NAMES[question], answer_in_words(question, answer), reverse("guidance:question", args=[question]))
        for question, answer in answers.items()
    ]
    context = {
        "guidance": guidance(answers_of(answers), clock.today()),
        "rows": rows,
        "procedure": answers["procedure"],
        "municipality": municipality.current(),
    }
    return render(request, "guidance/result.html", context)
