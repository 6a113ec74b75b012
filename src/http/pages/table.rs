//! Tables. A page says each column once: its heading, which also labels its cells where rows are cards on a phone, and
//! what stands there in a row.

use std::rc::Rc;

use maud::{Markup, Render, html};

use super::parts;

/// Writes what stands in a row, by the row's place. Erased, so that tables of all kinds of rows are one piece of code.
type Cell<'a> = Box<dyn Fn(usize, &mut String) + 'a>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What the row is about.
    Head,
    Plain,
    Number,
    /// Text as a person wrote it, lines and all.
    Text,
    /// Fields that want room.
    Field,
}

struct Column<'a> {
    label: String,
    /// What the heading says, where that is more than the label.
    heading: Option<Markup>,
    kind: Kind,
    narrow: bool,
    screen: bool,
    cell: Cell<'a>,
}

/// How a table is laid out where it is wider than the page.
#[derive(Clone, Copy)]
enum Frame {
    /// Each row is a card on a phone.
    Cards,
    /// The same, and elsewhere it may be scrolled, by the keyboard too.
    Broad,
    /// It is scrolled, by the keyboard too.
    Scrolled,
    /// It is a form on paper, with columns that are equally wide or not.
    Paper { even: bool },
}

/// Rows that belong together.
struct Group {
    heading: Markup,
    /// Its name for the script that drags rows between groups.
    order: Option<&'static str>,
    rows: std::ops::Range<usize>,
}

/// A table in the making.
pub(super) struct Table<'a, R> {
    rows: Rc<Vec<R>>,
    plain: Plain<'a>,
}

/// What does not depend on the kind of rows.
struct Plain<'a> {
    caption: Markup,
    frame: Frame,
    groups: Vec<Group>,
    columns: Vec<Column<'a>>,
    empty: Option<Markup>,
    id: Option<Cell<'a>>,
    movable: bool,
}

impl<'a, R: 'a> Table<'a, R> {
    /// A table of these rows. Without a caption where a heading right above it says the same.
    pub(super) fn new(caption: impl Render, rows: impl IntoIterator<Item = R>) -> Self {
        let mut table = Self {
            rows: Rc::default(),
            plain: Plain {
                caption: caption.render(),
                frame: Frame::Cards,
                groups: Vec::new(),
                columns: Vec::new(),
                empty: None,
                id: None,
                movable: false,
            },
        };
        table.add("".render(), None, rows);
        table
    }

    /// A table of groups of rows, each below its heading.
    pub(super) fn grouped<G: IntoIterator<Item = R>>(
        caption: impl Render,
        groups: impl IntoIterator<Item = (Markup, G)>,
    ) -> Self {
        let mut table = Self::new(caption, []);
        table.plain.groups.clear();
        for (heading, rows) in groups {
            table.add(heading, None, rows);
        }
        table
    }

    /// A table of two groups whose rows can be dragged from one to the other: those that are listed, in their order, and
    /// the rest.
    pub(super) fn ordered(
        caption: impl Render,
        listed: impl IntoIterator<Item = R>,
        rest: (&str, impl IntoIterator<Item = R>),
    ) -> Self {
        let mut table = Self::new(caption, []);
        table.plain.groups.clear();
        table.add("".render(), Some("listed"), listed);
        table.add(rest.0.render(), Some("rest"), rest.1);
        table
    }

    fn add(&mut self, heading: Markup, order: Option<&'static str>, more: impl IntoIterator<Item = R>) {
        // No column has been added yet, so nobody else holds the rows.
        let Some(rows) = Rc::get_mut(&mut self.rows) else { return };
        let start = rows.len();
        rows.extend(more);
        self.plain.groups.push(Group { heading, order, rows: start..rows.len() });
    }

    fn push<C: Render>(
        mut self,
        kind: Kind,
        heading: impl Into<String>,
        cell: impl Fn(&R) -> C + 'a,
    ) -> Self {
        let rows = Rc::clone(&self.rows);
        self.plain.columns.push(Column {
            label: heading.into(),
            heading: None,
            kind,
            narrow: false,
            screen: false,
            cell: Box::new(move |row, to| cell(&rows[row]).render_to(to)),
        });
        self
    }

    /// A column that says what each row is about.
    pub(super) fn head<C: Render>(self, heading: impl Into<String>, cell: impl Fn(&R) -> C + 'a) -> Self {
        self.push(Kind::Head, heading, cell)
    }

    pub(super) fn column<C: Render>(self, heading: impl Into<String>, cell: impl Fn(&R) -> C + 'a) -> Self {
        self.push(Kind::Plain, heading, cell)
    }

    /// A column of numbers.
    pub(super) fn number<C: Render>(self, heading: impl Into<String>, cell: impl Fn(&R) -> C + 'a) -> Self {
        self.push(Kind::Number, heading, cell)
    }

    /// A column of what people wrote.
    pub(super) fn text<C: Render>(self, heading: impl Into<String>, cell: impl Fn(&R) -> C + 'a) -> Self {
        self.push(Kind::Text, heading, cell)
    }

    /// A column of fields that want room.
    pub(super) fn field<C: Render>(self, heading: impl Into<String>, cell: impl Fn(&R) -> C + 'a) -> Self {
        self.push(Kind::Field, heading, cell)
    }

    /// Columns that are there only then.
    pub(super) fn when(self, there: bool, columns: impl FnOnce(Self) -> Self) -> Self {
        if there { columns(self) } else { self }
    }

    /// A column for each of these.
    pub(super) fn each<T>(self, of: impl IntoIterator<Item = T>, column: impl Fn(Self, T) -> Self) -> Self {
        of.into_iter().fold(self, column)
    }

    /// The last column, its heading saying more than its label.
    pub(super) fn heading(mut self, heading: Markup) -> Self {
        if let Some(last) = self.plain.columns.last_mut() {
            last.heading = Some(heading);
        }
        self
    }

    /// The last column, as narrow as its figures on paper.
    pub(super) fn narrow(mut self) -> Self {
        if let Some(last) = self.plain.columns.last_mut() {
            last.narrow = true;
        }
        self
    }

    /// The last column, not printed.
    pub(super) fn screen(mut self) -> Self {
        if let Some(last) = self.plain.columns.last_mut() {
            last.screen = true;
        }
        self
    }

    /// A table on a phone, too, to be scrolled.
    pub(super) fn scrolled(mut self) -> Self {
        self.plain.frame = Frame::Scrolled;
        self
    }

    /// Cards on a phone; elsewhere broader than the page may be.
    pub(super) fn broad(mut self) -> Self {
        self.plain.frame = Frame::Broad;
        self
    }

    /// A form on paper.
    pub(super) fn paper(mut self, even: bool) -> Self {
        self.plain.frame = Frame::Paper { even };
        self
    }

    /// What stands there instead where there are no rows.
    pub(super) fn empty(mut self, words: &str) -> Self {
        self.plain.empty = Some(html! { p { (words) } });
        self
    }

    /// What stands there instead where there are no rows, of more than one sentence.
    pub(super) fn empty_with(mut self, content: Markup) -> Self {
        self.plain.empty = Some(content);
        self
    }

    /// An anchor at each row.
    pub(super) fn id(mut self, id: impl Fn(&R) -> String + 'a) -> Self {
        let rows = Rc::clone(&self.rows);
        self.plain.id = Some(Box::new(move |row, to| id(&rows[row]).render_to(to)));
        self
    }

    /// Rows with buttons that move them.
    pub(super) fn movable(mut self) -> Self {
        self.plain.movable = true;
        self
    }

    pub(super) fn render(&self) -> Markup {
        match &self.plain.empty {
            Some(empty) if self.rows.is_empty() => parts::empty(empty),
            _ => self.plain.framed(),
        }
    }
}

