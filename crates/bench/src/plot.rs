//! Plots beside `docs/performance.md`: bars to compare subjects, lines to show scaling.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{
    ChartBuilder, Circle, Color, DrawingArea, FontStyle, IntoDrawingArea, IntoFont, LineSeries,
    RGBColor, Rectangle, SVGBackend, Text, WHITE,
};
use plotters::style::TextStyle;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::page;
use crate::runs::Runs;
use xtask::run::{Result, write};

/// Distinguishable for colour-blind readers too.
const COLOURS: [RGBColor; 4] = [
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x76, 0x76, 0x76),
    RGBColor(0x00, 0x9e, 0x73),
];
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);

const WIDTH: u32 = 760;
/// How wide a letter is, about.
const LETTER: f64 = 7.5;
const TOP: u32 = 72;
const BAR: u32 = 18;
/// Between the bars of two rows.
const GAP: u32 = 12;
const PLOT_HEIGHT: u32 = 280;

type Drawn = std::result::Result<(), Box<dyn Error>>;

/// Writes a bar for each row and series, as long as its number, and returns the Markdown that embeds it in the page.
pub fn bars(
    name: &str,
    title: &str,
    series: &[&str],
    rows: &[(String, Vec<f64>)],
) -> Result<String> {
    let row_height = BAR * series.len() as u32 + GAP;
    let height = row_height * rows.len() as u32;
    save(name, title, TOP + height + 10, series, |area| {
        let letters = rows.iter().map(|(label, _)| label.chars().count()).max();
        let chart = ChartBuilder::on(area)
            .margin_top(TOP)
            .margin_left(24 + (LETTER * letters.unwrap_or(0) as f64) as u32)
            .margin_right(80)
            .margin_bottom(10)
            .build_cartesian_2d(
                0.0..greatest(rows.iter().flat_map(|(_, numbers)| numbers)),
                height..0,
            )?;
        let chart = chart.plotting_area();
        for (row, (label, numbers)) in rows.iter().enumerate() {
            let top = row_height * row as u32;
            let (x, y) = chart.map_coordinate(&(0.0, top + (row_height - GAP) / 2));
            let weight = match label.starts_with("wotnot") {
                true => FontStyle::Bold,
                false => FontStyle::Normal,
            };
            text(area, (x - 8, y), HPos::Right, weight, label)?;
            for (number, value) in numbers.iter().enumerate() {
                let top = top + BAR * number as u32;
                let bar = [(0.0, top), (*value, top + BAR - 2)];
                chart.draw(&Rectangle::new(bar, colour(number).filled()))?;
                let (x, y) = chart.map_coordinate(&(*value, top + BAR / 2));
                text(
                    area,
                    (x + 5, y),
                    HPos::Left,
                    FontStyle::Normal,
                    &shown(*value),
                )?;
            }
        }
        Ok(())
    })
}

/// Bars of every subject's `rate`, one for each number that `field` has, such as of threads.
pub fn rates(
    name: &str,
    title: &str,
    runs: &Runs,
    (field, numbers): (&str, &[u64]),
) -> Result<String> {
    let what = field.replace('_', " ");
    let series: Vec<String> = numbers
        .iter()
        .map(|number| format!("{what}: {number}"))
        .collect();
    let series: Vec<&str> = series.iter().map(String::as_str).collect();
    let rows: Vec<(String, Vec<f64>)> = runs
        .subjects()
        .into_iter()
        .map(|subject| {
            let rate = |number: &u64| runs.with(field, *number).median(subject, "rate");
            (subject.to_owned(), numbers.iter().map(rate).collect())
        })
        .collect();
    bars(name, title, &series, &rows)
}

