//! How keys are called.

use trunkline_model::KeyPurpose;
use trunkline_wire::EpochMillis;
use trunkline_wire::sentinel::day_of;

/// The first free name of a key made today: `appjwt-21-11-26`, then `appjwt-21-11-26-2` and so on. Source: spec 03 §4.
pub(super) fn free_name(purpose: KeyPurpose, today: EpochMillis, taken: impl Fn(&str) -> bool) -> String {
    let first = format!("{}-{}", purpose.as_str(), day_of(today));
    if !taken(&first) {
        return first;
    }
    let mut number = 2u64;
    loop {
        let name = format!("{first}-{number}");
        if !taken(&name) {
            return name;
        }
        number += 1;
    }
}

/// What a private key is sealed for.
pub(super) fn context(kid: &str) -> String {
    format!("signing-key/{kid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_purpose_and_day_and_a_number_when_taken() {
        let day = EpochMillis(1_795_219_200_000);
        assert_eq!(free_name(KeyPurpose::AppJwt, day, |_| false), "appjwt-21-11-26");
        assert_eq!(free_name(KeyPurpose::ConsumerJws, day, |_| false), "consumerjws-21-11-26");
        let taken = ["appjwt-21-11-26", "appjwt-21-11-26-2"];
        assert_eq!(free_name(KeyPurpose::AppJwt, day, |name| taken.contains(&name)), "appjwt-21-11-26-3");
    }
}
