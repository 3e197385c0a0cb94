#!/bin/sh
# Configures a guest as udhcpc tells, and notes each event as one line in $LAB_LEASE_LOG.
set -e
case "$1" in
deconfig)
    ip -4 address flush dev "$interface"
    ip link set "$interface" up
    ;;
bound | renew)
    ip address replace "$ip/$mask" broadcast "${broadcast:-+}" dev "$interface"
    [ -z "$mtu" ] || ip link set "$interface" mtu "$mtu"
    [ -z "$router" ] || ip route replace default via "${router%% *}" dev "$interface"
    ;;
esac
echo "at='$(cut -d' ' -f1 /proc/uptime)' event='$1' ip='$ip' mask='$mask' router='$router' dns='$dns' domain='$domain'" \
    "hostname='$hostname' broadcast='$broadcast' mtu='$mtu' lease='$lease' server='$serverid'" \
    >>"$LAB_LEASE_LOG"
