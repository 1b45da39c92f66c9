"""What may be granted in this app."""

from madoguchi.platform.accounts.rights import Right

# Whoever starts a job sees it without any right.
JOBS_VIEW_ALL = Right("jobs.view-all", "ほかの人が始めた処理の表示")

ROLE_RIGHTS: dict[str, tuple[Right, ...]] = {"chief": (JOBS_VIEW_ALL,), "administrator": (JOBS_VIEW_ALL,)}
