"""Pages that say what went wrong, that nothing is lost, and what to do next.

A view that meets a conflict, a dead link or too many tries answers with :func:`render_problem`; the server's own
refusals (wrong address, no right, wrong method, a body too large) come here through the handlers of ``views``
and :class:`~madoguchi.platform.ui.middleware.ProblemPages`.
"""

import dataclasses
from collections.abc import Sequence
from http import HTTPStatus
from types import MappingProxyType

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from madoguchi.platform.ui.shell import Link, Shell, Words, site


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """The words for one HTTP status."""

    title: Words
    message: Words
    next_steps: Sequence[Words] = ()


PROBLEMS = MappingProxyType(
    {
        400: Problem(
            _("送信された内容を受け取れませんでした"),
            _("送信の途中で内容が欠けたか、形式が正しくありません。何も変更されていません。"),
            (_("前のページに戻り、もう一度お試しください。"),),
        ),
        403: Problem(
            _("このページを開く権限がありません"),
            _("このページや操作は、あなたの利用者区分では使えません。何も変更されていません。"),
            (_("必要な操作の場合は、所属の管理者に権限の確認を依頼してください。"),),
        ),
        404: Problem(
            _("ページが見つかりません"),
            _("アドレスが間違っているか、ページがなくなりました。"),
            (
                _("アドレスを入力した場合は、正しいか確かめてください。"),
                _("最初のページから進み直してください。"),
            ),
        ),
        405: Problem(
            _("この方法では開けないページです"),
            _("ボタンを押して進むページを、直接開こうとしました。何も変更されていません。"),
            (_("前のページに戻り、画面のボタンから進んでください。"),),
        ),
        409: Problem(
            _("ほかの人の操作と重なりました"),
            _("あなたが操作している間に、内容が変わりました。あなたの操作はまだ反映されていません。"),
            (_("前のページを開き直し、新しい内容を確かめてから、もう一度操作してください。"),),
        ),
        410: Problem(
            _("このページは期限が過ぎました"),
            _("このリンクまたは手続きの有効期限が過ぎたか、すでに使われました。"),
            (_("最初のページから進み直してください。"),),
        ),
        413: Problem(
            _("ファイルが大きすぎます"),
            _("送信されたファイルは、受け取れる大きさを超えています。ファイルは取り込まれていません。"),
            (_("ファイルを間違えていないか確かめるか、分けて送信してください。"),),
        ),
        423: Problem(
            _("画面がロックされています"),
            _("パスワードを入力するまで、この画面は表示も操作もできません。"),
            (_("パスワードを入力してロックを解除してください。"),),
        ),
        429: Problem(
            _("短い時間に何度も操作がありました"),
            _("安全のため、しばらくの間この操作を受け付けません。これまでの予約や入力はそのままです。"),
            (_("しばらく待ってから、もう一度お試しください。"),),
        ),
        500: Problem(
            _("システムに問題が起きました"),
            _("申し訳ありません。処理を終えることができませんでした。問題は記録されています。"),
            (
                _("しばらく待ってから、もう一度お試しください。"),
                _("予約や登録が終わっているかどうかは、確認の画面で確かめられます。"),
            ),
        ),
        503: Problem(
            _("ただいまご利用いただけません"),
            _("点検中か、たいへん混み合っています。これまでの予約はそのままです。"),
            (_("しばらく待ってから、もう一度お試しください。"),),
        ),
    }
)
"""Plain words for every status that a page can have."""


def problem_for(status: int) -> Problem:
    """Return the words for a status; an unlisted one gets those of its class (400 or 500)."""
    return PROBLEMS.get(status) or PROBLEMS[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400]


def render_problem(
    request: HttpRequest,
    status: int,
    *,
    title: Words = "",
    message: Words = "",
    next_steps: Sequence[Words] = (),
    links: Sequence[Link] = (),
    retry_after: int | None = None,
) -> HttpResponse:
    """Answer with a problem page in the shell of the zone.

    Args:
        request: the request that is refused.
        status: HTTP status, 400 or above (see :data:`PROBLEMS` for the words of each).
        title: heading in place of the status's own.
        message: what happened, in place of the status's own words.
        next_steps: what to do now, in place of the status's own steps.
        links: ways on (the picker, the entrance), shown as buttons.
        retry_after: seconds after which another try makes sense; sets ``Retry-After``.
    """
    words = problem_for(status)
    response = render(
        request,
        "ui/problem.html",
        {
            "status": status,
            "problem": Problem(title or words.title, message or words.message, tuple(next_steps) or words.next_steps),
            "links": links,
            "request_id": getattr(request, "request_id", ""),
        },
        status=status,
    )
    _mark(response, retry_after)
    return response


def render_bare_problem(status: int, *, request_id: str = "", retry_after: int | None = None) -> HttpResponse:
    """Answer with a problem page that needs neither database, session nor context processor (500, 503)."""
    own = site()
    body = render_to_string(
        "ui/problem.html",
        {
            "status": status,
            "problem": problem_for(status),
            "links": (),
            "request_id": request_id,
            "site": own,
            "shell": Shell(municipality=own.municipality, phone=own.phone),
            "menu": (),
        },
    )
    response = HttpResponse(body, status=status)
    _mark(response, retry_after)
    return response


def _mark(response: HttpResponse, retry_after: int | None) -> None:
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
