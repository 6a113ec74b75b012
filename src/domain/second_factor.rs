//! The second factor of a sign-in: codes of the moment (TOTP, RFC 6238) and recovery codes.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use unicode_normalization::UnicodeNormalization;

use crate::domain::keyword::keyword_enum;

keyword_enum! {
    /// What shows that somebody has what only the owner of an account has.
    #[schemars(rename = "SecondFactorWay")]
    pub enum Way {
        /// The code of the moment, of an app that shares a secret with the account (RFC 6238).
        Totp = "totp",
        /// A passkey: a key in a device, which signs what it is asked (W3C Web Authentication).
        Passkey = "passkey",
        /// A code from a list that was given out once.
        Recovery = "recovery",
    }
}

keyword_enum! {
    /// How far an app that makes codes is set up.
    pub enum TotpState {
        /// The secret was given out; no code has come yet.
        Begun = "begun",
        /// A code has come.
        Confirmed = "confirmed",
    }
}

/// Bytes of a secret that an app shares: as many as SHA-1 gives, which is what RFC 4226 recommends.
pub const SECRET: usize = 20;
/// Bytes of a recovery code: 16 characters of base32.
pub const RECOVERY: usize = 10;
/// Recovery codes that are given out at a time.
pub const RECOVERY_CODES: usize = 10;
/// Seconds for which a code is shown.
const STEP: i64 = 30;
const DIGITS: usize = 6;

fn code_of(secret: &[u8], step: i64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0x0f);
    let word = [digest[offset], digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    let number = (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000;
    format!("{number:0DIGITS$}")
}

/// The step that a code belongs to: that of a time or one beside it, as clocks differ, and later than `used`, so that no
/// code that was seen does twice.
pub fn step_of(secret: &[u8], code: &str, seconds: i64, used: i64) -> Option<i64> {
    let now = seconds.div_euclid(STEP);
    (now - 1..=now + 1).find(|step| *step > used && code_of(secret, *step) == code)
}

/// A code as it was meant: without the spaces and hyphens that people group it by, in the letters that codes are
/// written in, whatever the keyboard was set to.
pub fn typed(code: &str) -> String {
    code.nfkc().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_uppercase).collect()
}

/// A recovery code as it is given out.
pub fn recovery_code(bytes: [u8; RECOVERY]) -> String {
    let letters: Vec<char> = base32(&bytes).chars().collect();
    letters.chunks(4).map(|group| group.iter().collect()).collect::<Vec<String>>().join("-")
}

/// Bytes in base32 (RFC 4648), without padding.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        for place in 0..(group.len() * 8).div_ceil(5) {
            text.push(char::from(LETTERS[(bits >> (35 - 5 * place) & 31) as usize]));
        }
    }
    text
}

/// What an app reads from a QR code, for the account of a name.
pub fn address(secret: &[u8], name: &str) -> String {
    let secret = base32(secret);
    format!(
        "otpauth://totp/Qianglian:{name}?secret={secret}&issuer=Qianglian&algorithm=SHA1&digits={DIGITS}&period={STEP}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const RFC: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_of(RFC, seconds / STEP), code);
            assert_eq!(step_of(RFC, code, seconds, 0), Some(seconds / STEP));
        }
    }

    #[test]
    fn a_code_does_a_step_early_and_late_and_never_twice() {
        let code = code_of(RFC, 100);
        for step in 98..=102 {
            let found = step_of(RFC, &code, step * STEP, 0);
            assert_eq!(found.is_some(), (99..=101).contains(&step), "{step}");
        }
        assert_eq!(step_of(RFC, &code, 100 * STEP, 99), Some(100));
        assert_eq!(step_of(RFC, &code, 100 * STEP, 100), None);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(recovery_code(*b"0123456789"), "GAYT-EMZU-GU3D-OOBZ");
    }

    #[test]
    fn a_code_is_read_however_it_is_grouped_and_typed() {
        assert_eq!(typed(" 123 456"), "123456");
        assert_eq!(typed("１２３４５６"), "123456");
        assert_eq!(typed("gayt-emzu gu3d\u{3000}oobz"), "GAYTEMZUGU3DOOBZ");
    }
}
