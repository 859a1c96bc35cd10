//! From the signer's certificate to one that the user trusts (RFC 5280, section 6), judged at the time of signing.

use mabillon_case::Stamp;

use crate::certificate::Certificate;
use crate::key::Weakness;
use crate::limits::{CHAIN_CHECKS_MAX, CHAIN_MAX, POOL_MAX};

/// Who vouches for a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// A certificate that the user trusts does, through valid ones.
    Anchored {
        /// Its common name.
        root: String,
        /// Why a signature on the way no longer binds, if one does not.
        weakness: Option<Weakness>,
    },
    /// Nobody the user trusts does, for this reason in plain words.
    Nobody(String),
}

/// Judges a signer's certificate at a time. `pool` are the certificates that came with the signature: they may link,
/// and vouch for nothing.
pub fn judge(
    signer: &Certificate,
    pool: &[Certificate],
    trusted: &[Certificate],
    at: Option<Stamp>,
) -> Trust {
    if let Err(why) = usable_for_signing(signer) {
        return Trust::Nobody(why.to_owned());
    }
    if trusted.iter().any(|root| root.der == signer.der) {
        return match out_of_time(signer, at) {
            Some(why) => Trust::Nobody(why),
            None => Trust::Anchored {
                root: signer.common_name(),
                weakness: None,
            },
        };
    }
    let mut search = Search {
        pool: pool.get(..pool.len().min(POOL_MAX)).unwrap_or(pool),
        trusted,
        at,
        checks_left: CHAIN_CHECKS_MAX,
        addresses: signer.addresses(),
        problem: None,
    };
    if let Some((root, weakness)) = search.from(signer) {
        return Trust::Anchored { root, weakness };
    }
    Trust::Nobody(search.problem.unwrap_or_else(|| {
        if signer.is_self_issued() {
            "the certificate vouches for itself and is not among those you trust".to_owned()
        } else {
            format!(
                "it was issued by \"{}\", whom no certificate you trust vouches for",
                signer.issuer()
            )
        }
    }))
}

/// Bits of `keyUsage`.
const DIGITAL_SIGNATURE: u16 = 0x8000;
const NON_REPUDIATION: u16 = 0x4000;
const KEY_CERT_SIGN: u16 = 0x0400;

fn usable_for_signing(signer: &Certificate) -> Result<(), &'static str> {
    let extensions = &signer.extensions;
    let may_sign = extensions
        .key_usage
        .is_none_or(|bits| bits & (DIGITAL_SIGNATURE | NON_REPUDIATION) != 0);
    if !may_sign {
        Err("its certificate is not for signing (keyUsage)")
    } else if !extensions.is_for_mail {
        Err("its certificate is not for mail (extKeyUsage)")
    } else if extensions.has_unknown_critical {
        Err("its certificate has a critical extension that is not understood here")
    } else {
        Ok(())
    }
}

/// Why a certificate was not valid at a time.
fn out_of_time(certificate: &Certificate, at: Option<Stamp>) -> Option<String> {
    let Some(at) = at else {
        return Some(
            "it states no time of signing at which certificates could be judged".to_owned(),
        );
    };
    let name = certificate.common_name();
    if at < certificate.not_before {
        let from = certificate.not_before;
        Some(format!(
            "the certificate of \"{name}\" was not valid yet when it signed (valid from {from})"
        ))
    } else if at > certificate.not_after {
        let until = certificate.not_after;
        Some(format!(
            "the certificate of \"{name}\" had expired when it signed (valid until {until})"
        ))
    } else {
        None
    }
}

struct Search<'a> {
    pool: &'a [Certificate],
    trusted: &'a [Certificate],
    at: Option<Stamp>,
    checks_left: usize,
    addresses: Vec<String>,
    /// The first thing that stood in the way.
    problem: Option<String>,
}

/// One certificate on the way, and how many stand below it.
struct Step<'a> {
    certificate: &'a Certificate,
    n_below: usize,
    weakness: Option<Weakness>,
}

