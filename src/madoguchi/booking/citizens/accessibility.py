"""What is examined on the public pages for accessibility, and what the last run of the examinations found (JIS X 8341-3:2016, WCAG 2.2).

The figures come from `scripts/make_accessibility_results.py`, which runs the browser tests and writes them beside this module.
"""

import datetime as dt
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RESULTS = Path(__file__).with_name("accessibility-results.json")


@dataclass(frozen=True, slots=True)
class Examination:
    """One examination: its code, the success criteria that it concerns, and in words what it looks at."""

    code: str
    criteria: tuple[str, ...]
    words: str | Promise


EXAMINATIONS = (
    Examination(
        "A1",
        ("1.1.1", "1.3.1", "1.4.3", "2.4.2", "3.1.1", "4.1.2"),
        _("axe-core の規則（WCAG 2.0・2.1・2.2 の A と AA）に違反がない"),
    ),
    Examination("A3", ("4.1",), _("スクリプトが動かなくても、予約から取消まで終えられる")),
    Examination("A4", ("2.1.1", "2.1.2", "2.4.3"), _("キーボードだけで予約を終えられる")),
    Examination("A5", ("2.4.7", "2.4.11"), _("キーで移るすべての場所で、いまの位置が見える")),
    Examination("A6", ("1.4.4", "1.4.10", "1.4.12"), _("文字を2倍にしても、字間や行間を広げても、読めなくなるものがない")),
    Examination("A7", ("2.5.8",), _("押すところが44ピクセル以上の高さである")),
    Examination("A8", ("1.4.1", "1.4.11"), _("色を強く変える設定、動きを減らす設定、印刷でも使える")),
    Examination("A9", ("1.3.1", "2.4.2", "2.4.6", "3.1.1"), _("ページの言語、題名、見出し、本文の目印がそろっている")),
    Examination("A10", ("3.3.1", "3.3.3"), _("入力の誤りのまとめが、直すところにつながる")),
    Examination("A11", ("4.1",), _("ほかのサイトから何も読み込まず、ページに書かれた命令を実行しない")),
    Examination("A12", ("2.2.1", "4.1.3"), _("時間切れの前に知らせ、時間をのばせる")),
    Examination("A13", ("1.4.1", "1.4.3", "1.4.11"), _("色の組み合わせは、押すときも、色の見え方が違う人にも見分けられる")),
    Examination("A14", ("4.1.1",), _("HTML の文法に誤りがない")),
    Examination("A15", ("3.3.8",), _("貼り付けや自動入力を妨げない")),
    Examination("A17", ("1.3.1",), _("画面のひな型に、使いにくくなる書き方がない")),
    Examination("A18", ("1.4.10", "3.1.1", "3.1.5"), _("どの言語でも訳がそろい、長い訳でも画面からはみ出さない")),
    Examination("A20", ("2.4.5",), _("はじめて開くときの通信が80キロバイト、12回までに収まる")),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one examination found in how many looks: pages in one state, or tests where it is a story that is told."""

    examination: Examination
    looks: int
    faults: int


@dataclass(frozen=True, slots=True)
class Run:
    """One run of all examinations: when, with which programs, and what was found."""

    day: dt.date
    browser: str
    axe: str
    findings: Sequence[Finding]


@functools.cache
def last_run() -> Run:
    """Return the run whose figures came with this version of the product."""
    written = json.loads(RESULTS.read_text(encoding="utf-8"))
    counts = written["found"]
    return Run(
        dt.date.fromisoformat(written["day"]),
        written["browser"],
        written["axe"],
        tuple(Finding(one, counts[one.code]["looks"], counts[one.code]["faults"]) for one in EXAMINATIONS),
    )
