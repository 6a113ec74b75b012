//! Official documents as PDF: laid out here, line by line, and written with the fonts embedded (PDF/A-2u).

mod build;
mod flow;
mod fonts;
mod lines;

use chrono::{Datelike, NaiveDate};
use krilla::color::rgb;
use krilla::configure::{Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::text::{GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use self::build::{Builder, Paper};
use self::flow::{Laid, Mark, paginate};
pub use self::fonts::{Fonts, NoChineseFont, Role};
use self::lines::Set;
use crate::domain::official::{Layout, OfficialDocument};

/// The size of page numbers (四号) and of what else stands at the foot.
const NUMBER: f32 = 14.0;
const FOOT: f32 = 8.0;
/// How far below the text the page number's baseline is (7 mm), and that of the line below it.
const TO_NUMBER: f32 = 26.0;
const TO_FOOT: f32 = 42.0;
/// How far a certificate's frame is from the edges of the sheet (10 mm).
const FRAME: f32 = 28.0;
const RED: (u8, u8, u8) = (200, 0, 0);
const BLACK: (u8, u8, u8) = (0, 0, 0);

/// Writes documents, one after the other, into a PDF.
///
/// # Errors
/// What keeps it from being written.
pub fn pdf(
    fonts: &Fonts,
    title: &str,
    made_on: NaiveDate,
    documents: &[OfficialDocument],
) -> Result<Vec<u8>, String> {
    let configuration = ConfigurationBuilder::new().with_archival_validator(Archival::A2_U).finish();
    let configuration = configuration.map_err(|error| format!("{error:?}"))?;
    let mut file = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let (mut outline, mut before) = (Outline::new(), 0);
    for document in documents {
        let said = document.foot();
        let paper = Paper::of(document);
        let pages = paginate(&Builder::slices(fonts, document, paper), paper.room().1);
        for (index, page) in pages.iter().enumerate() {
            let mut around = foot(fonts, &said, paper, (index, pages.len()));
            if document.layout == Layout::Certificate {
                around.extend(frame(paper));
            }
            draw_page(&mut file, fonts, paper, page, &around)?;
        }
        for node in bookmarks(&pages, paper, before) {
            outline.push_child(node);
        }
        before += pages.len();
    }
    file.set_outline(outline);
    file.set_metadata(metadata(title, made_on));
    file.finish().map_err(|error| format!("{error:?}"))
}

/// A day without a time: what is made twice on a day is the same.
fn metadata(title: &str, made_on: NaiveDate) -> Metadata {
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    let year = u16::try_from(made_on.year()).unwrap_or_default();
    let day =
        DateTime::new(year).month(part(made_on.month())).day(part(made_on.day())).hour(0).minute(0).second(0);
    let day = day.utc_offset_hour(8).utc_offset_minute(0);
    Metadata::new()
        .title(title.to_owned())
        .language("zh-CN".to_owned())
        .creator("Qianglian".to_owned())
        .creation_date(day)
}

fn bookmarks(pages: &[Laid], paper: Paper, before: usize) -> Vec<OutlineNode> {
    let mut top: Vec<OutlineNode> = Vec::new();
    for (index, page) in pages.iter().enumerate() {
        for (text, below, y) in &page.bookmarks {
            let place = Point::from_xy(paper.left, paper.top + y);
            let node = OutlineNode::new(text.clone(), XyzDestination::new(before + index, place));
            match top.last_mut() {
                Some(above) if *below => above.push_child(node),
                _ => top.push(node),
            }
        }
    }
    top
}

/// What stands at the foot of a page: its number at the outer side, and below it what the page is of.
fn foot(
    fonts: &Fonts,
    (name, digest): &(String, String),
    paper: Paper,
    (index, pages): (usize, usize),
) -> Vec<Mark> {
    let (width, height) = paper.room();
    let set = |text: &str, size| Set::new(fonts, Role::Foot, text, size, 0.0);
    let text = |x, baseline, size, set| Mark::Text { x, baseline, size, set, red: false };
    let number = set(&format!("— {} —", index + 1), NUMBER);
    let outer = if index.is_multiple_of(2) { width - number.width() - NUMBER } else { NUMBER };
    let beside = set(&format!("第{}页　共{pages}页　{digest}", index + 1), FOOT);
    let mut marks = vec![text(outer, height + TO_NUMBER, NUMBER, number)];
    let name = set(name, FOOT);
    let room = width - beside.width() - 2.0 * FOOT;
    let mut y = height + TO_FOOT;
    marks.push(text(width - beside.width(), y, FOOT, beside));
    for range in name.lines(room, 0.0) {
        marks.push(text(0.0, y, FOOT, name.line(range, None)));
        y += FOOT * 1.3;
    }
    marks
}

/// The frame of a certificate: a thick line and a thin one within it.
fn frame(paper: Paper) -> Vec<Mark> {
    let lines = [(FRAME, 2.4), (FRAME + 6.0, 0.8)];
    let sides = lines.map(|(inset, thick)| {
        let (left, top) = (inset - paper.left, inset - paper.top);
        let (right, bottom) = (left + paper.width - 2.0 * inset, top + paper.height - 2.0 * inset);
        let rule = |from, to| Mark::Rule { from, to, thick, red: true };
        [
            rule((left, top), (right, top)),
            rule((right, top), (right, bottom)),
            rule((right, bottom), (left, bottom)),
            rule((left, bottom), (left, top)),
        ]
    });
    sides.into_iter().flatten().collect()
}

fn draw_page(
    file: &mut Document,
    fonts: &Fonts,
    paper: Paper,
    page: &Laid,
    around: &[Mark],
) -> Result<(), String> {
    let settings = PageSettings::from_wh(paper.width, paper.height).ok_or("a page without size")?;
    let mut drawn = file.start_page_with(settings);
    let mut surface = drawn.surface();
    for mark in page.marks.iter().chain(around) {
        draw(&mut surface, fonts, mark.clone().moved(paper.left, paper.top));
    }
    surface.finish();
    drawn.finish();
    Ok(())
}

fn colour(red: bool) -> rgb::Color {
    let (red, green, blue) = if red { RED } else { BLACK };
    rgb::Color::new(red, green, blue)
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: Mark) {
    match mark {
        Mark::Rule { from, to, thick, red } => {
            let mut path = PathBuilder::new();
            path.move_to(from.0, from.1);
            path.line_to(to.0, to.1);
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke {
                    paint: colour(red).into(),
                    width: thick,
                    ..Stroke::default()
                }));
                surface.draw_path(&path);
            }
        }
        Mark::Text { x, baseline, size, set, red } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill { paint: colour(red).into(), ..Fill::default() }));
            write(surface, fonts, (x, baseline), size, &set);
        }
    }
}

