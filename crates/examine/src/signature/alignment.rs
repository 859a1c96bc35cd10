//! Whether the domain that signed is that of the sender (RFC 7489, section 3.1.1, "relaxed").

use mabillon_case::{Address, Message};

use super::domain::dns_name;

/// Whether `d=` is aligned with every address of `From`: the same organisational domain, or a known proxy of it.
pub(crate) fn is_aligned(message: &Message, signing_domain: &str) -> bool {
    let signing = dns_name(signing_domain);
    !message.from.is_empty()
        && message
            .from
            .iter()
            .all(|address| is_aligned_with(&signing, address))
}

fn is_aligned_with(signing: &str, address: &Address) -> bool {
    let sender = dns_name(address.domain());
    if sender.is_empty() {
        return false;
    }
    // Every tenant of these signs under its own name below a common one.
    if signing.ends_with(".onmicrosoft.com") || sender.ends_with(".onmicrosoft.com") {
        return signing == sender;
    }
    if let Some(tenant) = google_tenant(signing) {
        return sender.replace('.', "-") == tenant
            || organisation(&sender).replace('.', "-") == tenant;
    }
    organisation(signing) == organisation(&sender)
}

/// The tenant in the name Google signs with for domains that have no key of their own:
/// `example-org` of `example-org.20150623.gappssmtp.com`.
fn google_tenant(domain: &str) -> Option<&str> {
    let (tenant, generation) = domain.strip_suffix(".gappssmtp.com")?.rsplit_once('.')?;
    (generation.len() == 8 && generation.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(tenant)
}

/// The organisational domain: one label below the public suffix; the name itself where there is none.
pub(crate) fn organisation(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alignment_is_by_organisation_and_known_proxies() {
        for (signing, from, expected) in [
            ("example.org", "a@example.org", true),
            ("mail.example.org", "a@example.org", true),
            ("example.org", "a@news.example.org", true),
            ("example.co.uk", "a@other.co.uk", false),
            ("co.uk", "a@other.co.uk", false),
            ("github.io", "a@x.github.io", false),
            ("x-y.20150623.gappssmtp.com", "a@x.y", true),
            (
                "en-example-org.20230601.gappssmtp.com",
                "a@en-example.org",
                true,
            ),
            ("other-org.20230601.gappssmtp.com", "a@example.org", false),
            ("tenant.onmicrosoft.com", "a@tenant.onmicrosoft.com", true),
            ("tenant.onmicrosoft.com", "a@example.org", false),
            ("one.onmicrosoft.com", "a@two.onmicrosoft.com", false),
            ("bücher.example", "a@xn--bcher-kva.example", true),
            ("example.org", "a", false),
        ] {
            let address = Address {
                address: from.to_owned(),
                ..Address::default()
            };
            let message = Message {
                from: vec![address],
                ..Message::default()
            };
            assert_eq!(is_aligned(&message, signing), expected, "{signing} {from}");
        }
        assert!(!is_aligned(&Message::default(), "example.org"));
    }
}
