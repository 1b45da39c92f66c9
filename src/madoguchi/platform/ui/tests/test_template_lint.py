"""The lint finds what it is there to find, leaves good templates alone, and the product's templates are good."""

from pathlib import Path

import pytest

import madoguchi
from madoguchi.platform.ui.template_lint import Fault, faults_below, faults_in, main, templates_below

LOAD = "{% load i18n %}"


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ('<p style="color:red">a</p>', "style"),
        ("<style>p{}</style>", "style"),
        ('<a href="/x" onclick="go()">a</a>', "script"),
        ("<script>go()</script>", "script"),
        ('<a href="#">a</a>', "href"),
        ('<input placeholder="a">', "placeholder"),
        ('<input tabindex="3">', "tabindex"),
        ('<a href="/x" target="_blank">{{ name }}</a>', "target"),
        ('<img alt="" src="https://example.com/a.png">', "foreign"),
        ('<link rel="stylesheet" href="//example.com/a.css">', "foreign"),
        ('<form method="post" action="http://example.com/" novalidate>{% csrf_token %}</form>', "foreign"),
        ("<p>予約</p>", "translate"),
        ('<p title="予約">a</p>', "translate"),
        ('{% button "予約" %}', "translate"),
        ('{{ name|default:"なし" }}', "translate"),
        ('{% load i18n %}{% blocktranslate with a=b|date:"n月" %}{{ a }}{% endblocktranslate %}', "translate"),
        ('{% translate "予約" %}', "i18n"),
        ("{{ name|safe }}", "escape"),
        ("{% autoescape off %}{{ a }}{% endautoescape %}", "escape"),
        ('<form method="post" novalidate></form><form>{% csrf_token %}</form>', "csrf"),
        ('<form method="{% if a %}post{% else %}get{% endif %}" novalidate></form>', "csrf"),
        ('<form method="POST">{% csrf_token %}</form>', "novalidate"),
    ],
)
def test_a_planted_fault_is_found(source: str, rule: str) -> None:
    assert rule in {fault.rule for fault in faults_in(source)}


@pytest.mark.parametrize(
    "source",
    [
        LOAD + '<a href="#{{ target }}">{% translate "予約" %}</a>',
        LOAD + "<p title=\"{% translate '予約' %}\">{% blocktranslate %}予約 {{ n }} 件{% endblocktranslate %}</p>",
        LOAD + '{% button _("予約") %}{{ day|date:_("n月j日") }}',
        LOAD + '<a href="/x" target="_blank">{% translate "地図（新しいタブで開きます）" %}</a>',
        '{# 注: 見えない #}{% comment "理由" %}見えない{% endcomment %}',
        '<a href="https://example.com/">a</a>',
        '<form method="post" novalidate>{% csrf_token %}<input tabindex="-1"></form>',
        '<form method="get"></form>',
        '<script type="module" src="{% static \'a.js\' %}"></script>',
        '<li{% if a %} aria-current="page"{% endif %}>{{ a }}</li>',
    ],
)
def test_a_good_template_has_no_fault(source: str) -> None:
    assert faults_in(source) == []


def test_a_fault_is_named_with_its_line() -> None:
    source = LOAD + "\n<p>\n{{ a }}\n  予約する</p>\n<p\n style='a'>"
    assert faults_in(source) == [Fault(4, "translate", "「予約する」 is not translated"), Fault(5, "style", "style attribute")]


def test_text_of_a_mail_is_not_escaped_but_translated() -> None:
    assert faults_in("{% autoescape off %}{{ a }}{% endautoescape %}", is_page=False) == []
    assert [fault.rule for fault in faults_in("予約番号 {{ a }}", is_page=False)] == ["translate"]


def test_command_prints_file_and_line_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "room" / "templates" / "room" / "page.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>\n<b style='x'>a</b></p>")
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().out == f"{page}:2: style: style attribute\n"
    page.write_text("<p>a</p>")
    assert main([str(tmp_path)]) == 0


def test_every_template_of_the_product_is_clean() -> None:
    root = Path(madoguchi.__file__).parent
    assert len(templates_below(root)) > 20
    assert [f"{path.relative_to(root)}:{fault.line}: {fault.rule}: {fault.what}" for path, fault in faults_below(root)] == []
