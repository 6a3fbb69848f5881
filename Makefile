# The commands of the project; CONTRIBUTING.md says more of each.
SHELL := bash
.DEFAULT_GOAL := help
.PHONY: help demo test verify bench soak servers

help: ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

node_modules: package.json package-lock.json web/package.json
	npm ci --loglevel=error
	@touch node_modules

PAGES := $(shell find web/src web/build web/public web/index.html web/vite.config.ts web/svelte.config.js schemas/api api/routes -type f -not -path '*/generated/*')

web/dist/index.html: node_modules $(PAGES) ## the pages, built for the API to serve
	npm run --silent build

demo: web/dist/index.html ## three simulated clusters with 30 days of history, their API and pages
	npm run --silent demo -- $(ARGS)

test: node_modules servers ## every test, on real servers
	npm test

servers: node_modules ## what the tests need: a Kubernetes, a node's packages, a Kafka, a Prometheus; kept outside of the clone
	npm run --silent servers

verify: node_modules ## types, lint, format, unit tests
	npm run verify

bench: node_modules ## benchmarks, ours and a peer in turn: make bench NAME=watch
	npm run --silent bench -- $(NAME)

soak: node_modules ## the long form of the fault tests
	npm run --silent soak
