"""From SOURCEs to batches: which sources there are, which are new or changed, and which tasks follow."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from flows.execution.model import BatchTask, Plan
from flows.execution.reuse import held_in_shares, reusable_sources, unchanged_batch
from flows.execution.versions import engine_sha256, resources_for
from flows.paths import STDIN, full_name, is_address
from flows.stores.sources import list_objects
from tasks.errors import NOT_FAILED, StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from flows.settings import Settings
    from tasks.ingest import Failure, Source
    from tasks.store import Manifest, Part, Previous

N_NAMED = 3
"""Maximum number of sources that are named in a message."""


def check_request(settings: Settings) -> None:
    """Raise UsageError, before anything is written, for sources that do not exist and outputs that are not overtones'."""
    from tasks.ingest import find_sources
    from tasks.ingest.markers import check_markers
    from tasks.store import check_apart, check_reports_folder, check_tables_folder, holds_tables

    if settings.replace and (settings.add or settings.keep_removed):
        other = "--add" if settings.add else "--keep-removed"
        raise UsageError(f"{other} and --replace exclude each other: use one of them")
    for source in settings.source:
        if source != STDIN and not is_address(source) and (not os.path.lexists(source) or holds_tables(Path(source))):
            find_sources([source], is_output=holds_tables)  # raises the error, with a suggestion
    check_markers(settings.export_markers)
    resources_for(settings.options)  # raises for a file that is not a lexicon or not a scorer
    check_apart(settings.out_address or settings.out, settings.reports_address or settings.reports)
    check_tables_folder(settings.out)
    check_reports_folder(settings.reports)


def make_plan(settings: Settings, plan: Plan | None = None) -> Plan:
    """The plan of a run: its batches, and which of them are new or changed.

    The publication of an interrupted run is completed first. If a `plan` exists already, it is returned.
    """
    if plan:
        return plan
    from tasks.store import Manifest, Previous, read_manifest, recover

    now = datetime.now(UTC)
    recover(settings.out)
    engine = engine_sha256(settings.options)
    try:
        manifest = read_manifest(settings.out)
    except StoreError:
        if not settings.full:
            raise
        manifest = Manifest()
    earlier = Previous(manifest.batches, settings.out)
    named, arguments = sources_of(settings, manifest)
    sources, failures, removed = _find(arguments, settings, manifest, earlier)
    batches = _batches(sources, settings)
    previous = earlier if manifest.engine == engine and not settings.full else Previous((), settings.out)
    ready, tasks = _sort_out(batches, settings, engine, previous, earlier)
    return Plan(
        run_id=f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}",
        started_at=now,
        engine=engine,
        ready=ready,
        tasks=tuple(tasks),
        batches=batches,
        failures=tuple(failures),
        out=settings.out,
        options=settings.options,
        sources=named,
        removed=removed,
        n_earlier=(sum(b.n_documents for b in manifest.batches), sum(b.n_words for b in manifest.batches)),
        earlier={} if settings.replace else held_in_shares(batches, earlier),
        reanalyzed_because="" if settings.full else _why_all_again(manifest, engine),
    )


def _why_all_again(manifest: Manifest, engine: str) -> str:
    """Why no result of the last run can be used; empty if it can, or if there is none."""
    if not manifest.batches or manifest.engine == engine:
        return ""
    if manifest.sources is None:
        return "release 0.1 wrote the tables"
    return "the version, a package, the lexicon, the scorer or an option that decides results has changed"


def _batches(sources: Sequence[Source], settings: Settings) -> tuple[tuple[Source, ...], ...]:
    """The sources in batches of similar size. Long files of records are divided into shares."""
    from tasks.ingest import fitting_batch_bytes, plan_batches, share_out

    batch_bytes = settings.batch_bytes or fitting_batch_bytes(sources)
    shares = chain.from_iterable(
        [source]
        if source.kept or is_address(source.path) or source.n_bytes > settings.options.limits.max_file_bytes
        else share_out(source, batch_bytes)
        for source in sources
    )
    return tuple(plan_batches(shares, batch_bytes))


