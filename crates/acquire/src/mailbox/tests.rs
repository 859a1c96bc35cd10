//! Laws of the mbox splitter, and its dialects.

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;

use bytes::Bytes;
use mabillon_case::ItemId;
use proptest::prelude::*;

use super::hashed::{Hashed, WindowHasher};
use super::mbox::{has_one_message, starts_like_mbox};
use super::split::{Loss, Piece, SplitLimits, Windows, split_bytes, split_stream};

const FROM: &str = "From ann@mill.example Mon May  1 10:00:00 2017\n";
const HEADER: &str = "From: ann@mill.example\nSubject: flour\n\n";

/// What a splitter found: (offset, bytes), or the length of what is lost.
type Pieces = Vec<(u64, Result<Bytes, u64>)>;

fn whole(mailbox: &[u8], item_bytes_max: u64) -> Pieces {
    let mut pieces = Vec::new();
    let end = split_bytes(
        &Bytes::copy_from_slice(mailbox),
        item_bytes_max,
        &mut |piece| keep(&mut pieces, piece),
    );
    assert!(matches!(end, ControlFlow::Continue(end) if end.n_bytes == mailbox.len() as u64));
    pieces
}

fn streamed(
    reader: &mut dyn Read,
    window_bytes: usize,
    item_bytes_max: u64,
) -> (Pieces, ItemId, Option<io::Error>) {
    let mut pieces = Vec::new();
    let mut hasher = WindowHasher::new(Hashed::MailboxAndMessages);
    let limits = SplitLimits {
        window_bytes,
        item_bytes_max,
    };
    let ControlFlow::Continue(end) = split_stream(
        reader,
        limits,
        &mut Windows::default(),
        &mut hasher,
        &mut |piece| keep(&mut pieces, piece),
    ) else {
        panic!("nobody stops it");
    };
    (pieces, hasher.finish(), end.error)
}

fn keep(pieces: &mut Pieces, piece: Piece) -> ControlFlow<()> {
    pieces.push(match piece {
        Piece::Window { .. } => return ControlFlow::Continue(()),
        Piece::Message {
            bytes,
            offset,
            item,
            ..
        } => {
            assert!(item.is_none_or(|item| item == ItemId::of(&bytes)));
            (offset, Ok(bytes))
        }
        Piece::Lost { offset, length, .. } => (offset, Err(length)),
    });
    ControlFlow::Continue(())
}

fn messages(mailbox: &str) -> Vec<String> {
    whole(mailbox.as_bytes(), u64::MAX)
        .into_iter()
        .map(|(_, bytes)| String::from_utf8(bytes.unwrap().to_vec()).unwrap())
        .collect()
}

#[test]
fn separator_and_empty_line_belong_to_the_mailbox() {
    let mailbox =
        format!("{FROM}{HEADER}one\n\n{FROM}{HEADER}two\n>From the mill\n\n\n{FROM}{HEADER}three");
    let expected = [
        format!("{HEADER}one\n"),
        format!("{HEADER}two\n>From the mill\n\n"),
        format!("{HEADER}three"),
    ];
    assert_eq!(messages(&mailbox), expected);
    let with_crlf = mailbox.replace('\n', "\r\n");
    assert_eq!(
        messages(&with_crlf),
        expected.map(|message| message.replace('\n', "\r\n"))
    );
}

#[test]
fn lines_that_only_look_like_separators_stay_in_the_message() {
    for body in [
        "one\nFrom the mill\n",
        "one\n\nFrom now on, bread is free.\n",
        "one\n\nFrom here on:\nSubject: to change\n",
        "one\nFrom ann@mill.example Mon May  1 10:00:00 2017\nno field\n",
        "one\n\nFrom Berlin:\nDate: today\n",
        "one\n\nFrom May 2017 at ten the train runs.\n",
    ] {
        let mailbox = format!("{FROM}{HEADER}{body}\n{FROM}{HEADER}two\n");
        assert_eq!(
            messages(&mailbox),
            [format!("{HEADER}{body}"), format!("{HEADER}two\n")]
        );
    }
}

#[test]
fn unusual_separators_are_seen() {
    for separator in [
        "From - Mon May  1 10:00:00 2017\n",
        "From 1234@xxx Mon May 01 10:00:00 +0000 2017\n",
        "From ann@mill.example Mon, 1 May 2017 10:00:00 +0200\n",
        "From ann@mill.example 2017-05-01T10:00:00Z\n",
        "From MAILER-DAEMON\n",
    ] {
        let mailbox = format!("{FROM}{HEADER}one\n\n{separator}{HEADER}two\n");
        assert_eq!(
            messages(&mailbox),
            [format!("{HEADER}one\n"), format!("{HEADER}two\n")],
            "{separator}"
        );
    }
    let without_empty_line = format!("{FROM}{HEADER}cut{}\n{FROM}{HEADER}two\n", "");
    assert_eq!(messages(&without_empty_line).len(), 2);
}

#[test]
fn content_length_is_believed_where_it_lands_on_a_separator() {
    let body = format!("one\n\n{FROM}{HEADER}an unescaped mailbox inside\n");
    let n = body.len();
    let second = format!("{FROM}{HEADER}two\n");
    for (length, is_believed) in [
        (n, true),
        (n + 1, true),
        (n + 2, false),
        (n - 1, false),
        (usize::MAX, false),
    ] {
        let header = format!("From: ann@mill.example\nContent-Length: {length}\n\n");
        let mailbox = format!("{FROM}{header}{body}\n{second}");
        let all = messages(&mailbox);
        assert_eq!(all.len(), if is_believed { 2 } else { 3 }, "{length}");
        if is_believed {
            assert_eq!(all[0], format!("{header}{body}"));
        }
    }
    let last = format!("{FROM}Content-Length: {n}\nTo: bob@mill.example\n\n{body}");
    assert_eq!(messages(&last).len(), 1);
}

