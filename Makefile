# Every door of the house.

.PHONY: run test simulate build dev bench lint types

run: ## Build everything and start on http://127.0.0.1:8000/, with the data in ./data.
	cargo run --release --locked

test: ## Install what the tests need, and run them all.
	tests/run

SEEDS ?= 10000
simulate: ## Run the simulation of crates/core from many seeds: make simulate SEEDS=100000.
	CHATTERBOX_SEEDS=$(SEEDS) cargo test --release --locked -p chatterbox-core --test simulation

build: ## The release program: target/release/chatterbox.
	cargo build --release --locked

dev: web/node_modules ## Pages and server that reload when their source changes.
	node web/dev.mjs

bench: build ## Measure the release program beside a bare one; takes some nine minutes.
	cargo run --release --locked -p chatterbox-load -- bench

lint: web/node_modules ## Formatting, clippy, documentation links, and the same for the pages.
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked
	cd web && npm run lint && npm run check

types: ## Write web/src/gen/protocol.ts anew from crates/protocol.
	CHATTERBOX_WRITE_TYPES=1 cargo test --locked -p chatterbox-protocol typescript

web/node_modules: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch web/node_modules
