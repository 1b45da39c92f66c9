"""How far one browser has come in the questions: codes in a cookie that ends with the browser, nothing in the address or on the server."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from madoguchi.kernel.required_documents import choices, questions

COOKIE = "madoguchi_guidance"
# More than any whole way through the questions takes.
LONGEST = 600


def given(request: HttpRequest) -> dict[str, str]:
    """Return the answers that hold together: what does not belong to the way so far ends it there."""
    text = request.COOKIES.get(COOKIE, "")
    told = dict(parse_qsl(text, keep_blank_values=True)) if len(text) <= LONGEST else {}
    answers: dict[str, str] = {}
    while (question := next_question(answers)) is not None:
        answer = told.get(question)
        if answer is None:
            break
        offered = choices(question, answers)
        several = question == "circumstances"
        if not (set(filter(None, answer.split(","))) <= set(offered) if several else answer in offered):
            break
        answers[question] = answer
    return answers


def next_question(answers: Mapping[str, str]) -> str | None:
    """Return the first question without an answer; None when all are answered."""
    return next((question for question in questions(answers) if question not in answers), None)


def before(question: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers to the questions that come before `question`."""
    kept: dict[str, str] = {}
    for name in questions(answers):
        if name == question or name not in answers:
            break
        kept[name] = answers[name]
    return kept


def remember(response: HttpResponse, answers: Mapping[str, str]) -> HttpResponse:
    """Keep the answers until the browser is closed."""
    response.set_cookie(COOKIE, urlencode(answers, safe=","), httponly=True, samesite="Lax", secure=settings.CSRF_COOKIE_SECURE)
    return response
