# `make up` builds the judge and starts it; `make test` runs everything that CI runs. The rest is for developers.

.PHONY: up build web test test-vm test-ablation soak faults check bench tools languages format

# The judge on its embedded default, ready for a first submission.
up: build
	./target/release/gavel up

build:
	cargo build --release --locked --package cli

# The scripts of the pages, from web/elements into web/assets: they are kept in the repository, so that who builds the judge
# needs no Node.
web: tools
	npm --prefix web/elements run --silent check
	npm --prefix web/elements run --silent build

# Everything that CI runs; installs what the tests need first.
test: tools
	npm --prefix web/elements run --silent check
	npm --prefix web/elements run --silent compare
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --quiet
	cargo test --workspace --doc --locked --quiet
	cargo build --workspace --all-targets --locked
# Not by way of `cargo run`: what that sets makes some build scripts run again, and with them half of the build.
	"$${CARGO_TARGET_DIR:-target}/debug/with-services" cargo nextest run --workspace --locked --no-fail-fast
	$(MAKE) test-ablation
	sh sandbox/vm/run.sh --short

# Takes the sandbox's defences out, one at a time. In a target directory of its own: what is built for it defends nothing.
test-ablation:
	cargo clippy --package sandbox --all-targets --features ablation --target-dir target/ablation --locked -- -D warnings
	cargo nextest run --package sandbox --features ablation --test ablation --target-dir target/ablation --locked

# The sandbox's tests on cgroup v2, as root and as an ordinary user, in an emulated machine: see docs/sandbox.md.
test-vm:
	sh sandbox/vm/run.sh

# Ten thousand hostile runs in a row, of which nothing may stay: see docs/sandbox.md.
soak:
	GAVEL_TEST_SOAK_RUNS=10000 cargo test --release --locked --package sandbox --test soak -- --nocapture --exact hostile_runs_leave_nothing_behind

# Breaks the deployment in every way there is while it judges twenty thousand submissions: see docs/faults.md.
ROUNDS ?= 1
faults: build
	cargo run --release --package e2e --bin faults --locked -- $(ROUNDS)

# The quick one, before each commit.
check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo nextest run --workspace --lib --bins --test tidy --locked

# Figures, each beside its baseline: see bench/README.md.
bench: build
	cargo bench --locked --package sandbox --bench overhead -- --init $(CURDIR)/target/release/gavel
	cargo bench --locked --package judge --bench compiling
	cargo run --release --locked --package bench

# The tools of all languages of the table, with apt, npm and pip; what is here stays: see judge/languages/README.md.
languages:
	sh judge/languages/install.sh

# What the tests need: Postgres, Redis, compilers, Chromium and what leads it.
tools:
	sh e2e/install-tools.sh

format:
	cargo fmt --all
