# What the scripts in this folder share.

fail() {
    echo "$0: $*" >&2
    exit 1
}

# Waits up to a minute until a command succeeds.
await() {
    local _
    for _ in {1..600}; do
        "$@" && return
        sleep 0.1
    done
    fail "not within a minute: $*"
}

# The address that a sandbox server printed to a file.
address_in() {
    await grep -qs 'http://' "$1"
    grep -o 'http://[0-9.:]*[0-9]' "$1" | head -n 1
}

# The version in Cargo.toml.
version() {
    sed -n '0,/^version = /s/^version = "\(.*\)"/\1/p' Cargo.toml
}

# The tools that scripts install, in fixed versions, are shared by all checkouts of a user.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/nxp-tools

# Puts zig and cargo-zigbuild on PATH, and installs them first if needed.
use_zig() {
    if ! [ -x "$tools/zig/bin/cargo-zigbuild" ]; then
        python3 -m venv "$tools/zig"
        "$tools/zig/bin/pip" install --quiet cargo-zigbuild==0.24.0 ziglang==0.17.1
    fi
    PATH=$tools/zig/bin:$PATH
}
