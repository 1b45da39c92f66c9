// The menu may be longer than the window: it is moved, and it alone, so that the entry of this page is in sight.
const menu = document.querySelector(".staff-menu");
const here = menu?.querySelector("[aria-current]");
if (here) menu.scrollTop = here.getBoundingClientRect().top - menu.getBoundingClientRect().top - menu.clientHeight / 2;
