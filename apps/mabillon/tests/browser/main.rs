//! The review in a real browser: the real program serves the page, Chromium shows it.

#[cfg(test)]
mod chromium;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod payloads;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod quiet;
#[cfg(test)]
mod review;
#[cfg(test)]
mod served;
#[cfg(test)]
mod stand_in;
