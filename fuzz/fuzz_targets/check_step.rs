//! Whatever is proposed in whatever situation: the check does not panic, and what it approves keeps
//! the promises (floor, health, landing, size, cost), in exact arithmetic.
#![no_main]

use ballast_fuzz::cases::Case;
use ballast_fuzz::promises::assert_sound;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|case: Case| {
    if let Ok(approved) = case.scene.check(case.proposal) {
        assert_sound(&case.scene, &case.proposal, &approved);
    }
});
