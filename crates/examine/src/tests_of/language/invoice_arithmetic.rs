//! Do the net sum, the tax and the total of an invoice fit each other?

use mabillon_case::{Facts, Finding, Outcome, Text};

use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The net sum, the tax and the total of an invoice fit each other at the rate that is printed.
    ///
    /// ## What it examines
    /// Texts in which one net sum (`Total HT`, `Subtotal`, `Net`), one tax amount with its rate (`TVA 20 %`, `VAT 20%`) and
    /// one total (`Total TTC`, `Total due`) stand, each behind its name on one line. Of the three relations between
    /// them (net and tax, net and total, tax and total) all hold, or one, or none.
    /// ## Why it matters
    /// Programs that print invoices compute two of the three from the first. Who changes one amount by hand leaves the
    /// other two, which still fit each other: that also tells which of the three was changed.
    /// ## Innocent explanations
    /// Deposits, discounts after tax, postage without tax and several rates make other sums; they rarely leave exactly
    /// one relation in order. A total to be paid that lacks a deposit does: look at the lines between.
    /// Sums that fit prove nothing: a careful forger changes all three.
    /// ## References
    /// - Council Directive 2006/112/EC, article 226 (what an invoice states)
    pub(crate) static INVOICE_ARITHMETIC = {
        id: "language/invoice-arithmetic",
        findings: &["sums-agree", "one-sum-odd"],
        run: Run::Item(invoice_arithmetic),
    }
}

/// Lines of a text that are looked at.
const LINES_MAX: usize = 20_000;
/// What rounding line by line may add up to, in hundredths.
const ROUNDING_MAX: i64 = 5;

/// What an amount is, by the words before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Net,
    Tax,
    Total,
}

/// The amounts of an invoice, in hundredths, and the rate in thousandths.
#[derive(Debug, Default)]
struct Sums {
    net: Vec<i64>,
    tax: Vec<(i64, i64)>,
    total: Vec<i64>,
}

fn invoice_arithmetic(_facts: &Facts, text: &Text, _world: &World) -> Outcome {
    let sums = read(&text.own);
    let ([net], [(tax, rate)], [total]) = (
        sums.net.as_slice(),
        sums.tax.as_slice(),
        sums.total.as_slice(),
    ) else {
        return Outcome::NotApplicable(
            "it does not state one net sum, one tax at a rate, and one total",
        );
    };
    Invoice {
        net: *net,
        tax: *tax,
        rate: *rate,
        total: *total,
    }
    .judge()
}

/// One net sum, one tax at a rate in thousandths, one total; in hundredths.
struct Invoice {
    net: i64,
    tax: i64,
    rate: i64,
    total: i64,
}

impl Invoice {
    fn judge(&self) -> Outcome {
        let near = |a: i64, b: i64| a.abs_diff(b) <= ROUNDING_MAX.unsigned_abs();
        let of_rate = |amount: i64| (amount * self.rate + 500).div_euclid(1000);
        let net_tax = near(of_rate(self.net), self.tax);
        let net_total = near(self.net + of_rate(self.net), self.total);
        let tax_total = near(of_rate(self.total - self.tax), self.tax);
        let (name, stated, expected) = match (net_tax, net_total, tax_total) {
            (true, true, true) => {
                let says = format!("{} fit each other.", self.in_words());
                return Outcome::one(Finding::new("sums-agree", says));
            }
            (true, false, false) => ("total", self.total, self.net + self.tax),
            (false, true, false) => ("tax", self.tax, self.total - self.net),
            (false, false, true) => ("net sum", self.net, self.total - self.tax),
            _ => {
                return Outcome::NotApplicable(
                    "its sums are made up of more than net, tax and total",
                );
            }
        };
        let says = format!(
            "{}: two fit each other, and the {name} {} does not; it should be {}. It was changed, or something stands between them.",
            self.in_words(),
            shown(stated),
            shown(expected)
        );
        Outcome::one(Finding::new("one-sum-odd", says))
    }

    fn in_words(&self) -> String {
        format!(
            "Net {}, tax {} at {} % and total {}",
            shown(self.net),
            shown(self.tax),
            rate_shown(self.rate),
            shown(self.total)
        )
    }
}

