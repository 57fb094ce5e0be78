# Gatehouse. "make" says what it can do.

GO        ?= go
RUN       ?= .
BENCH     ?= .
FUZZTIME  ?= 5s
DEV       ?=

# A clone that belongs to another user than the one who builds has no version
# that git would tell.
CHECKFLAGS = -buildvcs=false

# One PostgreSQL for a whole run of tests; see internal/testing/pgtest.
POSTGRES   = $(GO) run $(CHECKFLAGS) ./internal/testing/pgtest/run --

.PHONY: help build dev test e2e check fmt vet staticcheck deadcode generated generate vuln bench fuzz install-deps clean

help: ## say what make can do
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build bin/gatehouse: one static file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w' -o bin/gatehouse ./cmd/gatehouse

dev: ## run the whole system on this machine; DEV='--listen …' for its flags
	$(GO) run ./cmd/gatehouse dev $(DEV)

test: install-deps ## run every test with the race detector, on both databases, e2e included
	@echo "== tests, with the race detector"
	CGO_ENABLED=1 $(POSTGRES) $(GO) test -race $(CHECKFLAGS) -timeout 15m -run '$(RUN)' ./...

e2e: install-deps ## run the end-to-end tests alone: the built binary, AWS CLI, a browser
	$(POSTGRES) $(GO) test $(CHECKFLAGS) -timeout 15m -count 1 -v -run '$(RUN)' ./e2e/...

check: fmt vet staticcheck deadcode generated ## check form, generated files and common mistakes

fmt:
	@echo "== gofmt"
	@files="$$(git ls-files -z --cached --others --exclude-standard '*.go' | xargs -0 gofmt -l)"; \
	if [ -n "$$files" ]; then echo "not as gofmt has it; run gofmt -w on:"; echo "$$files"; exit 1; fi

vet:
	@echo "== go vet"
	@$(GO) vet $(CHECKFLAGS) ./...

staticcheck:
	@echo "== staticcheck"
	@GOFLAGS='$(GOFLAGS) $(CHECKFLAGS)' $(GO) tool staticcheck ./...

deadcode:
	@echo "== functions that nothing reaches"
	@scripts/deadcode

generated:
	@echo "== generated files"
	@before="$$(git diff; git status --porcelain)"; \
	$(GO) generate ./... || exit 1; \
	if [ "$$before" != "$$(git diff; git status --porcelain)" ]; then \
		echo "generated files were stale and have been made anew; commit them:"; git status --short; exit 1; fi

generate: ## make the generated code and pages anew
	$(GO) generate ./...

vuln: ## look for known vulnerabilities in what is used; asks vuln.go.dev
	$(GO) tool govulncheck ./...

bench: ## measure the hot paths; BENCH='…' chooses
	$(POSTGRES) scripts/bench '$(BENCH)'

fuzz: ## run every fuzz target for a while; FUZZTIME=1m for longer
	@scripts/fuzz $(FUZZTIME)

install-deps: ## install what the tests need, where that can be done
	@scripts/install-deps

clean: ## remove what make has built
	rm -rf bin