/// Writes text, font after font.
fn write(surface: &mut Surface<'_>, fonts: &Fonts, (mut x, baseline): (f32, f32), size: f32, set: &Set) {
    let mut rest = set.glyphs.as_slice();
    while let Some(first) = rest.first() {
        let of_one = rest.iter().position(|glyph| glyph.drawn.face != first.drawn.face).unwrap_or(rest.len());
        let (run, after) = rest.split_at(of_one);
        rest = after;
        let from = first.bytes.start;
        let until = run.last().map_or(from, |glyph| glyph.bytes.end);
        let glyph = |glyph: &lines::Glyph| {
            let bytes = glyph.bytes.start - from..glyph.bytes.end - from;
            KrillaGlyph::new(
                GlyphId::new(glyph.drawn.glyph),
                glyph.advance / size,
                0.0,
                0.0,
                0.0,
                bytes,
                None,
            )
        };
        let glyphs: Vec<KrillaGlyph> = run.iter().map(glyph).collect();
        let text = set.text.get(from..until).unwrap_or_default();
        if let Some(font) = fonts.font(first.drawn.face) {
            surface.draw_glyphs(Point::from_xy(x, baseline), &glyphs, font, text, size, false);
        }
        x += run.iter().map(|glyph| glyph.advance).sum::<f32>();
    }
}
