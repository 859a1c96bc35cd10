//! Times of `JavaMail` (Yahoo, many web applications, Gmail before 2009): milliseconds since the Unix epoch in the
//! Message-ID `60090134.11615235.1553758890791@host` and in the boundary `----=_Part_11615234_2052929298.1553758890789`.

use mabillon_case::Stamp;

use super::{decimal, halves, of_mail};

/// The time in a Message-ID of this form.
pub(crate) fn decode_id(message_id: &str) -> Option<Stamp> {
    let (local, _) = halves(message_id)?;
    let groups: Vec<&str> = local.splitn(4, '.').collect();
    match groups.as_slice() {
        [a, b, time] | [a, b, time, _] if is_number(a) && is_number(b) => {
            let named = groups
                .get(3)
                .is_none_or(|rest| rest.starts_with("JavaMail"));
            named.then(|| millis(time))?
        }
        [a, time, rest] if is_number(a) && rest.starts_with("JavaMail") => millis(time),
        _ => None,
    }
}

/// The time in a boundary of this form.
pub(crate) fn decode_boundary(boundary: &str) -> Option<Stamp> {
    let rest = boundary.strip_prefix("----=_Part_")?;
    let (numbers, time) = rest.rsplit_once('.')?;
    let (a, b) = numbers.split_once('_')?;
    (is_number(a) && is_number(b)).then(|| millis(time))?
}

/// Java prints negative numbers here, too.
fn is_number(text: &str) -> bool {
    decimal(text.strip_prefix('-').unwrap_or(text)).is_some()
}

fn millis(text: &str) -> Option<Stamp> {
    let number = i64::try_from(decimal(text)?).ok()?;
    let of_length = matches!(text.len(), 12 | 13);
    of_length.then(|| Stamp::from_micros(number.checked_mul(1000)?).and_then(of_mail))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_boundary() {
        let id = decode_id("60090134.11615235.1553758890791@mail.example").unwrap();
        assert_eq!(id.to_string(), "2019-03-28T07:41:30.791Z");
        let boundary = decode_boundary("----=_Part_11615234_2052929298.1553758890789").unwrap();
        assert_eq!(boundary.to_string(), "2019-03-28T07:41:30.789Z");
        assert!(decode_id("-1234.5.1553758890791.JavaMail.root@app.example").is_some());
        assert_eq!(decode_id("20190328074130.12345.99@host.example"), None);
        assert_eq!(decode_boundary("----=_Part_1_2.3"), None);
    }
}
