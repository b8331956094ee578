//! From the layout, which runs to the right, to the page, which may run down: what is along becomes down.

use super::super::layout::{CARD_WIDTH, COLUMN_GAP, Layout};
use super::face::Face;

/// The gap between two rows of cards that run down.
const ROW_GAP: f64 = 56.0;
const PITCH: f64 = CARD_WIDTH + COLUMN_GAP;

/// Which way the drawing runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Frame {
    /// As the layout says.
    Right,
    /// Turned: each column of the layout is a row, with its top and its height.
    Down(Vec<(f64, f64)>),
}

impl Frame {
    /// A frame that runs down, with rows as high as their highest cards.
    pub fn down(layout: &Layout, faces: &[Face<'_>]) -> Self {
        let mut heights: Vec<f64> = Vec::new();
        for (face, (along, _)) in faces.iter().zip(&layout.corners) {
            let row = (along / PITCH).round() as usize;
            if heights.len() <= row {
                heights.resize(row + 1, 0.0);
            }
            if let Some(height) = heights.get_mut(row) {
                *height = height.max(face.height);
            }
        }
        let mut top = 0.0;
        let rows = heights.into_iter().map(|height| {
            let row = (top, height);
            top += height + ROW_GAP;
            row
        });
        Self::Down(rows.collect())
    }

    /// A place of the layout on the page.
    pub fn point(&self, along: f64, across: f64) -> (f64, f64) {
        match self {
            Self::Right => (along, across),
            Self::Down(rows) => (across, turned(rows, along)),
        }
    }

    /// Width and height of the drawing.
    pub fn size(&self, layout: &Layout) -> (f64, f64) {
        match self {
            Self::Right => (layout.width, layout.height),
            Self::Down(rows) => {
                let bottom = rows.last().map_or(0.0, |(top, height)| top + height);
                (layout.height, bottom)
            }
        }
    }
}

/// How far down a place along the layout is: cards keep their rows, and gaps their share.
fn turned(rows: &[(f64, f64)], along: f64) -> f64 {
    let row = (along / PITCH).floor().max(0.0);
    let rest = along - row * PITCH;
    match rows.get(row as usize) {
        Some((top, height)) if rest <= CARD_WIDTH => top + rest / CARD_WIDTH * height,
        Some((top, height)) => top + height + (rest - CARD_WIDTH) / COLUMN_GAP * ROW_GAP,
        None => rows.last().map_or(0.0, |(top, height)| top + height) + ROW_GAP / 2.0,
    }
}
