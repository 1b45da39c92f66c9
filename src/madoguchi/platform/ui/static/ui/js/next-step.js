// The one next step of a page has the focus, so that Enter is enough; the scan guard keeps a scan's own Enter away from it.
document.querySelector("[data-next-step]")?.focus();
