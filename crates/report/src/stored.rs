//! What a mail store says of what lies in it, as exported: one object with the name of the store's kind in `store`.

use mabillon_case::{Stamp, StoreFacts};
use serde::Serialize;

use crate::jsonl::time;

/// What a store says, in the published form. Empty texts stand where nothing is stored.
#[derive(Serialize)]
#[serde(tag = "store", rename_all = "lowercase")]
pub(crate) enum StoredObject<'a> {
    Mbox {
        sender: &'a str,
        date: Option<String>,
    },
    Maildir {
        delivered: Option<String>,
        host: &'a str,
        flags: &'a str,
        uid: Option<u64>,
    },
    Emlx {
        stated_bytes: u64,
        actual_bytes: u64,
        date_received: Option<String>,
        date_last_viewed: Option<String>,
        flags: Option<u64>,
        remote_id: &'a str,
        is_partial: bool,
    },
    Mapi {
        node: u32,
        is_recovered: bool,
        message_class: &'a str,
        message_flags: Option<u32>,
        submitted: Option<String>,
        delivered: Option<String>,
        created: Option<String>,
        modified: Option<String>,
        last_verb: Option<u32>,
        last_verb_time: Option<String>,
        conversation_index: &'a str,
        message_id: &'a str,
        sender_smtp: &'a str,
        sender_address: &'a str,
        has_transport_headers: bool,
        bodies: &'a [String],
    },
    Olm {
        sent: Option<String>,
        received: Option<String>,
        modified: Option<String>,
    },
    #[serde(rename = "emlx-part")]
    EmlxPart { message: &'a str, part: &'a str },
}

impl<'a> StoredObject<'a> {
    pub(crate) fn of(stored: &'a StoreFacts) -> Self {
        let at = |stamp: Option<Stamp>| time(stamp);
        match stored {
            StoreFacts::Mbox(mbox) => Self::Mbox {
                sender: &mbox.sender,
                date: at(mbox.date),
            },
            StoreFacts::Maildir(maildir) => Self::Maildir {
                delivered: at(maildir.delivered),
                host: &maildir.host,
                flags: &maildir.flags,
                uid: maildir.uid,
            },
            StoreFacts::Emlx(emlx) => Self::Emlx {
                stated_bytes: emlx.stated_bytes,
                actual_bytes: emlx.actual_bytes,
                date_received: at(emlx.date_received),
                date_last_viewed: at(emlx.date_last_viewed),
                flags: emlx.flags,
                remote_id: &emlx.remote_id,
                is_partial: emlx.is_partial,
            },
            StoreFacts::Mapi(mapi) => Self::Mapi {
                node: mapi.node,
                is_recovered: mapi.is_recovered,
                message_class: &mapi.message_class,
                message_flags: mapi.message_flags,
                submitted: at(mapi.submitted),
                delivered: at(mapi.delivered),
                created: at(mapi.created),
                modified: at(mapi.modified),
                last_verb: mapi.last_verb,
                last_verb_time: at(mapi.last_verb_time),
                conversation_index: &mapi.conversation_index,
                message_id: &mapi.message_id,
                sender_smtp: &mapi.sender_smtp,
                sender_address: &mapi.sender_address,
                has_transport_headers: mapi.has_transport_headers,
                bodies: &mapi.bodies,
            },
            StoreFacts::Olm(olm) => Self::Olm {
                sent: at(olm.sent),
                received: at(olm.received),
                modified: at(olm.modified),
            },
            StoreFacts::EmlxPart(part) => Self::EmlxPart {
                message: &part.message,
                part: &part.part,
            },
        }
    }
}
