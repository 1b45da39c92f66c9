"""How forms are rendered, and the widgets and fields that HTML lacks.

Set ``FORM_RENDERER = "madoguchi.platform.ui.forms.Renderer"``; then ``{{ form }}`` and
``{{ form.field.as_field_group }}`` give label, 必須/任意 in words, help, error and control, wired for screen readers.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from madoguchi.kernel.wareki import EARLIEST_YEAR, LATEST_YEAR
from madoguchi.platform.ui.languages import names_of_date_boxes


class Renderer(TemplatesSetting):
    """Form renderer with the templates of this app."""

    form_template_name = "ui/form.html"
    field_template_name = "ui/field.html"


class RadioList(forms.RadioSelect):
    """Radio buttons as a list of large rows. ``help_texts`` maps a value to a line under its label."""

    template_name = "ui/widgets/choices.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, help_texts: Mapping[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.help_texts = help_texts or {}

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 Django's signature
        """Add the line under the label."""
        option = super().create_option(name, value, *args, **kwargs)
        help_text = self.help_texts.get(str(value), "")
        if help_text and option["attrs"].get("id"):
            # The line describes the choice and is no part of its name: it stands in the label only so that a press on it counts.
            option["attrs"]["aria-describedby"] = f"{option['attrs']['id']}_help"
        return option | {"help_text": help_text}


class CheckboxList(forms.CheckboxSelectMultiple):
    """Check boxes as a list of large rows."""

    template_name = "ui/widgets/choices.html"


class DateBoxes(forms.MultiWidget):
    """Year, month and day in three boxes: quicker and surer than a calendar for a date one knows by heart."""

    template_name = "ui/widgets/date_boxes.html"

    def __init__(self, attrs: dict[str, Any] | None = None, *, autocomplete: str = "") -> None:
        def box(width: str, part: str) -> forms.TextInput:
            tokens = {"autocomplete": f"{autocomplete}-{part}"} if autocomplete else {"autocomplete": "off"}
            return forms.TextInput({"inputmode": "numeric", "class": f"figures {width}", **tokens})

        super().__init__({"year": box("width-4", "year"), "month": box("width-2", "month"), "day": box("width-2", "day")}, attrs)

    def decompress(self, value: Any) -> list[int | None]:  # noqa: ANN401 Django's signature
        """Split a date into its three boxes."""
        return [value.year, value.month, value.day] if isinstance(value, dt.date) else [None, None, None]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 Django's signature
        """Give each box its own label."""
        context = super().get_context(name, value, attrs)
        for part, label in zip(context["widget"]["subwidgets"], names_of_date_boxes(), strict=True):
            part["label"] = label
        return context


class DayField(forms.DateField):
    """A day in a form of the office: one that the calendar of the kernel knows, so that a day before or after it exists as well."""

    def to_python(self, value: Any) -> dt.date | None:  # noqa: ANN401 Django's signature
        """Return the day.

        Raises:
            ValidationError: `invalid` when it is none, or centuries away.
        """
        day = super().to_python(value)
        if day is not None and not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class DateBoxesField(forms.Field):
    """A date from three boxes; full-width figures and stray spaces are understood (the year is the western one)."""

    widget = DateBoxes
    default_error_messages = {
        "required": _("日付を入力してください。"),
        "incomplete": _("年・月・日をすべて入力してください。"),
        "figures": _("年・月・日は数字で入力してください。"),
        "invalid": _("この日付は暦にありません。年・月・日を確かめてください。"),
    }

    def clean(self, value: Any) -> dt.date | None:  # noqa: ANN401 Django's signature
        """Return the date.

        Raises:
            ValidationError: when a part is missing, no number, or the day does not exist.
        """
        parts = [unicodedata.normalize("NFKC", part or "").strip() for part in value or ()]
        if not any(parts):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        if not all(parts):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        if not all(part.isdecimal() for part in parts):
            raise ValidationError(self.error_messages["figures"], code="figures")
        try:
            return _known_day(*(int(part) for part in parts))
        except (ValueError, OverflowError) as wrong:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from wrong


def _known_day(year: int, month: int, day: int) -> dt.date:
    """Return the day; ValueError where the calendar has none, or the year is none of people living."""
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError("year")
    return dt.date(year, month, day)


def control_id(field: BoundField) -> str:
    """Return the id of the control that a label or an error link must reach (the first of a group)."""
    if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.MultiWidget):
        return f"{field.auto_id}_0"
    return field.id_for_label


def form_errors(form_list: Sequence[forms.BaseForm]) -> Iterator[tuple[str, str]]:
    """Yield every error as (id of its control or an empty string, words that name the field), in the order of the page."""
    for form in form_list:
        for words in form.non_field_errors():
            yield "", str(words)
        for field in form:
            target = "" if field.is_hidden else control_id(field)
            for words in field.errors:
                yield target, _naming(str(field.label), str(words))


def _naming(label: str, words: str) -> str:
    """Return the words of an error so that they say which field they mean, also far away from it."""
    return words if label in words else gettext("%(label)s：%(words)s") % {"label": label, "words": words}
