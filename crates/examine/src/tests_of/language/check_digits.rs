//! Do account and register numbers carry the check digits that their makers give them?

use mabillon_case::{Facts, Finding, Outcome, Text};

use crate::register::{Number, numbers};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// Account and register numbers carry the check digits that belong to them.
    ///
    /// ## What it examines
    /// In the text of messages and documents: IBANs of all countries whose length is known; French bank account numbers
    /// behind the word RIB; SIREN and SIRET behind their names or RCS; French VAT numbers; French social security
    /// numbers behind their name. Each has digits that are computed from the others.
    /// ## Why it matters
    /// A bank or an accounting program never prints a number whose check digits are wrong. Who invents an account, or
    /// changes a digit in a picture of a real one, gets them right once in a hundred tries (SIREN: once in ten).
    /// ## Innocent explanations
    /// People mistype numbers in mail; a scanned page is read wrongly (0 for O, 1 for I, 5 for S); a number is an example
    /// in a form. That all digits fit says only that the number could exist.
    /// The numbers of La Poste follow a rule of their own, which is known.
    /// ## References
    /// - ISO 13616 (IBAN, check by ISO 7064 MOD 97-10); INSEE (SIREN, SIRET: Luhn; NIR: 97 less the remainder);
    ///   Banque de France (RIB key)
    pub(crate) static CHECK_DIGITS = {
        id: "language/check-digits",
        findings: &["check-digits-agree", "check-digits-disagree"],
        run: Run::Item(check_digits),
    }
}

/// Numbers that are named.
const NAMED_MAX: usize = 3;

fn check_digits(_facts: &Facts, text: &Text, _world: &World) -> Outcome {
    let found = numbers(&text.own);
    if found.is_empty() {
        return Outcome::NotApplicable(
            "its text holds no account or register number of a known form",
        );
    }
    let (right, wrong): (Vec<Number>, Vec<Number>) =
        found.into_iter().partition(|number| number.is_right);
    let Some(first) = wrong.first() else {
        let says = format!(
            "The check digits of all {} account and register numbers fit.",
            right.len()
        );
        return Outcome::one(Finding::new("check-digits-agree", says));
    };
    let named: Vec<String> = wrong
        .iter()
        .take(NAMED_MAX)
        .map(|number| format!("{} {}", number.kind, number.masked()))
        .collect();
    let says = format!(
        "The check digits of {} do not fit: no {} has this number. It was mistyped, read wrongly from a scan, or invented.",
        named.join(", "),
        first.kind
    );
    Outcome::one(Finding::new("check-digits-disagree", says))
}
