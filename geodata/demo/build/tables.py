"""Region × category tables, one a month, that have the published margins and the published arrows.

Only the margins (by region, by category) and the direction of change by group of regions are published.
Each month starts from a table with the right margins and moves one corner exchange at a time
(+k, -k, +k, -k on the corners of a rectangle), which keeps every margin; an exchange is kept when it brings
the table nearer to the arrows and to a plausible mix.
"""
from places import CATEGORIES, MONTHS, REGIONS, facts, stream

# How violations of a region divide among categories when nothing else is known (per cent, rough).
MIX = {
    "Gao": dict(A=5, B=15, C=20, D=10, E=50, F=2),
    "Kidal": dict(A=2, B=22, C=20, D=15, E=45, F=2),
    "Ménaka": dict(A=10, B=18, C=20, D=10, E=45, F=2),
    "Mopti": dict(A=15, B=20, C=25, D=15, E=30, F=2),
    "Ségou": dict(A=4, B=10, C=45, D=15, E=25, F=1),
    "Tombouctou": dict(A=4, B=5, C=20, D=15, E=55, F=2),
}

# Cells that the reports give as shares: 2020-09 B (Mopti 46 %, Ségou 29 % of 28), E (Tombouctou 34 %, Gao 33 % of
# 165), D (Tombouctou 31 %, Mopti 29 %, Ségou 29 % of the 42 abductions, the one other D violation put in Ségou);
# 2021-06 B (Mopti 45 %, Gao 41 % of 64) and abductions in Mopti + 58 % (24 → 38, with one and two other D violations).
KNOWN_CELLS = {
    "2020-09": {("Mopti", "B"): 13, ("Ségou", "B"): 8, ("Tombouctou", "E"): 56, ("Gao", "E"): 55,
                ("Tombouctou", "D"): 13, ("Mopti", "D"): 12, ("Ségou", "D"): 13},
    "2021-05": {("Mopti", "D"): 25},
    "2021-06": {("Mopti", "B"): 29, ("Gao", "B"): 26, ("Mopti", "D"): 40},
}

TOLERANCE_PERCENT = 5


def margins():
    """month → (by region, by category)."""
    by_region, by_category = {}, {}
    for year in ("2020", "2021"):
        for row in facts(f"violations_region_month_{year}"):
            if row["region"] in REGIONS:
                for month in MONTHS:
                    if row.get(month):
                        by_region.setdefault(month, {})[row["region"]] = int(row[month])
        for row in facts(f"violations_category_month_{year}"):
            if row["category_code"] in CATEGORIES:
                for month in MONTHS:
                    if row.get(month):
                        by_category.setdefault(month, {})[row["category_code"]] = int(row[month])
    return by_region, by_category


def arrows(month):
    return [(row["region_group"].split("|"), row["category_code"], row["arrow"])
            for row in facts("trend_arrows") if row["report_month"] == month]


def arrow_gap(arrow, before, after):
    """How far a pair of counts is from showing the arrow; 0 = it shows it. Whole numbers, so no rounding."""
    change, band = 100 * (after - before), TOLERANCE_PERCENT * before
    if arrow == "=":
        return max(0, abs(change) - band)
    if arrow == "↗":
        return max(0, band + 1 - change)
    if arrow == "↘":
        return max(0, band + 1 + change)
    return 0


def fitted(rows, columns):
    """The usual mix scaled to the margins (iterative proportional fitting): the target, not whole numbers."""
    cell = {(r, c): float(MIX[r][c]) for r in REGIONS for c in CATEGORIES}
    for _ in range(60):
        for r in REGIONS:
            total = sum(cell[r, c] for c in CATEGORIES)
            for c in CATEGORIES:
                cell[r, c] *= rows[r] / total if total else 0
        for c in CATEGORIES:
            total = sum(cell[r, c] for r in REGIONS)
            for r in REGIONS:
                cell[r, c] *= columns[c] / total if total else 0
    return cell


