//! Plots as plain SVG beside `docs/performance.md`: bars to compare subjects, lines to show scaling.

use std::fmt::Write;

use crate::report;
use crate::runs::Runs;
use xtask::run::{Result, make_folder};

/// Told apart by the colour-blind too.
const COLOURS: [&str; 4] = ["#0072b2", "#e69f00", "#767676", "#009e73"];

const WIDTH: f64 = 760.0;
/// How wide a letter is, about.
const LETTER: f64 = 7.5;
const RIGHT: f64 = 80.0;
const TOP: f64 = 72.0;
const BAR: f64 = 18.0;
const PLOT_HEIGHT: f64 = 280.0;
const BOTTOM: f64 = 52.0;

/// Writes a bar for each row and series, as long as its number, and gives what embeds it in the page.
pub fn bars(
    name: &str,
    title: &str,
    series: &[&str],
    rows: &[(String, Vec<f64>)],
) -> Result<String> {
    let row_height = BAR * series.len() as f64 + 12.0;
    let height = TOP + row_height * rows.len() as f64 + 10.0;
    let mut svg = head(title, height, series);
    let most = greatest(rows.iter().flat_map(|(_, numbers)| numbers));
    let letters = rows.iter().map(|(label, _)| label.chars().count()).max();
    let left = 24.0 + LETTER * letters.unwrap_or(0) as f64;
    let scale = (WIDTH - left - RIGHT) / most;
    for (row, (label, numbers)) in rows.iter().enumerate() {
        let top = TOP + row_height * row as f64;
        let middle = top + BAR * series.len() as f64 / 2.0;
        let weight = match label.starts_with("wotnot") {
            true => "bold",
            false => "normal",
        };
        text(&mut svg, (left - 8.0, middle + 4.0), "end", weight, label);
        for (number, value) in numbers.iter().enumerate() {
            let y = top + BAR * number as f64;
            let length = value * scale;
            let _ = writeln!(
                svg,
                "<rect x=\"{left}\" y=\"{y:.1}\" width=\"{length:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
                BAR - 2.0,
                colour(number)
            );
            let at = (left + length + 5.0, y + 12.5);
            text(&mut svg, at, "start", "normal", &shown(*value));
        }
    }
    save(name, title, svg)
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

/// Writes a line for each series over the numbers of `xs`, evenly spaced, and gives what embeds it in the page.
pub fn lines(
    name: &str,
    title: &str,
    x_title: &str,
    xs: &[u64],
    series: &[(&str, Vec<f64>)],
) -> Result<String> {
    let names: Vec<&str> = series.iter().map(|(name, _)| *name).collect();
    let mut svg = head(title, TOP + PLOT_HEIGHT + BOTTOM, &names);
    let left = 80.0;
    let most = greatest(series.iter().flat_map(|(_, numbers)| numbers));
    let step = step(most);
    let ticks = (most / step).ceil();
    let y = |value: f64| TOP + PLOT_HEIGHT * (1.0 - value / (ticks * step));
    let x = |number: usize| {
        let width = WIDTH - left - 40.0;
        left + width * number as f64 / (xs.len().saturating_sub(1)).max(1) as f64
    };
    for tick in 0..=ticks as u32 {
        let value = f64::from(tick) * step;
        let _ = writeln!(
            svg,
            "<path d=\"M{left} {0:.1}H{1}\" stroke=\"#ddd\"/>",
            y(value),
            WIDTH - 40.0
        );
        let at = (left - 8.0, y(value) + 4.0);
        text(&mut svg, at, "end", "normal", &shown(value));
    }
    let under = TOP + PLOT_HEIGHT + 20.0;
    for (number, value) in xs.iter().enumerate() {
        text(
            &mut svg,
            (x(number), under),
            "middle",
            "normal",
            &value.to_string(),
        );
    }
    let middle = (left + WIDTH - 40.0) / 2.0;
    text(
        &mut svg,
        (middle, under + 20.0),
        "middle",
        "normal",
        x_title,
    );
    for (number, (_, values)) in series.iter().enumerate() {
        let points: Vec<String> = values
            .iter()
            .enumerate()
            .map(|(at, value)| format!("{:.1},{:.1}", x(at), y(*value)))
            .collect();
        let colour = colour(number);
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"/>",
            points.join(" ")
        );
        for point in &points {
            let (x, y) = point.split_once(',').unwrap_or_default();
            let _ = writeln!(
                svg,
                "<circle cx=\"{x}\" cy=\"{y}\" r=\"4\" fill=\"{colour}\"/>"
            );
        }
    }
    save(name, title, svg)
}

fn head(title: &str, height: f64, series: &[&str]) -> String {
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"13\" fill=\"#222\">\n\
         <rect width=\"{WIDTH}\" height=\"{height:.0}\" fill=\"#fff\"/>\n"
    );
    text(&mut svg, (20.0, 26.0), "start", "bold", title);
    let mut x = 20.0;
    // One series needs no legend: the title says what it is.
    let named = if series.len() > 1 { series } else { &[] };
    for (number, name) in named.iter().enumerate() {
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"40\" width=\"12\" height=\"12\" fill=\"{}\"/>",
            colour(number)
        );
        text(&mut svg, (x + 18.0, 51.0), "start", "normal", name);
        x += 46.0 + LETTER * name.chars().count() as f64;
    }
    svg
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, weight: &str, words: &str) {
    let words = words
        .replace('`', "")
        .replace('&', "&amp;")
        .replace('<', "&lt;");
    let _ = writeln!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" font-weight=\"{weight}\">{words}</text>"
    );
}

fn save(name: &str, title: &str, mut svg: String) -> Result<String> {
    svg.push_str("</svg>\n");
    let folder = report::docs().join("performance");
    make_folder(&folder)?;
    let path = folder.join(format!("{name}.svg"));
    std::fs::write(&path, svg).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(format!("![{title}](performance/{name}.svg)\n\n"))
}

fn colour(number: usize) -> &'static str {
    COLOURS[number % COLOURS.len()]
}

fn greatest<'a>(numbers: impl Iterator<Item = &'a f64>) -> f64 {
    numbers.copied().fold(f64::MIN_POSITIVE, f64::max)
}

/// The distance between two grid lines: 1, 2 or 5 times a power of ten, for four to ten lines.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 4.0).log10().floor());
    let times = most / 4.0 / power;
    power
        * match times {
            5.0.. => 5.0,
            2.0.. => 2.0,
            _ => 1.0,
        }
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
    fn grid_lines_are_round_numbers_and_few() {
        for most in [0.3, 7.0, 12.0, 99.0, 44_012.0] {
            let lines = (most / step(most)).ceil();
            assert!((4.0..=10.0).contains(&lines), "{most}: {lines}");
        }
        assert_eq!(step(44_012.0), 10_000.0);
    }

    #[test]
    fn numbers_are_shown_with_their_thousands_apart() {
        assert_eq!(shown(1_234_567.0), "1,234,567");
        assert_eq!(shown(999.6), "1,000");
        assert_eq!(shown(3.456), "3.46");
        assert_eq!(shown(0.0), "0");
    }
}
