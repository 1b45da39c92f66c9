"""The answer of every page whose document could not be printed: in one place, so that no view has to think of it."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.documents.batches import BatchStopped, NoRoom
from madoguchi.platform.documents.failures import NotPrinted
from madoguchi.platform.ui.problems import render_problem

logger = logging.getLogger(__name__)

_WORDS = {
    BatchStopped: (
        _("できた紙面が記録と一致しなかったため、止めました。何も出力していません。"),
        _("期間や件数を減らすか、Excelで出力できる一覧はExcelで出力してください。"),
    ),
    NoRoom: (
        _("サーバーの空き容量が足りません。何も出力していません。"),
        _("管理者が空きを作ってから、もう一度お試しください。"),
    ),
    NotPrinted: (
        _("組版が動きませんでした。何も出力していません。"),
        _("もう一度お試しください。"),
    ),
}


class NotPrintedPages:
    """Middleware: a view that meets `NotPrinted` is answered with what happened, that nothing was put out, and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer a document that was not made; anything else is not ours. The log gets no word of the document itself."""
        if not isinstance(fault, NotPrinted):
            return None
        match = request.resolver_match
        logger.error("not printed: %s at %s", type(fault).__name__, match.view_name if match else "no page")
        message, step = next(words for kind, words in _WORDS.items() if isinstance(fault, kind))
        status = HTTPStatus.INSUFFICIENT_STORAGE if isinstance(fault, NoRoom) else HTTPStatus.INTERNAL_SERVER_ERROR
        last = _("続くときは、時刻と画面の名前を管理者に知らせてください。")
        return render_problem(request, status, title=_("印刷できませんでした"), message=message, next_steps=(step, last))
