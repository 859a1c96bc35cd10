//! Questions and answers on the wire (RFC 1035, section 4).

/// The type of TXT records (RFC 1035, section 3.2.2).
const TXT: u16 = 16;
/// The type of aliases.
const CNAME: u16 = 5;
/// The class of the Internet.
const IN: u16 = 1;
/// Flags of a question: recursion is desired, and so is to be told whether the answer is authentic (RFC 6840, section
/// 5.7).
const ASK: u16 = 0x0100 | AUTHENTIC;
const IS_ANSWER: u16 = 0x8000;
const CUT_SHORT: u16 = 0x0200;
const AUTHENTIC: u16 = 0x0020;
const CODE: u16 = 0x000f;
/// Octets of a name with the lengths of its labels (RFC 1035, section 2.3.4).
const NAME_OCTETS_MAX: usize = 255;
const LABEL_OCTETS_MAX: usize = 63;
/// Steps from place to place in one compressed name: it cannot have more labels.
const JUMPS_MAX: usize = 128;
/// Aliases that are followed.
const ALIASES_MAX: usize = 16;
/// Records that are read of one answer.
const RECORDS_MAX: u16 = 256;

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reply {
    /// The response code: 0 is no error, 3 that there is no such name.
    pub(super) code: u16,
    /// Whether it was cut short to fit a datagram.
    pub(super) is_cut_short: bool,
    /// Whether the server says that it checked the answer with DNSSEC.
    pub(super) is_authentic: bool,
    /// The TXT records of the name, or of the name it is an alias of, their strings joined (RFC 6376, section 3.6.2.2).
    pub(super) texts: Vec<Vec<u8>>,
}

/// A question for the TXT records of a name; `None` where it is no name of the domain name system.
pub(super) fn question(id: u16, name: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    for number in [id, ASK, 1, 0, 0, 0] {
        octets.extend(number.to_be_bytes());
    }
    octets.extend(encoded(name)?);
    for number in [TXT, IN] {
        octets.extend(number.to_be_bytes());
    }
    Some(octets)
}

/// Labels with their lengths, in lower case.
fn encoded(name: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    for label in name.split('.') {
        let is_label = (1..=LABEL_OCTETS_MAX).contains(&label.len())
            && label.bytes().all(|octet| octet.is_ascii_graphic());
        let length = u8::try_from(label.len()).ok().filter(|_| is_label)?;
        octets.push(length);
        octets.extend(label.to_ascii_lowercase().into_bytes());
    }
    octets.push(0);
    (octets.len() <= NAME_OCTETS_MAX).then_some(octets)
}

/// Reads the answer to a question; `None` where it is no answer to it.
pub(super) fn reply(question: &[u8], octets: &[u8]) -> Option<Reply> {
    let mut reader = Reader { octets, at: 0 };
    let [id, flags, n_questions, n_answers] = [(); 4].map(|()| reader.number());
    let (flags, n_answers) = (flags?, n_answers?);
    reader.at += 4;
    let asked = question.get(..2)? == id?.to_be_bytes();
    if !asked || flags & IS_ANSWER == 0 || n_questions? != 1 {
        return None;
    }
    let name = reader.name()?;
    let kind = [reader.number()?, reader.number()?];
    let mut wanted = Reader {
        octets: question,
        at: 12,
    }
    .name()?;
    if name != wanted || kind != [TXT, IN] {
        return None;
    }
    let mut reply = Reply {
        code: flags & CODE,
        is_cut_short: flags & CUT_SHORT != 0,
        is_authentic: flags & AUTHENTIC != 0,
        texts: Vec::new(),
    };
    if reply.is_cut_short {
        return Some(reply);
    }
    let records: Vec<Record<'_>> = (0..n_answers.min(RECORDS_MAX))
        .map(|_| reader.record())
        .collect::<Option<_>>()?;
    for _ in 0..ALIASES_MAX {
        let alias = records
            .iter()
            .find(|one| one.name == wanted && one.kind == CNAME);
        match alias.and_then(|record| record.alias(octets)) {
            Some(alias) => wanted = alias,
            None => break,
        }
    }
    let of_name = records
        .iter()
        .filter(|one| one.name == wanted && one.kind == TXT);
    reply.texts = of_name.map(Record::text).collect::<Option<_>>()?;
    Some(reply)
}

struct Record<'a> {
    name: Vec<u8>,
    kind: u16,
    /// Where its data stands.
    start: usize,
    data: &'a [u8],
}

