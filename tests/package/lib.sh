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

# Installs those of these Debian packages that are missing, as root.
debian_packages() {
    dpkg-query --show "$@" >/dev/null 2>&1 && return
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
}

# The tools that scripts install, in fixed versions, are shared by all checkouts of a user.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/nxp-tools

# Puts the tools of .ci/tools.txt on PATH, and installs them first if needed.
use_tools() {
    if ! cmp -s .ci/tools.txt "$tools/python/tools.txt"; then
        python3 -m venv --clear "$tools/python"
        "$tools/python/bin/pip" install --quiet --no-deps --only-binary :all: --require-hashes -r .ci/tools.txt
        cp .ci/tools.txt "$tools/python"
    fi
    PATH=$tools/python/bin:$PATH
}
