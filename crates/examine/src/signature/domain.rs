//! Names of domains and selectors: what is a name at all, and its form in the DNS (RFC 8616, RFC 5891).

/// Checks a domain or selector: labels of letters, digits, hyphens and underscores, or of letters of other scripts.
///
/// Underscores are no part of the host name rule but stand in selectors in real use. Everything else (NUL, quotes,
/// dots that are not ASCII, spaces) is refused, since verifier and reader could take it for different domains.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.len() > 255 {
        return Err("is longer than 255 octets");
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err("has an empty label");
        }
        if label.chars().count() > 63 {
            return Err("has a label of more than 63 characters");
        }
        if !label.chars().all(is_name_character) {
            return Err("holds a character that no domain name has");
        }
    }
    Ok(())
}

fn is_name_character(character: char) -> bool {
    match character {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' => true,
        _ => !character.is_ascii() && character.is_alphanumeric(),
    }
}

/// The name as it stands in the DNS: lower case, labels of other scripts as `xn--` labels, no final dot.
///
/// No normalisation (UTS #46) beyond lower case is done.
pub(crate) fn dns_name(name: &str) -> String {
    let is_end = |character: char| character == '.' || character.is_whitespace();
    let name = name.trim_start().trim_end_matches(is_end);
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let lower = name.to_lowercase();
    let labels: Vec<String> = lower
        .split('.')
        .map(|label| {
            if label.is_ascii() {
                label.to_owned()
            } else {
                punycode(label).map_or_else(|| label.to_owned(), |coded| format!("xn--{coded}"))
            }
        })
        .collect();
    labels.join(".")
}

/// Punycode (RFC 3492, section 6.3); `None` where a label is so long that the arithmetic would overflow.
fn punycode(label: &str) -> Option<String> {
    const LABEL_MAX: usize = 255;
    let points: Vec<u32> = label.chars().map(u32::from).collect();
    if points.len() > LABEL_MAX {
        return None;
    }
    let mut out: String = label.chars().filter(char::is_ascii).collect();
    let n_basic = u32::try_from(out.len()).ok()?;
    if n_basic > 0 {
        out.push('-');
    }
    let (mut next, mut delta, mut bias, mut handled) = (128_u32, 0_u32, 72_u32, n_basic);
    while (handled as usize) < points.len() {
        let least = points
            .iter()
            .copied()
            .filter(|&point| point >= next)
            .min()?;
        delta = delta.checked_add((least - next).checked_mul(handled + 1)?)?;
        next = least;
        for &point in &points {
            if point < next {
                delta = delta.checked_add(1)?;
            } else if point == next {
                push_variable_length(&mut out, delta, bias);
                bias = adapt(delta, handled + 1, handled == n_basic);
                delta = 0;
                handled += 1;
            }
        }
        delta = delta.checked_add(1)?;
        next += 1;
    }
    Some(out)
}

fn push_variable_length(out: &mut String, delta: u32, bias: u32) {
    let mut rest = delta;
    let mut position = 36_u32;
    loop {
        let threshold = position.saturating_sub(bias).clamp(1, 26);
        if rest < threshold {
            out.push(digit(rest));
            return;
        }
        out.push(digit(threshold + (rest - threshold) % (36 - threshold)));
        rest = (rest - threshold) / (36 - threshold);
        position += 36;
    }
}

fn digit(value: u32) -> char {
    char::from_digit(if value < 26 { value + 10 } else { value - 26 }, 36).unwrap_or('0')
}

fn adapt(delta: u32, n_points: u32, first_time: bool) -> u32 {
    let mut delta = if first_time { delta / 700 } else { delta / 2 };
    delta += delta / n_points;
    let mut turns = 0;
    while delta > 455 {
        delta /= 35;
        turns += 36;
    }
    turns + 36 * delta / (delta + 38)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_scripts_become_their_dns_form() {
        assert_eq!(dns_name("Bücher.Example."), "xn--bcher-kva.example");
        assert_eq!(
            dns_name("почта.пример.example"),
            "xn--80a1acny.xn--e1afmkfd.example"
        );
        assert_eq!(dns_name("S1.EXAMPLE"), "s1.example");
    }

    #[test]
    fn only_names_are_names() {
        for name in [
            "example.org",
            "s1_2024",
            "bücher.example",
            "xn--bcher-kva.example",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "a..b",
            ".a",
            "a.example\0.b",
            "a\u{3002}b",
            "a b",
            "a\"b.example",
            "a@b",
        ] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_the_dns_form_stands_still(name in ".{0,80}") {
            let once = dns_name(&name);
            proptest::prop_assert_eq!(dns_name(&once), once.clone());
        }
    }
}
