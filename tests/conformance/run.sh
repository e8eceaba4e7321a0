#!/usr/bin/env bash
# OGC's conformance suites and schemathesis against the demonstration, served on a free port. One failed test fails the whole.
# Needs: java 17, mvn, python3, and the program built (target/release/vigie, or $VIGIE).
# $PATHS: a regular expression of the paths that schemathesis tries, all where not given; $EXAMPLES: of each, 3.
# $CONFORMANCE: which parts, of "features tiles schemathesis"; all where not given.
set -euo pipefail
cd "$(dirname "$0")/../.."
vigie=${VIGIE:-target/release/vigie}
out=target/conformance
parts=${CONFORMANCE:-features tiles schemathesis}
features_version=1.9
tiles_version=1.2
schemathesis_version=4.32.5
rm -rf "$out"
mkdir -p "$out"

"$vigie" demo --store "$out/demo.gpkg" >"$out/demo.log"
"$vigie" serve --store "$out/demo.gpkg" --listen 127.0.0.1:0 >"$out/serve.log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
url=
for _ in $(seq 100); do
  url=$(grep -o 'http://127\.0\.0\.1:[0-9]*' "$out/serve.log" | head -1 || true)
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || { echo "the server did not start:"; cat "$out/serve.log"; exit 1; }
failed=0

# suite NAME VERSION: fetches the suite whole (by its Maven coordinates), runs it, counts its verdicts.
suite() {
  local name=$1 version=$2 jar="$out/../$1-$2-aio.jar"
  if [ ! -s "$jar" ]; then
    mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
      -Dartifact="org.opengis.cite:$name:$version:jar:aio" -DoutputDirectory="$out/.." >"$out/$name-fetch.log" 2>&1 ||
      { echo "$name $version: NOT RUN, the suite could not be fetched ($out/$name-fetch.log)"; failed=1; return; }
  fi
  cat >"$out/$name.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE properties SYSTEM "http://java.sun.com/dtd/properties.dtd">
<properties version="1.0">
  <entry key="iut">$url/</entry>
  <entry key="noofcollections">-1</entry>
  <entry key="tilematrixsetdefinitionuri">http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad</entry>
  <entry key="urltemplatefortiles">$url/collections/violations-communes/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}?f=mvt</entry>
  <entry key="tilematrix">6</entry><entry key="mintilerow">27</entry><entry key="maxtilerow">30</entry>
  <entry key="mintilecol">29</entry><entry key="maxtilecol">32</entry>
</properties>
XML
  java -jar "$jar" -o "$out/$name" "$out/$name.xml" >"$out/$name.log" 2>&1 || true
  python3 - "$out/$name" "$name $version" <<'PY' || failed=1
import glob, sys, xml.etree.ElementTree as xml
files = glob.glob(sys.argv[1] + "/**/testng-results.xml", recursive=True)
if not files:
    sys.exit(f"{sys.argv[2]}: NOT RUN, no results; see the log beside {sys.argv[1]}")
root = xml.parse(max(files, key=len)).getroot()
tests = [m for m in root.iter("test-method") if m.get("is-config") != "true"]
count = {v: sum(m.get("status") == v for m in tests) for v in ("PASS", "FAIL", "SKIP")}
print(f"{sys.argv[2]}: {count['PASS']} passed, {count['FAIL']} failed, {count['SKIP']} skipped")
for m in tests:
    if m.get("status") == "FAIL":
        said = m.find("exception/message")
        print("  FAILED", m.get("signature", "").split("(")[0], (said.text or "").strip()[:300] if said is not None else "")
sys.exit(1 if count["FAIL"] or not count["PASS"] else 0)
PY
}

for part in $parts; do
  case $part in
    features) suite ets-ogcapi-features10 "$features_version" ;;
    tiles) suite ets-ogcapi-tiles10 "$tiles_version" ;;
    schemathesis)
      venv=target/schemathesis
      [ -x "$venv/bin/schemathesis" ] || { python3 -m venv "$venv" && "$venv/bin/pip" install -q "schemathesis==$schemathesis_version"; }
      "$venv/bin/schemathesis" --config-file tests/conformance/schemathesis.toml run "$url/api" --seed 1 \
        --max-examples "${EXAMPLES:-3}" --phases examples,coverage,fuzzing ${PATHS:+--include-path-regex "$PATHS"} \
        >"$out/schemathesis.log" 2>&1 || failed=1
      sed -n '/= SUMMARY =/,$p' "$out/schemathesis.log"
      ;;
    *) echo "no part « $part »"; exit 2 ;;
  esac
done
exit "$failed"
