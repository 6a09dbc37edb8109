//! Numbers on the command line.

use std::str::FromStr;

/// Reads digits and nothing else: no sign, no point, no zero.
fn digits<T: FromStr + Default + PartialEq>(text: &str) -> Option<T> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: T = text.parse().ok().filter(|_| is_number)?;
    (number != T::default()).then_some(number)
}

pub(crate) fn days(text: &str) -> Result<u32, &'static str> {
    digits(text).ok_or("write a whole number of days, at least 1, such as 7")
}

pub(crate) fn whole_number<T: FromStr + Default + PartialEq>(
    text: &str,
) -> Result<T, &'static str> {
    digits(text).ok_or("write a whole number, at least 1, such as 500")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_numbers_from_1_on() {
        assert_eq!((days("7"), days("007")), (Ok(7), Ok(7)));
        assert_eq!(days("4294967295"), Ok(u32::MAX));
        for text in [
            "",
            "0",
            "-1",
            "+7",
            "7.0",
            "7d",
            "abc",
            " 7",
            "1e3",
            "4294967296",
            "\u{0667}",
            "never",
        ] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}
