"""A document that could not be printed is answered by one page that says why, and by none of the document's own words."""

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from madoguchi.platform.documents.batches import BatchStopped, NoRoom
from madoguchi.platform.documents.not_printed_pages import NotPrintedPages
from madoguchi.platform.documents.press import TypesettingFailed
from madoguchi.platform.documents.readback import Mismatch
from madoguchi.platform.ui.shell import Shell


def example_shell(_request: HttpRequest) -> Shell:
    return Shell(municipality="見本市", service="窓口")


@pytest.fixture
def pages(settings: Settings) -> NotPrintedPages:
    settings.MADOGUCHI_SITE = {"zone": "delivery", "demo": True, "municipality": "見本市", "phone": ""}
    settings.MADOGUCHI_SHELL = f"{__name__}.example_shell"
    settings.MADOGUCHI_MENU = ""
    return NotPrintedPages(lambda _request: HttpResponse("the page"))


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (BatchStopped([Mismatch("sheet-7", "name")]), 500, "記録と一致しなかった"),
        (NoRoom(), 507, "空き容量が足りません"),
        (TypesettingFailed("片瀬 花子: unknown variable"), 500, "組版が動きませんでした"),
    ],
)
def test_each_reason_has_its_words_and_the_log_none_of_the_document(
    pages: NotPrintedPages, caplog: pytest.LogCaptureFixture, fault: Exception, status: int, words: str
) -> None:
    request = RequestFactory().get("/fees/1/receipt/")
    request.resolver_match = None
    with caplog.at_level(logging.ERROR):
        answer = pages.process_exception(request, fault)
    assert answer is not None
    page = answer.content.decode()
    assert (answer.status_code, words in page, "何も出力していません" in page) == (status, True, True)
    assert [type(fault).__name__ in record.getMessage() for record in caplog.records] == [True]
    assert "片瀬" not in page + caplog.text


def test_other_faults_are_not_explained_away(pages: NotPrintedPages) -> None:
    assert pages.process_exception(RequestFactory().get("/"), ValueError("a fault of ours")) is None
    assert pages(RequestFactory().get("/")).status_code == 200
