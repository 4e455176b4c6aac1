# The only entry points; `make help` lists them.
SHELL := /bin/bash
CONFIG ?= Release
export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1

.PHONY: help setup build run sandbox sandbox-down check test vectors bench format clean

help: ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

setup: ## install what building and running needs (gcc, libssl-dev, npm)
	@eng/setup run

build: setup ## build everything; the programs stand in bin/
	@eng/build $(CONFIG)

run: build ## two providers, one daemon, two people, one real mail; stays until Ctrl-C (ONCE=1 ends after the mail)
	@eng/run $(CONFIG)

sandbox: build ## make sandbox DIR=… ACCOUNTS="alice@red.test bob@blue.test" [DEVICES=1] [PORT_BASE=…]
	@eng/sandbox $(CONFIG) up --dir "$(DIR)" --accounts "$(ACCOUNTS)" --devices "$(or $(DEVICES),1)" $(if $(PORT_BASE),--port-base $(PORT_BASE))

sandbox-down: ## make sandbox-down DIR=…: end exactly the processes of that sandbox
	@eng/sandbox $(CONFIG) down --dir "$(DIR)"

check: build ## unit, property and dialogue tests, without whole daemons and real mail programs
	@eng/test $(CONFIG) check

test: ## everything: check, vectors and the whole system with real mail programs
	@eng/setup test
	@eng/build $(CONFIG)
	@eng/test $(CONFIG) all

vectors: build ## every case of every vector file, counted per file
	@eng/vectors $(CONFIG)

bench: build ## measure; see bench/README.md
	@eng/bench $(CONFIG)

format: ## rewrite the sources as .editorconfig says
	@dotnet format Bitmask.slnx

clean: ## remove what was built
	@rm -rf artifacts bin
