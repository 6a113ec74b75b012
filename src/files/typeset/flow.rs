//! What stands on the paper in slices, one below the other, and slices on pages: which stay together, tables with their
//! headings again on each page.

use std::rc::Rc;

use super::lines::Set;

/// Something drawn; places are from the left and the top of what it is part of, in points.
#[derive(Clone, Debug)]
pub(super) enum Mark {
    Text { x: f32, baseline: f32, size: f32, set: Set, red: bool },
    Rule { from: (f32, f32), to: (f32, f32), thick: f32, red: bool },
}

impl Mark {
    pub(super) fn moved(self, dx: f32, dy: f32) -> Self {
        match self {
            Self::Text { x, baseline, size, set, red } => {
                Self::Text { x: x + dx, baseline: baseline + dy, size, set, red }
            }
            Self::Rule { from, to, thick, red } => {
                Self::Rule { from: (from.0 + dx, from.1 + dy), to: (to.0 + dx, to.1 + dy), thick, red }
            }
        }
    }
}

/// The part of a table that a slice is.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) grid: Rc<Grid>,
    /// Where its cells' sides are.
    pub(super) sides: Vec<f32>,
    /// Whether a row begins with it.
    pub(super) begins: bool,
}

/// A table: what stands above its columns on each page.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) heading: Vec<Slice>,
    pub(super) width: f32,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Slice {
    pub(super) height: f32,
    pub(super) marks: Vec<Mark>,
    /// Whether it is on the page of the next one.
    pub(super) keeps: bool,
    /// Whether it is room, which is not needed at the top of a page.
    pub(super) is_room: bool,
    pub(super) new_page: bool,
    pub(super) part: Option<Part>,
    /// What a bookmark that leads here says, and whether it is below another.
    pub(super) bookmark: Option<(String, bool)>,
}

impl Slice {
    pub(super) fn room(height: f32) -> Self {
        Self { height, is_room: true, ..Self::default() }
    }
}

/// A page: what is drawn on it, and where bookmarks lead to.
#[derive(Debug, Default)]
pub(super) struct Laid {
    pub(super) marks: Vec<Mark>,
    pub(super) bookmarks: Vec<(String, bool, f32)>,
}

const THIN: f32 = 0.5;

/// Pages in the making.
struct Pages {
    done: Vec<Laid>,
    page: Laid,
    y: f32,
    room: f32,
    /// The table that the page ends with as yet.
    open: Option<Rc<Grid>>,
}

impl Pages {
    fn is_fresh(&self) -> bool {
        self.page.marks.is_empty() && self.y == 0.0
    }

    fn turn(&mut self) {
        self.close();
        self.done.push(std::mem::take(&mut self.page));
        self.y = 0.0;
    }

    /// Draws the lower side of the table that is open.
    fn close(&mut self) {
        if let Some(grid) = self.open.take() {
            self.rule_across(grid.width);
        }
    }

    fn rule_across(&mut self, width: f32) {
        let (from, to) = ((0.0, self.y), (width, self.y));
        self.page.marks.push(Mark::Rule { from, to, thick: THIN, red: false });
    }

    fn heading_height(&self, slice: &Slice) -> f32 {
        let Some(part) = &slice.part else { return 0.0 };
        if self.continues(part) { 0.0 } else { part.grid.heading.iter().map(|row| row.height).sum() }
    }

    fn continues(&self, part: &Part) -> bool {
        self.open.as_ref().is_some_and(|open| Rc::ptr_eq(open, &part.grid))
    }

    fn place(&mut self, slice: &Slice) {
        match &slice.part {
            Some(part) if !self.continues(part) => {
                self.close();
                self.open = Some(Rc::clone(&part.grid));
                for row in &part.grid.heading {
                    self.draw(row);
                }
                // A row that goes on here is closed above as one that begins.
                self.rule_across(part.grid.width);
            }
            Some(part) if part.begins => self.rule_across(part.grid.width),
            Some(_) => {}
            None => self.close(),
        }
        self.draw_within(slice);
    }

