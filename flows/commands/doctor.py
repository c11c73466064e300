"""`overtones doctor`: is all well here?"""

from __future__ import annotations

from flows.terminal import Exit, Out


def doctor(out: Out = None) -> Exit:
    """Check the environment, and the tables against their manifest."""
    from flows.doctor import examine
    from flows.settings import resolve

    settings, _ = resolve({"out": out})
    ok = True
    for finding in examine(settings.out):
        ok &= finding.ok
        print(f"{'ok ' if finding.ok else 'BAD'} {finding.what}")
    return Exit.DONE if ok else Exit.SOME_FAILED
