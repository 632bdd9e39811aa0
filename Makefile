# mlops-lab: 새 컴퓨터에 Python 3.11~3.13, make, git만 있으면 됩니다. `make`만 치면 할 수 있는 일을 보여 줍니다.
SHELL := /bin/bash
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BENCH := build/bench-venv
UV := $(shell sed -n 's/^uv==\([0-9.]*\).*/uv==\1/p' requirements.txt)
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo lab quick test test-all test-lowest check bench bench-drift bench-stack notebooks pictures lock clean

help: ## 할 수 있는 일
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.ready ## 가상 환경을 만들고, 해시까지 고정된 패키지를 설치합니다

$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else f"Python {v[0]}.{v[1]}입니다. 3.11부터 3.13까지 쓸 수 있습니다. 예: make PYTHON=python3.11 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "패키지를 설치합니다(처음 한 번, 몇 분 걸립니다)."
	@$(BIN)/python -m pip install --quiet "$(UV)"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --compile-bytecode --editable .
	@touch $@

demo: setup ## 항공편 지연 파이프라인을 진짜 Airflow에서 실행합니다(MONTHS=2013-03..2013-05로 줄일 수 있습니다)
	@$(BIN)/python -m mlops_lab.demo $(if $(MONTHS),--months $(MONTHS))

lab: setup ## 한국어 JupyterLab과 Airflow를 띄웁니다(멈추기: Ctrl-C)
	@$(BIN)/python -m mlops_lab.lab

notebooks: setup ## notebooks/source의 글에서 노트북을 만들고 실행합니다
	@$(BIN)/python -m mlops_lab.lesson.build

check: setup ## 글꼴, 형식, 방의 경계를 검사합니다(빠름)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy

quick: check ## 3분쯤에 답하는 시험: 커널도 Airflow도 띄우지 않습니다
	@$(BIN)/python -m tests.lanes quick

test: check ## 시험(코어 둘에서 25분쯤)
	@$(BIN)/python -m tests.lanes test

test-all: check ## 오래 걸리는 것까지 모든 시험
	@$(BIN)/python -m tests.lanes all

# 공개된 세 방(runner, airflow, drift)을, pyproject.toml이 약속하는 가장 낮은 판으로 시험합니다. 옛 판들이 새 판의 무엇을 옛
# 방식으로 부른다는 경고는 오류로 보지 않습니다.
LOWEST := build/lowest
test-lowest: setup ## 가장 낮은 판의 패키지(Python 3.11)로 runner, 오퍼레이터, drift를 시험합니다
	@$(BIN)/uv venv --quiet --clear --python 3.11 $(LOWEST)
	@$(BIN)/uv pip compile --quiet --no-header --python $(LOWEST) --only-binary :all: --resolution lowest-direct \
	  --extra airflow --extra drift --output-file $(LOWEST)/lowest.txt pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(LOWEST) --only-binary :all: -r $(LOWEST)/lowest.txt scikit-learn \
	  $$(grep -oE '^(hypothesis|pytest|hatchling|editables)==[^ ]+' requirements.txt)
	@$(BIN)/uv pip install --quiet --python $(LOWEST) --no-deps --no-build-isolation --editable .
	@$(LOWEST)/bin/python -m pytest -o filterwarnings=default tests/pure/runner tests/pure/airflow tests/pure/drift \
	  tests/kernel/test_run.py tests/kernel/test_outputs.py tests/kernel/test_warm.py tests/kernel/test_cli.py tests/kernel/test_papermill.py

bench-drift: setup ## 드리프트를 Evidently, NannyML과 나란히 잽니다(10분쯤, 두 도구를 build/에 설치합니다)
	@$(BIN)/python benchmarks/drift.py

pictures: setup ## README와 수업에 넣을 Airflow 화면을 Chromium으로 찍습니다(chromium과 chromedriver가 있어야 합니다)
	@$(BIN)/python -m tests.browser.airflow_ui docs/images

lock: setup ## uv.lock을 다시 풀고 requirements.txt를 내보냅니다
	@$(BIN)/uv lock
	@$(BIN)/uv export --quiet --frozen --all-extras --no-extra official --no-emit-project --no-header --output-file requirements.txt

bench: setup $(BENCH)/.ready ## 노트북 태스크를 공식 오퍼레이터와 나란히 잽니다(20분쯤, 결과는 build/bench.json)
	@$(BENCH)/bin/python benchmarks/notebook_task.py $(BENCH_OPTIONS)

bench-stack: setup ## Airflow를 띄우는 빠르기와 메모리를 airflow standalone과 나란히 잽니다(5분쯤, 결과는 build/bench-stack.json)
	@$(BIN)/python benchmarks/stack.py $(BENCH_OPTIONS)

# 공식 프로바이더는 클라우드 세 곳의 패키지를 끌고 오므로 따로 된 환경에 둡니다. 판은 같은 uv.lock에서 옵니다.
$(BENCH)/.ready: requirements.txt
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@$(BIN)/uv export --quiet --frozen --all-extras --no-emit-project --no-header --output-file $(BENCH)/requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BENCH)/bin/python --require-hashes --compile-bytecode -r $(BENCH)/requirements.txt
	@$(BIN)/uv pip install --quiet --python $(BENCH)/bin/python --no-deps --no-build-isolation --compile-bytecode --editable .
	@touch $@

clean: ## 가상 환경과 만들어진 것을 지웁니다(workspace는 남깁니다)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache
