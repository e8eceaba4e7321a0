# Two commands: `make demo` shows Vigie, `make test` tests it. Both install the system packages that are missing.
SHELL := /bin/bash
.ONESHELL:
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup web demo test judges conformance durability bench fuzz check sbom licences clean

PACKAGES := build-essential clang libgdal-dev libsqlite3-dev pkg-config
# What the web pages are built with: installed only where there is none.
ifeq ($(shell command -v npm),)
PACKAGES += nodejs npm
endif

help:
	@echo "make demo   builds Vigie, makes the demonstration store and the annex maps, serves on 127.0.0.1:8080"
	echo "make test   runs every test"
	echo "make durability  kills 200 imports and looks at what they leave (minutes)"
	echo "make bench  runs the benchmarks"
	echo "make sbom   writes target/sbom.json: what Vigie is built from (CycloneDX)"
	echo "make fuzz   runs the readers of files on made-up bytes (nightly Rust, cargo-fuzz; FUZZ_RUNS each)"

# What the build links against: GDAL (reads boundaries) and SQLite (the store).
setup:
	@missing=()
	for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' "$$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$$p"); done
	if [ "$${#missing[@]}" -gt 0 ]; then
	  install="apt-get update && apt-get install -y --no-install-recommends $${missing[*]}"
	  if [ "$$(id -u)" = 0 ]; then DEBIAN_FRONTEND=noninteractive bash -c "$$install"
	  elif command -v sudo >/dev/null; then sudo DEBIAN_FRONTEND=noninteractive bash -c "$$install"
	  else echo "Some system packages are missing. As root, run:  $$install"; exit 1; fi
	fi
	if ! command -v cargo >/dev/null; then echo "Rust is missing: install it from https://rustup.rs, then try again"; exit 1; fi

# The scripts of the web pages, which the program takes in when it is built.
web: setup
	cd web
	# Not `npm ci`: it refuses a lock file that names no registry. The versions are those of the lock file all the same.
	# No package's own script is run: none is needed.
	npm install --no-save --no-fund --no-audit --ignore-scripts
	npm run build

demo: web
	cargo build --release --locked
	./target/release/vigie demo --store vigie-demo.gpkg
	./target/release/vigie annexes 2021-06 --store vigie-demo.gpkg --out demo
	echo
	echo "Annex maps of June 2021:  demo/"
	echo "Map, tables, report:      http://127.0.0.1:8080/app   (open this)"
	echo "Layers and QGIS files:    http://127.0.0.1:8080/"
	echo "Stop with Ctrl-C."
	exec ./target/release/vigie serve --store vigie-demo.gpkg --listen 127.0.0.1:8080

test: web
	cargo test --locked

conformance: web
	cargo build --release --locked
	tests/conformance/run.sh

# Outside judges that Debian does not have, or only in an older form.
judges:
	python3 -m venv target/judges
	target/judges/bin/pip install --quiet "shapely>=2.1,<3" "pmtiles>=3.4,<4" "mapbox-vector-tile>=2.1,<3"
	tests/it/schemas.sh

durability: setup
	cargo test --locked --test it -- --ignored --nocapture durability

bench: setup
	cargo bench --locked

# Runs of each target; workbooks get a tenth.
FUZZ_RUNS := 10000000

fuzz: setup
	cd fuzz
	# Without a sanitizer: the code is safe Rust, so that what can go wrong is a panic, an endless loop or too much memory.
	cargo +nightly fuzz build --fuzz-dir . --sanitizer none -O --no-trace-compares
	for target in csv names dates profiles xlsx; do
	  runs=$(FUZZ_RUNS); [ $$target = xlsx ] && runs=$$(( runs / 10 ))
	  mkdir -p corpus-long/$$target artifacts
	  target/*/release/$$target -runs=$$runs -max_len=500 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	    -artifact_prefix=artifacts/$$target- corpus-long/$$target corpus/$$target
	done

check: setup
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --locked --no-deps --document-private-items

# What Vigie is built from, from its lock files alone.
sbom: setup
	mkdir -p target
	.ci/sbom > target/sbom.json

# What may be linked into Vigie and where it may come from (deny.toml). Known faults of crates: `cargo deny check advisories`, which
# needs the network.
licences:
	@if cargo deny --version >/dev/null 2>&1; then cargo deny check licenses bans sources; \
	else echo "cargo-deny is not there: licences and sources are not checked (cargo install --locked cargo-deny)"; fi

clean:
	rm -rf target demo vigie-demo.gpkg*
