use Verdict::{Ac, Je, Ole, Rte, Tle, Wa};
use domain::Verdict;

use super::*;

fn group(on_reject: OnReject, mode: Mode, children: Vec<Child>) -> Group {
    Group {
        on_reject,
        mode,
        children,
        ..Group::default()
    }
}

fn cases(range: std::ops::Range<usize>) -> Vec<Child> {
    range.map(Child::Case).collect()
}

/// `verdicts` are those of the cases by number; gives the cases that were judged and the verdict of all.
fn grade(group: &Group, verdicts: &[Verdict]) -> (Vec<usize>, Verdict) {
    let mut grading = Grading::new(group);
    let mut judged = Vec::new();
    while let Some(step) = grading.next_step().unwrap() {
        assert_eq!(grading.outcome(), None);
        let Step::Case { case, .. } = step else {
            panic!("{step:?}");
        };
        judged.push(case);
        grading.record(verdicts[case].into());
    }
    (judged, grading.outcome().unwrap().verdict)
}

#[test]
fn a_group_has_one_verdict_of_many() {
    use Mode::{AlwaysAccept, FirstError, WorstError};
    use OnReject::{Break, Continue};
    for (on_reject, mode, verdicts, judged, expected) in [
        (Break, WorstError, &[][..], 0, Ac),
        (Break, WorstError, &[Ac, Ac], 2, Ac),
        (Break, WorstError, &[Ac, Wa, Rte], 2, Wa),
        (Continue, WorstError, &[Ac, Wa, Rte], 3, Rte),
        (Continue, WorstError, &[Wa, Tle, Ole], 3, Tle),
        (Continue, WorstError, &[Wa, Ole, Ac], 3, Ole),
        (Continue, FirstError, &[Ac, Wa, Rte], 3, Wa),
        (Continue, AlwaysAccept, &[Wa, Rte], 2, Ac),
        (Break, AlwaysAccept, &[Wa, Rte], 1, Ac),
        (Continue, AlwaysAccept, &[Je, Ac], 2, Je),
    ] {
        let group = group(on_reject, mode, cases(0..verdicts.len()));
        let (found, verdict) = grade(&group, verdicts);
        assert_eq!(found.len(), judged, "{group:?} {verdicts:?}");
        assert_eq!(verdict, expected, "{group:?} {verdicts:?}");
    }
}

#[test]
fn groups_are_children_like_cases() {
    let subtask = |range| Child::Group(group(OnReject::Break, Mode::WorstError, cases(range)));
    let mut all = group(
        OnReject::Continue,
        Mode::FirstError,
        vec![subtask(0..2), subtask(2..4), Child::Case(4)],
    );
    assert_eq!(all.cases(), 5);
    assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0, 2, 3, 4], Wa));
    all.accept_if_any_accepted = true;
    assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0, 2, 3, 4], Ac));
    assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Rte]).1, Wa);
    all.on_reject = OnReject::Break;
    assert_eq!(grade(&all, &[Wa, Ac, Ac, Tle, Ac]), (vec![0], Wa));
    let empty = group(
        OnReject::Break,
        Mode::WorstError,
        vec![Child::Group(Group::default())],
    );
    assert_eq!(grade(&empty, &[]), (vec![], Ac));
}