def first_table(rows, columns, fixed, target):
    """Any table of whole numbers with these margins and fixed cells."""
    table = {(r, c): fixed.get((r, c), 0) for r in REGIONS for c in CATEGORIES}
    row_left = {r: rows[r] - sum(table[r, c] for c in CATEGORIES) for r in REGIONS}
    column_left = {c: columns[c] - sum(table[r, c] for r in REGIONS) for c in CATEGORIES}
    free = sorted((k for k in table if k not in fixed), key=lambda k: (-target[k], k))
    for r, c in free:
        n = min(row_left[r], column_left[c])
        table[r, c] += n
        row_left[r] -= n
        column_left[c] -= n
    # What is left meets only in fixed cells: go round through a third cell.
    while any(row_left.values()):
        r = next(r for r in REGIONS if row_left[r])
        c = next(c for c in CATEGORIES if column_left[c])
        r2, c2 = next((r2, c2) for r2, c2 in free
                      if table[r2, c2] and (r, c2) not in fixed and (r2, c) not in fixed and r2 != r and c2 != c)
        table[r, c2] += 1
        table[r2, c2] -= 1
        table[r2, c] += 1
        row_left[r] -= 1
        column_left[c] -= 1
    return table


def solve(months, with_arrows):
    """Tables for one month, or for two that an arrow joins."""
    by_region, by_category = margins()
    rng = stream("tables", *months)
    target = {m: fitted(by_region[m], by_category[m]) for m in months}
    fixed = {m: KNOWN_CELLS.get(m, {}) for m in months}
    tables = {m: first_table(by_region[m], by_category[m], fixed[m], target[m]) for m in months}

    def cell_cost(m, key, n):
        return (n - target[m][key]) ** 2 / (target[m][key] + 1)

    def arrow_cost():
        if not with_arrows:
            return 0
        before, after = tables[months[0]], tables[months[1]]
        cost = 0
        for group, c, arrow in with_arrows:
            gap = arrow_gap(arrow, sum(before[r, c] for r in group), sum(after[r, c] for r in group))
            if gap:
                cost += 20 + gap / 20
        return cost

    steps = 60_000 if with_arrows else 12_000
    now = arrow_cost()
    for step in range(steps):
        m = rng.choice(months)
        r1, r2 = rng.sample(REGIONS, 2)
        c1, c2 = rng.sample(CATEGORIES, 2)
        corners = [((r1, c1), 1), ((r1, c2), -1), ((r2, c2), 1), ((r2, c1), -1)]
        if any(key in fixed[m] for key, _ in corners):
            continue
        most = min(tables[m][r1, c2], tables[m][r2, c1])
        if most == 0:
            continue
        k = rng.randint(1, min(most, 12))
        gain = sum(cell_cost(m, key, tables[m][key] + sign * k) - cell_cost(m, key, tables[m][key])
                   for key, sign in corners)
        for key, sign in corners:
            tables[m][key] += sign * k
        after = arrow_cost()
        # Early on a slightly worse table is accepted, so that the search leaves dead ends.
        if gain + after - now <= 8 * max(0, 1 - 1.5 * step / steps) * rng.random():
            now = after
        else:
            for key, sign in corners:
                tables[m][key] -= sign * k
    if now:
        raise SystemExit(f"no table found for {months}: arrows still cost {now}")
    return tables


def all_tables():
    tables = {}
    pairs = {("2020-08", "2020-09"): arrows("2020-09"), ("2021-05", "2021-06"): arrows("2021-06")}
    for pair, wanted in pairs.items():
        tables.update(solve(list(pair), wanted))
    for month in MONTHS:
        if month not in tables:
            tables.update(solve([month], []))
    return tables


if __name__ == "__main__":
    for month, table in sorted(all_tables().items()):
        print(month)
        for r in REGIONS:
            print(f"  {r:12}", *(f"{table[r, c]:4d}" for c in CATEGORIES))
