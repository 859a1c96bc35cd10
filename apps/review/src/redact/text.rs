//! A text with addresses, names and numbers masked.

use super::names::Names;

/// Digits of a number that is masked where it stands alone, and where it is written in groups.
const DIGITS_MIN: usize = 4;
const GROUPED_DIGITS_MIN: usize = 7;

/// A text without addresses, names that the collection tells, and numbers: of four digits and more, and of seven and more
/// in groups, as telephone numbers and accounts are written.
pub(crate) fn masked_text(text: &str, names: &Names) -> String {
    let mut out = String::with_capacity(text.len());
    let is_word =
        |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | '+' | '%' | '\'');
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some(end) = grouped_number(rest) {
            out.push_str("[number]");
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        let behind = first.len_utf8();
        let following = rest.get(behind..).unwrap_or_default();
        let end = if is_word(first) {
            following.find(|c| !is_word(c))
        } else {
            following.find(|c| is_word(c) || c == '(')
        };
        let (run, after) = end
            .and_then(|end| rest.split_at_checked(behind + end))
            .unwrap_or((rest, ""));
        if is_word(first) {
            push_masked(run, names, &mut out);
        } else {
            out.push_str(run);
        }
        rest = after;
    }
    out
}

/// Where a number that begins here in groups of digits ends: `+33 6 12 34 56 78`, `(030) 1234-567`.
fn grouped_number(text: &str) -> Option<usize> {
    let begins = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '('));
    if !begins {
        return None;
    }
    let (mut n_digits, mut end, mut n_between) = (0, 0, 0);
    for (at, c) in text.char_indices() {
        if c.is_ascii_digit() {
            n_digits += 1;
            n_between = 0;
            end = at + 1;
        } else if matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')' | '+') && n_between < 2 {
            n_between += 1;
        } else {
            break;
        }
    }
    // A number that goes on as a word is part of it.
    let goes_on = text.get(end..).is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '%'))
    });
    (n_digits >= GROUPED_DIGITS_MIN && !goes_on).then_some(end)
}

fn push_masked(run: &str, names: &Names, out: &mut String) {
    if run.contains('@') {
        out.push_str("[address]");
        return;
    }
    let mut rest = run;
    while let Some(first) = rest.chars().next() {
        let is_part = char::is_alphanumeric;
        let end = if is_part(first) {
            rest.find(|c| !is_part(c))
        } else {
            rest.find(is_part)
        };
        let (part, after) = rest
            .split_at_checked(end.unwrap_or(rest.len()))
            .unwrap_or((rest, ""));
        let n_digits = part.chars().filter(char::is_ascii_digit).count();
        if names.holds(part) {
            out.push_str("[name]");
        } else if n_digits >= DIGITS_MIN {
            out.push_str("[number]");
        } else {
            out.push_str(part);
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::Gatherer;
    use super::*;

    #[test]
    fn addresses_names_and_numbers_are_masked() {
        let mut gatherer = Gatherer::default();
        for person in ["Anna Berg <a.berg@example.org>", "carlos.diaz@example.net"] {
            gatherer.person(person);
        }
        let names = gatherer.finish();
        for (text, masked) in [
            (
                "Anna wrote to carlos.diaz@example.net about Diaz: call 555-1234567, room 12.",
                "[name] wrote to [address] about [name]: call [number], room 12.",
            ),
            (
                "+33 6 12 34 56 78 or (030) 12 34 56",
                "[number] or [number]",
            ),
            (
                "on 24.12. at 10:30, page 7 of 12",
                "on 24.12. at 10:30, page 7 of 12",
            ),
            (
                "Anna's (Berg) card 4111 1111 1111 1111.",
                "[name]'s ([name]) card [number].",
            ),
            (
                "1234567890abc and 12-34-567@x.example",
                "[number] and [address]",
            ),
            ("((((Anna", "(((([name]"),
        ] {
            assert_eq!(masked_text(text, &names), masked);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_address_and_no_long_number_is_left(text in "[a-zA-Z0-9@.+() \\-é✉]{0,80}") {
            let masked = masked_text(&text, &Names::default());
            let rest = masked.replace("[address]", "").replace("[number]", "");
            proptest::prop_assert!(!rest.split(|c: char| c.is_whitespace() || "()".contains(c)).any(|word| word.len() > 1 && word.contains('@')));
            let most = rest.split(|c: char| !c.is_ascii_digit()).map(str::len).max();
            proptest::prop_assert!(most.unwrap_or(0) < DIGITS_MIN, "{masked}");
        }
    }
}