def _sort_out(
    batches: Sequence[tuple[Source, ...]], settings: Settings, engine: str, previous: Previous, earlier: Previous
) -> tuple[dict[int, Part], list[BatchTask]]:
    """The batches that need no work, by number, and tasks for the others."""
    from tasks.store import Part, batch_key, staged_batch

    ready: dict[int, Part] = {}
    tasks: list[BatchTask] = []
    for number, batch in enumerate(batches):
        key = batch_key(batch, engine)
        if record := unchanged_batch(batch, previous, earlier):
            ready[number] = Part(record, None)
        elif not settings.full and (record := staged_batch(settings.out, key)):
            ready[number] = Part(record, key)
        else:
            reused, reused_from, fallback = reusable_sources(batch, previous, earlier)
            tasks.append(BatchTask(number, key, batch, reused, reused_from, () if settings.replace else fallback))
    return ready, tasks


def repeated_ids_tasks(plan: Plan, parts: Sequence[Part], repeated: dict[int, set[str]]) -> Iterator[BatchTask]:
    """Tasks for the shares of a file whose records have ids that occur in earlier shares. These records get other ids."""
    from tasks.store import batch_key

    for number, records in repeated.items():
        [source], [known] = plan.batches[number], parts[number].record.sources
        if source.share and known.share:
            share = replace(source.share, taken=tuple(sorted({*known.share.taken, *records})))
            sources = (replace(source, share=share),)
            yield BatchTask(number, batch_key(sources, plan.engine), sources)


# -------------------------------------------------------------------------------------------------------------- sources


def sources_of(settings: Settings, manifest: Manifest) -> tuple[tuple[str, ...], list[str]]:
    """The SOURCEs that the tables will hold, as full paths, and those that have to be read.

    Raises UsageError if the tables hold a SOURCE that is not in the settings, unless an option says what to do with it.
    """
    given = {full_name(source): source for source in settings.source}
    others = [] if settings.replace else [held for held in manifest.sources or () if not _is_named(held, given)]
    if others and not settings.add:
        raise UsageError(
            f"the tables in {settings.out} hold other sources: {', '.join(others[:N_NAMED])}"
            f"{f' and {len(others) - N_NAMED} more' if len(others) > N_NAMED else ''}. Nothing was written. "
            "--add reads these as well, --replace drops them from the tables (and, where a folder was moved, keeps what is "
            "unchanged), --out NEW makes other tables"
        )
    there = [held for held in others if held != STDIN and (is_address(held) or os.path.lexists(held))]
    gone = [held for held in others if held not in there and held != STDIN]
    if gone and not settings.keep_removed:
        raise UsageError(
            f"{gone[0]}, which is in the tables in {settings.out}, does not exist any more; "
            "--keep-removed keeps its documents, --replace drops all sources that are not named"
        )
    return tuple(sorted({*given, *others})), [*there, *given.values()]


def _is_named(held: str, given: Iterable[str]) -> bool:
    """Whether a SOURCE in the tables is among the given ones, perhaps under another path."""
    return any(held == name or os.path.realpath(held) == os.path.realpath(name) for name in given)


