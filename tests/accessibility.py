"""What every page must hold for people who see, hear or move differently (R-12)."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page and what is wider than the screen, in words; an empty list is right."""
    found = Axe().run(page, options={"runOnly": AXE_RULES}).response["violations"]
    words = [f"{page.url}: {fault['id']} at {fault['nodes'][0]['html'][:160]}" for fault in found]
    width = int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
    if width > 0:
        words.append(f"{page.url}: {width} px wider than the screen")
    headings = page.get_by_role("heading", level=1).count()
    if headings != 1:
        words.append(f"{page.url}: {headings} headings of the first level")
    return words
