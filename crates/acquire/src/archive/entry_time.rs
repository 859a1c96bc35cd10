//! Times of entries.

use mabillon_case::{EntryAct, EntryClock, EntryFacts, EntryTime, Stamp};

/// Adds a time, where there is one.
pub(super) fn push(facts: &mut EntryFacts, act: EntryAct, clock: EntryClock, time: Option<Stamp>) {
    facts
        .times
        .extend(time.map(|stamp| EntryTime { act, clock, stamp }));
}

/// MS-DOS date and time: what the packer's clock showed; `None` where no such date exists.
pub(super) fn dos_time(date: u16, time: u16) -> Option<Stamp> {
    let part = |bits: u16, shift: u32, mask: u16| i8::try_from(bits >> shift & mask).unwrap_or(0);
    let year = 1980 + i16::try_from(date >> 9).unwrap_or(0);
    Stamp::from_civil(
        (year, part(date, 5, 15), part(date, 0, 31)),
        (part(time, 11, 31), part(time, 5, 63), 2 * part(time, 0, 31)),
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dos_times_are_read_and_impossible_ones_left_out() {
        let stamp = dos_time(0x4aa5, 0x5a96).unwrap();
        assert_eq!(stamp.to_string(), "2017-05-05T11:20:44Z");
        assert_eq!(dos_time(0, 0), None, "month 0");
        assert_eq!(dos_time(0x4aa5, 0xffff), None, "hour 31");
    }
}
