"""`overtones report`: the report once more, or one document's page, from the tables."""

from __future__ import annotations

from typing import Annotated

import typer

from flows.terminal import Config, Out, Reports, tell


def report(
    document: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Write one document's page only. ID is its document_id, how that begins, or its source_uri.",
            show_default=False,
        ),
    ] = None,
    out: Out = None,
    reports: Reports = None,
    config: Config = None,
) -> None:
    """Rebuild the report from the tables, or write one document's page; print the path of what was written."""
    from flows.pipeline import cache_folder
    from flows.settings import resolve
    from tasks.report import build_page, build_report

    settings, _ = resolve({"out": out, "reports": reports}, config)
    if document is not None:
        print(build_page(settings.out, settings.reports, document))
        return
    summary = build_report(settings.out, settings.reports, cache_folder=cache_folder())
    tell(summary["headline"])
    print(settings.reports / "index.html")
