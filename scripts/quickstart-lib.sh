# What the shows of scripts/quickstart share, inside their namespaces. To be sourced by bash, with the mode as $1.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$root"
export PATH=$programs:$PATH

mode=$1
work=$(mktemp -d)
chmod 711 "$work" # dnsmasq gives up root and reads its files below
started=()
end() {
    local code=$?
    trap - EXIT
    [ "$code" -eq 0 ] || tail -n 20 "$work"/netctld.log >&2
    kill "${started[@]}" 2>/dev/null || true
    wait "${started[@]}" 2>/dev/null || true
    ip netns exec cloud netctld --config "$work/eucalyptus.conf" --purge >/dev/null 2>&1 || true
    ip -all netns delete
    rm -rf "$work"
    exit "$code"
}
trap end EXIT

# Shows a command as one would type it, and what it prints. `on HOST` runs it on that host.
on() {
    local host=$1
    shift
    printf '%s# %s\n' "$host" "$*"
    ip netns exec "$host" "$@"
}
background() {
    ip netns exec "$@" >>"$work/background.log" 2>&1 &
    started+=($!)
}
# Waits up to ten seconds until a command succeeds.
until_true() {
    for _ in $(seq 200); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.05
    done
    fail "waited in vain for: $*"
}
machines() {
    local name
    for name in "$@"; do
        ip netns add "$name"
        ip -n "$name" link set lo up
    done
}
# Shows the configuration, which stands in $work, and starts netctld with it.
start_netctld() {
    cat >>"$work/eucalyptus.local.conf" <<LOCAL
NETCTL_ROLE="all"
NETCTL_STATE_DIR="$work/state"
NETCTL_RUN_DIR="$work/run"
LOCAL
    export NETCTL_SOCKET=$work/run/netctl.sock
    (grep -h '^VNET_' "$work/eucalyptus.conf" && cat "$work/eucalyptus.local.conf")
    cd "$work"
    on cloud netctl config check eucalyptus.conf
    say "Starting netctld"
    echo "cloud# netctld --config eucalyptus.conf &"
    ip netns exec cloud netctld --config "$work/eucalyptus.conf" >netctld.log 2>&1 &
    started+=($!)
    until_true netctl status
}
# power_on NUMBER MAC: the virtual machine of that number boots by DHCP and serves.
power_on() {
    local vm=vm$1
    ip -n "$vm" link set eth0 address "$2"
    ip -n "$vm" link set eth0 up
    export LAB_LEASE_LOG=$work/$vm.lease
    background "$vm" busybox udhcpc -f -i eth0 -s "$root/tests/lab/dhcp/udhcpc.sh"
    until_true grep -q "event='bound'" "$work/$vm.lease"
    mkdir -p "$work/$vm"
    echo "Hello from $vm" >"$work/$vm/index.html"
    background "$vm" python3 -m http.server --directory "$work/$vm" 80
    background "$vm" python3 -m http.server --directory "$work/$vm" 22
    until_true ip netns exec "$vm" curl -s http://127.0.0.1/
}
# The device of the virtual machine of that number, as a hypervisor makes it.
make_device() {
    ip link add "vnet$1" netns cloud type veth peer name eth0 netns "vm$1"
    ip -n cloud link set "vnet$1" up
}
goodbye() {
    say "Done. All of it ran in namespaces, which are gone now."
}
