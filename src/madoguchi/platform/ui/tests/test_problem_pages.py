"""Refusals are pages: the right status, plain words, a way on; the 500 page needs nothing that may be broken."""

from collections.abc import Callable

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import DataError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.template.loader import render_to_string
from django.test import RequestFactory
from pytest_django import Settings

from madoguchi.platform.ui import views
from madoguchi.platform.ui.middleware import NoNullCharacters, ProblemPages
from madoguchi.platform.ui.problems import PROBLEMS, problem_for, render_problem
from madoguchi.platform.ui.shell import Link, MenuItem, MenuSection, Shell, StaffMember, current_item, menu_of, site


def example_shell(_request: HttpRequest) -> Shell:
    return Shell(municipality="見本市", service="受取予約", phone="0466-00-0000", phone_hours="平日 9時から17時")


def staff_shell(_request: HttpRequest) -> Shell:
    return Shell(municipality="見本市", service="窓口", staff=StaffMember("見本 花子"))


def broken_shell(_request: HttpRequest) -> Shell:
    raise RuntimeError("no database")


def example_menu(_request: HttpRequest) -> tuple[MenuSection, ...]:
    return (MenuSection("カード", (MenuItem("一覧", "/cards/", 3),)), MenuSection("管理", ()))


@pytest.fixture(autouse=True)
def _words_of_a_municipality(settings: Settings) -> None:
    settings.MADOGUCHI_SITE = {"zone": "booking", "demo": True, "municipality": "見本市", "phone": "0466-99-9999"}
    settings.MADOGUCHI_SHELL = f"{__name__}.example_shell"
    settings.MADOGUCHI_MENU = ""


@pytest.fixture
def request_() -> HttpRequest:
    return RequestFactory().get("/secret-path/")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/storage/transfers/%00/", 404),
        ("/a%00b/?q=1", 404),
        ("/cards/?q=%00", 400),
        ("/cards/?%00=1", 400),
        ("/cards/?q=a&q=%E6%A3%AE%00", 400),
        ("/cards/?q=%2500", 200),
        ("/cards/?q=0", 200),
    ],
)
def test_an_address_with_a_null_character_is_no_page(address: str, status: int) -> None:
    answer = NoNullCharacters(lambda _request: HttpResponse("the page"))(RequestFactory().get(address))
    assert answer.status_code == status


@pytest.mark.parametrize("status", sorted(PROBLEMS))
def test_every_problem_says_what_and_what_next(request_: HttpRequest, status: int) -> None:
    response = render_problem(request_, status)
    html = response.content.decode()
    assert response.status_code == status
    assert html.count("<h1>") == 1
    assert f"<title>{PROBLEMS[status].title}｜受取予約｜見本市</title>" in html
    assert str(PROBLEMS[status].message) in html
    assert "次にすること" in html
    assert "0466-00-0000" in html
    assert "これはデモです" in html
    assert response.headers["Cache-Control"] == "no-store"


def test_own_words_and_ways_replace_the_general_ones(request_: HttpRequest) -> None:
    response = render_problem(
        request_, 409, title="枠が埋まりました", message="別の時間を選んでください。", links=(Link("選び直す", "/slots/"),), retry_after=30
    )
    html = response.content.decode()
    assert "枠が埋まりました" in html
    assert '<a class="btn btn-solid" href="/slots/">選び直す</a>' in html
    assert response.headers["Retry-After"] == "30"


def test_handlers_answer_with_their_status_and_never_repeat_what_was_asked(request_: HttpRequest) -> None:
    answers = {
        400: views.bad_request(request_, SuspiciousOperation("secret")),
        413: views.bad_request(request_, RequestDataTooBig("secret")),
        403: views.permission_denied(request_, PermissionError("secret")),
        404: views.page_not_found(request_, Http404("secret")),
    }
    for status, response in answers.items():
        assert response.status_code == status
        assert b"secret" not in response.content
    assert views.form_expired(request_, reason="CSRF").status_code == 403


