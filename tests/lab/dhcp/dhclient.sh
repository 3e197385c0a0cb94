#!/bin/sh
# Configures a guest as dhclient tells, and notes each event as one line in $LAB_LEASE_LOG.
set -e
bits() {
    length=0
    for octet in $(echo "$1" | tr . ' '); do
        while [ "$octet" -gt 0 ]; do
            length=$((length + octet % 2))
            octet=$((octet / 2))
        done
    done
    echo "$length"
}
mask=
[ -z "$new_subnet_mask" ] || mask=$(bits "$new_subnet_mask")
event=$reason
case "$reason" in
PREINIT)
    ip link set "$interface" up
    ;;
BOUND | RENEW | REBIND | REBOOT)
    ip address replace "$new_ip_address/$mask" broadcast "${new_broadcast_address:-+}" \
        dev "$interface"
    [ -z "$new_interface_mtu" ] || ip link set "$interface" mtu "$new_interface_mtu"
    [ -z "$new_routers" ] || ip route replace default via "${new_routers%% *}" dev "$interface"
    [ "$reason" = BOUND ] || [ "$reason" = REBOOT ] || event=renew
    [ "$event" = renew ] || event=bound
    ;;
EXPIRE | FAIL | STOP)
    ip -4 address flush dev "$interface"
    event=deconfig
    ;;
esac
echo "at='$(cut -d' ' -f1 /proc/uptime)' event='$event' ip='$new_ip_address' mask='$mask' router='$new_routers'" \
    "dns='$new_domain_name_servers' domain='$new_domain_name' hostname='$new_host_name'" \
    "broadcast='$new_broadcast_address' mtu='$new_interface_mtu'" \
    "lease='$new_dhcp_lease_time' server='$new_dhcp_server_identifier'" >>"$LAB_LEASE_LOG"
