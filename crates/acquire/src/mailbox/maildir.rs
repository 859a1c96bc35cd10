//! Which mailbox a message file lies in.

use std::sync::Arc;

/// The mailbox of a message that is a file of its own, from its path: the Maildir where the file lies in its `cur`,
/// `new` or `tmp`, else the folder of messages. `root` names the mailbox of messages that lie in no folder.
pub(crate) fn mailbox_of(path: &str, root: &str) -> Arc<str> {
    let folder = path
        .rfind(['/', '!'])
        .map_or("", |end| path.get(..end).unwrap_or_default());
    let (parent, name) = folder.rsplit_once(['/', '!']).unwrap_or(("", folder));
    let mailbox = if matches!(name, "cur" | "new" | "tmp") {
        parent
    } else {
        folder
    };
    Arc::from(if mailbox.is_empty() { root } else { mailbox })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mailbox_is_the_maildir_or_the_folder() {
        for (path, mailbox) in [
            ("ann/.Sent/cur/1.M2.host:2,S", "ann/.Sent"),
            ("cur/1.M2.host:2,S", "exhibit"),
            ("mail/1.eml", "mail"),
            ("1.eml", "exhibit"),
            ("dump.zip!1.eml", "dump.zip"),
            ("dump.zip!ann/new/1", "dump.zip!ann"),
        ] {
            assert_eq!(&*mailbox_of(path, "exhibit"), mailbox, "{path}");
        }
    }
}
