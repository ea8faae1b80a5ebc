# The commands of the house. `make run` starts Familiar; `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help run test dev release

PAGE_SOURCES := $(shell find web/src web/public web/index.html web/vite.config.* -type f 2>/dev/null)

help: ## Lists these commands
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: web/dist/index.html ## Builds page and program, and starts Familiar
	crates/cli/link/build.sh
	./target/release/familiar serve $(ARGS)

test: ## Installs what the tests need, runs them all
	cargo run --quiet --locked --package xtask -- prepare
	cargo run --quiet --locked --package xtask -- ci
	@echo "make test: everything passed"

dev: web/node_modules/.package-lock.json ## The page with hot reload, the server rebuilt when its source changes
	./dev.sh

release: web/dist/index.html ## The program as it is shipped: target/dist/familiar
	cargo build --profile dist --locked --package cli
	@ls -l target/dist/familiar

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(PAGE_SOURCES)
	cd web && npm run build
