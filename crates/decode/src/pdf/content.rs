//! Content streams (ISO 32000-1, 8.4 and 9): only what shows text and where; all else is passed over.
//!
//! Text is put in the order in which it is drawn. A step down gives a new line, a gap a space.

use std::collections::BTreeMap;
use std::rc::Rc;

use memchr::memmem;

use super::file::File;
use super::font::Font;
use super::limits;
use super::object::{Dict, Lexer, Object, Token, is_space};
use crate::document::{DecodedDocument, TextSink};

/// A transformation (8.3.3): where a step along each axis leads, and where the origin comes to lie.
#[derive(Clone, Copy)]
struct Matrix {
    x: (f64, f64),
    y: (f64, f64),
    origin: (f64, f64),
}

impl Matrix {
    const IDENTITY: Self = Self::shift(0.0, 0.0);

    /// First `self`, then `after`.
    fn then(self, after: Self) -> Self {
        let turned =
            |(x, y): (f64, f64)| (x * after.x.0 + y * after.y.0, x * after.x.1 + y * after.y.1);
        let origin = turned(self.origin);
        Self {
            x: turned(self.x),
            y: turned(self.y),
            origin: (origin.0 + after.origin.0, origin.1 + after.origin.1),
        }
    }

    const fn shift(x: f64, y: f64) -> Self {
        Self {
            x: (1.0, 0.0),
            y: (0.0, 1.0),
            origin: (x, y),
        }
    }

    fn from(operands: &[Object]) -> Option<Self> {
        let pair = |index: usize| {
            let first = operands.get(index)?.number()?;
            Some((first, operands.get(index + 1)?.number()?))
        };
        Some(Self {
            x: pair(0)?,
            y: pair(2)?,
            origin: pair(4)?,
        })
    }
}

/// The graphics state, as far as text needs it.
#[derive(Clone)]
struct State {
    to_page: Matrix,
    font: Option<Rc<Font>>,
    size: f64,
    leading: f64,
    char_space: f64,
    word_space: f64,
    scale: f64,
    rise: f64,
}

/// Where the last shown text ended, which way it ran, and how high it was.
struct Pen {
    at: (f64, f64),
    direction: (f64, f64),
    height: f64,
}

/// What the names in a content stream stand for (7.8.3).
struct Resources {
    all: Dict,
    fonts: Dict,
    objects: Dict,
    /// Fonts by name, read once.
    read: BTreeMap<String, Option<Rc<Font>>>,
}

impl Resources {
    fn new(file: &File<'_>, all: Dict) -> Self {
        Self {
            fonts: file.dict(&all, "Font"),
            objects: file.dict(&all, "XObject"),
            all,
            read: BTreeMap::new(),
        }
    }
}

/// Carries out content streams.
pub(super) struct Interpreter<'f, 'a, 's> {
    file: &'f File<'a>,
    sink: &'s mut TextSink,
    fonts: BTreeMap<u32, Rc<Font>>,
    state: State,
    saved: Vec<State>,
    text: Matrix,
    line: Matrix,
    pen: Option<Pen>,
    /// Forms being drawn, which must not draw themselves.
    drawing: Vec<u32>,
    n_operators_left: usize,
    n_codes_unknown: u64,
    n_streams_unread: u64,
}

impl<'f, 'a, 's> Interpreter<'f, 'a, 's> {
    pub(super) fn new(file: &'f File<'a>, sink: &'s mut TextSink) -> Self {
        Self {
            file,
            sink,
            fonts: BTreeMap::new(),
            state: State::new(),
            saved: Vec::new(),
            text: Matrix::IDENTITY,
            line: Matrix::IDENTITY,
            pen: None,
            drawing: Vec::new(),
            n_operators_left: limits::OPERATORS_MAX,
            n_codes_unknown: 0,
            n_streams_unread: 0,
        }
    }

    /// Whether a limit ends the reading.
    pub(super) const fn is_done(&self) -> bool {
        self.n_operators_left == 0 || self.sink.is_full()
    }

    /// Adds the text of a page.
    pub(super) fn page(&mut self, page: &Dict, resources: &Object) {
        self.state = State::new();
        self.saved.clear();
        self.pen = None;
        let contents = match page.get("Contents") {
            Some(reference @ Object::Reference(_)) => match self.file.resolve(reference) {
                Object::Array(parts) => parts,
                _ => vec![reference.clone()],
            },
            Some(Object::Array(parts)) => parts.clone(),
            _ => Vec::new(),
        };
        // The parts are one stream: a part may end in the middle of a text object.
        let mut content = Vec::new();
        for part in contents {
            content.extend(self.stream(&part).unwrap_or_default());
            content.push(b'\n');
            if content.len() > limits::STREAM_BYTES_MAX {
                break;
            }
        }
        let resources = match self.file.resolve(resources) {
            Object::Dict(resources) => resources,
            _ => Dict::new(),
        };
        self.run(&content, &mut Resources::new(self.file, resources), 0);
        self.sink.end_line();
    }

