//! Randomness that repeats.

use std::sync::Mutex;

use trunkline_model::Rng;

/// SplitMix64 from a fixed seed: different bytes at each call, the same bytes in each run.
#[derive(Debug)]
pub struct TestRng(Mutex<u64>);

impl TestRng {
    /// Starts from this seed.
    pub fn seeded(seed: u64) -> Self {
        Self(Mutex::new(seed))
    }
}

impl Rng for TestRng {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().expect("nobody panics while holding it");
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            chunk.copy_from_slice(&mixed.to_le_bytes()[..chunk.len()]);
        }
    }
}
