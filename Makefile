# The commands of the project; CONTRIBUTING.md says more of each.
SHELL := bash
.PHONY: demo test verify bench soak servers

node_modules: package.json package-lock.json
	npm ci --loglevel=error
	@touch node_modules

demo: node_modules ## three simulated clusters with 30 days of history, and the API
	npm run --silent demo -- $(ARGS)

test: node_modules servers ## every test, on real servers
	npm test

servers: node_modules ## what the tests need: a Kubernetes, a node's packages, a Kafka; kept outside of the clone
	npm run --silent servers

verify: node_modules ## types, lint, format, unit tests
	npm run verify

bench: node_modules ## benchmarks, ours and a peer in turn: make bench NAME=watch
	npm run --silent bench -- $(NAME)

soak: node_modules ## the long form of the fault tests
	npm run --silent soak
