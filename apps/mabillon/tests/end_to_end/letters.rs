//! Invented letters and mailboxes.

/// A message of an invented campaign. Each number gives another one.
pub(crate) fn letter(n: u32) -> String {
    letter_saying(n, &format!("Letter {n}"), &text(n))
}

/// The same with another subject and text.
pub(crate) fn letter_saying(n: u32, subject: &str, text: &str) -> String {
    format!(
        "From: Ida Brandt <ida@northquay.example>\n\
         To: Jon Vale <jon@northquay.example>\n\
         Date: 14 Mar 2017 {:02}:{:02}:{:02} +0100\n\
         Message-ID: <letter.{n}@northquay.example>\n\
         Subject: {subject}\n\
         MIME-Version: 1.0\n\
         Content-Type: text/plain; charset=utf-8\n\
         \n\
         {text}\n",
        n / 3600 % 24,
        n / 60 % 60,
        n % 60,
    )
}

pub(crate) fn text(n: u32) -> String {
    format!(
        "Jon,\n\nthe hall in Havnsund is ours for evening number {n}. The rent is {} a week, and the \
         printers want to be paid before the posters leave the house.\n\nIda",
        4_000 + n
    )
}

/// A message that carries one attachment.
pub(crate) fn letter_carrying(n: u32, media_type: &str, name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: Ida Brandt <ida@northquay.example>\n\
         To: Jon Vale <jon@northquay.example>\n\
         Date: 14 Mar 2017 12:00:00 +0100\n\
         Message-ID: <carrying.{n}@northquay.example>\n\
         Subject: Carrying {n}\n\
         MIME-Version: 1.0\n\
         Content-Type: multipart/mixed; boundary=\"edge\"\n\
         \n\
         --edge\n\
         Content-Type: text/plain\n\
         \n\
         See {name}.\n\
         --edge\n\
         Content-Type: {media_type}\n\
         Content-Disposition: attachment; filename=\"{name}\"\n\
         \n",
    );
    [head.as_bytes(), content, b"\n--edge--\n"].concat()
}

/// An mbox file of these messages.
pub(crate) fn mbox(letters: &[String]) -> String {
    let one = |letter: &String| {
        format!("From ida@northquay.example Tue Mar 14 09:12:44 2017\n{letter}\n")
    };
    letters.iter().map(one).collect()
}
