"""`overtones lexicon`: list, check, look up and import the entries of the loaded-language lexicon."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal.console import Config, Exit, Lexicons, Style, print_json, print_status, width
from tasks.errors import UsageError
from tasks.escaping import escape_name

if TYPE_CHECKING:
    from tasks.measure.loaded_language import Lexicon

commands = typer.Typer(
    name="lexicon",
    help="List, check, look up and import terms of the loaded-language lexicon.",
    no_args_is_help=True,
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@commands.command("list")
def list_entries(
    category: Annotated[str | None, typer.Option(help="Only entries of this category.", show_default=False)] = None,
    theme: Annotated[
        str | None,
        typer.Option(
            help="Only entries of this theme: the name of a lexicon file, without suffix.", show_default=False
        ),
    ] = None,
    lexicon: Lexicons = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print the entries, one per line, separated by tabs.

    The columns are term, part of speech, category, intensity and theme.
    """
    known = _load(lexicon, config)
    entries = known.entries
    categories = sorted({entry.category for entry in entries})
    themes = sorted({entry.theme for entry in entries})
    if category not in {None, *categories}:
        raise UsageError(f"unknown category {category!r}; the categories are: {', '.join(categories)}")
    if theme not in {None, *themes}:
        raise UsageError(f"unknown theme {theme!r}; the themes are: {', '.join(themes)}")
    chosen = [e for e in entries if category in {None, e.category} and theme in {None, e.theme}]
    if as_json:
        from flows.terminal.explanations import entry_facts

        print_json([entry_facts(known, entry) for entry in chosen])
        return
    for entry in chosen:
        cells = (entry.term, entry.part_of_speech, entry.category, entry.intensity, entry.theme)
        print(*map(escape_name, cells), sep="\t")
    print_status(f"{len(chosen):,} of {len(entries):,} entries")


@commands.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE ...]", help="Your lexicon files. [default: those in the settings]", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
    config: Config = None,
) -> Exit:
    """Check your lexicon files together with the shipped lexicon.

    Finds duplicates, entries that never match, missing reasons and examples that do not match.
    """
    from tasks.measure.loaded_language.lint import check_lexicon

    known = _load(files, config)
    problems = check_lexicon(known)
    if as_json:
        print_json([problem._asdict() for problem in problems])
    else:
        for problem in problems:
            print(escape_name(f"{problem.source}:{problem.line}: {problem.term}: {problem.message}"))
    n_own = sum(entry.is_own for entry in known.entries)
    print_status(f"{len(problems):,} problems in {len(known.entries):,} entries ({n_own:,} from your files)")
    return Exit.USAGE if problems else Exit.DONE


@commands.command("import")
def import_words(
    words: Annotated[
        Path, typer.Argument(metavar="WORDS", help="A list of terms, a line each (.txt), or a table (.csv, .tsv).")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The lexicon file to write, with the suffix .tsv.")],
    column: Annotated[str, typer.Option(help="The column of the table that holds the terms.")] = "term",
    category: Annotated[str | None, typer.Option(help="Category of terms without one.", show_default=False)] = None,
    part_of_speech: Annotated[
        str | None,
        typer.Option(help="noun, verb, adjective, ...: decides the forms of terms without one.", show_default=False),
    ] = None,
    intensity: Annotated[str | None, typer.Option(help="1 to 3, of terms without one.", show_default=False)] = None,
    reason: Annotated[str | None, typer.Option(help="Why these words are loaded.", show_default=False)] = None,
) -> Exit:
    """Make a lexicon file of a list or table of words, to be edited.

    Columns that a lexicon does not have are left out. A file that exists is not replaced.
    """
    from tasks.measure.loaded_language.lexicon import read_lexicon_file
    from tasks.measure.loaded_language.lexicon_table import import_terms

    if out.suffix != ".tsv":
        raise UsageError(f"{out}: a lexicon file that this writes has the suffix .tsv")
    stated = {"category": category, "part_of_speech": part_of_speech, "intensity": intensity, "reason": reason}
    text = read_lexicon_file(words).decode("utf-8-sig", "replace")
    table = import_terms(str(words), text, column, **{name: value for name, value in stated.items() if value})
    try:
        with out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(table)
    except FileExistsError:
        raise UsageError(f"{out} exists, and is not replaced: choose another name") from None
    except OSError as error:
        raise UsageError(f"cannot write {out}: {error.strerror}") from error
    n_terms = table.count("\n") - 1
    print_status(f"{n_terms:,} terms in {out}", f"Check them with `overtones lexicon check {out}`")
    return Exit.DONE


@commands.command()
def show(
    term: Annotated[str, typer.Argument(metavar="TERM", help="A word or phrase, in any form.")],
    lexicon: Lexicons = None,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show the entries for a term: category, reason, forms, source.

    Also shows entries that your files replaced.
    """
    from flows.terminal.explanations import entry_facts, entry_lines
    from tasks.measure.loaded_language.lint import near_misses, show_term, terms_inside

    known = _load(lexicon, config)
    is_text = not any("\ud800" <= character <= "\udfff" for character in term)  # bytes that are not UTF-8
    entries = show_term(known, term) or (terms_inside(known, term) if is_text else [])
    replaced = [one for one in known.replaced if one.entry.term.lower() == term.lower()]
    if not entries and not replaced:
        similar = near_misses(known, term)
        hint = f"Did you mean {', '.join(similar)}?" if similar else "List all entries with `overtones lexicon list`."
        raise UsageError(f"no entry of the lexicon matches {term!r}. {hint}")
    if as_json:
        shown = [entry_facts(known, entry) for entry in entries]
        gone = [{"by": one.by, **entry_facts(known, one.entry)} for one in replaced]
        print_json({"entries": shown, "replaced": gone})
        return
    style = Style.for_stdout()
    for entry in entries:
        print(*entry_lines(entry_facts(known, entry), width(), style), "", sep="\n")
    for one in replaced:
        line = f"{one.entry.term}: the entry of {one.entry.source} ({one.entry.category}) is replaced by {one.by}"
        print(escape_name(line), "", sep="\n")


def _load(own: list[Path] | None, config: Path | None) -> Lexicon:
    from flows.settings import resolve
    from tasks.measure.loaded_language import load_lexicon

    settings, _ = resolve({"lexicon": own or None}, config)
    return load_lexicon(settings.lexicon)
