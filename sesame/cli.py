"""The command line.

Exit codes: 0 done, 1 a step failed, 2 unusable arguments or input, 3 landed but some files were
refused whole, 130 interrupted.
"""

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sesame.errors import SesameError
from sesame.home import Home

EXAMPLES = """
examples:
  sesame run --demo                           the whole way on a demo population
  sesame simulate --scale 1 --to files        a million people with a known truth
  sesame land inbox/2024-05-01                land delivered files
  sesame run                                  land the inbox, build, audit, publish
  sesame run --source berka=data/berka        the whole way on a foreign data set
  sesame rollback                             return to the scores published before
  sesame decide v2_stumps champion --approved-by ROLE --reason TEXT
                                              another score version from the next build on
  sesame explain c00000040 --html             every point of a score, why, and what would help
  SESAME_HOME=/srv/other sesame run           another warehouse beside this one

Everything is written under data/ in the project; SESAME_HOME moves it.
"""


def say(message: str) -> None:
    print(message, flush=True)


def _source(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not separator or not folder:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=DIR")
    return name, Path(folder)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="sesame",
        description="A credit-scoring warehouse: raw files in, audited scores out.",
        epilog=EXAMPLES,
        formatter_class=raw,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(
        name: str, call: Callable[[argparse.Namespace], int], help_: str, example: str
    ) -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=help_,
            description=help_,
            epilog=f"example:\n  {example}",
            formatter_class=raw,
        )
        sub.set_defaults(call=call)
        return sub

    run = command(
        "run", _run, "land the inbox, build, audit and publish", "sesame run --as-of 2024-12-01"
    )
    origin = run.add_mutually_exclusive_group()
    origin.add_argument(
        "--demo", action="store_true", help="first simulate the demo population into the inbox"
    )
    origin.add_argument(
        "--source",
        type=_source,
        metavar="NAME=DIR",
        help="adapt a data set first, in a warehouse of its own under data/sources/NAME",
    )
    run.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="score as of this day, 00:00 UTC (default: the latest month the data reaches)",
    )

    land = command("land", _land, "land delivered files", "sesame land inbox/2024-05-01")
    land.add_argument("folder", type=Path, help="holds <domain>/<table>.<parquet|csv|jsonl>[.gz]")

    simulate = command(
        "simulate",
        _simulate,
        "make a population and write its files",
        "sesame simulate --scale 0.01 --months 24 --seed 1 --to files",
    )
    simulate.add_argument(
        "--scale",
        type=float,
        required=True,
        metavar="F",
        help="1 is 1,000,000 consumers and 123,000 small businesses; 0.001 to 50",
    )
    simulate.add_argument("--months", type=int, default=24, metavar="M", help="13 to 120")
    simulate.add_argument("--seed", type=int, default=1, metavar="S", help="same seed, same bytes")
    simulate.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="DIR",
        help="the raw files; `sesame land` takes it",
    )
    simulate.add_argument(
        "--truth",
        type=Path,
        metavar="DIR",
        help="latents, hazards and outcomes of everyone (default: <DIR of --to>_truth)",
    )
    simulate.add_argument(
        "--from-day",
        type=date.fromisoformat,
        metavar="DATE",
        help="only what is delivered from this day on; with --days",
    )
    simulate.add_argument("--days", type=int, metavar="N", help="only N days of deliveries")
    simulate.add_argument(
        "--dirt",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="share of rows to spoil, with a ledger of them in the truth",
    )

    adapt = command(
        "adapt",
        _adapt,
        "map a foreign data set onto the raw contract",
        "sesame adapt berka --from downloads/berka --to files",
    )
    adapt.add_argument("name", help="a folder of adapters/")
    adapt.add_argument("--from", dest="source", type=Path, required=True, metavar="DIR")
    adapt.add_argument("--to", type=Path, required=True, metavar="DIR")

    train = command(
        "train",
        _train,
        "fit two score versions to the outcomes of the last build, as challengers",
        "sesame train ours",
    )
    train.add_argument("name", help="versions are called after it: ours_stumps and ours_evidence")
    train.add_argument(
        "--seeds",
        type=Path,
        metavar="DIR",
        help="folder of seeds to read and to add to (default: the project's)",
    )

    build = command(
        "build",
        _build,
        "dbt build, in the warehouse",
        "sesame build --as-of 2024-06-01 2024-12-01 --panel panel.csv",
    )
    build.add_argument(
        "--as-of",
        type=date.fromisoformat,
        nargs="+",
        default=[],
        metavar="DATE",
        help="score everyone as of each of these days, 00:00 UTC (default: as for `sesame run`)",
    )
    build.add_argument(
        "--panel",
        type=Path,
        metavar="CSV",
        help="score these pairs too, unofficially: a training panel; subject_id,as_of_date",
    )
    build.add_argument(
        "--also-score",
        nargs="+",
        default=[],
        metavar="VERSION",
        help="score these versions too, though retired: a past score, reproduced",
    )
    build.add_argument(
        "--full-refresh",
        action="store_true",
        help="build the rollups whole, not only their changed days: after an edited macro, or to "
        "repair one",
    )
    command("audit", _audit, "check the raw data and the marts", "sesame audit")
    command(
        "monitor",
        _monitor,
        "write reports/monitoring.html: how the score is doing",
        "sesame monitor",
    )
    command("publish", _publish, "show the audited marts to readers", "sesame publish")
    command("rollback", _rollback, "return to the generation before", "sesame rollback")
    command(
        "versions", _versions, "the score versions: status, origin, checksum", "sesame versions"
    )
    decide = command(
        "decide",
        _decide,
        "promote a score version, take that back, or retire one: a row in the log of decisions",
        'sesame decide v2_stumps champion --approved-by "credit risk committee" --reason "…"',
    )
    decide.add_argument("version", help="one that `sesame versions` lists")
    decide.add_argument("status", choices=["champion", "challenger", "retired"])
    decide.add_argument(
        "--approved-by",
        required=True,
        metavar="ROLE",
        help="who decided: a role or a committee, not a person's name, for the log is published",
    )
    decide.add_argument("--reason", required=True, metavar="TEXT", help="why, in a sentence")
    card = command(
        "card",
        _card,
        "write a score version's model card from the tables",
        "sesame card v0",
    )
    card.add_argument("version", help="a version of seeds/score_versions.csv")
    card.add_argument(
        "--to", type=Path, metavar="FILE", help="(default: docs/model_cards/<version>.md)"
    )
    export = command(
        "export",
        _export,
        "write the raw tables as Parquet, tokens only, for Spark",
        "sesame export",
    )
    export.add_argument(
        "--to", type=Path, metavar="DIR", help="(default: spark/raw in the warehouse's folder)"
    )
    explain = command(
        "explain",
        _explain,
        "why a subject's score is what it is, down to the raw rows",
        "sesame explain c00000040 --evidence balance_mean_6m",
    )
    explain.add_argument("subject", metavar="SUBJECT", help="its subject_id")
    explain.add_argument(
        "--as-of",
        type=date.fromisoformat,
        metavar="DATE",
        help="a date it is scored as of (default: the latest official one)",
    )
    explain.add_argument("--version", metavar="V", help="(default: the champion)")
    explain.add_argument(
        "--language", choices=["en", "zh"], default="en", help="of the explanation (default: en)"
    )
    shape = explain.add_mutually_exclusive_group()
    shape.add_argument(
        "--evidence",
        metavar="ATTRIBUTE",
        help="instead, the raw rows behind that attribute's value",
    )
    shape.add_argument(
        "--html",
        type=Path,
        nargs="?",
        const=Path(),
        metavar="FILE",
        help="write a page, too (default: into reports/explanations in the warehouse's folder)",
    )
    command("status", _status, "what was landed, and why rows were turned away", "sesame status")
    key = command(
        "key",
        _key,
        "print the key that readers of the published scores need",
        "sesame key serving",
    )
    key.add_argument("name", choices=["serving"])
    return parser


