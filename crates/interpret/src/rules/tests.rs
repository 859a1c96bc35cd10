use std::borrow::Cow;
use std::sync::Arc;

use mabillon_case::{Basis, Class, Finding};
use proptest::prelude::*;

use super::{Interpreter, Subject};
use crate::Weights;

/// A small table of its own, so that these tests are about rules and not about today's weights.
const TABLE: &str = r#"
group = [
    { name = "DKIM", says = "", cap = 3.0, surface = "signature" },
    { name = "CLIENT_CLOCK", says = "", cap = 3.0, surface = "clock" },
    { name = "SERVER_PATH", says = "", cap = 3.0, surface = "clock" },
    { name = "MUA_SHAPE", says = "", cap = 3.0, surface = "shape" },
    { name = "XBOX", says = "", cap = 4.0, surface = "copies" },
]
finding = [
    { test = "t", code = "proof", group = "DKIM", log10_lr = 6.0, effect = "authenticates", obtained = "judgement: test" },
    { test = "t", code = "key-doubt", group = "DKIM", log10_lr = -2.5, obtained = "judgement: test" },
    { test = "t", code = "clock-good", group = "CLIENT_CLOCK", log10_lr = 0.8, obtained = "judgement: test" },
    { test = "t", code = "clock-bad", group = "CLIENT_CLOCK", log10_lr = -3.0, obtained = "judgement: test" },
    { test = "t", code = "path-good", group = "SERVER_PATH", log10_lr = 0.5, obtained = "judgement: test" },
    { test = "t", code = "path-odd", group = "SERVER_PATH", log10_lr = -1.2, obtained = "judgement: test" },
    { test = "t", code = "shape-good", group = "MUA_SHAPE", log10_lr = 0.4, obtained = "judgement: test" },
    { test = "t", code = "copy", group = "XBOX", log10_lr = 3.5, effect = "corroborates", obtained = "judgement: test" },
    { test = "t", code = "differs", group = "XBOX", log10_lr = -4.0, effect = "contradicts", obtained = "judgement: test" },
]
"#;

const CODES: [&str; 9] = [
    "proof",
    "key-doubt",
    "clock-good",
    "clock-bad",
    "path-good",
    "path-odd",
    "shape-good",
    "copy",
    "differs",
];

fn class(codes: &[&'static str]) -> (Class, Basis) {
    let opinion = opinion(codes);
    (opinion.class, opinion.basis)
}

fn opinion(codes: &[&'static str]) -> mabillon_case::Opinion {
    let findings: Vec<Arc<Finding>> = codes
        .iter()
        .map(|code| Finding {
            test: Cow::Borrowed("t"),
            ..Finding::new(code, *code)
        })
        .map(Arc::new)
        .collect();
    Interpreter::with(Weights::parse(TABLE).unwrap()).opinion(&findings, Subject::Item)
}

#[test]
fn first_rule_that_fits_decides() {
    assert_eq!(class(&[]), (Class::Unresolved, Basis::None));
    assert_eq!(class(&["clock-good"]), (Class::Unresolved, Basis::Inferred));
    assert_eq!(
        class(&["clock-good", "path-good", "shape-good"]),
        (Class::Consistent, Basis::Inferred)
    );
    assert_eq!(class(&["path-odd"]), (Class::Unresolved, Basis::Inferred));
    assert_eq!(class(&["clock-bad"]), (Class::Questioned, Basis::Inferred));
    assert_eq!(
        class(&["copy"]),
        (Class::Corroborated, Basis::Corroboration)
    );
    assert_eq!(
        class(&["copy", "path-odd"]),
        (Class::Unresolved, Basis::Inferred)
    );
    assert_eq!(class(&["proof"]), (Class::Authenticated, Basis::Signature));
    assert_eq!(
        class(&["proof", "differs"]),
        (Class::Contradicted, Basis::Demonstrated)
    );
}

#[test]
fn only_doubt_about_the_key_shakes_a_proof() {
    assert_eq!(
        class(&["proof", "clock-bad"]),
        (Class::Authenticated, Basis::Signature)
    );
    assert_eq!(
        class(&["proof", "key-doubt"]),
        (Class::Questioned, Basis::Inferred)
    );
}

#[test]
fn agreement_elsewhere_says_little_against_a_doubt() {
    let agreeing = ["shape-good", "clock-good"];
    assert!((opinion(&agreeing).log10_lr - 1.2).abs() < 1e-9);
    let doubted = opinion(&["path-odd", "shape-good", "clock-good"]);
    assert!(
        (doubted.log10_lr + 0.9).abs() < 1e-9,
        "{}",
        doubted.log10_lr
    );
}

#[test]
fn words_and_numbers_stand_together() {
    let opinion = opinion(&["clock-bad", "path-odd"]);
    assert!(
        (opinion.log10_lr + 3.96).abs() < 1e-9,
        "{}",
        opinion.log10_lr
    );
    assert!(
        opinion.words.contains("1,000 to 10,000 times"),
        "{}",
        opinion.words
    );
}

proptest! {
    #[test]
    fn order_of_findings_never_changes_an_opinion(picked in prop::collection::vec(0..CODES.len(), 0..9)) {
        let codes: Vec<&'static str> = picked.iter().map(|index| CODES[*index]).collect();
        let reversed: Vec<&'static str> = codes.iter().rev().copied().collect();
        let (a, b) = (opinion(&codes), opinion(&reversed));
        prop_assert_eq!(a.class, b.class);
        prop_assert!((a.log10_lr - b.log10_lr).abs() < 1e-9);
    }
}
