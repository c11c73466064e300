#!/bin/sh
# Chromium for tests/report/test_browser.py, where it is missing and this is a Debian that we may install on.
set -eu
if command -v chromium >/dev/null 2>&1; then
    exit 0
fi
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" -ne 0 ]; then
    echo "chromium is missing; install it to run tests/report/test_browser.py (on Debian: apt-get install chromium)" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends chromium
