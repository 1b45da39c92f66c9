"""What every page must hold for people who see, hear or move differently (R-12), one check a notion.

A check is given a page that stands open in a browser and returns what is wrong, in words; an empty list is right. It leaves the page as it
found it. The codes are those under which the public result page lists them.
"""

from collections.abc import Callable, Mapping

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong is reported in full: the list of all that is right costs as much as the examination.
AXE_OPTIONS = {"runOnly": AXE_RULES, "resultTypes": ["violations"]}
# Room for a focus ring of 2 px; more stops than any page of a citizen has.
MOST_STOPS = 120

OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Sheets made by a script are no inline style: the strict policy of the pages stays in force while they are looked at.
PUT_ON = "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet] }"
TAKE_OFF = "() => { document.adoptedStyleSheets = [] }"
TEXT_TWICE_AS_LARGE = "html { font-size: 200% !important }"
SPACED_TEXT = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    " p { margin-bottom: 2em !important }"
)
CUT_OFF = """() => [...document.querySelectorAll('main *')].filter(part => part.checkVisibility() && !part.closest('.visually-hidden')
    && !part.matches('input, select, textarea') && part.scrollWidth > part.clientWidth + 1
    && ['hidden', 'clip'].includes(getComputedStyle(part).overflowX))
    .map(part => part.outerHTML.slice(0, 120))"""
PRESSED = ".btn, .way, .choice, .calendar a, .back-link, .month-move a, .site-footer li a, .field input[type=text]"
TOO_SMALL = """pressed => [...document.querySelectorAll(pressed)].filter(part => part.checkVisibility())
    .filter(part => part.getBoundingClientRect().height < 43.9).map(part => part.outerHTML.slice(0, 120))"""
STRUCTURE = """() => ({
    language: document.documentElement.lang,
    title: document.title,
    mains: document.querySelectorAll('main').length,
    headings: document.querySelectorAll('h1').length,
    corrected: document.querySelectorAll('[data-error-summary]').length > 0,
    refused: document.querySelectorAll('main .banner-error').length > 0,
    doubled: [...document.querySelectorAll('[id]')].map(part => part.id).filter((id, index, ids) => ids.indexOf(id) !== index),
})"""
SUMMARY = """() => [...document.querySelectorAll('[data-error-summary] a')].map(link => {
    const target = document.getElementById(link.getAttribute('href').slice(1));
    const group = target?.closest('.field, fieldset');
    // Where one sentence could mean several fields the summary puts the field's name before it.
    const words = link.innerText.trim(), [name, said] = words.split(/：(.*)/s), fields = group?.innerText ?? '';
    return [words, !!target && (target.matches('input, select, textarea, button, a[href]') || target.tabIndex >= 0),
            fields.includes(words) || (!!said && fields.includes(name) && fields.includes(said.trim()))] })"""
BLOCKS_PASTE = """() => [...document.querySelectorAll('main input, main textarea')]
    .filter(box => !['hidden', 'radio', 'checkbox', 'file'].includes(box.type))
    .filter(box => !box.dispatchEvent(new ClipboardEvent('paste', {bubbles: true, cancelable: true, clipboardData: new DataTransfer()})))
    .map(box => box.outerHTML.slice(0, 120))"""
NO_EDGE = """() => [...document.querySelectorAll('main .btn, main input[type=text], main textarea, main select')]
    .filter(part => part.checkVisibility()).filter(part => { const style = getComputedStyle(part);
        return style.borderTopStyle === 'none' || parseFloat(style.borderTopWidth) < 1 }).map(part => part.outerHTML.slice(0, 120))"""
MOVES = (
    """() => document.getAnimations().filter(one => one.playState === 'running' && one.effect.getComputedTiming().duration > 10).length"""
)
ON_PAPER = """() => [...document.querySelectorAll('.btn, .site-languages, .skip-link, .back-link')]
    .filter(part => part.checkVisibility({visibilityProperty: true})).map(part => part.outerHTML.slice(0, 120))"""
STOP = """() => { const on = document.activeElement; if (!on || on === document.body) return null;
    const framed = on.closest('.choice') ?? on, style = getComputedStyle(framed), box = framed.getBoundingClientRect();
    const within = (at, size) => Math.min(Math.max(at, 0), size - 1);
    const top = document.elementFromPoint(within(box.x + box.width / 2, innerWidth), within(box.y + box.height / 2, innerHeight));
    return { name: on.outerHTML.slice(0, 120), ring: style.outlineStyle === 'solid' ? parseFloat(style.outlineWidth) : 0,
             free: !!top && (framed.contains(top) || top.contains(framed)) } }"""


def what_axe_finds(page: Page) -> list[str]:
    """Return the violations of WCAG 2.0, 2.1 and 2.2 A and AA and of good practice that axe-core decides."""
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    return [f"{fault['id']} at {fault['nodes'][0]['html'][:160]}" for fault in found]


def wider_than_the_screen(page: Page) -> list[str]:
    """Return whether the page must be moved sideways to be read."""
    over = int(page.evaluate(OVER))
    return [f"{over} px wider than the screen"] if over > 0 else []