def _find(
    arguments: Sequence[str], settings: Settings, manifest: Manifest, earlier: Previous
) -> tuple[list[Source], list[Failure], tuple[str, ...]]:
    """The sources to read, with what is kept of the last run; the failures; and the names of sources that are gone."""
    from tasks.ingest import find_sources
    from tasks.store import holds_tables

    sources, failures = find_sources(arguments, list_objects, holds_tables, follow_links=settings.follow_links)
    if len(arguments) > 1:
        sources = _each_file_once(sources)
    known = {**earlier.by_source, **dict.fromkeys(earlier.of_shares)}
    unreachable = {failure.source_uri for failure in failures if failure.error not in NOT_FAILED}
    kept, removed = _kept_and_removed(arguments, sources, unreachable, settings, manifest, earlier)
    if not (sources or kept or (failures if not known else unreachable)):
        raise UsageError(
            f"nothing to read in {', '.join(arguments)}; put articles there, or name another folder"
            + (f" ({len(failures):,} files were left out: {failures[0].message})" if failures else "")
        )
    if manifest.sources is None and 2 * len(removed) > len(known) and not (settings.add or settings.replace):
        raise UsageError(
            f"the tables in {settings.out} hold other sources ({removed[0]}, ...): {len(removed):,} of {len(known):,} are "
            "not there now. Nothing was written. --replace drops them from the tables, --out NEW makes other tables"
        )
    if incompatible := [uri for uri in kept if not earlier.is_readable(uri)]:
        if settings.keep_removed:
            raise UsageError(
                f"{incompatible[0]} is gone, and what another release wrote of it cannot be kept in tables of this one; "
                "choose another folder for the tables with --out, or remove it by leaving out --keep-removed"
            )
        kept = [uri for uri in kept if uri not in incompatible]
        removed += incompatible
    sources += [source for uri in kept for source in earlier.kept_sources(uri)]
    place = {uri: number for number, uri in enumerate(sorted({source.uri for source in sources}))}
    sources.sort(key=lambda source: (place[source.uri], source.share.start if source.share else 0))
    return sources, failures, tuple(sorted(removed))


def _each_file_once(sources: Iterable[Source]) -> list[Source]:
    """`sources`, each file once. Of two names of one file below two SOURCEs, the longest is kept.

    A link and its target are two files, as they are below a single SOURCE.
    """
    folders: dict[str, str] = {}
    found: dict[str, Source] = {}
    for source in sources:
        place = source.path
        if place != STDIN and not is_address(place):
            folder, name = os.path.split(place)
            if folder not in folders:
                folders[folder] = os.path.realpath(folder)
            place = os.path.join(folders[folder], name)  # noqa: PTH118  # a tenth of the time, of many files
        if place not in found or len(found[place].uri) < len(source.uri):
            found[place] = source
    return list(found.values())


def _kept_and_removed(
    arguments: Sequence[str],
    sources: Sequence[Source],
    unreachable: AbstractSet[str],
    settings: Settings,
    manifest: Manifest,
    earlier: Previous,
) -> tuple[list[str], list[str]]:
    """The sources of the last run that were not found now: those whose rows are kept, and those whose rows are removed.

    Unreachable sources are kept. Sources that are gone are kept if the settings say so.
    """
    there = {source.uri for source in sources}
    gone = [uri for uri in (*earlier.by_source, *earlier.of_shares) if uri not in there]
    # The tables do not record below which SOURCE a file was found. If a SOURCE is unreadable, any missing file may be
    # below it.
    all_stay = settings.keep_removed or any(_printable_names(argument) & unreachable for argument in arguments)
    holds_stdin = STDIN in (manifest.sources or ())
    renamed = _renamed_sources(gone, earlier, sources)
    kept: list[str] = []
    removed: list[str] = []
    for uri in dict.fromkeys(gone):
        stays = all_stay or _is_below(uri, unreachable) or (uri == STDIN and holds_stdin)
        if uri in renamed:
            continue
        (kept if stays and not settings.replace else removed).append(uri)
    return kept, removed


def _printable_names(argument: str) -> set[str]:
    """The name, in its failure, of a SOURCE that cannot be read."""
    return {argument, Path(argument).name}


def _renamed_sources(gone: Sequence[str], earlier: Previous, sources: Sequence[Source]) -> set[str]:
    """Names of the last run for files that still exist: another SOURCE contains, or contained, a file of the same name."""
    if not gone:
        return set()
    present: dict[tuple[int, int], list[str]] = {}
    for source in sources:
        present.setdefault((source.n_bytes, source.mtime_ns), []).append(source.uri)
    found = set()
    for uri in gone:
        if uri in earlier.by_source:
            known = earlier.by_source[uri][0]
            names = present.get((known.n_bytes, known.mtime_ns), [])
            if any(name.endswith(f"/{uri}") or uri.endswith(f"/{name}") for name in names):
                found.add(uri)
    return found


def _is_below(uri: str, places: Collection[str]) -> bool:
    """Whether a source is one of `places`, or is in a folder that is one of them."""
    return uri in places or any(uri.startswith(f"{place}/") for place in places)
