# list the recipes
default:
    @just --list

# make .venv with the versions of uv.lock
install:
    uv sync --extra dev

# lint, format, types, dependencies: what the gate asks before the tests
check:
    uv run ruff check
    uv run ruff format --check
    uv run mypy
    uv run deptry .

# run the tests, on SQLite and on PostgreSQL
test *arguments:
    uv run pytest {{ arguments }}

# serve on http://127.0.0.1:8080 with a demo tenant
serve *arguments:
    uv run scim-lifecycle quickstart {{ arguments }}

# measure
bench *arguments:
    uv run python -m bench {{ arguments }}

# write the whole table of the benchmark to a file
bench-table *arguments:
    uv run python -m bench.table {{ arguments }}

# run the gate, tag the version of pyproject.toml, and build sdist and wheel into dist/
release:
    git diff --quiet HEAD
    grep -q "^## \[$(uv version --short)\]" CHANGELOG.md
    .ci/run
    git tag -a "v$(uv version --short)" -m "$(uv version --short)"
    rm -rf dist
    uv build
