"""Which communes were monitored, by stream and month. Invented, but growing as the reports say coverage grew."""
from places import CERCLES, COMMUNES, MONTHS, REGIONS, UNITS, cercle, commune, commune_order, index_of, interpolate, stream

# Share of a region's communes covered by the incidents stream, at three dates.
INCIDENT_SHARE = {
    "Mopti": (0.50, 0.66, 0.85),
    "Ségou": (0.35, 0.52, 0.70),
    "Tombouctou": (0.45, 0.65, 0.85),
    "Gao": (0.55, 0.75, 0.90),
    "Kidal": (0.40, 0.50, 0.80),
    "Ménaka": (0.75, 1.00, 1.00),
}

# Communes in the index panel: January 2020, September 2020, 2021. The 2021 figure is the panel; 180 of it report each
# month (report N°6), the others are covered without a report.
INDEX_PANEL = {
    "Mopti": {"Bandiagara": (9, 12, 13), "Bankass": (7, 9, 9), "Djenné": (6, 8, 9), "Douentza": (9, 11, 12), "Koro": (9, 11, 12),
              "Mopti": (5, 5, 8), "Ténenkou": (3, 5, 6), "Youwarou": (2, 3, 5)},
    "Ségou": {"Baraouéli": (2, 4, 7), "Bla": (0, 2, 5), "Macina": (5, 7, 8), "Niono": (8, 10, 10), "San": (4, 6, 8),
              "Ségou": (7, 10, 15), "Tominian": (0, 3, 5)},
    "Tombouctou": {"Diré": (3, 6, 8), "Goundam": (4, 7, 9), "Gourma-Rharous": (3, 5, 6), "Niafunké": (1, 3, 5), "Tombouctou": (1, 3, 4)},
    "Gao": {"Ansongo": (0, 0, 5), "Bourem": (0, 0, 3), "Gao": (2, 2, 4)},
    "Kidal": {"Abeibara": (0, 1, 1), "Kidal": (1, 2, 2), "Tessalit": (1, 1, 2), "Tin-Essako": (0, 0, 1)},
    "Ménaka": {"Ménaka": (1, 1, 1), "Andéramboukane": (1, 1, 1), "Inékar": (1, 1, 1), "Tidermène": (1, 1, 1)},
}
INDEX_REPORTS_2021 = 180
# Communes whose level a report states (or whose region is so small that each one counts): always heard from.
ALWAYS_HEARD = {commune(cercle(r, c), n) for r, c, n in [
    ("Ségou", "Ségou", "N'koumandougou"), ("Ségou", "Ségou", "Souba"), ("Ségou", "Ségou", "Farako"),
    ("Tombouctou", "Tombouctou", "Salam")]}


def staggered(i):
    """Where cercle i rounds up: each elsewhere, so that the total grows evenly and no commune is dropped again."""
    return (0.38 * i + 0.25) % 1


def incident_coverage():
    """month → cercle code → (covered communes, uncovered communes), each in the cercle's order."""
    result = {}
    for month in MONTHS:
        cut = {}
        for region in REGIONS:
            low, middle, high = INCIDENT_SHARE[region]
            share = interpolate([(0, low), (8, middle), (17, high)], index_of(month))
            for i, code in enumerate(CERCLES[region]):
                order = commune_order(region, code)
                n = min(len(order), int(share * len(order) + staggered(i)))
                cut[code] = (order[:n], order[n:])
        result[month] = cut
    return result


def index_panel(month):
    """The communes of the index stream that month, region by region."""
    panel = []
    for region in REGIONS:
        for i, (name, (start, middle, end)) in enumerate(INDEX_PANEL[region].items()):
            n = end if month[:4] == "2021" else int(interpolate([(0, start), (8, middle)], index_of(month)) + staggered(i))
            code = cercle(region, name)
            panel += commune_order(region, code)[:n]
    return panel


def index_reports(month):
    """(panel, those that reported)."""
    panel = index_panel(month)
    region = {p: UNITS[UNITS[UNITS[p].parent].parent].name for p in panel}
    may_miss = [p for p in panel if p not in ALWAYS_HEARD and region[p] in ("Mopti", "Ségou", "Tombouctou")]
    missing = len(panel) - INDEX_REPORTS_2021 if month[:4] == "2021" else 2 + index_of(month) % 3
    silent = set(stream("index-silent", month).sample(may_miss, missing))
    return panel, [p for p in panel if p not in silent]


def rows(incident_communes, zero_regions, lineage_of):
    """All communes × months × streams. `incident_communes`: (month, pcode) with at least one incident."""
    covered_by_month = incident_coverage()
    communes = sorted(p for codes in COMMUNES.values() for p in codes)
    for month in MONTHS:
        covered = [p for good, _ in covered_by_month[month].values() for p in good]
        quiet = [p for p in covered if (month, p) not in incident_communes
                 and UNITS[UNITS[UNITS[p].parent].parent].name not in zero_regions[month]]
        rng = stream("incident-silent", month)
        silent = set(rng.sample(quiet, min(len(quiet), round(0.05 * len(covered)))))
        panel, heard = index_reports(month)
        for name, members, reports in (
            ("incidents", set(covered), set(covered) - silent),
            ("index", set(panel), set(heard)),
        ):
            for p in communes:
                yield [month, *lineage_of(p), p, name, int(p in members), int(p in reports), "monitoring"]
