# What is done again and again: `just` lists it. Needs just (https://just.systems); each line also
# works when typed.

_default:
    @just --list

# install what development needs into the active environment
setup:
    pip install -c constraints.txt -e '.[test,dev]'
    npm install --no-audit --no-fund
    pre-commit install

# linters and type checkers of Python and JavaScript
check:
    ruff check .
    ruff format --check .
    mypy
    npm run --silent check

# tests without child processes, mongod or browser; under a minute
fast:
    pytest -m fast

# all tests
test:
    pytest

# what a change has to pass, from nothing
ci:
    .ci/run

# the dashboard on synthetic data
demo:
    ai-mpox demo

# a benchmark by its name, for example `just bench throughput --help`; results go to docs/benchmarks/
bench name *arguments:
    python -m tests.benchmarks.{{name}} {{arguments}}
