# madoguchi: `make help` lists everything.
SHELL := /bin/bash
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8001
DATA ?= $(CURDIR)/data/demo
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.made

.DEFAULT_GOAL := help
.PHONY: help env demo demo-month demo-reset test soak check types lint lock clean

help: ## この一覧
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(STAMP) ## .venv を作る (動かすため、試験のため)

$(STAMP): requirements.txt pyproject.toml hatch_build.py $(wildcard src/madoguchi/locale/*/LC_MESSAGES/*.po)
	@echo "環境を作っています (1〜3分かかります)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes --requirement requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q src
	@touch $(STAMP)

demo: env ## 試用: 見本の市を作り、止めるまで動かす (HOST, PORT, DATA)
	@exec $(BIN)/madoguchi demo --data "$(DATA)" --host "$(HOST)" --port "$(PORT)"

demo-month: env ## 試用: 人口44万人の市の1か月を再生してから動かす (DATA の隣のフォルダー; CARDS で枚数)
	@exec $(BIN)/madoguchi demo --month $(if $(CARDS),--cards "$(CARDS)") --data "$(DATA)-month" --host "$(HOST)" --port "$(PORT)"

demo-reset: ## 試用のデータを消す (次の make demo は初めから)
	rm -rf "$(DATA)"

test: env ## すべての試験と検査 (15分以内)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/run_tests.py

soak: env ## 長い試験 (数時間。結果は docs/evidence)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/run_soak.py

check: env lint types ## 検査だけ (ruff, import-linter, mypy, ひな型, 依存)

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/deptry src

types: env
	$(BIN)/mypy

lock: ## requirements.txt を作り直す (uv が要る)
	uv export --quiet --no-emit-project --all-groups --no-header --no-annotate --format requirements-txt --output-file requirements.txt
	rm -f uv.lock

clean: ## 作られたものを消す (データは残す)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
