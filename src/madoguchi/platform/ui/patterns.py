"""The pattern page: every component in every state, for builders, axe and the eye. Shown in demo, debug and test only."""

import datetime as dt
from collections.abc import Callable

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_safe

from madoguchi.platform import clock
from madoguchi.platform.accounts.access import open_to_all
from madoguchi.platform.ui.components import SummaryRow
from madoguchi.platform.ui.forms import CheckboxList, DateBoxesField, RadioList
from madoguchi.platform.ui.problems import PROBLEMS, problem_for
from madoguchi.platform.ui.shell import Language, Link, MenuItem, MenuSection, ScanBox, Shell, StaffMember, site

View = Callable[..., HttpResponse]


class PatternForm(forms.Form):
    """One field of every sort."""

    number = forms.CharField(
        label=_("予約用ID"),
        help_text=_("案内状の右上にある9けたの番号です。ハイフンは入れても入れなくてもかまいません。"),
        widget=forms.TextInput({"class": "figures width-16", "autocomplete": "off", "autocapitalize": "off"}),
        error_messages={"required": _("予約用IDを入力してください。案内状の右上に印刷されています。")},
    )
    email = forms.EmailField(
        label=_("メールアドレス"),
        required=False,
        help_text=_("予約の控えを送ります。メールがなくても予約できます。"),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"invalid": _("メールアドレスの形が正しくありません。「name@example.jp」のように入力してください。")},
    )
    birthday = DateBoxesField(label=_("生年月日"), help_text=_("例　1950年9月8日"))
    place = forms.ChoiceField(
        label=_("受け取る場所"),
        choices=[("a", _("市役所本庁舎")), ("b", _("湘南台市民センター")), ("c", _("辻堂市民センター"))],
        widget=RadioList(help_texts={"a": _("本庁舎1階　平日 8時30分から17時"), "b": _("駅から徒歩5分　第2・第4土曜日も開所")}),
        error_messages={"required": _("受け取る場所を選んでください。")},
    )
    needs = forms.MultipleChoiceField(
        label=_("当日の手伝い"),
        required=False,
        choices=[("chair", _("車いすを使います")), ("sign", _("手話通訳を希望します")), ("with", _("付き添いの人が来ます"))],
        widget=CheckboxList(),
    )
    weekday = forms.ChoiceField(
        label=_("曜日"),
        choices=[("1", _("月曜日")), ("2", _("火曜日"))],
        error_messages={"required": _("曜日を選んでください。")},
    )
    memo = forms.CharField(label=_("引き継ぎの内容"), required=False, widget=forms.Textarea({"rows": 4}))
    file = forms.FileField(label=_("取り込むファイル"), required=False, help_text=_("CSV（UTF-8またはシフトJIS）"))


FAULTY_INPUT = {"email": "name.example.jp", "birthday_year": "昭和25", "birthday_month": "2", "birthday_day": "30"}


def only_where_patterns_are_shown(view: View) -> View:
    """Answer 404 unless this is a demo, a debug run or a test."""

    def shown(request: HttpRequest, **parts: object) -> HttpResponse:
        if not (settings.DEBUG or site().demo or getattr(settings, "MADOGUCHI_ZONE", "") == "test"):
            raise Http404
        return view(request, **parts)

    return open_to_all(shown)


def _shell(*, staff: bool) -> Shell:
    return Shell(
        municipality=str(_("見本市")),
        service=_("マイナンバーカード窓口業務") if staff else _("マイナンバーカード受取予約"),
        home_url="/__ui__/staff/" if staff else "/__ui__/",
        phone="0466-00-0000",
        phone_hours=_("平日 8時30分～17時"),
        office=_("市民窓口センター マイナンバーカード担当"),
        footer=(Link(_("個人情報の取扱い"), "#main"), Link(_("アクセシビリティ"), "#main"), Link(_("使えるブラウザー"), "#main")),
        languages=() if staff else (Language("ja", "日本語", "#main", current=True), Language("en", "English", "#main")),
        staff=StaffMember(
            str(_("見本 花子")), str(_("市民窓口センター")), str(_("3番窓口")), "/__ui__/taken/", "/__ui__/taken/", "/__ui__/taken/"
        )
        if staff
        else None,
        scan=ScanBox("/__ui__/taken/", _("読取・検索")) if staff else None,
    )