    /// Says what could not be read.
    pub(super) fn say_what_was_not_read(&self, decoded: &mut DecodedDocument) {
        if self.n_operators_left == 0 {
            decoded.cut("the pages draw more than the limit of operators; the rest of their text is not read");
        }
        if self.n_codes_unknown > 0 {
            decoded.warn(
                "text-without-unicode",
                format!(
                    "{} characters are drawn with fonts that do not tell what they mean; they are not in the text",
                    self.n_codes_unknown
                ),
            );
        }
        if self.n_streams_unread > 0 {
            decoded.warn(
                "stream-not-read",
                format!(
                    "{} content streams are missing or damaged and not read",
                    self.n_streams_unread
                ),
            );
        }
    }

    fn stream(&mut self, reference: &Object) -> Option<Vec<u8>> {
        let stream = self.file.stream(reference);
        let bytes = stream.and_then(|stream| self.file.expand(&stream));
        if bytes.is_none() {
            self.n_streams_unread += 1;
        }
        bytes
    }

    fn run(&mut self, content: &[u8], resources: &mut Resources, depth: usize) {
        let mut lexer = Lexer::of_content(content);
        let mut operands: Vec<Object> = Vec::new();
        while let Some(token) = lexer.token() {
            match token {
                Token::Object(object) => {
                    if operands.len() < limits::OPERANDS_MAX {
                        operands.push(object);
                    }
                    continue;
                }
                Token::Word(word) if word == b"BI" => skip_picture(&mut lexer, content),
                Token::Word(word) if word == b"Do" => self.draw(&operands, resources, depth),
                Token::Word(word) if word == b"Tf" => self.set_font(&operands, resources),
                Token::Word(word) => self.operator(&word, &operands),
            }
            operands.clear();
            self.n_operators_left = self.n_operators_left.saturating_sub(1);
            if self.is_done() {
                return;
            }
        }
    }

    fn operator(&mut self, word: &[u8], operands: &[Object]) {
        let number = |index: usize| operands.get(index).and_then(Object::number).unwrap_or(0.0);
        match word {
            b"q" if self.saved.len() < limits::STATES_MAX => self.saved.push(self.state.clone()),
            b"Q" => {
                if let Some(state) = self.saved.pop() {
                    self.state = state;
                }
            }
            b"cm" => {
                if let Some(matrix) = Matrix::from(operands) {
                    self.state.to_page = matrix.then(self.state.to_page);
                }
            }
            b"BT" => self.set_line(Matrix::IDENTITY),
            b"Tm" => self.set_line(Matrix::from(operands).unwrap_or(Matrix::IDENTITY)),
            b"Td" => self.step(number(0), number(1)),
            b"TD" => {
                self.state.leading = -number(1);
                self.step(number(0), number(1));
            }
            b"T*" => self.next_line(),
            b"TL" => self.state.leading = number(0),
            b"Tc" => self.state.char_space = number(0),
            b"Tw" => self.state.word_space = number(0),
            b"Tz" => self.state.scale = number(0) / 100.0,
            b"Ts" => self.state.rise = number(0),
            b"Tj" => self.show_operand(operands.first()),
            b"'" => {
                self.next_line();
                self.show_operand(operands.first());
            }
            b"\"" => {
                self.state.word_space = number(0);
                self.state.char_space = number(1);
                self.next_line();
                self.show_operand(operands.get(2));
            }
            b"TJ" => self.show_array(operands.first()),
            _ => {}
        }
    }

    fn set_line(&mut self, matrix: Matrix) {
        self.line = matrix;
        self.text = matrix;
    }

    fn step(&mut self, x: f64, y: f64) {
        self.set_line(Matrix::shift(x, y).then(self.line));
    }

    fn next_line(&mut self) {
        self.step(0.0, -self.state.leading);
    }

    fn set_font(&mut self, operands: &[Object], resources: &mut Resources) {
        let [Object::Name(name), size, ..] = operands else {
            return;
        };
        self.state.size = size.number().unwrap_or(0.0);
        if let Some(known) = resources.read.get(name) {
            self.state.font.clone_from(known);
            return;
        }
        let font = resources
            .fonts
            .get(name)
            .and_then(|font| self.read_font(font));
        self.state.font.clone_from(&font);
        if resources.read.len() < limits::FONTS_MAX {
            resources.read.insert(name.clone(), font);
        }
    }

    /// Reads a font, once for the whole file where it is an object of its own.
    fn read_font(&mut self, font: &Object) -> Option<Rc<Font>> {
        if let Object::Reference(number) = font
            && let Some(known) = self.fonts.get(number)
        {
            return Some(Rc::clone(known));
        }
        let Object::Dict(dict) = self.file.resolve(font) else {
            return None;
        };
        let read = Rc::new(Font::read(self.file, &dict));
        if let Object::Reference(number) = font
            && self.fonts.len() < limits::FONTS_MAX
        {
            self.fonts.insert(*number, Rc::clone(&read));
        }
        Some(read)
    }

