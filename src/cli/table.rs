//! Tables in plain text, aligned as a terminal shows them: a Chinese character is as wide as two Latin ones.

use unicode_width::UnicodeWidthStr;

/// On which side the text of a column stands.
#[derive(Clone, Copy)]
pub(super) enum Align {
    Left,
    Right,
}

/// Rows of cells under a heading.
pub(super) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(columns: Vec<(String, Align)>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row, one cell a column.
    pub(super) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// The heading, a line and the rows, each line behind `indent` and without blanks at its end.
    pub(super) fn text(&self, indent: &str) -> String {
        let width_of = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].width());
            cells.chain([self.columns[column].0.width()]).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width_of).collect();
        let heading: Vec<String> = self.columns.iter().map(|(heading, _)| heading.clone()).collect();
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let mut text = String::new();
        for row in [&heading, &rule].into_iter().chain(&self.rows) {
            let mut line = indent.to_owned();
            for (column, cell) in row.iter().enumerate() {
                let gap = if column == 0 { "" } else { "  " };
                let blanks = " ".repeat(widths[column] - cell.width());
                line += gap;
                line += &match self.columns[column].1 {
                    Align::Left => format!("{cell}{blanks}"),
                    Align::Right => format!("{blanks}{cell}"),
                };
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_latin_cells_line_up() {
        let mut table = Table::new(vec![
            ("名次".into(), Align::Right),
            ("名称".into(), Align::Left),
            ("x".into(), Align::Left),
        ]);
        table.push(vec!["1".into(), "特高压设备".into(), "a".into()]);
        table.push(vec!["12".into(), "5G".into(), String::new()]);
        assert_eq!(
            table.text(" "),
            " 名次  名称        x\n ----  ----------  -\n    1  特高压设备  a\n   12  5G\n"
        );
    }
}
