#!/usr/bin/env bash
# install.sh     what a real node needs, from Debian's packages. Needs root; says what is missing otherwise.
set -euo pipefail
PACKAGES=(containerd runc containernetworking-plugins busybox-static iptables conntrack iproute2 util-linux)
missing=()
for p in "${PACKAGES[@]}"; do dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'install ok installed' || missing+=("$p"); done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "testkube: real nodes need these Debian packages: ${missing[*]}" >&2
  exit 1
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
