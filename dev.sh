#!/bin/sh
# Runs the page with hot reload, and the server anew whenever a Rust file changes. Ends with Ctrl-C.
set -eu
cd "$(dirname "$0")"
data="${FAMILIAR_DEV_DATA:-.cache/dev-data}"
mkdir -p "$data"

newest() {
    find crates Cargo.toml docs/handbook -type f \( -name '*.rs' -o -name '*.toml' -o -name '*.sql' -o -name '*.md' \) \
        -newer .cache/dev-built -print -quit
}

server=""
page=""
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$page" ] || kill "$page" 2>/dev/null || true
}
trap stop EXIT
trap 'exit 130' INT TERM

(cd web && exec node_modules/.bin/vite) &
page=$!

while :; do
    touch .cache/dev-built
    if cargo build --package cli; then
        [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" || true; }
        ./target/debug/familiar serve --data "$data" --listen 127.0.0.1:7420 &
        server=$!
    fi
    until [ -n "$(newest)" ]; do sleep 1; done
done
