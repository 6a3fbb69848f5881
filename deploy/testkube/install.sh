#!/usr/bin/env bash
# install.sh     what a real node needs, from Debian's packages.
set -euo pipefail
exec "$(dirname "$0")/../debian-packages.sh" 'real nodes' \
  containerd runc containernetworking-plugins busybox-static iptables conntrack iproute2 util-linux
