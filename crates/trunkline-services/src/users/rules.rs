//! What names, passwords and skills of users must be like.

use trunkline_model::Secret;
use trunkline_wire::SkillId;

use crate::Error;

/// Shortest and longest password, in bytes. The upper bound keeps hashing from being fed megabytes.
const PASSWORD_LEN: std::ops::RangeInclusive<usize> = 8..=1024;
/// Longest login name, in characters.
const MAX_LOGIN_NAME: usize = 128;
/// The most skills of a user.
const MAX_SKILLS: usize = 100;

pub(super) fn check_login_name(name: &str) -> Result<(), Error> {
    let length = name.chars().count();
    if length == 0 || length > MAX_LOGIN_NAME {
        return Err(Error::Invalid(format!("the login name must have 1 to {MAX_LOGIN_NAME} characters")));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::Invalid("the login name must not contain control characters".to_owned()));
    }
    Ok(())
}

pub(super) fn check_password(password: &Secret) -> Result<(), Error> {
    let (least, most) = (PASSWORD_LEN.start(), PASSWORD_LEN.end());
    match password.expose().len() {
        length if PASSWORD_LEN.contains(&length) => Ok(()),
        length if length < *least => Err(Error::Invalid(format!(
            "the password is too short: it must have at least {least} bytes; a few random words make a good one"
        ))),
        _ => Err(Error::Invalid(format!("the password is too long: it must have at most {most} bytes"))),
    }
}

pub(super) fn check_skills(skills: &[SkillId]) -> Result<(), Error> {
    if skills.len() > MAX_SKILLS {
        return Err(Error::Invalid(format!(
            "skills: a user has at most {MAX_SKILLS}, or none to be eligible for all"
        )));
    }
    if skills.contains(&SkillId::UNASSIGNED) {
        let text = "skills: -1 is no skill; a user without skills is eligible for all conversations";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}
