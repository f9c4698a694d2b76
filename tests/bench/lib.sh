# What the scripts here share: a temporary folder, which is removed when they end.
# Expects `set -euo pipefail`; NXP names the binary.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
NXP=$(realpath -m "${NXP:-${CARGO_TARGET_DIR:-$repository/target}/release/nxp}")

# A person of the sandbox, the profile to switch to, and one to be in before that: where
# nothing is to be switched, only the list is asked for.
email=ana@sandbox.example
password=practice
profile=14190688
other_profile=14512340

# Whether all these programs are there.
has() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || return
    done
}

# Ends with code 2 unless all these programs are there.
need() {
    local program missing=()
    for program in "$@"; do
        has "$program" || missing+=("$program")
    done
    if [ ${#missing[@]} -gt 0 ]; then
        echo "$0: needs ${missing[*]}; on Debian:" >&2
        echo "    apt-get install curl gnome-keyring hyperfine iproute2 jq libsecret-tools nginx-light openssl python3 time valgrind" >&2
        exit 2
    fi
    if [ ! -x "$NXP" ]; then
        echo "$0: $NXP is not there: run \`cargo build --release --locked\`, or name another in NXP" >&2
        exit 2
    fi
}

# Makes the folder, and an environment that nothing of the user's own reaches.
begin() {
    work=$(mktemp -d)
    children=()
    trap finish EXIT
    trap 'exit 130' INT TERM
    local name
    for name in $(compgen -e | grep -iE '^(NXP_|XDG_|SSL_CERT_|CLICOLOR|NO_COLOR$|[a-z]+_proxy$)'); do
        unset "$name"
    done
    export HOME=$work LC_ALL=C
}

# Ends what was started, and removes the folder.
finish() {
    local child
    for child in "${children[@]}"; do
        kill "$child" 2>/dev/null && wait "$child" 2>/dev/null || true
    done
    rm -rf "$work"
}

# Waits, ten seconds at most, until a command succeeds.
await() {
    local attempt
    for attempt in {1..1000}; do
        "$@" >/dev/null 2>&1 && return
        sleep 0.01
    done
    echo "$0: waited in vain for: $*" >&2
    exit 1
}

# Starts the sandbox; sets `portal` to its address and the variables that lead nxp to it.
start_portal() {
    "$NXP" sandbox serve >"$work/portal.log" 2>&1 &
    children+=($!)
    await grep -q 'http://' "$work/portal.log"
    portal=$(sed -n 's/.* at \(http[^ ]*\) until.*/\1/p' "$work/portal.log")
    NXP_TOKEN=$(curl -sS --data-urlencode "username=$email" \
        -d "grant_type=password&password=$password" "$portal/api/token" |
        sed 's/.*"access_token":"\([^"]*\)".*/\1/')
    export NXP_TOKEN NXP_SPACE=$portal
}

# Prints a command that makes this profile the current one.
switching_to() {
    echo "curl -sSf -o /dev/null -X PUT -d '' -H 'Authorization: Bearer $NXP_TOKEN' $portal/api/public/coworkers/profiles/current?coworkerId=$1"
}