impl Record<'_> {
    fn alias(&self, octets: &[u8]) -> Option<Vec<u8>> {
        Reader {
            octets,
            at: self.start,
        }
        .name()
    }

    /// Its strings, joined.
    fn text(&self) -> Option<Vec<u8>> {
        let (mut text, mut rest) = (Vec::new(), self.data);
        while let Some((&length, after)) = rest.split_first() {
            text.extend(after.get(..usize::from(length))?);
            rest = after.get(usize::from(length)..)?;
        }
        Some(text)
    }
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u16> {
        let octets = self.octets.get(self.at..)?.first_chunk()?;
        self.at += 2;
        Some(u16::from_be_bytes(*octets))
    }

    /// A name as labels with their lengths, in lower case, its compression undone (RFC 1035, section 4.1.4).
    fn name(&mut self) -> Option<Vec<u8>> {
        let (mut name, mut at, mut after) = (Vec::new(), self.at, None);
        for _ in 0..JUMPS_MAX {
            let length = *self.octets.get(at)?;
            match length >> 6 {
                0 if length == 0 => {
                    self.at = after.unwrap_or(at + 1);
                    return (name.len() < NAME_OCTETS_MAX).then_some(name);
                }
                0 => {
                    let end = at + 1 + usize::from(length);
                    name.extend(self.octets.get(at..end)?.to_ascii_lowercase());
                    at = end;
                }
                3 => {
                    let low = *self.octets.get(at + 1)?;
                    after = after.or(Some(at + 2));
                    at = usize::from(length & 0x3f) << 8 | usize::from(low);
                }
                _ => return None,
            }
        }
        None
    }

    fn record(&mut self) -> Option<Record<'a>> {
        let name = self.name()?;
        let (kind, class) = (self.number()?, self.number()?);
        self.at += 4;
        let length = usize::from(self.number()?);
        let start = self.at;
        let data = self.octets.get(start..start + length)?;
        self.at = start + length;
        // What is of another class is no record that was asked for.
        let kind = if class == IN { kind } else { 0 };
        Some(Record {
            name,
            kind,
            start,
            data,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: &[u8], flags: u16, records: &[&[u8]]) -> Vec<u8> {
        let mut octets = question.to_vec();
        octets[2..4].copy_from_slice(&(IS_ANSWER | flags).to_be_bytes());
        octets[7] = u8::try_from(records.len()).unwrap();
        octets.extend(records.concat());
        octets
    }

    /// A record whose name is that of the question.
    fn record(kind: u8, data: &[u8]) -> Vec<u8> {
        let length = u8::try_from(data.len()).unwrap();
        [&[0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, length], data].concat()
    }

    #[test]
    fn strings_are_joined_and_aliases_followed() {
        let asked = question(7, "S1._domainkey.northquay.example").unwrap();
        let text = record(16, b"\x03p=a\x02bc");
        let read = reply(&asked, &answer(&asked, AUTHENTIC, &[&text])).unwrap();
        assert_eq!(read.texts, [b"p=abc".to_vec()]);
        assert!(read.is_authentic && !read.is_cut_short);
        let alias = record(5, b"\x01k\x03esp\x00");
        let there = [b"\x01K\x03esp\x00".as_slice(), &text[2..]].concat();
        let read = reply(&asked, &answer(&asked, 0, &[&alias, &there])).unwrap();
        assert_eq!(read.texts, [b"p=abc".to_vec()]);
        // The text of another name is none of ours.
        let elsewhere = [b"\x01x\x00".as_slice(), &text[2..]].concat();
        let read = reply(&asked, &answer(&asked, 0, &[&elsewhere])).unwrap();
        assert_eq!(read.texts, Vec::<Vec<u8>>::new());
        let read = reply(&asked, &answer(&asked, 3, &[])).unwrap();
        assert_eq!((read.code, read.texts.len()), (3, 0));
    }

    #[test]
    fn what_is_no_answer_to_the_question_is_refused() {
        let asked = question(7, "s1._domainkey.northquay.example").unwrap();
        let other = question(8, "s1._domainkey.northquay.example").unwrap();
        let elsewhere = question(7, "s2._domainkey.northquay.example").unwrap();
        for wrong in [other, elsewhere] {
            assert_eq!(reply(&asked, &answer(&wrong, 0, &[])), None);
        }
        assert_eq!(reply(&asked, &asked), None, "a question");
        // A name that leads to itself, a string longer than its record, a record longer than the answer.
        let endless = [0xc0, u8::try_from(asked.len()).unwrap(), 0, 16, 0, 1];
        for broken in [
            &endless[..],
            &record(16, b"\x09p="),
            &record(16, b"p")[..13],
        ] {
            assert_eq!(reply(&asked, &answer(&asked, 0, &[broken])), None);
        }
        for name in ["", "a..example", &"a".repeat(64), &"a.".repeat(130), "a b"] {
            assert_eq!(question(1, name), None, "{name}");
        }
    }
}
