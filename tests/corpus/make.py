"""Makes the files of this folder, small and real-shaped, from the descriptions of the tools' exports.

    python3 -m venv v && v/bin/pip install openpyxl xlwt pyogrio geopandas && v/bin/python tests/corpus/make.py

Reports beside them (NAME.report.json) are written by `VIGIE_WRITE_CORPUS=1 cargo test --test it corpus` and read by a person.
"""
import datetime
import io
import pathlib
import zipfile

import openpyxl
import xlwt

HERE = pathlib.Path(__file__).parent
HEAD = ["N° incident", "Date de l’incident", "Région", "Cercle", "Commune", "Type de violation", "Victimes"]
ROWS = [
    ["I-01", "17/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "2"],
    ["I-02", "03/06/2021", "Ségou", "Ségou", "Cinzana", "Vol, extorsion, pillage", "1 877"],
    ["I-03", "21/06/2021", "Gao", "Ansongo", "Tessit", "Menace", "1"],
    ["I-04", "5 juin 2021", "Ménaka", "Ménaka", "", "Viol", "1"],
]


def text(rows, sep):
    quote = lambda c: '"' + c.replace('"', '""') + '"' if any(x in c for x in sep + '"\n') else c
    return "".join(sep.join(quote(c) for c in r) + "\r\n" for r in rows)


def put(name, content):
    (HERE / name).write_bytes(content)


def with_victims(*values):
    return [HEAD] + [r[:6] + [v] for r, v in zip(ROWS, values)]


def csvs():
    import unicodedata
    rows = [HEAD] + ROWS
    put("comma-utf8.csv", text(rows, ",").encode())
    put("semicolon-bom.csv", b"\xef\xbb\xbf" + text(rows, ";").encode())
    put("tab.tsv", text(rows, "\t").encode())
    put("utf16le.csv", text(rows, "\t").encode("utf-16"))
    put("utf16be-no-bom.csv", text(rows, ";").encode("utf-16-be"))
    put("windows-1252.csv", text(rows, ";").replace("\u202f", " ").encode("cp1252"))
    put("nfd.csv", unicodedata.normalize("NFD", text(rows, ";")).encode())
    put("sep-line.csv", b"sep=;\r\n" + text(rows, ";").encode())
    put("thousands-narrow.csv", text(with_victims("1\u202f877", "2\u00a0345", "12", "1"), ";").encode())
    put("thousands-point.csv", text(with_victims("1.877", "1.234.567", "12,0", "1"), ";").encode())
    put("thousands-comma.csv", text(with_victims("1,877", "1,234,567", "12.0", "1"), ";").encode())
    put("thousands-by-coordinates.csv", text(
        [HEAD + ["longitude", "latitude"]] + [r + c for r, c in zip(with_victims("1.877", "2", "3", "4")[1:],
         [["-4,1875", "14,4961"], ["", ""], ["", ""], ["", ""]])], ";").encode())
    put("ambiguous-number.csv", text(with_victims("1.877", "2", "3", "4"), ";").encode())
    either = [[r[0], d] + r[2:] for r, d in zip(ROWS, ["03/04/2021", "05/06/2021", "01/02/2021", "02/02/2021"])]
    put("ambiguous-date.csv", text([HEAD] + either, ";").encode())
    mixed = [[r[0], d] + r[2:] for r, d in zip(ROWS, ["17/04/2021", "05/06/2021", "04/17/2021", "02/02/2021"])]
    put("mixed-dates.csv", text([HEAD] + mixed, ";").encode())
    us = [[r[0], d] + r[2:] for r, d in zip(ROWS, ["06/17/2021", "06/03/2021", "06/21/2021", "06/05/2021"])]
    put("month-first.csv", text([HEAD] + us, ",").encode())
    put("titles-totals-blanks.csv", text(
        [["Cluster Protection Mali"], ["Incidents de juin 2021"], [], HEAD, ROWS[0], ["", "", "", "", "", "", ""], ROWS[1],
         ["Total Ségou", "", "", "", "", "", "1 877"], HEAD, ROWS[2], ROWS[3], ["TOTAL", "", "", "", "", "", "1 881"]], ";").encode())
    put("merged-header.csv", text(
        [["N° incident", "Date", "Commune", "Cercle", "Type de violation", "Victimes", "", "", ""],
         ["", "", "", "", "", "Femmes", "Hommes", "Filles", "Garçons"],
         ["I-01", "17/06/2021", "Sio", "Mopti", "Meurtre", "1", "2", "0", "0"]], ";").encode())
    put("wrong-cells.csv", text(
        [HEAD, ["I-01", "31/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "2"],
         ["I-02", "17/06/2021", "Mopti", "Mopti", "Sio", "Assassinat, meurtre", "2"],
         ["I-03", "17/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "-2"],
         ["I-04", "17/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "2", "de trop"],
         ["I-05", "30/02/0021", "Mopti", "Mopti", "Sio", "Meurtre", "1"],
         ["I-06", "17/06/2921", "Mopti", "Mopti", "Sio", "Meurtre", "1"],
         ["I-01", "17/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "1"]], ";").encode())
    put("formulas.csv", text(
        [HEAD + ["Localité"], ROWS[0] + ["=cmd|' /C calc'!A0"], ROWS[1] + ["@SUM(1+1)"], ROWS[2] + ["'+33 village"]], ";").encode())
    put("nul-bytes.csv", text([HEAD] + [r + [] for r in ROWS], ";").replace("Menace", "Men\0ace").encode())
    long = text([HEAD] + [[f"I-{k:04}", "17/06/2021", "Mopti", "Mopti", "Sio", "Meurtre", "1"] for k in range(1200)], ";")
    put("nul-late.csv", (long + "I-9;17/06/2021;Mopti;Mopti;Si\0o;Meurtre;1\r\n").encode())
    surrogate = text(rows, ";").encode("utf-16-le").replace("Tessit".encode("utf-16-le"), "Tes".encode("utf-16-le") + b"\x00\xd8" + "it".encode("utf-16-le"))
    put("lone-surrogate.csv", b"\xff\xfe" + surrogate)
    put("one-broken-byte.csv", text(rows, ";").encode().replace("Tessit".encode(), b"Tess\xe9t"))
    put("nan-coordinates.csv", text(
        [HEAD + ["lon", "lat"], ROWS[0] + ["NaN", "NaN"], ROWS[1] + ["inf", "1e3"], ROWS[2] + ["200", "95"], ROWS[3] + ["0", "0"]], ";").encode())
    put("open-quote.csv", (text([HEAD, ROWS[0]], ";") + 'I-02;"17/06/2021;Mopti;Mopti;Sio;Meurtre;1\r\nI-03;18/06/2021;Mopti;Mopti;Sio;Meurtre;1\r\n').encode())
    put("twice-same-column.csv", b"incident_id,date,type,admin1,region\nA,2021-06-17,Meurtre,Mopti,Mopti\n")
    put("aggregated-risk.csv", text([["Mois", "Région", "Cercle", "Commune", "Score"], ["06/2021", "Mopti", "Mopti", "Sio", "17"],
        ["juin 2021", "Ségou", "Ségou", "Cinzana", "12"], ["06/2021", "Gao", "Ansongo", "Tessit", "4,5"]], ";").encode())


def xlsx(name, sheets, text_dates=False):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.properties.created = book.properties.modified = datetime.datetime(2021, 6, 30)
    book.save(out)
    put(name, out.getvalue())


def typed(rows):
    day = lambda t: datetime.date(int(t[6:]), int(t[3:5]), int(t[:2])) if t[2:3] == "/" else t
    return [[r[0], day(r[1])] + r[2:6] + [int(r[6].replace(" ", ""))] for r in rows]


def workbooks():
    xlsx("typed.xlsx", [("Lisez-moi", [["Cluster Protection Mali"], ["Mode d’emploi"]]), ("Incidents", [HEAD] + typed(ROWS))])
    xlsx("titles.xlsx", [("Juin", [["Cluster Protection Mali"], ["Incidents de protection, juin 2021"], [], [None, "Confidentiel"], HEAD]
         + typed(ROWS) + [["Total", None, None, None, None, None, 1881]])])
    xlsx("two-months.xlsx", [("Mai", [HEAD] + typed(ROWS[:2])), ("Juin", [HEAD] + typed(ROWS[2:]))])
    xlsx("fraction.xlsx", [("Juin", [HEAD] + [typed(ROWS)[0][:6] + [1.877]] + typed(ROWS[2:]))])
    xlsx("formula-text.xlsx", [("Juin", [HEAD + ["Localité"]] + [typed(ROWS)[0] + ["+1+1"]] + [typed(ROWS)[2] + ["@x"]])])
    book = xlwt.Workbook()
    cover = book.add_sheet("Couverture"); cover.write(0, 0, "Cluster Protection")
    sheet = book.add_sheet("Incidents")
    day = xlwt.easyxf(num_format_str="DD/MM/YYYY")
    for r, row in enumerate([["Incidents de juin"], [], HEAD] + typed(ROWS)):
        for c, value in enumerate(row):
            if isinstance(value, datetime.date):
                sheet.write(r, c, value, day)
            elif value != "":
                sheet.write(r, c, value)
    book.save(str(HERE / "old.xls"))
    cell = lambda v: '<table:table-cell/>' if v == "" else (
        f'<table:table-cell office:value-type="date" office:date-value="{v.isoformat()}"><text:p>x</text:p></table:table-cell>' if isinstance(v, datetime.date) else
        f'<table:table-cell office:value-type="float" office:value="{v}"><text:p>{v}</text:p></table:table-cell>' if isinstance(v, int) else
        f'<table:table-cell office:value-type="string"><text:p>{v.replace("&", "&amp;")}</text:p></table:table-cell>')
    body = "".join(f'<table:table-row>{"".join(map(cell, r))}<table:table-cell table:number-columns-repeated="16370"/></table:table-row>'
                   for r in [["Cluster Protection"], HEAD] + typed(ROWS))
    ods("sheet.ods", body + '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>')
    bomb = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x<text:s text:c="4000000000"/></text:p></table:table-cell>'
    ods("repeated-bomb.ods", "".join(f"<table:table-row>{''.join(map(cell, r))}</table:table-row>" for r in [HEAD])
        + f'<table:table-row table:number-rows-repeated="1048575">{bomb}</table:table-row>')


def ods(name, body):
    content = ('<?xml version="1.0"?><office:document-content xmlns:office="o" xmlns:table="t" xmlns:text="x"><office:body><office:spreadsheet>'
               f'<table:table table:name="Feuille1">{body}</table:table></office:spreadsheet></office:body></office:document-content>')
    archive(name, [("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", 0), ("content.xml", content.encode(), 8)])


def archive(name, files):
    with zipfile.ZipFile(HERE / name, "w") as out:
        for member, content, method in files:
            info = zipfile.ZipInfo(member, (2021, 6, 30, 0, 0, 0))
            info.compress_type = method
            out.writestr(info, content)


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def hostile():
    rels = (b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/s.xml"/>'
            b'<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>')
    book = (b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            b'<sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>')
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    top = (b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
           b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>')
    base = [("_rels/.rels", top, 8), ("[Content_Types].xml", types, 8), ("xl/workbook.xml", book, 8), ("xl/_rels/workbook.xml.rels", rels, 8)]
    heads = ["incident_id", "date", "type", "commune"]
    row = lambda n, cells: b"<row>" + b"".join(b'<c r="%s%d" t="s"><v>%d</v></c>' % (c, n, v) for c, v in cells) + b"</row>"
    strings = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</sst>'
    si = lambda t: b"<si><t>%s</t></si>" % t
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">' + b"".join(
        b'<!ENTITY %c "%s">' % (98 + k, b"&%c;" % (97 + k) * 10) for k in range(9)) + b"]>"
    names = b"".join(si(h.encode()) for h in heads)
    rows = row(1, [(b"ABCD"[k:k + 1], k) for k in range(4)]) + row(2, [(b"A", 4), (b"B", 5), (b"C", 6), (b"D", 7)])
    values = si(b"A1") + si(b"2021-06-17") + si(b"Meurtre")
    archive("billion-laughs.xlsx", base + [("xl/worksheets/s.xml", SHEET % rows, 8),
        ("xl/sharedStrings.xml", laughs + strings % (names + values + si(b"&j;")), 8)])
    archive("bomb.xlsx", base + [("xl/worksheets/s.xml", SHEET % rows, 8),
        ("xl/sharedStrings.xml", strings % (names + values + si(b"Sio" + b" " * 300_000_000)), 8)])
    archive("far-cell.xlsx", base + [("xl/worksheets/s.xml", SHEET % (rows + b'<row><c r="XFD1048576" t="s"><v>4</v></c></row>'), 8),
        ("xl/sharedStrings.xml", strings % (names + values + si(b"Sio")), 8)])
    csv = text([HEAD] + ROWS, ";").encode()
    archive("one-file.zip", [("dossier/incidents.csv", csv, 8), ("dossier/LISEZMOI.txt", b"mode d'emploi", 8), ("__MACOSX/dossier/._incidents.csv", b"x", 8)])
    archive("two-files.zip", [("mai.csv", csv, 8), ("juin.csv", csv, 8)])
    archive("no-table.zip", [("rapport.pdf", b"%PDF-1.7", 8)])
    archive("bomb.zip", [("incidents.csv", b"a," * 110_000_000, 8)])
    archive("million-columns.zip", [("wide.csv", b"incident_id,date" + b",x" * 1_200_000 + b"\n", 8)])


def layers():
    import geopandas as gpd
    from shapely.geometry import Point, box
    frame = gpd.GeoDataFrame(
        {"incident_id": ["I-01", "I-02", "I-03"], "date": ["2021-06-17", "2021-06-18", "2021-06-19"], "type": ["Meurtre", "Menace", "Viol"],
         "region": ["Mopti", "Gao", "Ségou"], "cercle": ["Mopti", "Ansongo", "Ségou"], "victims": [2, 1, 1]},
        geometry=[Point(-4.19, 14.49), Point(0.5, 15.6), Point(-6.2, 13.4)], crs="EPSG:4326")
    for name in ["points.gpkg", "points.geojson", "points.fgb"]:
        (HERE / name).unlink(missing_ok=True)
        frame.to_file(HERE / name, layer="incidents" if name.endswith("gpkg") else None)
    folder = HERE / "shp"
    folder.mkdir(exist_ok=True)
    frame.to_crs("EPSG:32630").rename(columns={"incident_id": "event id"}).to_file(folder / "utm.shp", encoding="cp1252")
    archive("utm-shapefile.zip", [(f.name, f.read_bytes(), 8) for f in sorted(folder.iterdir())])
    for f in folder.iterdir():
        f.unlink()
    folder.rmdir()
    frame.set_geometry([box(-5, 14, -4, 15)] * 3).to_file(HERE / "outlines.geojson")


def tools():
    head = ["start", "end", "lieu/region", "lieu/cercle", "lieu/commune", "lieu/gps", "lieu/_gps_latitude", "lieu/_gps_longitude", "alerte/date",
            "alerte/kinds", "alerte/kinds/village_attack", "alerte/kinds/population_movement", "alerte/households", "_id", "_uuid", "_submission_time",
            "_validation_status", "_notes", "_index"]
    row = lambda k, kinds, a, b, status: ["2021-06-17T08:00:00.000+00:00", "2021-06-17T08:10:00.000+00:00", "Mopti", "Mopti", "Sio", "", "", "",
        "2021-06-17", kinds, a, b, "12", str(100 + k), f"0b1c-{k}", "2021-06-17T08:11:00", status, "", str(k)]
    both = [head, row(1, "village_attack population_movement", "1", "1", "Approved"), row(2, "population_movement", "0", "1", "Approved"),
            row(3, "village_attack", "0", "1", "Approved"), row(4, "village_attack", "1", "0", ""), row(5, "village_attack", "1", "0", "Not approved")]
    put("kobo-both.csv", text(both, ";").encode())
    both[1][5:8] = ["14.5 -4.2 270 8", "14.5", "-4.2"]
    drop = lambda rows, gone: [[c for k, c in enumerate(r) if k not in gone] for r in rows]
    put("kobo-summary.csv", text(drop(both, {10, 11}), ",").encode())
    details = drop(both, {9})
    put("kobo-details.csv", text(details, ",").encode())
    xlsx("kobo-details.xlsx", [("form", details)])
    acled = ["event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type", "sub_event_type", "actor1", "inter1", "iso", "region",
             "country", "admin1", "admin2", "admin3", "location", "latitude", "longitude", "geo_precision", "source", "notes", "fatalities", "timestamp"]
    event = lambda i, day, actor, deaths, g="1": [i, day, "2021", "1", "Political violence", "Violence against civilians", "Attack", actor, "3", "466",
        "Western Africa", "Mali", "Mopti", "Mopti", "Sio", "Sio", "14.5000", "-4.2000", g, "Studio Tamani", "On 17 June 2021, …", deaths, "1624300000"]
    put("acled-by-actor.csv", text([acled, event("MLI1001", "17 June 2021", "JNIM", "3"), event("MLI1001", "17 June 2021", "Civilians (Mali)", "3"),
        event("MLI1002", "18 June 2021", "Dan Na Ambassagou", "0", "3"), event("MLI1001", "17 June 2021", "Police", "4")], ",").encode())
    hxl = [["Report of June"], ["Region", "Code", "Cercle", "Day", "What", "Victims", "Women"],
           ["#adm1 +fr +name", "#adm2+code", "#adm2+name", "#date +occurred", "#event+type", "#affected+victims", "#affected+adults+f"],
           ["Mopti", "", "Mopti", "2021-06-17", "Meurtre", "2", "1"], ["Gao", "", "Ansongo", "2021-06-18", "Menace", "1", ""]]
    put("hxl.csv", text(hxl, ",").encode())
    xlsx("hxl.xlsx", [("Data", hxl)])
    put("dtm.csv", text([["operation", "admin0Name", "admin1Name", "admin1Pcode", "admin2Name", "admin2Pcode", "roundNumber", "assessmentType",
            "reportingDate", "numPresentIdpInd"],
        ["#operation+name", "#country+name", "#adm1+name", "#adm1+code", "#adm2+name", "#adm2+code", "#round+code", "#assessment+type",
            "#date+reported", "#affected+idps"],
        ["Mali", "Mali", "Mopti", "ML05", "Douentza", "ML0504", "70", "BA", "2021-05-31", "31250"],
        ["Mali", "Mali", "Gao", "ML07", "Ansongo", "", "70", "BA", "2021-05-31", "12 004"]], ",").encode())
    xlsx("veille.xlsx", [("VEILLE", [["MINISTERE"], ["SYSTEME DE VEILLE"], ["Alertes flash"], ["Année 2021"], ["RAS : rien à signaler"], ["Confidentiel"],
        ["N° alerte", "Date", "Région", "Cercle", "Commune", "Localité", "Nature de l’alerte", "Ménages"],
        ["1", "17:06:2021", "GAO", "GAO_CER", "RAS", "RAS", "Attaque de village", "RAS"],
        ["2", "1ç/06/2021", "MENAKA", "MENAKA_CER", "N/A", "RAS", "Mouvement de population", "67"],
        ["3", "03/06/2021", "MOPTI", "DJENNE", "", "", "Menace d’attaque de village", "NA"]])])
    put("own-profile.csv", text([["Fiche", "Jour", "Où", "Quoi", "Combien"], ["7", "03.06.2021", "Sio", "tué", "2"]], ";").encode())


if __name__ == "__main__":
    csvs(); workbooks(); hostile(); tools(); layers()
