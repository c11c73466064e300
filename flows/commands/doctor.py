"""`overtones doctor`: is all well here?"""

from __future__ import annotations

from flows.terminal.console import Exit, Out, Reports
from tasks.escaping import escape_name


def doctor(out: Out = None, reports: Reports = None) -> Exit:
    """Check the environment, the output folders, and the tables against their manifest."""
    from flows.doctor import examine
    from flows.settings import resolve

    settings, _ = resolve({"out": out, "reports": reports})
    ok = True
    for finding in examine(settings.out, settings.reports):
        ok &= finding.ok
        print(f"{'ok ' if finding.ok else 'BAD'} {escape_name(finding.what)}")
    return Exit.DONE if ok else Exit.SOME_FAILED
