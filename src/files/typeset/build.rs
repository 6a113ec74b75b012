//! The blocks of a document as slices: how each is set by GB/T 9704-2012.

use std::rc::Rc;

use super::flow::{Grid, Mark, Part, Slice};
use super::fonts::{Fonts, Role};
use super::lines::Set;
use crate::domain::official::{Aligned, Block, Cell, Layout, OfficialDocument, Signature, Table};

/// A millimetre in points.
const MM: f32 = 72.0 / 25.4;
/// 三号, the size of the body, and how many lines and characters a page has.
const BODY: f32 = 16.0;
const LINES: f32 = 22.0;
const CHARACTERS: f32 = 28.0;
/// 二号, the size of titles, and how far apart their lines are.
const TITLE: f32 = 22.0;
const TITLE_LINE: f32 = 34.0;
/// The sizes of a certificate's text and title, and how far apart their lines are.
const CERTIFIED: f32 = 18.0;
const CERTIFIED_LINE: f32 = 30.0;
const CERTIFICATE: f32 = 40.0;
const CERTIFICATE_LINE: f32 = 60.0;
/// The size of a masthead at most.
const MASTHEAD: f32 = 48.0;
/// Room between a cell's side and its text.
const INSET: f32 = 3.5;
/// Rows of more lines than these may go on on the next page.
const WHOLE_ROW: usize = 12;

/// The sheet, and what is printed of it, in points.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paper {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) top: f32,
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) bottom: f32,
}

impl Paper {
    pub(super) fn of(document: &OfficialDocument) -> Self {
        let sides = |width, height, [top, bottom, left, right]: [f32; 4]| Self {
            width: width * MM,
            height: height * MM,
            top: top * MM,
            left: left * MM,
            right: right * MM,
            bottom: bottom * MM,
        };
        match document.layout {
            Layout::Letter => sides(210.0, 297.0, [37.0, 35.0, 28.0, 26.0]),
            Layout::Form => sides(210.0, 297.0, [22.0, 24.0, 22.0, 20.0]),
            Layout::Across => sides(297.0, 210.0, [22.0, 24.0, 18.0, 18.0]),
            Layout::Certificate => sides(297.0, 210.0, [28.0, 28.0, 38.0, 38.0]),
        }
    }

    pub(super) fn room(&self) -> (f32, f32) {
        (self.width - self.left - self.right, self.height - self.top - self.bottom)
    }
}

fn in_red(slice: &mut Slice) {
    for mark in &mut slice.marks {
        if let Mark::Text { red, .. } = mark {
            *red = true;
        }
    }
}

/// A document in the making.
pub(super) struct Builder<'a> {
    fonts: &'a Fonts,
    width: f32,
    /// The size of the body's characters, and of the title's with the height of its lines.
    body: f32,
    title: (f32, f32),
    /// From one line of the body to the next.
    line: f32,
    /// What is added after each character, so that 28 stand in a line.
    tracking: f32,
    is_letter: bool,
    slices: Vec<Slice>,
}

/// Where a line stands from side to side.
#[derive(Clone, Copy)]
enum At {
    Left(f32),
    Centre,
    /// So far from the right margin.
    Right(f32),
}

impl<'a> Builder<'a> {
    pub(super) fn slices(fonts: &'a Fonts, document: &OfficialDocument, paper: Paper) -> Vec<Slice> {
        let (width, height) = paper.room();
        let (line, tracking) = match document.layout {
            Layout::Letter => (height / LINES, width / CHARACTERS - BODY),
            Layout::Form | Layout::Across => (27.0, 0.0),
            Layout::Certificate => (CERTIFIED_LINE, 0.0),
        };
        let (body, title) = match document.layout {
            Layout::Certificate => (CERTIFIED, (CERTIFICATE, CERTIFICATE_LINE)),
            Layout::Letter | Layout::Form | Layout::Across => (BODY, (TITLE, TITLE_LINE)),
        };
        let is_letter = document.layout == Layout::Letter;
        let mut builder = Self { fonts, width, body, title, line, tracking, is_letter, slices: Vec::new() };
        builder.head(document);
        let blocks = &document.blocks;
        for (block, next) in blocks.iter().zip(blocks.iter().skip(1).map(Some).chain([None])) {
            builder.block(block, next);
        }
        builder.slices
    }

    fn set(&self, role: Role, text: &str, size: f32, tracking: f32) -> Set {
        Set::new(self.fonts, role, text, size, tracking)
    }

