# `make` alone prints what there is to do.
.DEFAULT_GOAL := help
.PHONY: help prepare build release package test tidy format lint run screenshots simulate bench soak fuzz prompts clean

SWIFT ?= swift
# Undeclared imports between targets are refused: the walls of docs/architecture.md.
SWIFT_FLAGS := --explicit-target-dependency-import-check error

help: ## Show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

prepare: ## Install the Debian packages that are missing (needs root)
	@scripts/prepare

build: prepare ## Build everything (debug)
	$(SWIFT) build $(SWIFT_FLAGS)

release: prepare ## Build the optimised binaries
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product perezvon

package: prepare ## Make the Debian package of an optimised build (.build/perezvon_*.deb)
	$(SWIFT) build $(SWIFT_FLAGS) -c release --product perezvon --static-swift-stdlib --scratch-path .build/package
	scripts/package .build/package/release/perezvon .build

test: prepare ## Build and pass all tests, against a real PostgreSQL and a real Asterisk
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	scripts/run-tests

tidy: ## Only the house rules
	$(SWIFT) test $(SWIFT_FLAGS) --filter TidyTests

format: ## Format all Swift sources
	$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks Fuzz

lint: ## Check the formatting without changing anything
	$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks Fuzz

run: prepare ## Start the lab, the service and a stream of callers, and show them (SECONDS=… to end by itself)
	$(SWIFT) build $(SWIFT_FLAGS) --product perezvon
	$(SWIFT) build $(SWIFT_FLAGS) --product perezvon-lab
	@exec .build/debug/perezvon-lab demo --for $(or $(SECONDS),180)

screenshots: prepare ## Make the pictures of the pages in docs/screenshots anew
	$(SWIFT) build $(SWIFT_FLAGS) --product perezvon
	$(SWIFT) build $(SWIFT_FLAGS) --product perezvon-lab
	.build/debug/perezvon-lab screenshots docs/screenshots

simulate: prepare ## Seeds of the simulation, optimised, on all cores (SEEDS=1000000, FROM=1)
	$(SWIFT) build $(SWIFT_FLAGS) -c release -Xswiftc -enable-testing --scratch-path .build/simulate \
	  --product perezvon-simulate
	scripts/simulate $(or $(SEEDS),1000000) $(or $(FROM),1)

bench: prepare ## Measure what docs/performance.md states
	@scripts/bench

soak: prepare ## The whole kill matrix of docs/reliability.md (hours)
	$(SWIFT) build $(SWIFT_FLAGS) --build-tests
	PEREZVON_SOAK=1 scripts/run-tests --filter ReliabilityTests

fuzz: prepare ## Fuzz the readers of foreign bytes with libFuzzer (SECONDS=… each, 600)
	@scripts/fuzz $(or $(SECONDS),600)

prompts: ## Speak the prompts Asterisk lacks with espeak-ng, as a stand-in (DIR=.build/prompts)
	@scripts/prompts $(or $(DIR),.build/prompts)

clean: ## Remove what was built
	$(SWIFT) package clean