fn shown(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn rate_shown(thousandths: i64) -> String {
    if thousandths % 10 == 0 {
        (thousandths / 10).to_string()
    } else {
        format!("{}.{}", thousandths / 10, thousandths % 10)
    }
}

fn read(text: &str) -> Sums {
    let mut sums = Sums::default();
    for line in text.lines().take(LINES_MAX) {
        if !line.bytes().any(|byte| byte.is_ascii_digit()) {
            continue;
        }
        if !may_name_amount(line) {
            continue;
        }
        let lower = line.to_lowercase();
        let Some(role) = role(&lower) else { continue };
        let amounts = amounts(&lower);
        match (role, amounts.last()) {
            (Role::Net, Some(amount)) => sums.net.push(*amount),
            (Role::Total, Some(amount)) => sums.total.push(*amount),
            (Role::Tax, Some(amount)) => {
                if let Some(rate) = rate(&lower) {
                    sums.tax.push((*amount, rate));
                }
            }
            (_, None) => {}
        }
    }
    sums.net.dedup();
    sums.tax.dedup();
    sums.total.dedup();
    sums
}

/// Words that a line with a sum begins with.
const SUMS: [&str; 6] = ["total", "montant", "sous", "net", "somme", "amount"];
/// Words that are an amount by themselves.
const AMOUNTS: [&str; 3] = ["subtotal", "tva", "vat"];

/// Words of a line, without what stands between them.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// Whether a line begins like one that states an amount, in any case: most lines end here. (No letter outside of ASCII
/// has one of these words' letters as its lower case.)
fn may_name_amount(line: &str) -> bool {
    let known = SUMS.iter().chain(&AMOUNTS);
    words(line).next().is_some_and(|first| {
        known
            .into_iter()
            .any(|word| first.eq_ignore_ascii_case(word))
    })
}

/// What the amount of a line is.
fn role(line: &str) -> Option<Role> {
    let words: Vec<&str> = words(line).collect();
    let first = words.first()?;
    let has = |word: &str| words.contains(&word);
    let names_sum = SUMS.contains(first);
    if (names_sum && has("ht")) || *first == "subtotal" || (*first == "net" && has("amount")) {
        Some(Role::Net)
    } else if *first == "tva"
        || *first == "vat"
        || (names_sum && (has("tva") || has("vat")) && line.contains('%'))
    {
        Some(Role::Tax)
    } else if names_sum && has("ttc") || (*first == "total" && (has("due") || has("gross"))) {
        Some(Role::Total)
    } else {
        None
    }
}

/// The rate before a per cent sign, in thousandths: `20 %` is 200, `5,5%` is 55.
fn rate(line: &str) -> Option<i64> {
    let (before, _) = line.split_once('%')?;
    let digits = before.trim_end();
    let start = digits
        .rfind(|c: char| !c.is_ascii_digit() && c != ',' && c != '.')
        .map_or(0, |at| {
            at + digits
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    let number = digits.get(start..)?.replace(',', ".");
    let (whole, part) = number.split_once('.').unwrap_or((&number, "0"));
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = part.get(..1)?.parse().ok()?;
    (whole < 100).then_some(whole * 10 + part)
}

/// The amounts of a line with two decimals, in hundredths: `1 440,00`, `1.440,00`, `1,440.00`.
fn amounts(line: &str) -> Vec<i64> {
    let is_of_number = |c: char| c.is_ascii_digit() || is_separator(c);
    line.split(|c: char| !is_of_number(c))
        .filter_map(amount)
        .collect()
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | ',' | '.')
}

/// The amount at the end of a run of digits and separators: two decimals, before them groups of three, before them what
/// is left.
fn amount(run: &str) -> Option<i64> {
    let run = run.trim_matches(is_separator);
    let at = run.len().checked_sub(3)?;
    let (whole, decimals) = run.split_at_checked(at)?;
    let decimals = decimals.strip_prefix([',', '.'])?;
    let mut groups = Vec::new();
    for group in whole.rsplit(is_separator) {
        let is_last = group.len() != 3;
        // A group of one or two digits ends a number; one of four or more is a number without separators.
        if group.is_empty() || (group.len() > 3 && !groups.is_empty()) {
            break;
        }
        groups.push(group);
        if is_last {
            break;
        }
    }
    groups.reverse();
    let digits = groups.concat();
    (1..=12).contains(&digits.len()).then_some(())?;
    format!("{digits}{decimals}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_in_the_ways_of_several_countries() {
        for (line, expected) in [
            ("total ht 1 200,00 €", vec![120_000]),
            ("total 1.440,00", vec![144_000]),
            ("total due: 1,440.00 gbp", vec![144_000]),
            ("tva 20 % 240,00", vec![24_000]),
            ("no amount 1200", vec![]),
            ("12.04.2017 1 200,00", vec![120_000]),
            ("12000,50", vec![1_200_050]),
        ] {
            assert_eq!(amounts(line).last(), expected.last(), "{line}");
        }
        assert_eq!(rate("tva 5,5 % 12,00"), Some(55));
        assert_eq!(rate("vat 20% 12.00"), Some(200));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "\\PC{0,60}", sums in "(total ht|tva|vat) [0-9,. %]{0,30}") {
            let _ = (read(&text), read(&sums));
        }
    }
}