    fn draw(&mut self, row: &Slice) {
        if let Some(part) = &row.part {
            self.rule_across(part.grid.width);
        }
        self.draw_within(row);
    }

    fn draw_within(&mut self, slice: &Slice) {
        if let Some(part) = &slice.part {
            for side in &part.sides {
                let (from, to) = ((*side, self.y), (*side, self.y + slice.height));
                self.page.marks.push(Mark::Rule { from, to, thick: THIN, red: false });
            }
        }
        if let Some((text, below)) = &slice.bookmark {
            self.page.bookmarks.push((text.clone(), *below, self.y));
        }
        let y = self.y;
        self.page.marks.extend(slice.marks.iter().cloned().map(|mark| mark.moved(0.0, y)));
        self.y += slice.height;
    }
}

/// Lays slices out on pages that have so much room from top to bottom.
pub(super) fn paginate(slices: &[Slice], room: f32) -> Vec<Laid> {
    let mut pages = Pages { done: Vec::new(), page: Laid::default(), y: 0.0, room, open: None };
    let mut rest = slices;
    while let Some(first) = rest.first() {
        let together = rest.iter().position(|slice| !slice.keeps).map_or(rest.len(), |last| last + 1);
        let (cluster, after) = rest.split_at(together);
        rest = after;
        let height: f32 = cluster.iter().map(|slice| slice.height).sum();
        let needed = height + pages.heading_height(first);
        if !pages.is_fresh()
            && (first.new_page || pages.y + needed > pages.room + 0.01)
            && !first.is_only_room(cluster)
        {
            pages.turn();
        }
        for slice in cluster {
            if pages.is_fresh() && slice.is_room {
                continue;
            }
            // What stays together may be longer than a page.
            if !pages.is_fresh() && pages.y + slice.height > pages.room + 0.01 {
                pages.turn();
                if slice.is_room {
                    continue;
                }
            }
            pages.place(slice);
        }
    }
    pages.close();
    if !pages.is_fresh() || pages.done.is_empty() {
        pages.done.push(pages.page);
    }
    pages.done
}

impl Slice {
    /// Whether it is room by itself, which turns no page.
    fn is_only_room(&self, cluster: &[Self]) -> bool {
        self.is_room && !self.new_page && cluster.len() == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(height: f32, keeps: bool) -> Slice {
        let mark = Mark::Rule { from: (0.0, 0.0), to: (1.0, 0.0), thick: 1.0, red: true };
        Slice { height, keeps, marks: vec![mark], ..Slice::default() }
    }

    /// How many lines stand on each page.
    fn pages(slices: &[Slice]) -> Vec<usize> {
        let red = |mark: &&Mark| matches!(mark, Mark::Rule { red: true, .. });
        paginate(slices, 100.0).iter().map(|page| page.marks.iter().filter(red).count()).collect()
    }

    #[test]
    fn what_stays_together_is_on_one_page() {
        let lines = |keeps: &[bool]| keeps.iter().map(|keeps| line(30.0, *keeps)).collect::<Vec<_>>();
        assert_eq!(pages(&lines(&[false; 5])), [3, 2]);
        assert_eq!(pages(&lines(&[false, false, true, false])), [2, 2]);
        // Longer than a page: it is broken all the same.
        assert_eq!(pages(&lines(&[true; 5])), [3, 2]);
        let mut with_room = lines(&[false, false, false]);
        with_room.push(Slice::room(20.0));
        assert_eq!(pages(&with_room), [3], "room turns no page");
        let mut turned = lines(&[false, false]);
        turned[1].new_page = true;
        assert_eq!(pages(&turned), [1, 1]);
    }

    #[test]
    fn a_table_has_its_heading_on_each_page() {
        let grid = Rc::new(Grid { heading: vec![line(20.0, false)], width: 10.0 });
        let row = |begins| {
            let part = Part { grid: Rc::clone(&grid), sides: vec![0.0, 10.0], begins };
            Slice { part: Some(part), ..line(30.0, false) }
        };
        // Two rows and the heading to a page.
        assert_eq!(pages(&[row(true), row(true), row(true), row(false)]), [3, 3]);
    }
}