impl<'a> Search<'a> {
    /// The root that a chain leads to, and the weakest link.
    fn from(&mut self, signer: &'a Certificate) -> Option<(String, Option<Weakness>)> {
        let mut open = vec![Step {
            certificate: signer,
            n_below: 0,
            weakness: signer.key.weakness(),
        }];
        while let Some(step) = open.pop() {
            if let Some(why) = out_of_time(step.certificate, self.at) {
                self.problem.get_or_insert(why);
                continue;
            }
            let weakness = step.weakness.max(step.certificate.weakness());
            if let Some(root) = self.issuer_of(step.certificate, self.trusted) {
                if self.may_issue(root, step.n_below, true) {
                    return Some((root.common_name(), weakness.max(root.key.weakness())));
                }
                continue;
            }
            if step.n_below + 2 >= CHAIN_MAX {
                continue;
            }
            let pool = self.pool;
            for issuer in pool {
                if issuer.der != step.certificate.der
                    && self.is_issuer(issuer, step.certificate)
                    && self.may_issue(issuer, step.n_below, false)
                {
                    open.push(Step {
                        certificate: issuer,
                        n_below: step.n_below + 1,
                        weakness: weakness.max(issuer.key.weakness()),
                    });
                }
            }
        }
        None
    }

    fn issuer_of(
        &mut self,
        certificate: &Certificate,
        among: &'a [Certificate],
    ) -> Option<&'a Certificate> {
        among
            .iter()
            .find(|issuer| self.is_issuer(issuer, certificate))
    }

    fn is_issuer(&mut self, issuer: &Certificate, certificate: &Certificate) -> bool {
        if issuer.subject != certificate.issuer {
            return false;
        }
        if self.checks_left == 0 {
            self.problem.get_or_insert_with(|| {
                format!("more than {CHAIN_CHECKS_MAX} certificates would have to be checked")
            });
            return false;
        }
        self.checks_left -= 1;
        certificate.is_signed_by(&issuer.key)
    }

    /// Whether a certificate may vouch for others. A root of the oldest kind says nothing of itself.
    fn may_issue(&mut self, issuer: &Certificate, n_below: usize, is_root: bool) -> bool {
        let extensions = &issuer.extensions;
        let may_sign = extensions
            .key_usage
            .is_none_or(|bits| bits & KEY_CERT_SIGN != 0);
        let is_authority = extensions.is_authority.unwrap_or(is_root);
        let name = issuer.common_name();
        let problem = if !may_sign || !is_authority {
            format!("\"{name}\", who issued it, is no authority and may not vouch for others")
        } else if extensions.path_max.is_some_and(|max| n_below > max) {
            format!("the chain below \"{name}\" is longer than it allows")
        } else if extensions.has_unknown_critical {
            format!(
                "the certificate of \"{name}\" has a critical extension that is not understood here"
            )
        } else if !self
            .addresses
            .iter()
            .all(|address| is_allowed(issuer, address))
        {
            format!("\"{name}\" may not vouch for that address (nameConstraints)")
        } else {
            return true;
        };
        self.problem.get_or_insert(problem);
        false
    }
}

fn is_allowed(issuer: &Certificate, address: &str) -> bool {
    let extensions = &issuer.extensions;
    let is_in = |subtrees: &[String]| subtrees.iter().any(|subtree| is_within(address, subtree));
    (extensions.permitted.is_empty() || is_in(&extensions.permitted))
        && !is_in(&extensions.excluded)
}

/// Whether an address lies within a subtree: an address, a host, or, with a leading dot, a domain.
fn is_within(address: &str, subtree: &str) -> bool {
    let host = address.rsplit_once('@').map_or("", |(_, host)| host);
    if subtree.contains('@') {
        address == subtree
    } else if subtree.starts_with('.') {
        host.ends_with(subtree)
    } else {
        host == subtree
    }
}
