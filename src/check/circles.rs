//! Circles of a graph: services that depend on each other, profiles that include each other.

use crate::diag::Diagnostic;

/// At most so many circles are reported: a dense graph has more than anybody reads.
const MOST: usize = 100;

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open(usize),
    Done,
}

/// Report the circles of a graph, of which each node has the edges that leave it, each with the node that it leads to. Every edge
/// that leads back into the path of a depth-first search closes a circle, and without these edges there is none: so correcting what
/// is reported here corrects all. The search keeps its own stack, since chains can be long.
pub fn report<Edge: Copy>(
    leaving: &[Vec<(usize, Edge)>],
    found: &mut Vec<Diagnostic>,
    diagnostic: impl Fn(&[Edge]) -> Option<Diagnostic>,
) {
    let most = found.len() + MOST;
    let mut state = vec![State::New; leaving.len()];
    for start in 0..leaving.len() {
        if state[start] != State::New {
            continue;
        }
        state[start] = State::Open(0);
        let mut path = vec![(start, 0)];
        while let Some((at, next)) = path.last_mut() {
            let Some((to, _)) = leaving[*at].get(*next) else {
                state[*at] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match state[*to] {
                State::Done => {}
                State::New => {
                    state[*to] = State::Open(path.len());
                    path.push((*to, 0));
                }
                State::Open(depth) => {
                    let circle = path[depth..].iter().map(|(at, next)| leaving[*at][next - 1].1);
                    found.extend(diagnostic(&circle.collect::<Vec<Edge>>()));
                    if found.len() == most {
                        return;
                    }
                }
            }
        }
    }
}