    /// A line in a height, with its baseline where the line's middle is the characters'.
    fn one(&self, set: Set, size: f32, at: At, height: f32) -> Slice {
        let width = set.width();
        let x = match at {
            At::Left(x) => x,
            At::Centre => (self.width - width) / 2.0,
            At::Right(inset) => self.width - width - inset,
        };
        let baseline = height / 2.0 + size * 0.36;
        let marks = vec![Mark::Text { x, baseline, size, set, red: false }];
        Slice { height, marks, ..Slice::default() }
    }

    fn centred(&mut self, role: Role, text: &str, size: f32, height: f32, bookmark: Option<&(String, bool)>) {
        let set = self.set(role, text, size, 0.0);
        // Lines of about the same length look better than a full one and a word.
        let lines = set.lines(self.width * 0.94, 0.0).len().max(1);
        #[expect(clippy::cast_precision_loss, reason = "a title has few lines")]
        let even = (set.width() / lines as f32 + size * 1.5).min(self.width);
        let ranges = set.lines(even, 0.0);
        for (index, range) in ranges.into_iter().enumerate() {
            let mut slice = self.one(set.line(range, None), size, At::Centre, height);
            slice.keeps = true;
            slice.bookmark = if index == 0 { bookmark.cloned() } else { None };
            self.slices.push(slice);
        }
    }

    fn head(&mut self, document: &OfficialDocument) {
        if !document.masthead.is_empty() {
            self.masthead(&document.masthead, &document.number);
        }
        let bookmark = (document.title.clone(), false);
        let before = self.slices.len();
        self.centred(Role::Title, &document.title, self.title.0, self.title.1, Some(&bookmark));
        if document.layout == Layout::Certificate {
            self.slices[before..].iter_mut().for_each(in_red);
        }
        if document.masthead.is_empty() && !document.number.is_empty() {
            self.centred(Role::Body, &document.number, self.body, self.line, None);
        }
        self.slices.push(Slice {
            keeps: true,
            ..Slice::room(if document.layout == Layout::Letter { self.line * 0.8 } else { 6.0 })
        });
        if !document.addressee.is_empty() {
            self.paragraph(&format!("{}：", document.addressee), 0.0, false);
            self.keep_last(1);
        }
    }

    /// The issuer in red, the number below it and the red line.
    fn masthead(&mut self, masthead: &str, number: &str) {
        let natural = self.set(Role::Title, masthead, MASTHEAD, 0.0).width();
        let size = MASTHEAD * (self.width / natural.max(1.0)).min(1.0);
        let mut slice = self.one(self.set(Role::Title, masthead, size, 0.0), size, At::Centre, size * 1.4);
        in_red(&mut slice);
        self.slices.push(Slice { keeps: true, ..slice });
        self.slices.push(Slice { keeps: true, height: self.line, ..Slice::default() });
        let number = self.one(self.set(Role::Body, number, self.body, 0.0), self.body, At::Centre, self.line);
        self.slices.push(Slice { keeps: true, ..number });
        let rule = Mark::Rule { from: (0.0, 4.0 * MM), to: (self.width, 4.0 * MM), thick: 1.4, red: true };
        self.slices.push(Slice {
            keeps: true,
            height: self.line * 2.0,
            marks: vec![rule],
            ..Slice::default()
        });
    }

    fn block(&mut self, block: &Block, next: Option<&Block>) {
        match block {
            Block::Paragraph { text } => {
                text.split('\n').for_each(|line| self.paragraph(line, 2.0 * self.body, true));
            }
            Block::Flush { text } => self.paragraph(text, 0.0, false),
            Block::Heading { text } => self.heading(text),
            Block::Table(table) => self.table(table),
            Block::Annexes { lines } => self.annexes(lines),
            Block::Signature(signature) => self.signature(signature),
            Block::SignedBy { lines, in_a_row } => self.signed_by(lines, (*in_a_row).max(1)),
            Block::Annex { name, title } => self.annex(name, title),
        }
        if matches!(next, Some(Block::Signature(_) | Block::SignedBy { .. })) {
            self.keep_last(2);
        }
    }

    /// Sees to it that the last slices are on the page of what follows.
    fn keep_last(&mut self, count: usize) {
        for slice in self.slices.iter_mut().rev().take(count) {
            slice.keeps = true;
        }
    }