def test_500_needs_neither_shell_nor_database(request_: HttpRequest, settings: Settings) -> None:
    settings.MADOGUCHI_SHELL = f"{__name__}.broken_shell"
    with pytest.raises(RuntimeError):  # the control: an ordinary page does need it
        render_problem(request_, 404).content.decode()
    response = views.server_error(request_)
    assert response.status_code == 500
    assert "システムに問題が起きました" in response.content.decode()
    assert "0466-99-9999" in response.content.decode()


@pytest.mark.parametrize("zone", ["booking", "delivery"])
def test_500_leads_home_even_where_nothing_is_known(request_: HttpRequest, settings: Settings, zone: str) -> None:
    settings.MADOGUCHI_SITE = {"zone": zone}
    html = views.server_error(request_).content.decode()
    assert '<span class="staff-city">' in html or '<span class="site-city">' in html
    assert "</span>最初のページ</a>" in html
    assert "tel:" not in html


def test_staff_get_the_staff_shell(request_: HttpRequest, settings: Settings) -> None:
    assert "staff-bar" not in render_problem(request_, 404).content.decode()
    settings.MADOGUCHI_SHELL = f"{__name__}.staff_shell"
    assert "staff-bar" in render_problem(request_, 404).content.decode()


def test_unlisted_status_gets_the_words_of_its_class() -> None:
    assert problem_for(418) is PROBLEMS[400]
    assert problem_for(502) is PROBLEMS[500]


@pytest.mark.parametrize(
    ("answer", "filled"),
    [
        (lambda: HttpResponseNotAllowed(["POST"]), True),
        (lambda: HttpResponse("own words", status=409), False),
        (lambda: HttpResponse(status=204), False),
        (lambda: StreamingHttpResponse([], status=404), False),
    ],
)
def test_empty_refusals_are_filled(request_: HttpRequest, answer: Callable[[], HttpResponse], filled: bool) -> None:
    before = answer()
    after = ProblemPages(lambda _request: before)(request_)
    assert after.status_code == before.status_code
    assert (after is not before) is filled
    if filled:
        assert after.headers["Allow"] == "POST"
        assert "この方法では開けないページです" in after.content.decode()  # type: ignore[attr-defined]  # filled, so not streaming


def test_menu_shows_sections_with_entries_and_marks_the_nearest(request_: HttpRequest, settings: Settings) -> None:
    settings.MADOGUCHI_MENU = f"{__name__}.example_menu"
    assert [section.title for section in menu_of(request_)] == ["カード"]
    menu = (MenuSection("", (MenuItem("ホーム", "/"), MenuItem("カード", "/cards/"), MenuItem("到着", "/cards/arrival/"))),)
    found = current_item(menu, "/cards/arrival/7/")
    assert found is not None
    assert found.label == "到着"
    assert current_item((), "/") is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"demo": True}, "これはデモです"),
        ({"mode": "training"}, "研修環境です"),
        ({"mode": "verification"}, "検証環境です"),
        ({"mode": "training", "demo": True}, "これはデモです"),
        ({}, ""),
    ],
)
def test_strip_names_the_environment(settings: Settings, values: dict[str, object], words: str) -> None:
    settings.MADOGUCHI_SITE = {"zone": "delivery", **values}
    html = render_to_string("ui/staff.html", {"site": site(), "shell": Shell(), "menu": ()})
    assert words in html
    assert ('class="strip' in html) is bool(words)


@pytest.mark.parametrize(("fault", "status"), [(OperationalError("the server is away"), 503), (DataError("wrong"), 500)])
def test_without_its_database_the_site_asks_to_come_again(request_: HttpRequest, settings: Settings, fault: Exception, status: int) -> None:
    settings.MADOGUCHI_SHELL = f"{__name__}.broken_shell"
    try:
        raise fault
    except type(fault):
        response = views.server_error(request_)
    assert (response.status_code, "Retry-After" in response.headers) == (status, status == 503)
    assert str(PROBLEMS[status].title) in response.content.decode()
