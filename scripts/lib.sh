# What the scripts share: where things are, and Debian's packages. To be sourced by bash.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=$root/build/release/netctl

build_packages=(
    g++ cmake ninja-build pkg-config ccache
    libboost1.81-dev libboost-json1.81-dev libboost-program-options1.81-dev libssl-dev
    libsqlite3-dev libfmt-dev libspdlog-dev
    libnl-3-dev libnl-route-3-dev libip4tc-dev libmnl-dev libkmod-dev libnftables-dev
)
run_packages=(dnsmasq-base iproute2 kmod)
demo_packages=(util-linux busybox python3 iputils-ping curl procps)
test_packages=(
    libgtest-dev libgmock-dev
    clang clang-format clang-tidy libclang-rt-14-dev
    python3 python3-pytest util-linux procps curl strace ansible prometheus
    awscli python3-boto3 openssl zsh etcd-server etcd-client
    busybox isc-dhcp-client iperf3 iputils-ping cloud-init iptables ipset nftables conntrack tcpdump systemd
)
# What others run on the same host; tests/lab starts them in namespaces of their own.
neighbour_packages=(
    ufw firewalld dbus-daemon libvirt-daemon-system libvirt-clients docker.io network-manager ifupdown2
)
package_packages=(debhelper dpkg-dev fakeroot lintian man-db)
bench_packages=(libbenchmark-dev gnuplot-nox kea-admin)
vm_packages=(qemu-system-x86 busybox kmod iproute2 xz-utils util-linux)
# Of the machine where systemd is the first process, and what makes it. The libraries are those of build_packages.
vm_root_packages=(
    systemd systemd-sysv dbus udev kmod busybox iproute2 iputils-ping procps curl python3 python3-pytest
    dnsmasq-base iptables ipset nftables conntrack
    libboost-json1.81.0 libboost-program-options1.81.0 libssl3 libsqlite3-0 libfmt9 libspdlog1.10
    libnl-3-200 libnl-route-3-200 libip4tc2 libmnl0 libkmod2 libnftables1
)
vm_root_build_packages=(mmdebstrap)

say() {
    printf '\n== %s\n' "$*"
}

fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# Whether the running kernel has 802.1Q.
makes_vlans() {
    unshare --net sh -c 'ip link add trunk type veth peer name far &&
        ip link add link trunk name vlan type vlan id 2' 2>/dev/null
}

# Installs those of the named Debian packages that are missing; asks nothing.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] || fail "run as root, or install: ${missing[*]}"
    say "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # What the tests run in namespaces of their own must not run on this machine because it was installed.
    local policy=/usr/sbin/policy-rc.d own_policy= code=0
    if [ ! -e "$policy" ]; then
        own_policy=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    fi
    apt-get -qq update </dev/null &&
        apt-get -qq -y --no-install-recommends install "${missing[@]}" </dev/null >/dev/null || code=1
    [ -z "$own_policy" ] || rm -f "$policy"
    [ "$code" -eq 0 ] || fail "apt-get could not install: ${missing[*]}"
}
