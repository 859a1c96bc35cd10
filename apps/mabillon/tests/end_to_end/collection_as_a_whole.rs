//! What the collection as a whole tells: in the report, the summary and `collection.json`.

use serde_json::Value;

use crate::command::{examine, run};
use crate::dir::Dir;
use crate::letters::{letter, mbox};

/// A message that Jon Vale sent; `head` holds further header fields, each with its line end.
fn sent(n: u32, head: &str, text: &str) -> String {
    format!(
        "From: Jon Vale <jon@northquay.example>\n\
         To: Ida Brandt <ida@northquay.example>\n\
         Date: 15 Mar 2017 10:00:{n:02} +0100\n\
         Message-ID: <sent.{n}@northquay.example>\n\
         {head}Subject: Re: The hall\n\
         \n\
         {text}\n"
    )
}

/// Jon's sent mail, with answers to a message that is there and to one that is not.
fn collection() -> Dir {
    let dir = Dir::new();
    let answer = "Agreed.\n\n\
        On Tue, 14 Mar 2017 at 09:00, Ida Brandt wrote:\n\
        > The lights of the hall cost 1,250 a night, and nobody but us knows.";
    let gone = "In-Reply-To: <000a01d29c9d$0a1b2c3d$1e512c3d$@northquay.example>\n\
        References: <000a01d29c9d$0a1b2c3d$1e512c3d$@northquay.example>\n";
    let there = "In-Reply-To: <letter.1@northquay.example>\n";
    let letters = [
        sent(1, gone, answer),
        sent(2, there, "Good."),
        sent(3, "", "And the posters?"),
    ];
    dir.write("leak/jon/Sent.mbox", mbox(&letters));
    dir.write("leak/jon/Inbox.mbox", mbox(&[letter(1), letter(2)]));
    dir
}

#[test]
fn a_message_that_was_answered_and_is_missing_is_told_with_what_survives_of_it() {
    let dir = collection();
    let said = examine(&dir, &["leak"]).ended(0).out;
    assert!(
        said.contains("1 message that others answered or named is missing, 1 of them by people"),
        "{said}"
    );
    let whole: Value = serde_json::from_slice(&dir.read("case/collection.json")).unwrap();
    let told = &whole["conversations"];
    assert_eq!(told["answers"], 2);
    assert_eq!(told["answers_present"], 1);
    assert_eq!(told["missing"], 1);
    let missing = &told["missing_messages"][0];
    assert_eq!(
        missing["message_id"],
        "000a01d29c9d$0a1b2c3d$1e512c3d$@northquay.example"
    );
    assert_eq!(missing["clock"], "its Message-ID");
    let written = missing["written"].as_str().unwrap();
    assert!(written.starts_with("2017-03-14T"), "{written}");
    assert_eq!(missing["first_of_conversation"], true);
    assert_eq!(missing["before"], "2017-03-15T10:00:01+01:00");
    assert_eq!(missing["named_by"][0]["from"], "jon@northquay.example");
    let quoted = missing["quoted"].as_str().unwrap();
    assert!(quoted.contains("1,250 a night"), "{quoted}");
    let expected_in = missing["expected_in"].as_array().unwrap();
    assert!(
        expected_in.iter().any(|name| name == "jon/Sent.mbox"),
        "{expected_in:?}"
    );
    let report = dir.read("case/report.html");
    assert!(String::from_utf8_lossy(&report).contains("1,250 a night"));
}

#[test]
fn every_message_counts_once_in_each_account_of_what_is_proved() {
    let dir = collection();
    examine(&dir, &["leak"]).ended(0);
    let whole: Value = serde_json::from_slice(&dir.read("case/collection.json")).unwrap();
    let selection = &whole["selection"];
    for account in ["classes", "sizes", "languages", "months"] {
        let rows = selection[account].as_array().unwrap();
        let n: u64 = rows
            .iter()
            .map(|row| row["messages"].as_u64().unwrap())
            .sum();
        assert_eq!(n, 5, "{account}: {rows:?}");
    }
    assert_eq!(selection["classes"][0]["messages"], 5, "no relay took one");
    assert_eq!(selection["months"][0]["name"], "2017-03");
    let report = dir.read("case/report.html");
    assert!(String::from_utf8_lossy(&report).contains("id=\"selection\""));
}

#[test]
fn the_record_survives_a_second_report_and_a_change_to_it_is_named() {
    let dir = collection();
    examine(&dir, &["leak"]).ended(0);
    let before = dir.read("case/report.html");
    run(&dir, &["report", "case"]).ended(0);
    assert_eq!(before, dir.read("case/report.html"));
    run(&dir, &["verify", "case"]).ended(0);
    let mut whole = dir.read("case/collection.json");
    let middle = whole.len() / 2;
    whole[middle] ^= 1;
    dir.write("case/collection.json", whole);
    let said = run(&dir, &["verify", "case"]).ended(1).out;
    assert!(said.contains("file collection.json: was changed"), "{said}");
}
