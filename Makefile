# Every door of the house.

.PHONY: run test build dev lint types

run: ## Build everything and start on http://127.0.0.1:8000/, with the data in ./data.
	cargo run --release --locked

test: ## Install what the tests need, and run them all.
	tests/run

build: ## The release program: target/release/chatterbox.
	cargo build --release --locked

dev: web/node_modules ## Pages and server that reload when their source changes.
	node web/dev.mjs

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
