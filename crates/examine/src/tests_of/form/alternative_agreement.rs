//! Do the plain text and the HTML of a message say the same?

use mabillon_case::{Change, Difference, Finding, Message, Outcome};

use crate::figures::{Swap, Weight, compare};
use crate::test::declare_test;
use crate::{Run, World};

declare_test! {
    /// The plain text and the HTML of a message have the same numbers and names.
    ///
    /// ## What it examines
    /// Messages that carry their text twice (`multipart/alternative`). Numbers and words with a capital are compared where
    /// they stand between the same words; a number counts as another one only if the other side has it nowhere.
    /// Quoted passages, addresses of web pages and texts that have little in common are left out.
    /// ## Why it matters
    /// A program writes both from one text. Who opens a stored message in an editor and changes an amount finds one of
    /// the two and often overlooks the other; mail readers show one, search and printing may show the other.
    /// ## Innocent explanations
    /// Newsletters whose plain text is written apart; a program that rounds, or numbers lists, on one side only; a
    /// gateway that rewrites one side. More than a few differences are taken for two texts, and are not held against it.
    /// ## References
    /// - RFC 2046, section 5.1.4 (all parts of an alternative carry the same information)
    pub(crate) static ALTERNATIVE_AGREEMENT = {
        id: "form/alternative-agreement",
        findings: &["alternatives-agree", "numbers-differ", "names-differ", "two-texts"],
        run: Run::Message(alternative_agreement),
    }
}

/// Texts that share fewer of their words were not made from one text.
const ALIKE_MIN: f64 = 0.8;
/// Words that must be there to compare.
const WORDS_MIN: usize = 8;
/// More differences than these are two texts.
const SWAPS_MAX: usize = 5;

fn alternative_agreement(message: &Message, _world: &World) -> Outcome {
    let Some(html) = &message.text.html_alternative else {
        return Outcome::NotApplicable("it does not carry its text twice");
    };
    let compared = compare(&message.text.own, html);
    if compared.n_words < WORDS_MIN {
        return Outcome::NotApplicable("one of its two texts has too few words to compare");
    }
    if compared.alike < ALIKE_MIN || compared.swaps.len() > SWAPS_MAX {
        let says = format!(
            "Its plain text and its HTML are two texts: of the shorter one's words, {:.0} of 100 stand in the other.",
            compared.alike * 100.0
        );
        return Outcome::one(Finding::new("two-texts", says));
    }
    let is_number =
        |swap: &&Swap| matches!(swap.weight, Weight::Number | Weight::Date | Weight::Account);
    let numbers: Vec<&Swap> = compared.swaps.iter().filter(is_number).collect();
    Outcome::one(match (numbers.as_slice(), compared.swaps.as_slice()) {
        ([first, ..], _) => swapped("numbers-differ", first, &numbers),
        ([], [first, ..]) => swapped(
            "names-differ",
            first,
            &compared.swaps.iter().collect::<Vec<_>>(),
        ),
        ([], []) => Finding::new(
            "alternatives-agree",
            "Its plain text and its HTML have the same numbers and names.",
        ),
    })
}

fn swapped(code: &'static str, first: &Swap, swaps: &[&Swap]) -> Finding {
    let says = format!(
        "Its plain text has \"{}\" where its HTML has \"{}\". Programs write both from one text: one of the two was changed afterwards.",
        first.here, first.there
    );
    let changes = swaps
        .iter()
        .flat_map(|swap| {
            [
                Change::Same(swap.between.0.clone()),
                Change::OnlyThere(swap.there.clone()),
                Change::OnlyHere(swap.here.clone()),
                Change::Same(swap.between.1.clone()),
            ]
        })
        .collect();
    Finding::new(code, says).differing(Difference {
        of: "plain text, beside its HTML".to_owned(),
        changes,
    })
}