def _menu() -> tuple[MenuSection, ...]:
    return (
        MenuSection(_("きょうの仕事"), (MenuItem(_("ホーム"), "/__ui__/staff/"), MenuItem(_("本日の予約"), "/__ui__/staff/today/", 24))),
        MenuSection(
            _("カード"),
            (
                MenuItem(_("カード一覧"), "/__ui__/staff/cards/"),
                MenuItem(_("到着・検品"), "/__ui__/staff/arrival/", 159),
                MenuItem(_("通知の発送"), "/__ui__/staff/letters/"),
                MenuItem(_("交付"), "/__ui__/staff/handover/"),
            ),
        ),
        MenuSection(_("管理"), (MenuItem(_("媒体の受渡し"), "/__ui__/staff/media/"), MenuItem(_("利用者と権限"), "/__ui__/staff/users/"))),
    )


def _example_month() -> list[list[dict[str, object]]]:
    """A month of invented days, Sunday first: a free run, a few places, full days, closed week-ends."""
    first = dt.date(2026, 12, 1)
    words = {"free": _("空きあり"), "few": _("残りわずか"), "full": _("満席"), "closed": _("受付なし")}
    days: list[dict[str, object]] = [{} for _blank in range(first.isoweekday() % 7)]
    for number in range(31):
        day = first + dt.timedelta(days=number)
        closed = day.isoweekday() > 5 or number > 27
        state = "closed" if closed else ("full" if number < 3 else ("few" if number % 5 == 0 else "free"))
        days.append({"date": day, "state": state, "words": words[state], "chosen": number == 9})
    days += [{} for _blank in range(-len(days) % 7)]
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _context(request: HttpRequest, *, staff: bool) -> dict[str, object]:
    shell = _shell(staff=staff)
    faulty = "faulty" in request.GET
    form = PatternForm(FAULTY_INPUT) if faulty else PatternForm()
    return {
        "shell": shell,
        "menu": _menu() if staff else (),
        "form": form,
        "rows": (
            SummaryRow(_("受け取る場所"), _("市役所本庁舎 1階"), "#main"),
            SummaryRow(_("日時"), _("2026年（令和8年）12月3日（木） 13時30分"), "#main"),
            SummaryRow(_("人数"), _("1人"), "#main"),
            SummaryRow(_("予約用ID"), "A0A000001"),
        ),
        "band": (
            SummaryRow(_("氏名"), "藤●●子"),
            SummaryRow(_("製造管理番号"), "A0A000001"),
            SummaryRow(_("進捗"), _("交付前設定済")),
            SummaryRow(_("交付期限"), _("2027年2月26日")),
        ),
        "people": ("藤●●子", "髙●●", "𠮷●●郎"),
        "page_of_cards": Paginator(range(1240), 50).get_page(request.GET.get("page", 7)),
        "weeks": _example_month(),
        "deadline": clock.now() + dt.timedelta(minutes=10),
        "deadline_soon": clock.now() + dt.timedelta(seconds=58),
        "with_dialog": "dialog" in request.GET,
        "problems": sorted(PROBLEMS),
    }


@only_where_patterns_are_shown
@require_safe
def public(request: HttpRequest, **_parts: object) -> HttpResponse:
    """The citizens' shell and its components."""
    return render(request, "ui/patterns_public.html", _context(request, staff=False))


@only_where_patterns_are_shown
@require_safe
def staff(request: HttpRequest, **_parts: object) -> HttpResponse:
    """The staff shell and its components."""
    return render(request, "ui/patterns_staff.html", _context(request, staff=True))


@only_where_patterns_are_shown
@require_safe
def problem(request: HttpRequest, status: int, **_parts: object) -> HttpResponse:
    """A problem page by its status; ``?staff`` shows it in the staff shell."""
    if status not in PROBLEMS:
        raise Http404
    in_staff_shell = "staff" in request.GET
    context = {
        "shell": _shell(staff=in_staff_shell),
        "menu": _menu() if in_staff_shell else (),
        "status": status,
        "problem": problem_for(status),
        "request_id": "7f3a-0001",
    }
    return render(request, "ui/problem.html", context, status=status)


@only_where_patterns_are_shown
@csrf_protect
def taken(request: HttpRequest, **_parts: object) -> HttpResponse:
    """Say what a pattern form sent: the tests of the modules look at it."""
    return render(
        request,
        "ui/patterns_taken.html",
        {"shell": _shell(staff=True), "menu": _menu(), "code": request.POST.get("code", ""), "method": request.method},
    )
