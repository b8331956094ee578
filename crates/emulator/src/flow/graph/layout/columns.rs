//! Which column each box stands in, and where arrows that pass through columns bend.

use super::{Card, Grid, MAX_DRAWN, Piece, Slot, TooLargeToDraw};

pub(super) const BEND_HEIGHT: f64 = 14.0;

/// One arrow through the grid.
pub(super) struct Route {
    pub from: usize,
    pub port: usize,
    pub to: usize,
    pub back: bool,
    /// Its bends in the direction of the arrow.
    pub bends: Vec<usize>,
}

/// The grid with its slots in some order: the boxes first, by number, then the bends.
pub(super) fn grid(cards: &[Card], start: usize) -> Result<(Grid, Vec<Route>), TooLargeToDraw> {
    let (columns, back) = ranks(cards, start);
    let column = |card: usize| columns.get(card).copied().unwrap_or_default();
    let mut slots: Vec<Slot> = cards
        .iter()
        .enumerate()
        .map(|(index, card)| Slot {
            column: column(index),
            height: card.height,
            card: Some(index),
            tied_to: None,
            y: 0.0,
        })
        .collect();
    let mut pieces = Vec::new();
    let mut routes = Vec::new();
    for (from, card) in cards.iter().enumerate() {
        for (port, way) in card.ports.iter().enumerate() {
            let Some(target) = cards.get(way.to) else {
                continue;
            };
            let back = back.contains(&(from, port));
            let (first, last) = if back {
                (column(way.to), column(from) + 1)
            } else {
                (column(from) + 1, column(way.to))
            };
            let bends: Vec<usize> = (slots.len()..).take(last.saturating_sub(first)).collect();
            if slots.len() + bends.len() > MAX_DRAWN {
                return Err(TooLargeToDraw);
            }
            slots.extend((first..last).map(|column| Slot {
                column,
                height: BEND_HEIGHT,
                card: None,
                tied_to: None,
                y: 0.0,
            }));
            let middle = BEND_HEIGHT / 2.0;
            let mut chain: Vec<(usize, f64)> = bends.iter().map(|&bend| (bend, middle)).collect();
            if back {
                tie(&mut slots, bends.first(), way.to);
                tie(&mut slots, bends.last(), from);
            } else {
                chain.insert(0, (from, way.y));
                chain.push((way.to, target.inlet));
            }
            pieces.extend(chain.windows(2).filter_map(|pair| match pair {
                [left, right] => Some(Piece {
                    left: left.0,
                    left_y: left.1,
                    right: right.0,
                    right_y: right.1,
                }),
                _ => None,
            }));
            let bends = if back {
                bends.into_iter().rev().collect()
            } else {
                bends
            };
            routes.push(Route {
                from,
                port,
                to: way.to,
                back,
                bends,
            });
        }
    }
    Ok((connected(slots, pieces), routes))
}

fn tie(slots: &mut [Slot], bend: Option<&usize>, card: usize) {
    if let Some(slot) = bend.and_then(|&bend| slots.get_mut(bend)) {
        slot.tied_to = Some(card);
    }
}

fn connected(slots: Vec<Slot>, pieces: Vec<Piece>) -> Grid {
    let count = slots
        .iter()
        .map(|slot| slot.column + 1)
        .max()
        .unwrap_or_default();
    let mut columns = vec![Vec::new(); count];
    for (index, slot) in slots.iter().enumerate() {
        if let Some(column) = columns.get_mut(slot.column) {
            column.push(index);
        }
    }
    let mut left = vec![Vec::new(); slots.len()];
    let mut right = vec![Vec::new(); slots.len()];
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(pieces) = right.get_mut(piece.left) {
            pieces.push(index);
        }
        if let Some(pieces) = left.get_mut(piece.right) {
            pieces.push(index);
        }
    }
    Grid {
        slots,
        columns,
        pieces,
        left,
        right,
    }
}

/// The column of each box (the longest way to it), and the arrows that close circles, by box and port.
fn ranks(cards: &[Card], start: usize) -> (Vec<usize>, std::collections::HashSet<(usize, usize)>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Visit {
        Never,
        Open,
        Done,
    }
    let mut visits = vec![Visit::Never; cards.len()];
    let mut back = std::collections::HashSet::new();
    let mut done = Vec::with_capacity(cards.len());
    for root in std::iter::once(start).chain(0..cards.len()) {
        if visits.get(root) != Some(&Visit::Never) {
            continue;
        }
        // Depth first without recursion: each entry is a box and the next of its ports.
        let mut path = vec![(root, 0)];
        visits[root] = Visit::Open;
        while let Some((card, port)) = path.last_mut() {
            let Some(way) = cards.get(*card).and_then(|each| each.ports.get(*port)) else {
                visits[*card] = Visit::Done;
                done.push(*card);
                path.pop();
                continue;
            };
            match visits.get(way.to) {
                Some(Visit::Open) => {
                    back.insert((*card, *port));
                    *port += 1;
                }
                Some(Visit::Never) => {
                    *port += 1;
                    visits[way.to] = Visit::Open;
                    path.push((way.to, 0));
                }
                _ => *port += 1,
            }
        }
    }
    let mut columns = vec![0; cards.len()];
    for &card in done.iter().rev() {
        let ports = cards
            .get(card)
            .map(|each| each.ports.as_slice())
            .unwrap_or_default();
        for (port, way) in ports.iter().enumerate() {
            if !back.contains(&(card, port)) {
                columns[way.to] = columns[way.to].max(columns[card] + 1);
            }
        }
    }
    (columns, back)
}
