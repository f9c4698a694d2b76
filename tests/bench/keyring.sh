# A real keyring on a session bus of its own, with nxp signed in to the sandbox.

begin_keyring() {
    dbus-daemon --session --nofork --print-address >"$work/bus" 2>/dev/null &
    children+=($!)
    await grep -q unix: "$work/bus"
    export XDG_RUNTIME_DIR=$work
    DBUS_SESSION_BUS_ADDRESS=$(head -n 1 "$work/bus")
    export DBUS_SESSION_BUS_ADDRESS
    # The password of this keyring is empty.
    gnome-keyring-daemon --foreground --unlock --components=secrets <<<'' >/dev/null 2>&1 &
    children+=($!)
    # Calls to the service before it is there would start another one, and that is locked.
    await bus_call org.freedesktop.DBus / org.freedesktop.DBus.GetNameOwner string:org.freedesktop.secrets
    await is_unlocked
    printf %s "$authorization" | secret-tool store --label bench bench header
    printf %s "$password" |
        env -u NXP_TOKEN "$NXP" login -q --space "$portal" --email "$email" --password-stdin
}

is_unlocked() {
    bus_call org.freedesktop.secrets /org/freedesktop/secrets \
        org.freedesktop.Secret.Service.ReadAlias string:default | grep login
}

bus_call() {
    dbus-send --session --print-reply=literal --dest="$@"
}
