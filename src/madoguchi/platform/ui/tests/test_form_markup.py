"""Forms come out as a screen reader needs them: name, need, help and error tied to the control."""

import datetime as dt

import pytest
from django import forms
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, DayField, RadioList, form_errors


class VisitForm(forms.Form):
    number = forms.CharField(label="予約用ID", help_text="9けたの番号です。", error_messages={"required": "予約用IDを入力してください。"})
    email = forms.EmailField(label="メールアドレス", required=False)
    place = forms.ChoiceField(label="場所", choices=[("a", "本庁"), ("b", "支所")], widget=RadioList(help_texts={"b": "駅前"}))
    needs = forms.MultipleChoiceField(label="手伝い", required=False, choices=[("c", "車いす")], widget=CheckboxList())
    birthday = DateBoxesField(label="生年月日")
    token = forms.CharField(widget=forms.HiddenInput())

    def clean(self) -> None:
        raise forms.ValidationError("組み合わせが正しくありません。")


def test_label_names_the_control_without_the_mark() -> None:
    html = str(VisitForm()["number"].as_field_group())
    assert '<label class="field-label" for="id_number">予約用ID</label><span class="need need-required">※必須</span>' in html
    assert 'aria-describedby="id_number_helptext"' in html
    assert '<div class="field-help" id="id_number_helptext">9けたの番号です。</div>' in html
    assert "aria-invalid" not in html
    assert "※任意" in str(VisitForm()["email"].as_field_group())


def test_error_is_tied_to_its_control() -> None:
    html = str(VisitForm({})["number"].as_field_group())
    assert 'aria-describedby="id_number_helptext id_number_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<ul class="field-error" id="id_number_error"><li>予約用IDを入力してください。</li></ul>' in html


def test_groups_have_a_legend_and_rows() -> None:
    html = str(VisitForm({})["place"].as_field_group())
    assert '<fieldset aria-describedby="id_place_error">' in html
    assert '<legend class="field-label">場所</legend>' in html
    assert '<label for="id_place_1">支所<span class="choice-help" id="id_place_1_help" aria-hidden="true">駅前</span></label>' in html
    assert 'aria-describedby="id_place_1_help"' in html


def test_help_text_and_errors_are_escaped() -> None:
    class Sharp(forms.Form):
        name = forms.CharField(label="<b>", help_text="<i>", error_messages={"required": "<u>"})

    html = str(Sharp({}))
    assert "&lt;b&gt;" in html
    assert "&lt;i&gt;" in html
    assert "&lt;u&gt;" in html
    assert "<i>" not in html


def test_question_makes_the_label_the_heading() -> None:
    page = Template("{% load ui %}{% question form.number %}{% question form.place %}")
    html = page.render(Context({"form": VisitForm()}))
    assert '<label class="field-label" for="id_number"><h1>予約用ID</h1></label>' in html
    assert '<legend class="field-label"><h1>場所</h1></legend>' in html


def test_error_summary_links_every_error_to_a_control_that_exists() -> None:
    form = VisitForm({"birthday_year": "2001"})
    html = Template("{% load ui %}{% error_summary form %}{{ form }}").render(Context({"form": form}))
    targets = [target for target, _words in form_errors([form])]
    assert targets == ["", "id_number", "id_place_0", "id_birthday_0", ""]
    for target in filter(None, targets):
        assert f'<a href="#{target}">' in html
        assert html.count(f'id="{target}"') == 1
    assert "入力の確認が必要です" in html
    assert "組み合わせが正しくありません。" in html


def test_error_summary_names_the_field_where_its_words_do_not() -> None:
    errors = dict(form_errors([VisitForm({"birthday_year": "2001"})]))
    assert errors["id_number"] == "予約用IDを入力してください。"
    assert errors["id_birthday_0"] == "生年月日：年・月・日をすべて入力してください。"


def test_error_summary_is_silent_without_errors() -> None:
    assert Template("{% load ui %}{% error_summary form missing %}").render(Context({"form": VisitForm()})).strip() == ""


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["2001", "2", "3"], dt.date(2001, 2, 3)),
        (["２００１", "１２", " 3 "], dt.date(2001, 12, 3)),
        (["", "", ""], "required"),
        (None, "required"),
        (["2001", "", "3"], "incomplete"),
        (["昭和25", "2", "3"], "figures"),
        (["2001", "2", "30"], "invalid"),
        (["0", "1", "1"], "invalid"),
        (["9" * 30, "1", "1"], "invalid"),
    ],
)
def test_date_boxes(parts: list[str] | None, expected: dt.date | str) -> None:
    if isinstance(expected, dt.date):
        assert DateBoxesField().clean(parts) == expected
        return
    with pytest.raises(forms.ValidationError) as wrong:
        DateBoxesField().clean(parts)
    assert wrong.value.code == expected


def test_date_boxes_may_stay_empty_when_optional() -> None:
    assert DateBoxesField(required=False).clean(["", " ", ""]) is None


@given(st.lists(st.text(max_size=8), min_size=3, max_size=3))
def test_date_boxes_refuse_what_is_no_date_and_break_on_nothing(parts: list[str]) -> None:
    try:
        day = DateBoxesField().clean(parts)
    except forms.ValidationError:
        return
    assert isinstance(day, dt.date)


@pytest.mark.parametrize("day", ["9999-12-31", "2201-01-01", "1867-12-31", "0001-01-01", "2026-02-30", "x\0"])
def test_a_day_centuries_away_is_none(day: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        DayField().clean(day)
    assert refused.value.code == "invalid"
    with pytest.raises(forms.ValidationError) as refused:
        DateBoxesField().clean(day.split("-"))
    assert refused.value.code in {"invalid", "incomplete", "figures"}


def test_every_day_that_has_a_day_before_and_after_it_is_one() -> None:
    for day in (dt.date(1868, 1, 1), dt.date(2026, 12, 3), dt.date(2200, 12, 31)):
        assert DayField().clean(day.isoformat()) == DateBoxesField().clean([str(day.year), str(day.month), str(day.day)]) == day
