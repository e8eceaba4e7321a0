"""risk.csv: integer scores a commune a month, smooth, with the levels that reports N°9 (2020) and N°6 (2021) tell."""
import coverage
from places import MONTHS, UNITS, commune_order, index_of, interpolate, lineage, spelling, stream

COLUMNS = "period,region,cercle,commune,pcode,score,source".split(",")
WITH_PCODE = 0.7

# Score in the middle of each level (1 stable ≤ 5, 2 modérée 6–14, 3 sérieuse 15–19, 4 critique ≥ 20), and the range
# that is still surely inside it.
MIDDLE = {1: 4, 2: 11, 3: 17, 4: 22}
INSIDE = {1: (1, 5), 2: (6, 14), 3: (15, 19), 4: (20, 27)}

# Levels by cercle at four dates: 2020-01, 2020-09 (told), 2021-01, 2021-06 (told). A list is dealt to the communes of
# the cercle in their order, over and over.
STORY = {
    ("Ségou", "Niono"): ([2, 3], [3], [3, 3, 2], [2, 2, 2, 1]),
    ("Ségou", "Macina"): ([2], [2, 2, 2, 3], [2, 2, 3], [2]),
    ("Ségou", "San"): ([1, 2], [2, 2, 2, 1], [2], [2, 2, 2, 1]),
    ("Ségou", "Ségou"): ([2, 1], [2, 2, 2, 2, 1], [2, 2, 2, 2, 1], [2, 2, 2, 2, 1]),
    ("Ségou", "Baraouéli"): ([2], [2], [2], [1, 1, 2]),
    ("Ségou", "Bla"): ([1], [1, 2], [1, 2], [1, 2]),
    ("Ségou", "Tominian"): ([2], [2], [2], [2]),
    ("Mopti", "Bandiagara"): ([3, 2], [4, 3, 2], [3, 3, 4, 2], [3, 3, 3, 3, 4]),
    ("Mopti", "Bankass"): ([3, 2], [3, 2], [3, 3, 2], [3, 3, 3, 2]),
    ("Mopti", "Djenné"): ([2], [2, 3], [2, 3], [3, 2]),
    ("Mopti", "Douentza"): ([3], [4, 3], [3, 4, 3], [4, 3, 3, 3]),
    ("Mopti", "Koro"): ([3, 2], [3, 2], [3, 3, 2], [4, 3, 3, 3, 3]),
    ("Mopti", "Mopti"): ([2], [2], [2, 2, 3], [2, 3, 2, 1]),
    ("Mopti", "Ténenkou"): ([2], [3, 2], [2], [3, 4, 3]),
    ("Mopti", "Youwarou"): ([2], [2], [2, 2, 1], [3, 3, 4]),
    ("Tombouctou", "Diré"): ([2], [1, 2, 3], [2, 2, 3], [3]),
    ("Tombouctou", "Goundam"): ([3], [3, 4, 3, 4, 2], [3, 3, 4], [3, 3, 3, 2]),
    ("Tombouctou", "Gourma-Rharous"): ([3], [4, 3], [3], [3]),
    ("Tombouctou", "Niafunké"): ([2], [2, 3], [2, 3], [3, 2]),
    ("Tombouctou", "Tombouctou"): ([2], [2], [2, 2, 3], [2, 2, 4]),
    ("Gao", "Ansongo"): ([3], [3], [4, 3, 4], [4, 3, 4]),
    ("Gao", "Bourem"): ([2], [2], [2, 3], [3, 2]),
    ("Gao", "Gao"): ([3], [3], [3, 2], [3, 2]),
    ("Kidal", "Abeibara"): ([2], [2], [2], [3]),
    ("Kidal", "Kidal"): ([2], [2], [2, 3], [3]),
    ("Kidal", "Tessalit"): ([2], [2], [2], [3, 2]),
    ("Kidal", "Tin-Essako"): ([2], [2], [2], [2]),
    ("Ménaka", "Ménaka"): ([3], [4], [3], [2]),
    ("Ménaka", "Andéramboukane"): ([3], [4], [3], [2]),
    ("Ménaka", "Inékar"): ([3], [4], [3], [2]),
    ("Ménaka", "Tidermène"): ([3], [3], [2], [1]),
}
# Communes that the reports name.
TOLD = {
    ("N'koumandougou", "2021-06"): 3, ("Souba", "2021-06"): 3, ("Farako", "2021-06"): 3,
    ("N'koumandougou", "2021-01"): 2, ("Souba", "2021-01"): 2, ("Farako", "2021-01"): 2,
    ("Salam", "2021-06"): 4,
}
DATES = ["2020-01", "2020-09", "2021-01", "2021-06"]
# Months whose levels must be the told ones, whatever the noise; Ansongo's from the start of 2021.
HELD = {"2020-09", "2021-06"}


def levels(region, cercle_name, commune_name, rank):
    told = STORY[region, cercle_name]
    return [TOLD.get((commune_name, date), told[i][rank % len(told[i])]) for i, date in enumerate(DATES)]


def scores():
    """(month, pcode) → score, for the communes that reported."""
    result = {}
    for month in MONTHS:
        _, heard = coverage.index_reports(month)
        for pcode in heard:
            region, cercle_name, commune_name = lineage(pcode)
            rank = commune_order(region, UNITS[pcode].parent).index(pcode)
            rng = stream("risk", pcode)
            own = rng.randint(-2, 2)
            # The same draws for a commune every month: only the month's own one differs.
            wobble = [rng.choice([-1, 0, 0, 0, 1]) for _ in MONTHS][MONTHS.index(month)]
            four = levels(region, cercle_name, commune_name, rank)
            anchors = [(index_of(d), min(max(MIDDLE[lv] + own, INSIDE[lv][0]), INSIDE[lv][1])) for d, lv in zip(DATES, four)]
            score = int(interpolate(anchors, index_of(month)) + 0.5) + wobble
            if month in HELD:
                low, high = INSIDE[four[DATES.index(month)]]
                score = min(max(score, low), high)
            if cercle_name == "Ansongo":
                score = max(score, INSIDE[3][0])
            result[month, pcode] = max(score, 0)
    return result


def build():
    lines = []
    for (month, pcode), score in scores().items():
        rng = stream("risk-writing", month, pcode)
        unit = UNITS[pcode]
        names = [spelling(p, rng) for p in (UNITS[unit.parent].parent, unit.parent, pcode)]
        lines.append([month, *names, pcode if rng.random() < WITH_PCODE else "", score, "monitoring"])
    return lines