/// Writes a line for each series over the numbers of `xs`, evenly spaced, and returns the Markdown that embeds it in the page.
pub fn lines(
    name: &str,
    title: &str,
    x_title: &str,
    xs: &[u64],
    series: &[(&str, Vec<f64>)],
) -> Result<String> {
    let names: Vec<&str> = series.iter().map(|(name, _)| *name).collect();
    save(name, title, TOP + PLOT_HEIGHT + 52, &names, |area| {
        let most = greatest(series.iter().flat_map(|(_, numbers)| numbers));
        let mut chart = ChartBuilder::on(area)
            .margin_top(TOP)
            .margin_left(10)
            .margin_right(40)
            .margin_bottom(2)
            .x_label_area_size(50)
            .y_label_area_size(70)
            .build_cartesian_2d(0..xs.len().saturating_sub(1).max(1), 0.0..most * 1.05)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID)
            .light_line_style(WHITE)
            .axis_style(GRID)
            .label_style(("sans-serif", 13).into_font().color(&INK))
            .x_labels(xs.len())
            .x_label_formatter(&|at| xs.get(*at).map_or_else(String::new, u64::to_string))
            .x_desc(x_title)
            .y_labels(8)
            .y_label_formatter(&|value| shown(*value))
            .draw()?;
        for (number, (_, values)) in series.iter().enumerate() {
            let points = || values.iter().copied().enumerate();
            let line = colour(number).stroke_width(2);
            chart.draw_series(LineSeries::new(points(), line))?;
            chart.draw_series(points().map(|at| Circle::new(at, 4, line.filled())))?;
        }
        Ok(())
    })
}

/// Draws the title and the names of the series, has the rest drawn, and writes the file.
fn save(
    name: &str,
    title: &str,
    height: u32,
    series: &[&str],
    draw: impl FnOnce(&DrawingArea<SVGBackend, Shift>) -> Drawn,
) -> Result<String> {
    let mut svg = String::new();
    let drawn = || -> Drawn {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        area.fill(&WHITE)?;
        text(&area, (20, 22), HPos::Left, FontStyle::Bold, title)?;
        let mut x = 20;
        // One series needs no legend: the title says what it is.
        let named = if series.len() > 1 { series } else { &[] };
        for (number, name) in named.iter().enumerate() {
            area.draw(&Rectangle::new(
                [(x, 40), (x + 12, 52)],
                colour(number).filled(),
            ))?;
            text(&area, (x + 18, 46), HPos::Left, FontStyle::Normal, name)?;
            x += 46 + (LETTER * name.chars().count() as f64) as i32;
        }
        draw(&area)?;
        Ok(area.present()?)
    };
    drawn().map_err(|error| format!("the plot {name}: {error}"))?;
    let file = format!("performance/{name}.svg");
    write(&page::docs().join(&file), &svg)?;
    Ok(format!("![{title}]({file})\n\n"))
}

fn text(
    area: &DrawingArea<SVGBackend, Shift>,
    at: (i32, i32),
    anchor: HPos,
    weight: FontStyle,
    words: &str,
) -> Drawn {
    let font = ("sans-serif", 13).into_font().style(weight);
    let style = TextStyle::from(font)
        .pos(Pos::new(anchor, VPos::Center))
        .color(&INK);
    // Names of builds stand in the page as code.
    Ok(area.draw(&Text::new(words.replace('`', ""), at, style))?)
}

fn colour(number: usize) -> RGBColor {
    COLOURS[number % COLOURS.len()]
}

fn greatest<'a>(numbers: impl Iterator<Item = &'a f64>) -> f64 {
    numbers.copied().fold(f64::MIN_POSITIVE, f64::max)
}

/// Three digits at least, and thousands set apart.
fn shown(value: f64) -> String {
    if value < 10.0 && value != 0.0 {
        return format!("{value:.2}");
    }
    if value < 100.0 && value != 0.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && (digits.len() - number) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_with_their_thousands_apart() {
        assert_eq!(shown(1_234_567.0), "1,234,567");
        assert_eq!(shown(999.6), "1,000");
        assert_eq!(shown(3.456), "3.46");
        assert_eq!(shown(0.0), "0");
    }
}
