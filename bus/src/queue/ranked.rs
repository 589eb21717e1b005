//! A sorted set that knows how many are before a key: what a sorted set of Redis is, in process.
//!
//! Keys lie in short runs, one after the other. To find a place is a search among the runs and one within a run; to count what
//! is before it adds up the lengths of the runs, some two thousand for a million keys.

use std::collections::VecDeque;

/// A longer run is cut in two.
const LONGEST: usize = 1024;

/// Sorted keys, each once. No run is empty.
#[derive(Debug)]
pub(super) struct Ranked<K> {
    runs: VecDeque<VecDeque<K>>,
}

impl<K> Default for Ranked<K> {
    fn default() -> Self {
        Self {
            runs: VecDeque::new(),
        }
    }
}

impl<K: Ord + Copy> Ranked<K> {
    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.runs.iter().map(VecDeque::len).sum()
    }

    /// The smallest.
    pub(super) fn first(&self) -> Option<K> {
        self.runs.front()?.front().copied()
    }

    /// Adds a key that is not there yet.
    pub(super) fn insert(&mut self, key: K) {
        let at = self.run_of(&key);
        let Some(run) = self.runs.get_mut(at) else {
            self.runs.push_back(VecDeque::from([key]));
            return;
        };
        let place = run.partition_point(|other| *other < key);
        run.insert(place, key);
        if run.len() > LONGEST {
            let rest = run.split_off(LONGEST / 2);
            self.runs.insert(at + 1, rest);
        }
    }

    /// Removes a key; `false` where it was not there.
    pub(super) fn remove(&mut self, key: &K) -> bool {
        let at = self.run_of(key);
        let Some(run) = self.runs.get_mut(at) else {
            return false;
        };
        let place = run.partition_point(|other| other < key);
        if run.get(place) != Some(key) {
            return false;
        }
        run.remove(place);
        if run.is_empty() {
            self.runs.remove(at);
        }
        true
    }

    /// How many satisfy a condition that, with some key, all smaller ones satisfy, too.
    pub(super) fn count_while(&self, is_counted: impl Fn(&K) -> bool) -> usize {
        let begun = self
            .runs
            .partition_point(|run| run.front().is_some_and(&is_counted));
        let Some(last) = begun.checked_sub(1) else {
            return 0;
        };
        let within = self
            .runs
            .get(last)
            .map_or(0, |run| run.partition_point(&is_counted));
        self.runs.iter().take(last).map(VecDeque::len).sum::<usize>() + within
    }

    /// The run that has the key or is the place for it: the last that does not begin behind it.
    fn run_of(&self, key: &K) -> usize {
        let behind = self
            .runs
            .partition_point(|run| run.front().is_some_and(|first| first <= key));
        behind.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_set(steps in prop::collection::vec((0u8..4, 0u16..3000), 0..6000)) {
            let (mut ranked, mut model) = (Ranked::default(), BTreeSet::new());
            for (step, key) in steps {
                match step {
                    0 => {
                        let had = model.remove(&key);
                        prop_assert_eq!(ranked.remove(&key), had);
                    }
                    1 if ranked.first().is_some() => {
                        let first = model.pop_first().unwrap();
                        prop_assert_eq!(ranked.first(), Some(first));
                        prop_assert!(ranked.remove(&first));
                    }
                    _ if model.insert(key) => ranked.insert(key),
                    _ => {}
                }
                prop_assert_eq!(ranked.count_while(|other| *other < key), model.range(..key).count());
            }
            prop_assert_eq!(ranked.len(), model.len());
            prop_assert_eq!(ranked.is_empty(), model.is_empty());
        }

        #[test]
        fn runs_are_cut(keys in prop::collection::btree_set(0u32.., 3000)) {
            let mut ranked = Ranked::default();
            for key in &keys {
                ranked.insert(*key);
            }
            prop_assert!(ranked.runs.iter().all(|run| run.len() <= LONGEST));
            for (at, key) in keys.iter().enumerate() {
                prop_assert_eq!(ranked.count_while(|other| other < key), at);
            }
        }
    }
}
