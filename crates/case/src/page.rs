//! What the HTML of a message holds beside its words: links, forms, and text that a reader does not see.

use serde::{Deserialize, Serialize};

/// What the HTML bodies of a message hold beside their words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The links, in order, up to a limit.
    pub links: Vec<Link>,
    /// What a form in a body asks for.
    pub form: AskedFor,
    /// What a form in an attached page asks for.
    pub attached_form: AskedFor,
    /// The names of the elements in order, separated by spaces, up to a limit: the same kit makes the same sequence.
    pub elements: String,
    /// Text that is in the page and that a reader does not see, or not at its place; up to a limit.
    pub hidden: Vec<HiddenText>,
}

/// A link: where it leads, and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Link {
    /// The address (`href`), characters decoded.
    pub leads_to: String,
    /// The words it shows; empty for a picture.
    pub shows: String,
}

/// What a form asks for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum AskedFor {
    /// There is none that sends anything.
    #[default]
    None,
    /// Something.
    Fields,
    /// A password.
    Password,
}

/// Text that a reader does not see, or not at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenText {
    /// The words.
    pub text: String,
    /// How it is hidden.
    pub by: HiddenBy,
    /// Whether it stands where hidden text is customary: before all words that are seen, as the line that mail readers
    /// show beside the subject, or in an element that the page shows in another way on other screens.
    pub is_customary: bool,
}

/// How text is hidden, by the style of its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenBy {
    /// `display: none`, `visibility: hidden`, the attribute `hidden`.
    NotDisplayed,
    /// A font of no size, no opacity, a box without height.
    Size,
    /// Letters in the colour of their background.
    Colour,
    /// Moved out of the window.
    Moved,
    /// Laid over other text.
    Overlaid,
}
