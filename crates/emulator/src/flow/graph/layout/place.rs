//! The heights of slots: as near as possible to where their arrows are level, never overlapping.

use super::{Grid, Slot};

const CARD_GAP: f64 = 32.0;
const BEND_GAP: f64 = 6.0;
const SWEEPS: usize = 40;

/// Which neighbours a slot is drawn to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    Both,
}

/// Stacks each column from the top, in its order.
pub(super) fn stack(grid: &mut Grid) {
    for column in 0..grid.columns.len() {
        let nowhere = vec![0.0; grid.columns[column].len()];
        settle(grid, column, &nowhere);
    }
}

/// Moves everything so that arrows are as level as the order allows, and the drawing starts at height zero.
pub(super) fn straighten(grid: &mut Grid) {
    for sweep in 0..SWEEPS {
        let side = match sweep % 4 {
            0 => Side::Left,
            2 => Side::Right,
            _ => Side::Both,
        };
        for step in 0..grid.columns.len() {
            let column = if sweep % 2 == 0 {
                step
            } else {
                grid.columns.len() - 1 - step
            };
            let wanted = wanted(grid, column, side);
            settle(grid, column, &wanted);
        }
    }
    let top = grid
        .slots
        .iter()
        .map(|slot| slot.y)
        .fold(f64::INFINITY, f64::min);
    for slot in &mut grid.slots {
        slot.y -= top;
    }
}

/// Where the slots of a column would like their tops to be: level with their neighbours, or where they are.
pub(super) fn wanted(grid: &Grid, column: usize, side: Side) -> Vec<f64> {
    let from_left = |slot: usize| {
        grid.left[slot].iter().map(|&piece| {
            let piece = &grid.pieces[piece];
            grid.slots[piece.left].y + piece.left_y - piece.right_y
        })
    };
    let from_right = |slot: usize| {
        grid.right[slot].iter().map(|&piece| {
            let piece = &grid.pieces[piece];
            grid.slots[piece.right].y + piece.right_y - piece.left_y
        })
    };
    let wish = |&slot: &usize| {
        let mut wishes: Vec<f64> = Vec::new();
        if side != Side::Right {
            wishes.extend(from_left(slot));
        }
        if side != Side::Left {
            wishes.extend(from_right(slot));
        }
        if let Some(card) = grid.slots[slot].tied_to.map(|card| &grid.slots[card]) {
            wishes.push(card.y + card.height + CARD_GAP / 2.0);
        }
        if wishes.is_empty() {
            grid.slots[slot].y
        } else {
            wishes.iter().sum::<f64>() / wishes.len() as f64
        }
    };
    grid.columns[column].iter().map(wish).collect()
}

/// Puts the slots of a column as near to the wanted tops as their order and gaps allow: least squares under
/// the order, by pooling neighbours that push each other. Bends weigh more, which keeps long arrows straight.
pub(super) fn settle(grid: &mut Grid, column: usize, wanted: &[f64]) {
    struct Pool {
        weight: f64,
        sum: f64,
        members: usize,
    }
    let order = grid.columns[column].clone();
    let mut offsets = Vec::with_capacity(order.len());
    let mut offset = 0.0;
    for (position, &slot) in order.iter().enumerate() {
        offsets.push(offset);
        if let Some(&below) = order.get(position + 1) {
            offset += grid.slots[slot].height + gap(&grid.slots[slot], &grid.slots[below]);
        }
    }
    let mut pools: Vec<Pool> = Vec::new();
    for ((&slot, want), offset) in order.iter().zip(wanted).zip(&offsets) {
        let weight = if grid.slots[slot].card.is_some() {
            1.0
        } else {
            4.0
        };
        let mut pool = Pool {
            weight,
            sum: weight * (want - offset),
            members: 1,
        };
        while let Some(above) =
            pools.pop_if(|above| above.sum / above.weight >= pool.sum / pool.weight)
        {
            pool = Pool {
                weight: above.weight + pool.weight,
                sum: above.sum + pool.sum,
                members: above.members + pool.members,
            };
        }
        pools.push(pool);
    }
    let tops = pools
        .iter()
        .flat_map(|pool| std::iter::repeat_n(pool.sum / pool.weight, pool.members));
    for ((&slot, top), offset) in order.iter().zip(tops).zip(&offsets) {
        grid.slots[slot].y = top + offset;
    }
}

fn gap(above: &Slot, below: &Slot) -> f64 {
    if above.card.is_none() && below.card.is_none() {
        BEND_GAP
    } else {
        CARD_GAP
            / if above.card.is_some() && below.card.is_some() {
                1.0
            } else {
                2.0
            }
    }
}