    /// Carries out a form (8.10); pictures are passed over.
    fn draw(&mut self, operands: &[Object], resources: &Resources, depth: usize) {
        if depth >= limits::FORM_DEPTH_MAX {
            return;
        }
        let reference = operands
            .first()
            .and_then(Object::name)
            .and_then(|name| resources.objects.get(name));
        let Some(&Object::Reference(number)) = reference else {
            return;
        };
        let Some(stream) = self.file.stream(&Object::Reference(number)) else {
            return;
        };
        let is_form = stream.dict.get("Subtype").and_then(Object::name) == Some("Form");
        if !is_form || self.drawing.contains(&number) {
            return;
        }
        let Some(content) = self.file.expand(&stream) else {
            self.n_streams_unread += 1;
            return;
        };
        let own = match self.file.dict(&stream.dict, "Resources") {
            own if own.is_empty() => resources.all.clone(),
            own => own,
        };
        // What copying them costs has to be counted too: a form may be drawn again and again.
        self.file.spend(own.len() * 16);
        let before = (self.state.clone(), std::mem::take(&mut self.saved));
        if let Object::Array(matrix) = self.file.get(&stream.dict, "Matrix")
            && let Some(matrix) = Matrix::from(&matrix)
        {
            self.state.to_page = matrix.then(self.state.to_page);
        }
        self.drawing.push(number);
        self.run(&content, &mut Resources::new(self.file, own), depth + 1);
        self.drawing.pop();
        (self.state, self.saved) = before;
    }

    fn show_operand(&mut self, operand: Option<&Object>) {
        if let Some(Object::Text(string)) = operand {
            self.show(string);
        }
    }

    fn show_array(&mut self, operand: Option<&Object>) {
        let Some(Object::Array(parts)) = operand else {
            return;
        };
        for part in parts {
            match part {
                Object::Text(string) => self.show(string),
                Object::Number(back) => {
                    let shift = -back / 1000.0 * self.state.size * self.state.scale;
                    self.text = Matrix::shift(shift, 0.0).then(self.text);
                }
                _ => {}
            }
        }
    }

    fn show(&mut self, string: &[u8]) {
        let Some(font) = self.state.font.clone() else {
            self.n_codes_unknown += u64::try_from(string.len()).unwrap_or(0);
            return;
        };
        self.set_apart();
        let state = &self.state;
        let mut advance = 0.0;
        font.show(string, |shown| {
            match shown.text {
                Some(text) => self.sink.push(text),
                None => self.n_codes_unknown += 1,
            }
            let word_space = if shown.is_space {
                state.word_space
            } else {
                0.0
            };
            advance +=
                (shown.width / 1000.0 * state.size + state.char_space + word_space) * state.scale;
        });
        self.text = Matrix::shift(advance, 0.0).then(self.text);
        self.pen = Some(self.here());
    }

    /// Where the next text begins on the page.
    fn here(&self) -> Pen {
        let Matrix { x, y, origin } = self.text.then(self.state.to_page);
        let length = x.0.hypot(x.1);
        let direction = if length > 0.0 {
            (x.0 / length, x.1 / length)
        } else {
            (1.0, 0.0)
        };
        Pen {
            at: origin,
            direction,
            height: (y.0.hypot(y.1) * self.state.size).abs(),
        }
    }

    /// Puts a line end or a space before text that does not follow on the last.
    fn set_apart(&mut self) {
        const LINE_STEP: f64 = 0.4;
        const WORD_GAP: f64 = 0.18;
        let Some(last) = &self.pen else { return };
        let here = self.here();
        let height = last.height.max(here.height).max(0.1);
        let (dx, dy) = (here.at.0 - last.at.0, here.at.1 - last.at.1);
        let along = dx * last.direction.0 + dy * last.direction.1;
        let across = dx * last.direction.1 - dy * last.direction.0;
        // Raised and lowered text stays in its line.
        let step = across.abs() - self.state.rise.abs();
        if step > LINE_STEP * height || along < -4.0 * height {
            self.sink.end_line();
        } else if along > WORD_GAP * height || along < -height {
            self.sink.space();
        }
    }
}

impl State {
    const fn new() -> Self {
        Self {
            to_page: Matrix::IDENTITY,
            font: None,
            size: 0.0,
            leading: 0.0,
            char_space: 0.0,
            word_space: 0.0,
            scale: 1.0,
            rise: 0.0,
        }
    }
}

/// Passes over an inline picture: `ID`, one space, data, `EI` between spaces (8.9.7).
fn skip_picture(lexer: &mut Lexer<'_>, content: &[u8]) {
    let start = lexer.position();
    let rest = content.get(start..).unwrap_or_default();
    let data = memmem::find(rest, b"ID").unwrap_or(rest.len());
    let after = rest.get(data..).unwrap_or_default();
    let end = memmem::find_iter(after, b"EI").find(|&at| {
        let before = at.checked_sub(1).and_then(|before| after.get(before));
        let next = after.get(at + 2);
        before.is_none_or(|&byte| is_space(byte)) && next.is_none_or(|&byte| is_space(byte))
    });
    let passed = end.map_or(rest.len(), |end| data + end + 2);
    lexer.go_to(start + passed);
}
