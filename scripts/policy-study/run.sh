#!/usr/bin/env bash
# Runs everything that docs/policy.md quotes and writes it to target/policy-study: what the program
# printed (STAGE.DATASET.txt) and the document's tables (tables.md).
#
# Usage: scripts/policy-study/run.sh [stage..]   stages: thresholds rescue discounts steps volatility settings sizes test agreement
#
# The prices are not part of the repository: BALLAST_DATA (default ../shared/data) names the folder with
# prices/. Everything but the stage "test" ends before 2025-10-01; "test" is October to December 2025.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
here=scripts/policy-study
out=target/policy-study
prices=${BALLAST_DATA:-../shared/data}/prices
ballast=${BALLAST:-target/release/ballast}
[ -d "$prices" ] || { echo "policy-study: no prices in $prices (set BALLAST_DATA)" >&2; exit 1; }
[ -x "$ballast" ] || { echo "policy-study: $ballast is missing (make build)" >&2; exit 1; }
mkdir -p "$out"

hourly="xlm-1h btc-1h eth-1h"
five_minutes="xlm-5m-spring xlm-5m-summer btc-5m-summer eth-5m-summer"
tests="xlm-test btc-test eth-test"

# The arguments that name a data set.
data() {
    local asset=${1%%-*}
    local name=${asset^^}
    local before="--to 2025-10-01"
    case $1 in
        *-1h) echo "--collateral $name --prices $prices/${asset}usdt_spot_1h.csv.gz $before" ;;
        *-5m-spring) echo "--collateral $name --prices $prices/${asset}usdt_spot_5m_2025-01_2025-06.csv.gz $before" ;;
        *-5m-summer) echo "--collateral $name --prices $prices/${asset}usdt_perp_5m_2025-07_2025-12.csv.gz $before" ;;
        *-test) echo "--collateral $name --prices $prices/${asset}usdt_perp_5m_2025-07_2025-12.csv.gz --from 2025-10-01 --to 2026-01-01" ;;
    esac
}

# run STAGE DATASETS POLICIES ARGUMENTS..
run() {
    local stage=$1 sets=$2 policies=$3 set
    shift 3
    for set in $sets; do
        echo "policy-study: $stage on $set" >&2
        # Words are meant to be split: neither paths nor settings hold blanks.
        # shellcheck disable=SC2046,SC2086
        "$ballast" replay $(data "$set") --horizon 7d --policy-grid $policies "$@" \
            >"$out/$stage.$set.txt" 2>"$out/$stage.$set.log" ||
            { tail -n 3 "$out/$stage.$set.log" >&2; exit 1; }
    done
}

borrowers="--entry-health 1.10,1.20,1.35,1.60 --keeper-delay-ledgers 12 --oracle close,low"

stage() {
    case $1 in
        # Where to begin and where to stop.
        thresholds)
            run thresholds "$hourly $five_minutes" $here/thresholds.toml \
                --every 2d $borrowers --filler-margin-bps 500 --check none ;;
        # One thing at a time, around the thresholds that were chosen. Rescues happen where keepers are
        # faster than fillers.
        rescue)
            run rescue "xlm-1h xlm-5m-spring xlm-5m-summer" $here/rescue.toml \
                --every 4d --entry-health 1.10,1.20,1.35 --keeper-delay-ledgers 1 --oracle close,low \
                --filler-margin-bps 1000 --check none ;;
        discounts | steps | volatility)
            run "$1" "xlm-1h xlm-5m-spring xlm-5m-summer" $here/$1.toml \
                --every 4d --entry-health 1.10,1.20,1.35 --keeper-delay-ledgers 12 --oracle close,low \
                --filler-margin-bps 500 --check none ;;
        # The presets, one setting varied at a time.
        settings)
            run settings-entry "$hourly" $here/presets.toml --every 2d --check none --keeper-delay-ledgers 12 \
                --filler-margin-bps 500 --oracle close --entry-health 1.10,1.15,1.20,1.25,1.30,1.35,1.40,1.45,1.50,1.55,1.60
            run settings-margin "$hourly" $here/presets.toml --every 2d --check none --keeper-delay-ledgers 12 \
                --filler-margin-bps 200,300,500,1000 --oracle close,low --entry-health 1.20
            run settings-delay "$hourly" $here/presets.toml --every 2d --check none --keeper-delay-ledgers 1,12,60 \
                --filler-margin-bps 500 --oracle close,low --entry-health 1.20
            run settings-depth "$hourly" $here/presets.toml --every 2d --check none --keeper-delay-ledgers 12 \
                --filler-margin-bps 500 --oracle close --entry-health 1.20 --depth-usd 50000,750000,5000000
            # Where keepers have nothing but the AMM.
            run settings-amm "$hourly" $here/presets.toml --every 2d --check none --keeper-delay-ledgers 12 \
                --filler-margin-bps 500 --oracle close --entry-health 1.20 --depth-usd 50000,750000,5000000 --keeper-sells amm ;;
        # Small and large positions.
        sizes)
            local usd
            for usd in 500 5000 50000 500000; do
                run "sizes-$usd" xlm-1h $here/presets.toml --every 2d --keeper-delay-ledgers 12 \
                    --filler-margin-bps 500 --oracle close --entry-health 1.20 --collateral-usd $usd --check none
            done ;;
        # Once, when everything was chosen.
        test)
            run test "$tests" $here/presets.toml --every 1d $borrowers --filler-margin-bps 300,1000 --check none ;;
        # A sample of the test set again on the contracts, in minutes instead of seconds.
        agreement)
            run agreement "xlm-test" $here/presets.toml --every 2d --entry-health 1.20 --oracle low --check 12 ;;
        *) echo "policy-study: no such stage: $1" >&2; exit 2 ;;
    esac
}

[ $# -gt 0 ] || set -- thresholds rescue discounts steps volatility settings sizes test agreement
for name in "$@"; do
    stage "$name"
done
python3 $here/tables.py "$out" >"$out/tables.md"
echo "policy-study: $out/tables.md" >&2
