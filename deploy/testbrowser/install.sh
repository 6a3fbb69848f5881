#!/usr/bin/env bash
# install.sh     what the tests of the pages need: a browser, and a font that knows Chinese, from Debian's packages.
set -euo pipefail
exec "$(dirname "$0")/../debian-packages.sh" 'the browser tests' chromium fonts-wqy-microhei fonts-dejavu-core
