//! How much of hostile input is read. What is beyond a limit is refused with its reason.

/// Deepest nesting of values in BER and of packets in OpenPGP.
pub const NESTING_MAX: usize = 24;

/// Most certificates of one signature or one file of roots that are read.
pub const CERTIFICATES_MAX: usize = 2_000;

/// Most certificates carried by one signature that take part in the search for a chain.
pub const POOL_MAX: usize = 64;

/// Most signers of one signature that are judged.
pub const SIGNERS_MAX: usize = 16;

/// Longest chain from the signer to a root, in certificates.
pub const CHAIN_MAX: usize = 8;

/// Most signatures of certificates that are checked for one chain.
pub const CHAIN_CHECKS_MAX: usize = 64;

/// Largest RSA or DSA number, in bits.
pub const MODULUS_BITS_MAX: usize = 8_192;

/// Longest value of a name that is kept, in characters.
pub const NAME_CHARS_MAX: usize = 200;

/// Most addresses of one certificate or key.
pub const ADDRESSES_MAX: usize = 100;

/// Most packets of one OpenPGP block.
pub const PACKETS_MAX: usize = 20_000;

/// Most bytes that compressed OpenPGP packets may expand to.
pub const EXPANDED_BYTES_MAX: usize = 64 << 20;

/// Most self-signatures of one OpenPGP key that are checked.
pub const CERTIFICATIONS_MAX: usize = 200;
