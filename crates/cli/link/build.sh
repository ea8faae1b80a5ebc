#!/bin/sh
# Builds `target/release/familiar` for this machine: compiled by how often its branches are taken, where there is a profile
# for this compiler, and with the functions that it calls laid beside each other (`docs/performance.md`, "What a whole request
# costs", "Start and memory"). Where that cannot be had, it is what `cargo build` makes.
set -eu
cd "$(dirname "$0")/../../.."
target=${CARGO_TARGET_DIR:-target}

plain() {
	exec cargo build --release --locked --package cli
}

# LLD lays out functions by a list, and is what Rust links with on this platform since 1.90.
compiler=$(rustc -vV)
minor=$(echo "$compiler" | sed -n 's/^release: 1\.\([0-9]*\).*/\1/p')
case "$compiler" in *"host: x86_64-unknown-linux-gnu"*) ;; *) plain ;; esac
[ "${minor:-0}" -ge 90 ] || plain

mkdir -p "$target"
order=$(cd "$target" && pwd)/functions.order
[ -e "$order" ] || : >"$order"

# Packed, relocations are 50 KB instead of 3.5 MB; loaders of older systems do not know them.
packed=
case $(getconf GNU_LIBC_VERSION 2>/dev/null) in
"glibc 2."3[6-9] | "glibc 2."[4-9][0-9]) packed=-Clink-arg=-Wl,-z,pack-relative-relocs ;;
esac

# `cargo xtask bench profile` writes it. What has been changed since is compiled without it.
release=$(echo "$compiler" | sed -n 's/^release: //p')
profile=$PWD/crates/cli/link/rustc-$release.profdata
flags=
[ ! -e "$profile" ] || flags="\"-Cprofile-use=$profile\", \"-Cllvm-args=-no-pgo-warn-mismatch\""

linked() {
	cargo rustc --release --locked --package cli --bin familiar --config "build.rustflags=[$flags]" -- \
		"-Clink-arg=-Wl,--symbol-ordering-file=$order" -Clink-arg=-Wl,--no-warn-symbol-ordering $packed
}

linked || plain
# Names of functions hold the compiler and the versions of all crates: the order is made from the program just built, and
# holds until one of these changes.
tool=$target/order
if [ ! "$tool" -nt crates/cli/link/order.rs ] || [ ! "$tool" -nt crates/cli/link/key.rs ]; then
	rustc --edition 2024 -O -o "$tool" crates/cli/link/order.rs || exit 0
fi
if "$tool" "$target/release/familiar" crates/cli/link/functions.txt "$order"; then
	touch crates/cli/src/main.rs
	linked || plain
fi
