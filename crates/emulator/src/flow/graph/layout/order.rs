//! The order of slots within their columns: sweeps by the mean height of neighbours, the best order kept.

use super::Grid;
use super::place::{self, Side};

const SWEEPS: usize = 24;

/// Orders the columns so that few arrows cross.
pub(super) fn few_crossings(grid: &mut Grid) {
    place::stack(grid);
    let mut best = (crossings(grid), grid.columns.clone());
    for sweep in 0..SWEEPS {
        let side = if sweep % 2 == 0 {
            Side::Left
        } else {
            Side::Right
        };
        for step in 0..grid.columns.len() {
            let column = if side == Side::Left {
                step
            } else {
                grid.columns.len() - 1 - step
            };
            let wanted = place::wanted(grid, column, side);
            let mut order: Vec<(f64, usize)> = wanted
                .into_iter()
                .zip(grid.columns[column].iter().copied())
                .collect();
            let middle = |&(top, slot): &(f64, usize)| top + grid.slots[slot].height / 2.0;
            order.sort_by(|one, other| middle(one).total_cmp(&middle(other)));
            grid.columns[column] = order.iter().map(|&(_, slot)| slot).collect();
            let wanted: Vec<f64> = order.iter().map(|&(top, _)| top).collect();
            place::settle(grid, column, &wanted);
        }
        let now = crossings(grid);
        if now < best.0 {
            best = (now, grid.columns.clone());
        }
    }
    grid.columns = best.1;
    place::stack(grid);
}

/// How many pairs of arrow pieces cross, by counting inversions between neighbouring columns; and what the
/// turns of backward arrows pass within their column.
fn crossings(grid: &Grid) -> usize {
    let mut rank = vec![0usize; grid.slots.len()];
    for column in &grid.columns {
        for (position, &slot) in column.iter().enumerate() {
            rank[slot] = position;
        }
    }
    let mut total: usize = grid
        .slots
        .iter()
        .zip(&rank)
        .filter_map(|(slot, &position)| {
            slot.tied_to
                .map(|card| rank[card].abs_diff(position).saturating_sub(1))
        })
        .sum();
    for column in &grid.columns {
        let mut seen: Vec<usize> = Vec::new();
        for &slot in column {
            let mut ends: Vec<(f64, usize)> = grid.right[slot]
                .iter()
                .map(|&piece| (grid.pieces[piece].left_y, rank[grid.pieces[piece].right]))
                .collect();
            ends.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (_, end) in ends {
                let place = seen.partition_point(|&before| before <= end);
                total += seen.len() - place;
                seen.insert(place, end);
            }
        }
    }
    total
}