#[test]
fn many_messages_without_end_of_header_cost_linear_time() {
    let mailbox = format!("{FROM}Subject: flour\n").repeat(200_000);
    let start = std::time::Instant::now();
    assert_eq!(messages(&mailbox).len(), 200_000);
    assert!(start.elapsed().as_secs() < 60);
}

#[test]
fn one_message_and_many() {
    let one = format!("{FROM}{HEADER}one\n");
    assert!(starts_like_mbox(one.as_bytes()) && has_one_message(one.as_bytes()));
    assert!(!has_one_message(format!("{one}\n{one}").as_bytes()));
    assert!(!starts_like_mbox(
        b"From the mill, with love.\nSubject: none\n"
    ));
    assert_eq!(
        messages(&format!("\r\n\n{one}")),
        [format!("{HEADER}one\n")]
    );
}

#[test]
fn a_message_above_the_limit_is_lost_and_the_next_one_is_not() {
    let large = "x".repeat(700_000);
    let mailbox = format!("{FROM}{HEADER}one\n\n{FROM}{HEADER}{large}\n\n{FROM}{HEADER}two\n");
    let expected = whole(mailbox.as_bytes(), 100_000);
    assert_eq!(expected.len(), 3);
    let n_lost = (HEADER.len() + large.len() + 1) as u64;
    assert_eq!(expected[1].1, Err(n_lost));
    for window_bytes in [1000, 4096, 65_536, 1 << 20] {
        let (pieces, _, _) = streamed(&mut mailbox.as_bytes(), window_bytes, 100_000);
        assert!(pieces == expected, "{window_bytes}");
    }
}

#[test]
fn where_reading_fails_the_last_message_is_lost() {
    let start = format!("{FROM}{HEADER}one\n\n{FROM}{HEADER}tw");
    let mut pieces = Vec::new();
    let mut failing = Cursor::new(start.clone()).chain(Failing);
    let limits = SplitLimits {
        window_bytes: 4096,
        item_bytes_max: 1 << 20,
    };
    let mut lost = Vec::new();
    let end = split_stream(
        &mut failing,
        limits,
        &mut Windows::default(),
        &mut WindowHasher::new(Hashed::Mailbox),
        &mut |piece| {
            if let Piece::Lost { loss, .. } = &piece {
                lost.push(*loss);
            }
            keep(&mut pieces, piece)
        },
    );
    assert!(matches!(end, ControlFlow::Continue(end) if end.error.is_some()));
    assert_eq!(lost, [Loss::CutOff]);
    let sum: u64 = pieces
        .iter()
        .map(|(_, piece)| piece.as_ref().map_or_else(|n| *n, |b| b.len() as u64))
        .sum();
    assert!(sum <= start.len() as u64);
}

struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("broken"))
    }
}

/// Lines of which mailboxes are made.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(FROM.to_owned()),
        1 => Just("From ann@mill.example\n".to_owned()),
        1 => Just("From the mill\n".to_owned()),
        1 => Just(">From the mill\n".to_owned()),
        2 => Just(HEADER.to_owned()),
        2 => Just("Subject: flour\n".to_owned()),
        4 => Just("\n".to_owned()),
        2 => Just("\r\n".to_owned()),
        2 => (0..400_usize).prop_map(|n| format!("Content-Length: {n}\n\n")),
        2 => "[a-zF ]{0,60}\n",
        1 => (0..3000_usize).prop_map(|n| "x".repeat(n)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn windows_make_no_difference_and_every_byte_is_counted(
        lines in proptest::collection::vec(line(), 0..60),
        window_bytes in prop_oneof![1..80_usize, 80..5000_usize],
        item_bytes_max in prop_oneof![Just(u64::MAX), 0..3000_u64],
    ) {
        let mailbox = format!("{FROM}{}", lines.concat());
        let expected = whole(mailbox.as_bytes(), item_bytes_max.min(1 << 40));
        let (pieces, item, error) = streamed(&mut mailbox.as_bytes(), window_bytes, item_bytes_max.min(1 << 40));
        prop_assert!(error.is_none());
        prop_assert_eq!(item, ItemId::of(mailbox.as_bytes()));
        prop_assert_eq!(&pieces, &expected);
        let mut end = 0;
        for (offset, piece) in &pieces {
            let length = piece.as_ref().map_or_else(|n| *n, |bytes| bytes.len() as u64);
            // What lies between messages are separator lines and empty lines.
            let between = &mailbox[usize::try_from(end).unwrap()..usize::try_from(*offset).unwrap()];
            prop_assert!(between.trim_start_matches(['\r', '\n']).starts_with("From "));
            if let Ok(bytes) = piece {
                let start = usize::try_from(*offset).unwrap();
                prop_assert_eq!(&mailbox.as_bytes()[start..start + bytes.len()], bytes);
            }
            end = offset + length;
        }
        let tail = &mailbox[usize::try_from(end).unwrap()..];
        prop_assert!(tail.trim_matches(['\r', '\n']).is_empty());
    }
}