    fn paragraph(&mut self, text: &str, indent: f32, spread: bool) {
        let set = self.set(Role::Body, text, self.body, self.tracking);
        let indent = if indent > 0.0 { indent + 2.0 * self.tracking } else { 0.0 };
        let ranges = set.lines(self.width, indent);
        let count = ranges.len();
        for (index, range) in ranges.into_iter().enumerate() {
            let x = if index == 0 { indent } else { 0.0 };
            let to_margin = (spread && index + 1 < count).then_some(self.width - x);
            let mut slice = self.one(set.line(range, to_margin), self.body, At::Left(x), self.line);
            // No single line at the foot or the head of a page.
            slice.keeps = count > 1 && (index == 0 || index + 2 == count);
            self.slices.push(slice);
        }
    }

    fn heading(&mut self, text: &str) {
        let set = self.set(Role::Heading, text, self.body, self.tracking);
        let indent = 2.0 * (self.body + self.tracking);
        for (index, range) in set.lines(self.width, indent).into_iter().enumerate() {
            let x = if index == 0 { indent } else { 0.0 };
            let mut slice = self.one(set.line(range, None), self.body, At::Left(x), self.line);
            slice.keeps = true;
            slice.bookmark = (index == 0).then(|| (text.to_owned(), true));
            self.slices.push(slice);
        }
    }

    /// 附件说明: a line below the body, two characters in; what goes on stands below the name.
    fn annexes(&mut self, annexes: &[String]) {
        self.slices.push(Slice::room(self.line));
        for (index, annex) in annexes.iter().enumerate() {
            let number = if annexes.len() == 1 { String::new() } else { format!("{}．", index + 1) };
            let before = if index == 0 { format!("附件：{number}") } else { format!("　　　{number}") };
            let label = self.set(Role::Body, &before, self.body, self.tracking);
            let x = 2.0 * (self.body + self.tracking);
            let beside = x + label.width();
            let name = self.set(Role::Body, annex, self.body, self.tracking);
            for (line, range) in name.lines(self.width - beside, 0.0).into_iter().enumerate() {
                let mut slice = self.one(name.line(range, None), self.body, At::Left(beside), self.line);
                if line == 0 {
                    slice.marks.extend(self.one(label.clone(), self.body, At::Left(x), self.line).marks);
                }
                self.slices.push(slice);
            }
        }
    }

    /// 署名 and 成文日期: the day four characters from the margin, the signers centred above it, room for the seal above both.
    fn signature(&mut self, signature: &Signature) {
        self.slices.push(Slice { keeps: true, height: self.line * 2.0, ..Slice::default() });
        let date =
            if signature.date.is_empty() { "　　　　年　　月　　日" } else { &signature.date };
        let date = self.set(Role::Body, date, self.body, self.tracking);
        let inset = 4.0 * (self.body + self.tracking);
        let middle = self.width - inset - date.width() / 2.0;
        for signer in &signature.signers {
            let set = self.set(Role::Body, signer, self.body, self.tracking);
            let x = (middle - set.width() / 2.0).min(self.width - set.width() - self.body).max(0.0);
            let slice = self.one(set, self.body, At::Left(x), self.line);
            self.slices.push(Slice { keeps: true, ..slice });
        }
        let slice = self.one(date, self.body, At::Right(inset), self.line);
        self.slices.push(slice);
    }

    /// Lines to be signed by hand, with room to write.
    fn signed_by(&mut self, lines: &[String], in_a_row: usize) {
        const SIZE: f32 = 14.0;
        let height = self.line * 1.4;
        self.slices.push(Slice { keeps: true, ..Slice::room(self.line * 0.5) });
        let rows = lines.chunks(in_a_row);
        let count = rows.len();
        for (index, row) in rows.enumerate() {
            let mut marks = Vec::new();
            for (place, line) in row.iter().enumerate() {
                #[expect(clippy::cast_precision_loss, reason = "a row has few lines")]
                let (each, place) = (self.width / in_a_row as f32, place as f32);
                let set = self.set(Role::Body, line, SIZE, 0.0);
                let (x, end) = (each * place + set.width() + 4.0, each * (place + 1.0) - 14.0);
                let baseline = height * 0.75;
                let rule = Mark::Rule {
                    from: (x, baseline + 3.0),
                    to: (end, baseline + 3.0),
                    thick: 0.5,
                    red: false,
                };
                marks.push(Mark::Text { x: each * place, baseline, size: SIZE, set, red: false });
                marks.push(rule);
            }
            self.slices.push(Slice { height, marks, keeps: index + 1 < count, ..Slice::default() });
        }
    }

    fn annex(&mut self, name: &str, title: &str) {
        let label =
            self.one(self.set(Role::Heading, name, self.body, 0.0), self.body, At::Left(0.0), self.line);
        self.slices.push(Slice { keeps: true, new_page: true, ..label });
        self.slices.push(Slice { keeps: true, ..Slice::room(self.line * 0.5) });
        self.centred(Role::Title, title, TITLE, TITLE_LINE, Some(&(format!("{name} {title}"), false)));
        self.slices.push(Slice { keeps: true, ..Slice::room(self.line * 0.5) });
    }

