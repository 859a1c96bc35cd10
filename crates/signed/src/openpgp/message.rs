//! Signed messages (RFC 9580, section 10.3).

use super::armor::armored;
use super::packet::{self, ENCRYPTED, LITERAL, Octets};
use super::signature::{OpenPgpSignature, of_packet};

/// What an OpenPGP message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenPgpMessage {
    /// Content with its signatures; without any, it is only packed.
    Signed {
        /// The literal data.
        content: Vec<u8>,
        /// The signatures.
        signatures: Vec<OpenPgpSignature>,
    },
    /// Encrypted: nothing can be said of it.
    Encrypted,
}

/// Reads a message, armored or not.
///
/// # Errors
/// It holds nothing that can be read, or goes beyond a limit, in plain words.
pub fn read_message(bytes: &[u8]) -> Result<OpenPgpMessage, String> {
    let packets = packet::expanded(&armored(bytes))?;
    if packets.iter().any(|packet| ENCRYPTED.contains(&packet.tag)) {
        return Ok(OpenPgpMessage::Encrypted);
    }
    let mut literals = packets.iter().filter(|packet| packet.tag == LITERAL);
    let literal = literals.next().ok_or("it holds no content")?;
    if literals.next().is_some() {
        return Err(
            "it holds more than one content, of which programs show different ones".to_owned(),
        );
    }
    let content = literal_content(&literal.body).ok_or("its content is malformed")?;
    Ok(OpenPgpMessage::Signed {
        content: content.to_vec(),
        signatures: packets.iter().filter_map(of_packet).collect(),
    })
}

/// The data behind format, file name and date (section 5.9).
fn literal_content(body: &[u8]) -> Option<&[u8]> {
    let mut octets = Octets(body);
    octets.octet()?;
    let n_name = usize::from(octets.octet()?);
    octets.take(n_name + 4)?;
    Some(octets.0)
}
