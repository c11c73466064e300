"""`overtones doctor`: check the environment and the output."""

from __future__ import annotations

from flows.terminal.console import Exit, Out, Reports
from tasks.escaping import escape_name


def doctor(out: Out = None, reports: Reports = None) -> Exit:
    """Check the environment, the output folders and the tables.

    Prints one line per check, which begins with `ok` or `BAD`. The exit code is 3 if a check fails.
    """
    from flows.doctor import run_checks
    from flows.settings import resolve

    settings, _ = resolve({"out": out, "reports": reports})
    ok = True
    for finding in run_checks(settings.out, settings.reports):
        ok &= finding.ok
        print(f"{'ok ' if finding.ok else 'BAD'} {escape_name(finding.message)}")
    return Exit.DONE if ok else Exit.SOME_FAILED