    fn table(&mut self, table: &Table) {
        let size = match table.widths.len() {
            0..=5 if self.is_letter => 12.0,
            0..=9 => 10.5,
            _ => 9.0,
        };
        let total: f32 = table.widths.iter().map(|width| f32::from(*width)).sum();
        let mut sides = vec![0.0];
        let mut x = 0.0;
        for width in &table.widths {
            x += f32::from(*width) / total.max(1.0) * self.width;
            sides.push(x);
        }
        let columns = Columns { sides, size };
        let bare = Rc::new(Grid { heading: Vec::new(), width: self.width });
        let heading =
            if table.heading.is_empty() { Vec::new() } else { self.row(&table.heading, &columns, &bare) };
        let grid = Rc::new(Grid { heading, width: self.width });
        self.slices.push(Slice { keeps: true, ..Slice::room(self.line * 0.2) });
        for row in &table.rows {
            let slices = self.row(row, &columns, &grid);
            self.slices.extend(slices);
        }
        if table.rows.is_empty() {
            self.slices.extend(grid.heading.iter().cloned());
        }
        self.slices.push(Slice::room(self.line * 0.4));
    }

    /// A row: one slice, or where it is long one for each of its lines.
    fn row(&self, cells: &[Cell], columns: &Columns, grid: &Rc<Grid>) -> Vec<Slice> {
        let line = columns.size * 1.4;
        let mut at = 0;
        let (mut sides, mut texts) = (vec![0.0], Vec::new());
        for cell in cells {
            let from = columns.side(at);
            at += cell.span.max(1);
            let until = columns.side(at);
            sides.push(until);
            texts.push(self.cell(cell, (from, until), columns.size));
        }
        let most = texts.iter().map(Vec::len).max().unwrap_or(1).max(1);
        let part = |begins| Some(Part { grid: Rc::clone(grid), sides: sides.clone(), begins });
        let baseline = line / 2.0 + columns.size * 0.36;
        #[expect(clippy::cast_precision_loss, reason = "a cell has fewer lines than numbers have digits")]
        let offset = |lines: usize| line * lines as f32;
        let mark = |(x, set): &(f32, Set), y: f32| Mark::Text {
            x: *x,
            baseline: y + baseline,
            size: columns.size,
            set: set.clone(),
            red: false,
        };
        if most <= WHOLE_ROW {
            let middle = |lines: &[(f32, Set)]| INSET + offset(most - lines.len()) / 2.0;
            let drawn = texts.iter().flat_map(|lines| {
                lines.iter().enumerate().map(move |(index, text)| mark(text, middle(lines) + offset(index)))
            });
            let marks = drawn.collect();
            return vec![Slice {
                height: offset(most) + 2.0 * INSET,
                marks,
                part: part(true),
                ..Slice::default()
            }];
        }
        let slice = |index: usize| {
            let (above, below) =
                (if index == 0 { INSET } else { 0.0 }, if index + 1 == most { INSET } else { 0.0 });
            let marks =
                texts.iter().filter_map(|lines| lines.get(index)).map(|text| mark(text, above)).collect();
            let keeps = index < 2 || (index + 3 >= most && index + 1 < most);
            Slice { height: line + above + below, marks, keeps, part: part(index == 0), ..Slice::default() }
        };
        (0..most).map(slice).collect()
    }

    /// The lines of a cell, each with where it begins.
    fn cell(&self, cell: &Cell, (from, until): (f32, f32), size: f32) -> Vec<(f32, Set)> {
        let width = until - from - 2.0 * INSET;
        let role = if cell.names { Role::Heading } else { Role::Body };
        let mut lines = Vec::new();
        for text in cell.text.split('\n') {
            let set = self.set(role, text, size, 0.0);
            for range in set.lines(width, 0.0) {
                let line = set.line(range, None);
                let room = width - line.width();
                let before = match cell.aligned {
                    Aligned::Left => 0.0,
                    Aligned::Centre => room / 2.0,
                    Aligned::Right => room,
                };
                lines.push((from + INSET + before, line));
            }
        }
        lines
    }
}

/// Where the columns of a table are, and how large its text is.
struct Columns {
    sides: Vec<f32>,
    size: f32,
}

impl Columns {
    fn side(&self, at: usize) -> f32 {
        self.sides.get(at).or(self.sides.last()).copied().unwrap_or_default()
    }
}
