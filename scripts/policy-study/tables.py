"""The tables of docs/policy.md out of what `ballast replay` printed (see run.sh).

Usage: tables.py FOLDER, with STAGE.DATASET.txt in it. Writes Markdown to standard output.
"""

import pathlib
import re
import sys

HOURLY = ["xlm-1h", "btc-1h", "eth-1h"]
FIVE_MINUTES = ["xlm-5m-spring", "xlm-5m-summer", "btc-5m-summer", "eth-5m-summer"]
TESTS = ["xlm-test", "btc-test", "eth-test"]


def number(cell):
    """The first figure of a cell: `+12.3`, `1,234 / 5`, `15.1%`."""
    return float(re.sub(r"[+,%]", "", cell.split("/")[0]))


def tables(path):
    """Every box-drawn table of a file: a list of (header, rows), cells stripped.

    A header has one or more lines, joined column by column."""
    found, header, rows, in_header = [], [], [], False
    for line in path.read_text().splitlines():
        if line.startswith("┌"):
            header, rows, in_header = [], [], True
        elif line.startswith("╞"):
            in_header = False
        elif line.startswith("└"):
            found.append((header, rows))
        elif line.startswith("│"):
            cells = [cell.strip() for cell in line.strip("│").split("┆")]
            if not in_header:
                rows.append(cells)
            elif header:
                header = [f"{above} {cell}".strip() for above, cell in zip(header, cells)]
            else:
                header = cells
    return found


def read(folder, stage, data_set):
    """The tables of one run: by setting (a list), over all settings and where filled (by policy)."""
    path = folder / f"{stage}.{data_set}.txt"
    if not path.exists():
        return None
    settings, over_all, filled = [], {}, {}
    for header, rows in tables(path):
        for row in rows:
            # Pairs, since names come twice: the worst against bare and against untouched.
            cells = [(name, cell.lstrip("* ") if name == "policy" else cell) for name, cell in zip(header, row)]
            policy = column(cells, "policy")
            if any(name.startswith("bare filled:") for name in header):
                filled[policy] = cells
            elif "settings" in header:
                over_all[policy] = cells
            else:
                settings.append(cells)
    if not over_all:
        over_all = {column(cells, "policy"): cells for cells in settings}
    return settings, over_all, filled


def column(cells, start):
    """The first cell whose header is this, or begins so."""
    for fits in (str.__eq__, str.startswith):
        for name, cell in cells:
            if fits(name, start):
                return cell
    raise KeyError(start)


def figures(cells):
    """Mean, standard error, 1% quantile, worst, share filled of the vault, regret in bps."""
    return {
        "mean": number(column(cells, "vault-bare mean")),
        "se": number(column(cells, "se")),
        "one": number(column(cells, "1%")),
        "worst": number(column(cells, "worst")),
        "best": number(column(cells, "best")),
        "filled": number(column(cells, "vault filled")),
        "bare": number(column(cells, "bare filled")),
        "untouched": number(column(cells, "vault- untouched")),
        "cost": number(column(cells, "cost bps").split("/")[1]),
        "regret": number(column(cells, "regret").split("/")[1]),
        "steps": number(column(cells, "steps")),
    }


def line(cells):
    print("| " + " | ".join(cells) + " |")


def heading(cells):
    line(cells)
    line(["---"] * len(cells))


def short(policy):
    return re.sub(r"(hard|rescue_target) [\d.]+%(, )?", "", policy).rstrip(", ")


