//! What is made, in the order of need.
//!
//! Policies, triggers, foreign keys and indexes are made after all objects, so what those need is of no matter here.

use std::collections::HashMap;

use super::draft::Stage;
use super::planner::Planner;
use super::step::Step;
use crate::model::{Dependency, Object, ObjectKind};

/// The parts of an object that are made with it; the doc of `Dependency::part` has their words.
fn made_with_it(part: &str) -> bool {
    !["policy", "trigger", "foreign key", "index", "exclusion", "rule"]
        .iter()
        .any(|later| part.starts_with(later))
}

/// Where nothing else is said, types stand first and views last.
fn rank(kind: ObjectKind) -> u8 {
    match kind {
        ObjectKind::Schema => 0,
        ObjectKind::Enum => 1,
        ObjectKind::Composite => 2,
        ObjectKind::Domain => 3,
        ObjectKind::Sequence => 4,
        ObjectKind::Function => 5,
        ObjectKind::Table => 6,
        ObjectKind::Partition => 7,
        ObjectKind::View => 8,
    }
}

impl Planner<'_> {
    /// Drafts the steps of all makes.
    pub fn order_makes(&mut self) {
        let makes = std::mem::take(&mut self.makes);
        let mut nodes: Vec<(Object, Vec<Step>)> = makes.into_iter().collect();
        nodes.sort_by_key(|(object, _)| rank(object.kind));
        let place: HashMap<&Object, usize> =
            nodes.iter().enumerate().map(|(index, (it, _))| (it, index)).collect();
        let mut needs: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
        let mut needs_more = vec![false; nodes.len()];
        // A sequence gets its owner later.
        let counts = |it: &&Dependency| made_with_it(&it.part) && it.object.kind != ObjectKind::Sequence;
        for it in self.desired.dependencies.iter().filter(counts) {
            if let (Some(object), Some(on)) = (place.get(&it.object), place.get(&it.on))
                && object != on
            {
                needs[*object].push(*on);
                needs_more[*object] |= rank(it.on.kind) > rank(ObjectKind::Domain);
            }
        }
        drop(place);
        let order = topological(&needs);
        let mut steps: Vec<Option<(Object, Vec<Step>)>> = nodes.into_iter().map(Some).collect();
        for index in order {
            let Some((object, made)) = steps[index].take() else { continue };
            // Types come before views are cleared, unless they need what is not there by then.
            needs_more[index] |= needs[index].iter().any(|on| needs_more[*on]);
            let early = rank(object.kind) <= rank(ObjectKind::Domain) && !needs_more[index];
            let stage = if early { Stage::Base } else { Stage::Make };
            made.into_iter().for_each(|step| self.push(stage, step));
        }
    }
}

/// All nodes, each after those that it needs, else in their own order. A circle is broken at its first node.
pub(super) fn topological(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut done = vec![false; needs.len()];
    let mut under_way = vec![false; needs.len()];
    let mut order = Vec::with_capacity(needs.len());
    for start in 0..needs.len() {
        // An explicit stack: a chain of needs may be longer than the thread's own.
        let mut stack = vec![(start, 0)];
        while let Some((node, next)) = stack.pop() {
            if done[node] {
                continue;
            }
            under_way[node] = true;
            match needs[node].get(next) {
                Some(on) => {
                    stack.push((node, next + 1));
                    if !done[*on] && !under_way[*on] {
                        stack.push((*on, 0));
                    }
                }
                None => {
                    done[node] = true;
                    order.push(node);
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::topological;

    #[test]
    fn each_node_comes_after_what_it_needs_and_circles_end() {
        assert_eq!(topological(&[vec![1], vec![2], vec![]]), [2, 1, 0]);
        assert_eq!(topological(&[vec![], vec![], vec![]]), [0, 1, 2]);
        assert_eq!(topological(&[vec![1], vec![0]]), [1, 0]);
    }
}
