//! `mabillon serve CASE`: the review in the browser.

use std::sync::{Arc, Mutex, PoisonError};

use mabillon_review::{Preview, Ready, Settings, Tls};

use crate::args::Serve;
use crate::commands::examine::who;
use crate::exit::Ended;
use crate::isolation::Isolation;
use crate::output;
use crate::reread::reread;

/// Who serves.
const PROGRAM: &str = concat!("Mabillon ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(args: &Serve) -> anyhow::Result<Ended> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(chain), Some(key)) => Some(Tls::Given {
            chain: chain.clone(),
            key: key.clone(),
        }),
        _ => args.tls_made.then_some(Tls::Made),
    };
    let settings = Settings {
        case: args.case.clone(),
        listen: args.listen,
        host: args.host.clone(),
        tls,
        redact: args.redact,
        reread: |examination, reading, moved_to| {
            let found = reread(examination, std::slice::from_ref(reading), moved_to)?;
            found
                .into_values()
                .next()
                .ok_or_else(|| anyhow::anyhow!("the exhibits no longer hold item {}", reading.item))
        },
        preview: previews(),
        exhibits: args.exhibits.clone(),
        who: Some(who())
            .filter(|who| !who.is_empty())
            .unwrap_or_else(|| "local".to_owned()),
        program: PROGRAM.to_owned(),
    };
    mabillon_review::serve(settings, tell)?;
    output::say("The review has ended. Every decision that was acknowledged is in the case.");
    Ok(Ended::Complete)
}

/// Pictures are decoded in one locked worker process, one at a time.
fn previews() -> Preview {
    let decoders = Isolation::new(None).map(|isolation| Mutex::new(isolation.decoders()));
    let decoders = decoders.map_err(|error| error.to_string());
    Preview(Arc::new(move |bytes| {
        let decoders = decoders.as_ref().map_err(Clone::clone)?;
        let decoders = decoders.lock().unwrap_or_else(PoisonError::into_inner);
        decoders.picture(bytes)
    }))
}

/// Prints the link; what the browser is to be compared with goes beside it.
fn tell(ready: &Ready) {
    // Without a terminal to print to, there is nobody to let in.
    let _ = output::print(&format!("{}\n", ready.url));
    if let Some(fingerprint) = &ready.fingerprint {
        output::say(&format!(
            "SHA-256 fingerprint of the certificate:\n  {fingerprint}"
        ));
    }
    if let Some(key) = &ready.signing_key {
        output::say(&format!(
            "SHA-256 fingerprint of the key that signs reports:\n  {key}"
        ));
    }
    output::say(
        "Open the link in a browser: it lets one browser in, once, within an hour. Ctrl-C ends the review.",
    );
}
