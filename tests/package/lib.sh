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