def wrong_in_structure(page: Page) -> list[str]:
    """Return faults of language, title, landmarks and headings, and ids that stand twice."""
    seen = page.evaluate(STRUCTURE)
    faults = [f"id {name} stands twice" for name in seen["doubled"]]
    if not seen["language"]:
        faults.append("does not name its language")
    if seen["mains"] != 1:
        faults.append(f"{seen['mains']} main landmarks")
    if seen["headings"] != 1:
        faults.append(f"{seen['headings']} headings of the first level")
    marked = seen["title"].startswith("エラー：")
    if seen["language"] == "ja" and ((seen["corrected"] and not marked) or (marked and not (seen["corrected"] or seen["refused"]))):
        faults.append(f"title 「{seen['title']}」 does not say whether something is wrong")
    return faults


def wrong_in_error_summary(page: Page) -> list[str]:
    """Return links of the error summary that lead to nothing a person can fill in, or say something else than the field."""
    faults: list[str] = []
    for words, reaches, repeated in page.evaluate(SUMMARY):
        if not reaches:
            faults.append(f"error summary: 「{words}」 leads to no field")
        elif not repeated:
            faults.append(f"error summary: 「{words}」 does not stand at its field")
    return faults


def wrong_when_enlarged(page: Page) -> list[str]:
    """Return what runs over the edge or is cut off with text twice as large, and with the spacing of WCAG 1.4.12."""
    faults: list[str] = []
    for what, css in (("text twice as large", TEXT_TWICE_AS_LARGE), ("spaced text", SPACED_TEXT)):
        page.evaluate(PUT_ON, css)
        over = int(page.evaluate(OVER))
        if over > 0:
            faults.append(f"with {what}: {over} px wider than the screen")
        faults += [f"with {what}: cut off: {part}" for part in page.evaluate(CUT_OFF)]
        page.evaluate(TAKE_OFF)
    return faults


def too_small_to_press(page: Page) -> list[str]:
    """Return controls lower than 44 px."""
    return [f"lower than 44 px: {part}" for part in page.evaluate(TOO_SMALL, PRESSED)]


def focus_not_seen(page: Page) -> list[str]:
    """Return stops of the Tab key that show no ring of 2 px or stand behind something, and pages on which Tab never comes round."""
    page.evaluate("document.activeElement?.blur()")
    faults: list[str] = []
    for _stop in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        if stop is None:
            return faults
        if stop["ring"] < 2:
            faults.append(f"no focus to be seen at {stop['name']}")
        if not stop["free"]:
            faults.append(f"something stands before the focus at {stop['name']}")
    return [*faults, f"Tab does not come round in {MOST_STOPS} stops"]


def wrong_in_other_media(page: Page) -> list[str]:
    """Return controls without an edge in forced colours, movement for people who want none, and buttons on paper."""
    faults: list[str] = []
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    faults += [f"no edge in forced colours: {part}" for part in page.evaluate(NO_EDGE)]
    if page.evaluate(MOVES):
        faults.append("moves although the person wants no movement")
    page.emulate_media(media="print", forced_colors="none", reduced_motion="no-preference")
    faults += [f"printed, but of no use on paper: {part}" for part in page.evaluate(ON_PAPER)]
    page.emulate_media(media="screen")
    return faults


def paste_is_blocked(page: Page) -> list[str]:
    """Return boxes that refuse what is pasted or filled in by a password manager."""
    return [f"refuses pasted text: {box}" for box in page.evaluate(BLOCKS_PASTE)]


def wrong_in_markup(markup: str) -> list[str]:
    """Return where the markup that the server sent breaks the HTML standard, as html5lib reads it."""
    parser = html5lib.HTMLParser()
    parser.parse(markup)
    return [f"markup at line {position[0]}: {code}" for position, code, _values in parser.errors]


# Under the codes of the public result page (madoguchi.booking.citizens.accessibility).
CHECKS: Mapping[str, Callable[[Page], list[str]]] = {
    "A1": what_axe_finds,
    "A5": focus_not_seen,
    "A6": wrong_when_enlarged,
    "A7": too_small_to_press,
    "A8": wrong_in_other_media,
    "A9": wrong_in_structure,
    "A10": wrong_in_error_summary,
    "A15": paste_is_blocked,
}

# Examinations that are stories of their own: files, and a part of the names of their tests. What stands in both is added up.
STORIES = {
    "A3": (("tests/browser/test_citizen_books.py", "scripts_switched_off|without_scripts"),),
    "A4": (("tests/browser/test_citizen_books.py", "keyboard_alone"),),
    "A8": (("tests/browser/test_look.py", "look_as_they_did"),),
    "A11": (("tests/browser/test_every_page.py", "before_the_sign_in|telephone"),),
    "A12": (("tests/browser/test_look.py", "hold_timer"),),
    "A13": (("src/madoguchi/platform/ui/tests/test_contrast.py", "can_be_(read|seen)|every_eye|pattern"),),
    "A17": (("src/madoguchi/platform/ui/tests/test_template_lint.py", "every_template"),),
    "A18": (("tests/test_messages.py", "every_sentence|every_translation"), ("tests/browser/test_languages.py", "reads?_well")),
    "A20": (("tests/browser/test_page_weight.py", "light"),),
}


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page, what is wider than the screen and what is wrong in its structure, with the page's address."""
    found = [*what_axe_finds(page), *wider_than_the_screen(page), *wrong_in_structure(page)]
    return [f"{page.url}: {fault}" for fault in found]