def _prepare_prefect(home: Home) -> None:
    """Say where Prefect's files go, before it is imported."""
    # Read once, at import: its files belong in the warehouse's folder, it must
    # neither phone home nor give up on its own server while two cores are busy, and what fails is
    # told once, by main().
    os.environ.setdefault("PREFECT_HOME", str(home.root / "prefect"))
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")


def _run(arguments: argparse.Namespace) -> int:
    home = Home.current()
    if arguments.source:
        home = Home(home.root / "sources" / arguments.source[0])
    home.make()
    _prepare_prefect(home)
    from flows.run import run

    report = run(
        home,
        demo=arguments.demo,
        source=arguments.source,
        as_of=arguments.as_of,
        progress=say,
    )
    for line in report.lines(home):
        say(line)
    return 3 if report.refused_files else 0


def _land(arguments: argparse.Namespace) -> int:
    from sesame.landing import land

    report = land(Home.current(), arguments.folder, say)
    say(
        f"{'table':<40}{'offered':>12}{'landed':>12}{'there':>12}{'quarantined':>12}{'refused':>10}"
    )
    for table in report.tables:
        say(
            f"{table.domain + '.' + table.table:<40}{table.offered:>12,}{table.landed:>12,}"
            f"{table.already_there:>12,}{table.quarantined:>12,}{table.refused:>10,}"
        )
    for refused in report.refused_files:
        say(f"refused whole: {refused.name}: {refused.reason}")
    return 3 if report.refused_files else 0


