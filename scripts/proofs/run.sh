#!/usr/bin/env bash
# Runs every proof, and checks that the formulas they speak of are the code's. With names as arguments only
# those: `bash scripts/proofs/run.sh splitting`.
#
# The solver comes from PyPI, pinned in requirements.txt, into target/proofs: by a virtual environment where
# Python has venv, else by pip alone.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
home=$root/target/proofs
python=${PYTHON:-python3}

die() {
    printf 'proofs: %s\n' "$*" >&2
    exit 1
}

command -v "$python" >/dev/null 2>&1 || die "$python is not installed"

install() {
    rm -rf "$home"
    mkdir -p "$home"
    if "$python" -c 'import ensurepip, venv' 2>/dev/null && "$python" -m venv "$home/venv"; then
        "$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m pip install --quiet --disable-pip-version-check --target "$home/packages" \
            -r "$here/requirements.txt"
    else
        die "Python has neither venv nor pip (on Debian: apt-get install python3-venv)"
    fi
    cp "$here/requirements.txt" "$home/installed.txt"
}

cmp -s "$here/requirements.txt" "$home/installed.txt" || install
if [ -x "$home/venv/bin/python" ]; then
    python=$home/venv/bin/python
else
    export PYTHONPATH=$home/packages
fi
export PYTHONDONTWRITEBYTECODE=1

"$python" "$here/vectors.py" --check

proofs=("$@")
[ "${#proofs[@]}" -gt 0 ] || proofs=(fixed rounding splitting health policy budget rescue volatility)
start=$SECONDS
for proof in "${proofs[@]}"; do
    "$python" "$here/$proof.py" || die "$proof failed"
done
printf '\nproofs: all hold (%d s)\n' "$((SECONDS - start))"
