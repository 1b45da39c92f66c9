"""Reads of form bookings."""

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from madoguchi.booking.applications.models import OwnQuestion
from madoguchi.booking.applications.questions import BUILT_IN, Answer, Question, with_the_telephone
from madoguchi.booking.calendar.models import VisitKind
from madoguchi.booking.municipality.own_words import say, say_sentence


def open_form_kinds() -> list[VisitKind]:
    """Return the kinds that citizens can ask for by form now, in the municipality's order."""
    return list(VisitKind.objects.select_related("schedule").filter(is_open=True, identification=VisitKind.Identification.FORM))


def open_form_kind(code: str) -> VisitKind | None:
    """Return one of them by its code."""
    return next((kind for kind in open_form_kinds() if kind.code == code), None)


def kind_words(kind: VisitKind) -> tuple[str, str]:
    """Return name and explanation of a kind in the language of the page, the Japanese name where there is none."""
    language = get_language() or "ja"
    text = kind.texts.filter(language=language).first()
    return (text.name or _(kind.name), text.description) if text else (_(kind.name), "")


def questions_of(kind: VisitKind) -> list[Question]:
    """Return the questions of a kind's form in their order; a code that nothing stands behind is left out."""
    codes = with_the_telephone(kind.questions)
    own = {row.code: _as_question(row) for row in OwnQuestion.objects.filter(code__in=codes)}
    known = {**own, **BUILT_IN}
    return [known[code] for code in codes if code in known]


def labels_of(questions: Sequence[Question]) -> dict[str, str]:
    """Return what the questions are called, by code, for those who read the answers."""
    return {question.code: str(question.label) for question in questions}


def _as_question(row: OwnQuestion) -> Question:
    return Question(
        row.code,
        say_sentence(row.label),
        Answer(row.answer),
        needed=row.needed,
        help=say_sentence(row.help),
        choices=tuple((choice, say(choice)) for choice in row.choices),
        longest=500 if row.answer == OwnQuestion.Kind.TEXT else 100,
    )


def form_kinds() -> list[VisitKind]:
    """Return every kind that is asked for by form, open or not, in the municipality's order."""
    return list(VisitKind.objects.filter(identification=VisitKind.Identification.FORM))