def _simulate(arguments: argparse.Namespace) -> int:
    from sesame.simulate import Population, simulate

    population = Population(
        scale=arguments.scale,
        months=arguments.months,
        seed=arguments.seed,
        dirt=arguments.dirt,
        from_day=arguments.from_day,
        days=arguments.days,
    )
    report = simulate(population, arguments.to, truth=arguments.truth, progress=say)
    for line in report.lines():
        say(line)
    if population.is_whole:
        from sesame.simulate.recovery import appraise

        try:
            lines = appraise(report).lines()
        except SesameError as error:  # the population is made; too few in it default
            lines = [f"not appraised: {error}"]
        for line in lines:
            say(line)
    return 0


def _adapt(arguments: argparse.Namespace) -> int:
    from sesame.adapt import adapt

    for line in adapt(arguments.name, arguments.source, arguments.to).lines():
        say(line)
    return 0


def _train(arguments: argparse.Namespace) -> int:
    home = Home.current().make()
    _prepare_prefect(home)
    try:
        from flows.train import train
    except ModuleNotFoundError as error:
        raise SesameError(f"{error.name} is not installed; `make train` installs it") from None
    from sesame.versions import SEEDS

    report = train(Home.current(), arguments.name, seeds=arguments.seeds or SEEDS, progress=say)
    for line in report.lines():
        say(line)
    if arguments.seeds is None:  # of other seeds no card is written
        for candidate in report.candidates:
            say(f"next: sesame card {candidate.card.score_version}")
    return 0


def _build(arguments: argparse.Namespace) -> int:
    from sesame.build import build

    report = build(
        Home.current(),
        as_of=arguments.as_of,
        panel=arguments.panel,
        also_score=arguments.also_score,
        full_refresh=arguments.full_refresh,
        progress=say,
    )
    say(f"{report.nodes} nodes in {report.seconds:.1f} s")
    return 0


def _audit(arguments: argparse.Namespace) -> int:
    from sesame.audit import audit

    for boundary in ("raw", "marts"):
        report = audit(Home.current(), boundary)
        empty = " (of empty tables)" if report.is_empty else ""
        say(f"{boundary}: {report.expectations} expectations passed{empty}; {report.documents}")
        for warning in report.warnings:
            say(f"warning: {warning}")
    return 0


def _monitor(arguments: argparse.Namespace) -> int:
    from sesame.monitor import monitor

    report = monitor(Home.current())
    say(f"versions {', '.join(report.versions)}: {report.path}")
    return 0


def _publish(arguments: argparse.Namespace) -> int:
    from sesame.publish import publish

    say(f"published {publish(Home.current()).generation}")
    return 0


def _rollback(arguments: argparse.Namespace) -> int:
    from sesame.publish import rollback

    say(f"readers now see {rollback(Home.current())}")
    return 0