impl Plain<'_> {
    fn framed(&self) -> Markup {
        match self.frame {
            Frame::Cards => html! { div.scroll { table.data.cards { (self.content()) } } },
            Frame::Broad => html! { div.scroll tabindex="0" { table.data.cards { (self.content()) } } },
            Frame::Scrolled => html! { div.scroll tabindex="0" { table.data { (self.content()) } } },
            Frame::Paper { even } => html! { table.data.form.even[even] { (self.content()) } },
        }
    }

    fn content(&self) -> Markup {
        let mark = self.movable.then_some("");
        let cards = matches!(self.frame, Frame::Cards | Frame::Broad);
        html! {
            @if !self.caption.0.is_empty() { caption { (self.caption) } }
            thead { tr { @for column in &self.columns { (column.heading()) } } }
            @for group in &self.groups {
                tbody data-order=[group.order] data-rows=[mark] {
                    @if !group.heading.0.is_empty() { (self.divider(group)) }
                    @for row in group.rows.clone() {
                        tr id=[self.id.as_ref().map(|id| Filled(id, row))] data-row=[mark] {
                            @for column in &self.columns { (column.cell(row, cards)) }
                        }
                    }
                }
            }
        }
    }

    fn divider(&self, group: &Group) -> Markup {
        html! {
            tr.divider[group.order.is_some()] data-divider=[group.order.map(|_| "")] {
                th colspan=(self.columns.len()) scope="rowgroup" { (group.heading) }
            }
        }
    }
}

/// A cell of one row.
struct Filled<'c>(&'c dyn Fn(usize, &mut String), usize);

impl Render for Filled<'_> {
    fn render_to(&self, buffer: &mut String) {
        self.0(self.1, buffer);
    }
}

impl Column<'_> {
    fn heading(&self) -> Markup {
        let number = self.kind == Kind::Number;
        html! {
            @if self.label.is_empty() { td {} } @else {
                th.number[number].narrow[self.narrow].screen[self.screen] scope="col" {
                    @match &self.heading { Some(heading) => (heading), None => (self.label) }
                }
            }
        }
    }

    fn cell(&self, row: usize, labelled: bool) -> Placed<'_> {
        let class = match (self.kind, self.screen) {
            (Kind::Head, _) | (Kind::Plain, false) => "",
            (Kind::Plain, true) => "screen",
            (Kind::Number, false) => "number",
            (Kind::Number, true) => "number screen",
            (Kind::Text, false) => "text",
            (Kind::Text, true) => "text screen",
            (Kind::Field, false) => "wide",
            (Kind::Field, true) => "wide screen",
        };
        let label = labelled.then_some(self.label.as_str());
        Placed { head: self.kind == Kind::Head, class, label, content: Filled(&self.cell, row) }
    }
}

/// A cell with its element. Pages have thousands, so that each is written where it belongs and none is made apart.
struct Placed<'c> {
    head: bool,
    class: &'static str,
    label: Option<&'c str>,
    content: Filled<'c>,
}

impl Render for Placed<'_> {
    fn render_to(&self, to: &mut String) {
        to.push_str(if self.head { "<th scope=\"row\"" } else { "<td" });
        if !self.class.is_empty() {
            to.push_str(" class=\"");
            to.push_str(self.class);
            to.push('"');
        }
        if let Some(label) = self.label {
            to.push_str(" data-label=\"");
            label.render_to(to);
            to.push('"');
        }
        to.push('>');
        self.content.render_to(to);
        to.push_str(if self.head { "</th>" } else { "</td>" });
    }
}