def comparison(folder, stage, data_sets, title, name=lambda policy: policy):
    """A row a policy, a column a data set: mean (standard error), 1% quantile, worst; then filled and regret."""
    runs = {data_set: read(folder, stage, data_set) for data_set in data_sets}
    runs = {data_set: run for data_set, run in runs.items() if run}
    if not runs:
        return
    print(f"\n### {title}\n")
    heading(["policy"] + [f"{data_set}: mean (se), 1%, worst" for data_set in runs]
            + ["filled, %", "regret, bps"])
    policies = next(iter(runs.values()))[1]
    for policy in policies:
        all_figures = [figures(run[1][policy]) for run in runs.values() if policy in run[1]]
        count = len(all_figures)
        line([name(policy)]
             + ["{mean:+.1f} ({se:.1f}), {one:.0f}, {worst:.0f}".format(**of) for of in all_figures]
             + [f"{sum(of['filled'] for of in all_figures) / count:.1f}",
                f"{sum(of['regret'] for of in all_figures) / count:.0f}"])


def by_setting(folder, stage, data_sets, columns, title):
    """A row a data set, setting and policy."""
    runs = [(data_set, read(folder, stage, data_set)) for data_set in data_sets]
    runs = [(data_set, run) for data_set, run in runs if run]
    if not runs:
        return
    print(f"\n### {title}\n")
    heading(["data"] + list(columns.values())
            + ["policy", "episodes", "bare filled", "vault filled", "vault - bare, bps: mean (se)", "median",
               "1%", "worst", "best", "vault - untouched", "cost, bps of collateral", "regret, bps", "steps"])
    for data_set, run in runs:
        for cells in run[0]:
            of = figures(cells)
            line([data_set] + [column(cells, start) for start in columns]
                 + [column(cells, "policy"), column(cells, "episodes"), f"{of['bare']:.1f}%", f"{of['filled']:.1f}%",
                    f"{of['mean']:+.1f} ({of['se']:.1f})", column(cells, "median"), f"{of['one']:.0f}",
                    f"{of['worst']:.0f}", f"{of['best']:.0f}", f"{of['untouched']:+.1f}", f"{of['cost']:.1f}",
                    f"{of['regret']:.0f}", f"{of['steps']:.2f}"])


def where_filled(folder, stage, data_sets, title):
    """Parted by whether the bare twin was filled."""
    runs = [(data_set, read(folder, stage, data_set)) for data_set in data_sets]
    runs = [(data_set, run) for data_set, run in runs if run]
    if not runs:
        return
    print(f"\n### {title}\n")
    heading(["data", "policy", "bare filled: episodes", "spells", "mean", "median", "worst", "best",
             "not filled: episodes", "mean", "median", "worst", "best", "worst of all", "best of all"])
    for data_set, run in runs:
        for cells in run[2].values():
            line([data_set] + [cell for _, cell in cells])


def main():
    folder = pathlib.Path(sys.argv[1])
    comparison(folder, "thresholds", HOURLY, "Thresholds, hourly bars", short)
    comparison(folder, "thresholds", FIVE_MINUTES, "Thresholds, 5-minute bars", short)
    for stage, title in [("rescue", "Where a rescue lands"), ("discounts", "Discounts"), ("steps", "Steps"),
                         ("volatility", "Thresholds that move with volatility")]:
        comparison(folder, stage, ["xlm-1h", "xlm-5m-spring", "xlm-5m-summer"], title)
    for what, column_start, title in [("entry", "entry", "Entry health"), ("margin", "filler", "Filler margin"),
                                      ("delay", "keeper", "Keeper delay"), ("depth", "depth", "Depth of the AMM"),
                                      ("amm", "depth", "Depth of the AMM, the keeper's only market")]:
        columns = {column_start: title.lower()}
        if what in ("margin", "delay"):
            columns["oracle"] = "oracle"
        by_setting(folder, f"settings-{what}", HOURLY, columns, title)
    for usd in (500, 5_000, 50_000, 500_000):
        by_setting(folder, f"sizes-{usd}", ["xlm-1h"], {}, f"Position of {usd:,} USD")
    comparison(folder, "test", TESTS, "Test set")
    where_filled(folder, "test", TESTS, "Test set, parted by whether the bare twin was filled")
    by_setting(folder, "test", TESTS,
               {"oracle": "oracle", "filler": "filler margin", "entry": "entry health"}, "Test set, by setting")


if __name__ == "__main__":
    main()
