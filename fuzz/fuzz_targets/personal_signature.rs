//! S/MIME and OpenPGP: objects, certificates and keys, checked against a content and against one with another end.
#![no_main]

use mabillon_signed::{
    Certificate, Cms, OpenPgpMessage, Roots, blocks, cleartext, judge, pem_blocks, read_cms, read_keys, read_message,
    read_signatures,
};

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8])| {
    let (content, object) = input;
    cms(object, content);
    open_pgp(object, content);
    let _ = Certificate::read(object);
    for (_, der) in pem_blocks(object) {
        let _ = Certificate::read(&der);
        cms(&der, content);
    }
    let _ = Roots::default().add_file(object);
});

fn cms(object: &[u8], content: &[u8]) {
    let Ok(Cms::Signed(data)) = read_cms(object) else {
        return;
    };
    let content = data.content.as_deref().unwrap_or(content);
    let longer = [content, b"\r\nand more"].concat();
    for signer in &data.signers {
        let check = data.check(signer, content);
        let other = data.check(signer, &longer);
        let passes = |fits: [Option<bool>; 2]| fits == [Some(true); 2];
        assert!(
            !passes([check.content_fits, check.signature_fits]) || !passes([other.content_fits, other.signature_fits]),
            "two contents fit one signature"
        );
        let certificate = check.certificate.and_then(|index| data.certificates.get(index));
        if let Some(certificate) = certificate {
            judge(certificate, &data.certificates, &data.certificates, check.signed_at);
            assert!(!certificate.subject().chars().any(|one| one == '\n'));
        }
    }
}

fn open_pgp(object: &[u8], content: &[u8]) {
    let keys = read_keys(object);
    let mut signatures = read_signatures(object);
    let mut content = content.to_vec();
    match read_message(object) {
        Ok(OpenPgpMessage::Signed { content: inner, signatures: more }) => {
            content = inner;
            signatures.extend(more);
        }
        Ok(OpenPgpMessage::Encrypted) | Err(_) => {}
    }
    for block in blocks(object) {
        let _ = format!("{block:?}");
    }
    let _ = cleartext(object);
    let longer = [&content[..], b"\r\nand more"].concat();
    for (key, signature) in keys.iter().flat_map(|key| signatures.iter().map(move |one| (key, one))) {
        let fits = |content: &[u8]| key.check(signature, content).and_then(|check| check.fits);
        assert!(
            fits(&content) != Some(true) || fits(&longer) != Some(true),
            "two contents fit one signature"
        );
    }
}
