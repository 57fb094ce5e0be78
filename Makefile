# Run "make" to list the targets.

GO        ?= go
RUN       ?= .
BENCH     ?= .
USERS     ?= 1000000
FUZZTIME  ?= 5s
DEV       ?=

# What make test runs, in this order. ./... alone would begin gatetest near the end,
# and it takes long: a core would have nothing to do.
PACKAGES  ?= ./internal/testing/gatetest ./...

# Git refuses to read a clone of another user, so a build there could not record
# its version. Checks do not need the version.
CHECKFLAGS = -buildvcs=false

# SQLite is C that was translated to Go. It takes its memory from the operating
# system, where the race detector sees nothing, but asking the detector at each of
# its steps took most of the time of the tests. So SQLite's own code is not watched;
# its driver, which hands values over to us, is.
RACE       = -race $(foreach p,memory libc sqlite/lib,-gcflags=modernc.org/$(p)=-race=false)

# Starts one PostgreSQL server for all tests; see internal/testing/pgtest.
POSTGRES   = $(GO) run $(CHECKFLAGS) ./internal/testing/pgtest/run --

.PHONY: help build dev test e2e chaos check fmt vet staticcheck deadcode generated generate vuln bench bench-size bench-peers fuzz install-deps clean

help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/gatehouse: one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/gatehouse ./cmd/gatehouse

dev: build ## run the whole system on this machine; DEV='--listen …' for its flags
	@bin/gatehouse dev $(DEV)

test: install-deps ## run every test with the race detector, on both databases, e2e included
	@echo "== tests, with the race detector"
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=50 $(POSTGRES) $(GO) test $(RACE) $(CHECKFLAGS) -timeout 15m -run '$(RUN)' $(PACKAGES)

e2e: install-deps ## run only the end-to-end tests: the built binary, AWS CLI, a browser
	$(POSTGRES) $(GO) test $(CHECKFLAGS) -timeout 15m -count 1 -v -run '$(RUN)' ./e2e/...

chaos: install-deps ## kill, freeze and fill up the program, its database and its disk; needs root
	$(POSTGRES) $(GO) test $(CHECKFLAGS) -tags chaos -timeout 60m -count 1 -v -run '^Test(Kill|Frozen.*|Full.*|Outage.*)$$' ./e2e

check: fmt vet staticcheck deadcode generated ## check formatting, generated files and common mistakes

fmt:
	@echo "== gofmt"
	@files="$$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -l)"; \
	if [ -n "$$files" ]; then echo "not formatted; run gofmt -w on:"; echo "$$files"; exit 1; fi

vet:
	@echo "== go vet"
	@$(GO) vet $(CHECKFLAGS) ./...

staticcheck:
	@echo "== staticcheck"
	@GOFLAGS='$(GOFLAGS) $(CHECKFLAGS)' $(GO) tool staticcheck ./...

deadcode:
	@echo "== functions that no program calls"
	@scripts/deadcode

generated:
	@echo "== generated files"
	@before="$$(git diff; git status --porcelain)"; \
	$(GO) generate ./... || exit 1; \
	if [ "$$before" != "$$(git diff; git status --porcelain)" ]; then \
		echo "these generated files were out of date and have been generated again; commit them:"; git status --short; exit 1; fi

generate: ## generate code and pages again
	$(GO) generate ./...

vuln: ## look for known vulnerabilities in the dependencies; asks vuln.go.dev
	$(GO) tool govulncheck ./...

bench: ## run the benchmarks; BENCH='regexp' chooses some
	$(POSTGRES) scripts/bench '$(BENCH)'

bench-size: ## measure a pool of USERS users on both databases, and its deletion
	USERS=$(USERS) $(POSTGRES) $(GO) test $(CHECKFLAGS) -run '^$$' -bench '^BenchmarkPoolOfUsers$$' -benchtime 1x -cpu 1 -timeout 180m ./internal/testing/gatetest

bench-peers: ## compare the gateway with a bare proxy, nginx and Caddy, as processes; needs an idle machine
	$(GO) test $(CHECKFLAGS) -tags peers -run '^TestPeers' -count 1 -v -timeout 30m ./e2e

fuzz: ## run every fuzz target for 5s each; FUZZTIME=1m for longer
	@scripts/fuzz $(FUZZTIME)

install-deps: ## install the programs that the tests need, with apt-get
	@scripts/install-deps

clean: ## remove bin
	rm -rf bin
