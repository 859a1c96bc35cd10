//! Stalwart's `mail-auth`, with the keys in its cache, so that it never asks the DNS.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::error::Error;
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use mail_auth::dkim::{DomainKey, VerifySignature};
use mail_auth::dns::{DnsCache, NoCache, Parameters, ResolverCache, TxtRecord, TxtRecordParser};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};

use crate::Answer;
use crate::messages::Input;

pub(crate) struct Verifier {
    authenticator: MessageAuthenticator,
    keys: Keys,
}

/// The keys by name. A name that is not there must not be asked for: it has an error as its record.
struct Keys(HashMap<Box<str>, TxtRecord>);

impl Verifier {
    pub(crate) fn new(keys_file: &str) -> Result<Self, Box<dyn Error>> {
        let rows = keys_file.lines().filter(|line| !line.starts_with('#'));
        let mut keys = HashMap::new();
        for row in rows {
            let mut fields = row.split('\t');
            let (Some(name), Some(record)) = (fields.next(), fields.next()) else {
                continue;
            };
            let record = match DomainKey::parse(record.as_bytes()) {
                Ok(key) => TxtRecord::DomainKey(Arc::new(key)),
                Err(error) => TxtRecord::Error(error),
            };
            // Of several keys of one name the first, as a resolver would give one.
            keys.entry(format!("{name}.").into_boxed_str())
                .or_insert(record);
        }
        Ok(Self {
            authenticator: MessageAuthenticator::new_system_conf()?,
            keys: Keys(keys),
        })
    }

    /// Parses the message, which hashes its body, and verifies its signatures. `l=` is obeyed, as by the others.
    pub(crate) fn verify(&self, input: &Input) -> Vec<Answer> {
        let parsed = AuthenticatedMessage::parse_with_opts(&input.bytes, None, false);
        let Some(message) = parsed else {
            return Vec::new();
        };
        let parameters = Parameters::new(&message).with_cache(&self.keys);
        let mut verified = pin!(self.authenticator.verify_dkim(parameters));
        // Everything is in the cache, so nothing waits.
        let Poll::Ready(outputs) = verified
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        else {
            return Vec::new();
        };
        outputs
            .iter()
            .map(|output| {
                let signature = output.signature();
                Answer {
                    domain: signature
                        .map(|one| one.domain().to_owned())
                        .unwrap_or_default(),
                    selector: signature
                        .map(|one| one.selector().to_owned())
                        .unwrap_or_default(),
                    passes: output.result() == &DkimResult::Pass,
                    why: match output.result() {
                        DkimResult::Pass | DkimResult::None => String::new(),
                        DkimResult::Neutral(error)
                        | DkimResult::Fail(error)
                        | DkimResult::PermError(error)
                        | DkimResult::TempError(error) => error.to_string(),
                    },
                }
            })
            .collect()
    }
}

impl ResolverCache<Box<str>, TxtRecord> for Keys {
    fn get<Q>(&self, name: &Q) -> Option<TxtRecord>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let missing = || {
            TxtRecord::Error(mail_auth::Error::Dns(
                mail_auth::DnsError::InvalidRecordType,
            ))
        };
        Some(self.0.get(name).cloned().unwrap_or_else(missing))
    }

    fn remove<Q>(&self, _: &Q) -> Option<TxtRecord>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: TxtRecord, _: Instant) {}
}

impl DnsCache for Keys {
    type Txt = Self;
    type Mx = NoCache;
    type Ipv4 = NoCache;
    type Ipv6 = NoCache;
    type Ptr = NoCache;

    fn txt(&self) -> Option<&Self> {
        Some(self)
    }
    fn mx(&self) -> Option<&NoCache> {
        None
    }
    fn ipv4(&self) -> Option<&NoCache> {
        None
    }
    fn ipv6(&self) -> Option<&NoCache> {
        None
    }
    fn ptr(&self) -> Option<&NoCache> {
        None
    }
}
