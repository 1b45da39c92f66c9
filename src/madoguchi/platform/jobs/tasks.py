"""Long work in the worker, and the watch over it."""

from procrastinate.contrib.django import app

from madoguchi.platform.jobs import services


@app.task(queue="long", name="jobs.run")
def run_job(job: int) -> None:
    """Do the work of the job with this number."""
    services.run(job)


@app.periodic(cron="* * * * *")
@app.task(name="jobs.find-interrupted")
def find_interrupted_jobs(timestamp: int) -> None:  # noqa: ARG001 procrastinate passes the planned time
    """Find the jobs of workers that are gone."""
    services.find_interrupted()
