//! A layered layout, left to right: a column for each step away from the start, few crossings, straight long
//! arrows. Knows sizes and links, nothing of flows or SVG.

mod columns;
mod order;
mod place;

use super::{MAX_DRAWN, TooLargeToDraw};

/// A box to place.
#[derive(Clone)]
pub(super) struct Card {
    pub height: f64,
    /// How far below its top arrows come in.
    pub inlet: f64,
    /// Its ways out.
    pub ports: Vec<Port>,
}

/// A place on a box where an arrow starts.
#[derive(Clone)]
pub(super) struct Port {
    /// How far below the box's top it is.
    pub y: f64,
    /// The box that the arrow leads to.
    pub to: usize,
}

/// Where everything goes.
pub(super) struct Layout {
    /// The top left corner of each box.
    pub corners: Vec<(f64, f64)>,
    /// The arrows, by box and port.
    pub arrows: Vec<Arrow>,
    pub width: f64,
    pub height: f64,
}

/// The way of one arrow: the heights at which it crosses the columns that it does not stop in.
pub(super) struct Arrow {
    pub from: usize,
    pub port: usize,
    pub to: usize,
    /// It leads to its own or an earlier column, so it turns round at both ends.
    pub back: bool,
    /// Left edge and height of each crossing, in the direction of the arrow.
    pub crossings: Vec<(f64, f64)>,
}

pub(super) const CARD_WIDTH: f64 = 240.0;
pub(super) const COLUMN_GAP: f64 = 96.0;

/// What stands in a column: a box, or a bend of an arrow that passes through.
#[derive(Clone)]
struct Slot {
    column: usize,
    height: f64,
    /// The box's number; none for a bend.
    card: Option<usize>,
    /// The box of the same column that a bend of a backward arrow turns to.
    tied_to: Option<usize>,
    /// Its top.
    y: f64,
}

/// A piece of an arrow between two neighbouring columns.
struct Piece {
    left: usize,
    /// How far below the left slot's top it starts.
    left_y: f64,
    right: usize,
    /// How far below the right slot's top it ends.
    right_y: f64,
}

/// All slots, column by column, and the pieces between them.
struct Grid {
    slots: Vec<Slot>,
    /// The slots of each column, from the top.
    columns: Vec<Vec<usize>>,
    pieces: Vec<Piece>,
    /// For each slot the pieces to its left and to its right.
    left: Vec<Vec<usize>>,
    right: Vec<Vec<usize>>,
}

/// Places boxes and arrows; `start` is the box to begin with.
pub(super) fn layout(cards: &[Card], start: usize) -> Result<Layout, TooLargeToDraw> {
    let (mut grid, routes) = columns::grid(cards, start)?;
    order::few_crossings(&mut grid);
    place::straighten(&mut grid);
    let x = |slot: &Slot| slot.column as f64 * (CARD_WIDTH + COLUMN_GAP);
    let corner = |index: usize| {
        grid.slots
            .get(index)
            .map(|slot| (x(slot), slot.y))
            .unwrap_or_default()
    };
    let bend = |index: &usize| {
        let (x, y) = corner(*index);
        (x, y + columns::BEND_HEIGHT / 2.0)
    };
    let arrows = routes
        .iter()
        .map(|route| Arrow {
            from: route.from,
            port: route.port,
            to: route.to,
            back: route.back,
            crossings: route.bends.iter().map(bend).collect(),
        })
        .collect();
    let bottom = |height: f64, slot: &Slot| height.max(slot.y + slot.height);
    Ok(Layout {
        corners: (0..cards.len()).map(corner).collect(),
        arrows,
        width: (grid.columns.len() as f64 * (CARD_WIDTH + COLUMN_GAP) - COLUMN_GAP).max(0.0),
        height: grid.slots.iter().fold(0.0, bottom),
    })
}
