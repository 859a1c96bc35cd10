//! The verbal scale: words for the strength of evidence, always with the numbers beside them.
//!
//! Source: ENFSI Guideline for Evaluative Reporting in Forensic Science (2015). Other guides draw the
//! upper bounds elsewhere, which is why the range is printed wherever the words are.

/// One step of the verbal scale, the same in both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VerbalStep {
    /// The step holds from this size of log10 LR on, up to the next step.
    pub from_log10: f64,
    /// The strength alone: `moderate`.
    pub strength: &'static str,
    /// The numbers: how many times more probable the findings are under one proposition than under the other.
    pub range: &'static str,
    /// Words where the findings support that the item is as its purported author left it.
    pub supports: &'static str,
    /// Words where the findings support that the item was altered or made later.
    pub speaks_against: &'static str,
}

/// The scale, from no support to the strongest.
pub const VERBAL_SCALE: [VerbalStep; 7] = [
    VerbalStep {
        from_log10: 0.0,
        strength: "no",
        range: "less than 2 times",
        supports: "no support either way",
        speaks_against: "no support either way",
    },
    VerbalStep {
        from_log10: 0.3,
        strength: "weak",
        range: "2 to 10 times",
        supports: "weak support that it is as its purported author left it",
        speaks_against: "weak support that it was altered or made later",
    },
    VerbalStep {
        from_log10: 1.0,
        strength: "moderate",
        range: "10 to 100 times",
        supports: "moderate support that it is as its purported author left it",
        speaks_against: "moderate support that it was altered or made later",
    },
    VerbalStep {
        from_log10: 2.0,
        strength: "moderately strong",
        range: "100 to 1,000 times",
        supports: "moderately strong support that it is as its purported author left it",
        speaks_against: "moderately strong support that it was altered or made later",
    },
    VerbalStep {
        from_log10: 3.0,
        strength: "strong",
        range: "1,000 to 10,000 times",
        supports: "strong support that it is as its purported author left it",
        speaks_against: "strong support that it was altered or made later",
    },
    VerbalStep {
        from_log10: 4.0,
        strength: "very strong",
        range: "10,000 to 1,000,000 times",
        supports: "very strong support that it is as its purported author left it",
        speaks_against: "very strong support that it was altered or made later",
    },
    VerbalStep {
        from_log10: 6.0,
        strength: "extremely strong",
        range: "more than 1,000,000 times",
        supports: "extremely strong support that it is as its purported author left it",
        speaks_against: "extremely strong support that it was altered or made later",
    },
];

/// The step of the scale for a log10 likelihood ratio, whatever its sign.
///
/// The value is rounded to two decimals first, as it is printed, so that words and number always agree.
pub fn verbal_step(log10_lr: f64) -> &'static VerbalStep {
    let size = (log10_lr.abs() * 100.0).round() / 100.0;
    let [none, ..] = &VERBAL_SCALE;
    VERBAL_SCALE
        .iter()
        .rfind(|step| size >= step.from_log10)
        .unwrap_or(none)
}

/// Words and numeric range for a log10 likelihood ratio: above 0 for "as its purported author left it",
/// below 0 for "altered or made later".
pub fn verbal_scale(log10_lr: f64) -> (&'static str, &'static str) {
    let step = verbal_step(log10_lr);
    let words = if log10_lr < 0.0 {
        step.speaks_against
    } else {
        step.supports
    };
    (words, step.range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_follow_the_numbers_in_both_directions() {
        assert_eq!(
            verbal_scale(0.1),
            ("no support either way", "less than 2 times")
        );
        assert_eq!(verbal_step(2f64.log10()).strength, "weak");
        assert_eq!(verbal_step(0.999).strength, "moderate"); // printed as 1.00
        assert_eq!(verbal_step(-1.0).strength, "moderate");
        assert_eq!(verbal_step(-2.5).strength, "moderately strong");
        assert_eq!(verbal_step(3.99).strength, "strong");
        assert_eq!(verbal_step(5.9).strength, "very strong");
        assert_eq!(verbal_step(f64::INFINITY).strength, "extremely strong");
        assert_eq!(verbal_step(f64::NAN).strength, "no");
        assert_eq!(
            verbal_scale(-3.0).0,
            "strong support that it was altered or made later"
        );
    }
}
