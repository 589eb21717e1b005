//! What a run finds of the places where the last one could write: itself if nothing was done there, else new ones.

use sandbox::{Content, End, InputFile, Slot, Spec, Work};

use crate::programs::{python, slot, spec as plain, stdout};

/// Tells the devices of both places before doing what is told: every mount is one of its own. A shell does it, which starts
/// quickly even in an emulated machine; what begins with this word is for Python.
const PYTHON: &str = "python ";

fn spec(code: &str, files: &[InputFile]) -> Spec {
    let mut spec = if let Some(code) = code.strip_prefix(PYTHON) {
        let told = "print(os.stat('/work').st_dev, os.stat('/tmp').st_dev)";
        let mut spec = python(&format!("import os\n{told}\n{code}"));
        spec.argv.insert(1, "-IS".into());
        spec
    } else {
        plain(["/bin/sh", "-c", &format!("set -e; stat -c %d /work /tmp; {code}")])
    };
    spec.files = files.to_vec();
    spec.work = Work {
        fixed_files: true,
        directories: vec!["d".to_owned()],
        ..Work::default()
    };
    spec
}

fn files() -> Vec<InputFile> {
    let file = |name: &str| InputFile {
        name: name.to_owned(),
        content: Content::Bytes(b"given".as_slice().into()),
        executable: name == "program",
    };
    vec![file("data"), file("program"), file("d/deep")]
}

/// The devices that a run saw, in words.
fn run(slot: &mut Slot, spec: &Spec) -> Vec<String> {
    let outcome = slot.run(spec).unwrap();
    let stderr = String::from_utf8_lossy(&outcome.stderr.bytes).into_owned();
    assert_eq!(outcome.end, End::Exited(0), "{:?}: {stderr}", spec.argv);
    let told = stdout(&outcome);
    told.split_whitespace().map(str::to_owned).collect()
}

/// Runs what touches nothing, and then the other, until the first has left the places to it; gives their devices. Before Linux
/// 6.13, not every try does.
fn run_where_it_was_quiet(
    slot: &mut Slot,
    quiet: &mut Vec<String>,
    wanted: &Spec,
    files: &[InputFile],
) -> Vec<String> {
    for _ in 0..1000 {
        let devices = run(slot, wanted);
        if devices == *quiet {
            return devices;
        }
        *quiet = run(slot, &spec(UNTOUCHED, files));
    }
    panic!("nothing is ever kept");
}

const UNTOUCHED: &str = "read text <data || :; [ \"$text\" = given ]; set -- *; [ \"$*\" = 'd data program' ]; \
                         set -- /tmp/*; [ \"$1\" = '/tmp/*' ]";

#[test]
fn a_place_is_kept_only_if_nothing_was_done_there() {
    let mut slot = slot();
    let files = files();
    if !slot.guarantees().own_user {
        // The payload could change the files, so they are new for every run.
        let [one, two] = [(); 2].map(|()| run(&mut slot, &spec(":", &files)));
        assert_ne!(one[0], two[0]);
        return;
    }
    let rows = [
        (
            "{ ls -la . d /tmp; cat data d/deep; ./program || :; } >/dev/null 2>&1",
            true,
            true,
        ),
        (": >new; rm new", false, true),
        (": >d/new; rm d/new", false, true),
        (": >/tmp/new; rm /tmp/new", true, false),
        (": >/dev/shm/new", true, false),
        ("chmod 711 .; chmod 700 .", false, true),
        ("chmod 700 d", false, true),
        ("touch -d @1 .", false, true),
        (
            "python try: os.setxattr('.', 'user.note', b'x')\nexcept OSError: os.chmod('.', 0o711)",
            false,
            true,
        ),
        ("rm -f data", false, true),
        ("mv data x; mv x data", false, true),
        ("mv d e; mkdir d", false, true),
        ("ln data x || ln -s data x; rm x", false, true),
        (
            "python import socket; socket.socket(socket.AF_UNIX).bind('x')",
            false,
            true,
        ),
        ("python os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)", true, true),
    ];
    let mut quiet = Vec::new();
    for (code, is_work_kept, is_tmp_kept) in rows {
        let wanted = spec(code, &files);
        let before = run_where_it_was_quiet(&mut slot, &mut quiet, &wanted, &files);
        quiet = run(&mut slot, &spec(UNTOUCHED, &files));
        let after = &quiet;
        assert_eq!(
            [after[0] == before[0], after[1] == before[1]],
            [is_work_kept, is_tmp_kept],
            "{code}"
        );
    }
}

#[test]
fn fixed_files_cannot_be_changed() {
    let mut slot = slot();
    if !slot.guarantees().own_user {
        return;
    }
    let files = files();
    for code in [
        "open('data', 'a')",
        "os.chmod('data', 0o666)",
        "os.utime('data', (1, 1))",
        "os.setxattr('data', 'user.note', b'x')",
        "os.truncate('d/deep', 0)",
        "open('/proc/self/cwd/data', 'r+')",
        "os.open(f'/proc/self/fd/{os.open(\"data\", os.O_RDONLY)}', os.O_RDWR)",
        // F_SET_RW_HINT.
        "import fcntl, struct; fcntl.fcntl(os.open('.', os.O_RDONLY), 1036, struct.pack('Q', 2))",
    ] {
        let refused = format!("{PYTHON}try:\n  {code}\n  raise SystemExit('done')\nexcept OSError: pass");
        run(&mut slot, &spec(&refused, &files));
    }
    run(
        &mut slot,
        &spec(
            "python assert open('data').read() == open('d/deep').read() == 'given'",
            &files,
        ),
    );
}

#[test]
fn other_files_are_never_taken_for_the_last_ones() {
    let mut slot = slot();
    let given = files();
    settled_or_not(&mut slot, &given);
    let with = |change: &dyn Fn(&mut Vec<InputFile>)| {
        let mut files = given.clone();
        change(&mut files);
        files
    };
    let other = |files: &mut Vec<InputFile>| files[0].content = Content::Bytes(b"other".as_slice().into());
    let rows: [(&str, Vec<InputFile>); 4] = [
        ("read text <data || :; [ \"$text\" = other ]", with(&other)),
        ("[ ! -e data ]", with(&|files| drop(files.remove(0)))),
        ("[ ! -x program ]", with(&|files| files[1].executable = false)),
        ("[ -e more ]", with(&|files| files[0].name = "more".to_owned())),
    ];
    for (code, files) in rows {
        run(&mut slot, &spec(code, &files));
        settled_or_not(&mut slot, &given);
    }
    let mut closed = spec("[ ! -w . ]", &given);
    closed.work.read_only = true;
    run(&mut slot, &closed);
    run(&mut slot, &spec(": >new", &given));
    let mut small = spec("[ $(stat -fc %b .) = 16 ]", &given);
    small.limits.work_bytes = 64 << 10;
    run(&mut slot, &small);
}

fn settled_or_not(slot: &mut Slot, files: &[InputFile]) {
    if slot.guarantees().own_user {
        run_where_it_was_quiet(slot, &mut Vec::new(), &spec(UNTOUCHED, files), files);
    } else {
        run(slot, &spec(":", files));
    }
}

#[test]
fn files_that_are_not_fixed_are_new_for_every_run() {
    let mut slot = slot();
    let mut wanted = spec(
        "read text <data || :; [ \"$text\" = given ]; printf taken >data; chmod 777 data",
        &files(),
    );
    wanted.work.fixed_files = false;
    for _ in 0..5 {
        run(&mut slot, &wanted);
    }
}