def _versions(arguments: argparse.Namespace) -> int:
    from sesame import versions

    origins = {row["score_version"]: row for row in versions.rows(versions.ORIGINS)}
    decided = {
        row["score_version"]: row["decided_date"] for row in versions.rows(versions.DECISIONS)
    }
    statuses = versions.statuses()
    width = max(map(len, ("version", *statuses))) + 2
    say(f"{'version':<{width}}{'status':<12}{'decided':<12}{'learner':<20}rows")
    for version, status in statuses.items():
        learner = origins.get(version, {}).get("learner", "unknown")
        fault = versions.fault(version) or "as published"
        say(f"{version:<{width}}{status:<12}{decided[version]:<12}{learner:<20}{fault}")
        if description := origins.get(version, {}).get("description"):
            say(f"{'':<{width}}{description}")
    return 0


def _decide(arguments: argparse.Namespace) -> int:
    from sesame import versions

    version, status = arguments.version, arguments.status
    champion, before = versions.champion(), versions.statuses().get(version)
    versions.decide(
        version,
        status,
        approved_by=arguments.approved_by,
        reason=arguments.reason,
        decided=date.today(),
    )
    undo = [(version, before or "retired")]
    if status == "champion":
        undo = [(champion, "champion")]
        if before != "challenger":  # taken back, it would stay in service
            undo.append((version, "retired"))
        say(f"{version} is the champion from the next build on; {champion} stays, a challenger")
        say(f"readers see {version} once that build is audited and published: sesame run")
    elif status == "challenger":
        say(f"{version} is scored beside {champion} from the next build on; readers see {champion}")
    else:
        say(f"{version} is not scored from the next build on; its rows stay")
        say(f"to score a past day with it: sesame build --as-of DATE --also-score {version}")
    for step, (name, earlier) in enumerate(undo):
        say(
            f"{'then' if step else 'to undo it'}: sesame decide {name} {earlier} "
            "--approved-by … --reason …"
        )
    say(f"next: sesame card {version}, which holds the decisions about it")
    say(f"commit {versions.SEEDS / versions.DECISIONS}.csv: it is the record")
    return 0


def _card(arguments: argparse.Namespace) -> int:
    from sesame.model_card import write

    written = write(arguments.version, Home.current(), arguments.to)
    say(f"wrote {written.path}")
    if written.is_kept:
        say("its figures are those it had: this warehouse has no outcomes to measure it by")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from sesame.export import export

    home = Home.current()
    report = export(home, arguments.to or home.spark / "raw")
    for table, rows in report.rows.items():
        say(f"{table:<40}{rows:>12,}")
    say(f"{report.size_bytes / 1e6:,.1f} MB in {report.folder}")
    return 0


def _explain(arguments: argparse.Namespace) -> int:
    from sesame import explain, explain_page, explain_text

    home, language = Home.current(), arguments.language
    asked = {"as_of": arguments.as_of, "version": arguments.version}
    if arguments.evidence:
        rows, item = explain.show_evidence(home, arguments.subject, arguments.evidence, **asked)
        for line in explain_text.evidence_lines(rows, item):
            say(line)
        return 0
    found = explain.explain(home, arguments.subject, **asked)
    for line in explain_text.lines(found, language):
        say(line)
    if arguments.html is not None:
        path = None if arguments.html == Path() else arguments.html
        say(f"\n{explain_page.write(home, found, path, language)}")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    from sesame.publish import generations
    from sesame.report import status

    home = Home.current()
    for line in status(home):
        say(line)
    for generation in generations(home):
        note = " (current)" if generation.is_current else ""
        note += " (rolled back)" if generation.is_withdrawn else ""
        say(f"{generation.name}{note}")
    return 0


def _key(arguments: argparse.Namespace) -> int:
    from sesame.keys import key_ring

    say(key_ring(Home.current()).key(arguments.name))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Entry point of the `sesame` command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        return int(arguments.call(arguments))
    except SesameError as error:
        sys.stderr.write(f"sesame {arguments.command}: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write(
            "interrupted; run the same command again: it finishes, or says what is in its way\n"
        )
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
