// The menu may be longer than the window: the entry of this page is brought into sight.
document.querySelector(".staff-menu [aria-current]")?.scrollIntoView({ block: "nearest" });
