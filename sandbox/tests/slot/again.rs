//! What a run finds of the places where the last one could write: itself if nothing was done there, else new ones.

use sandbox::{Content, End, InputFile, Slot, Spec, Work};

use crate::programs::{python, slot, stdout};

/// Tells the devices of both places before doing what is told: every mount is one of its own.
fn spec(code: &str, files: &[InputFile]) -> Spec {
    let mut spec = python(&format!(
        "import os, stat
print(os.stat('/work').st_dev, os.stat('/tmp').st_dev)
{code}"
    ));
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

/// Runs what touches nothing until it is in the same places again. Before Linux 6.13, not every try does.
fn settled(slot: &mut Slot, files: &[InputFile]) -> Vec<String> {
    let untouched = "assert open('data').read() == 'given'
assert sorted(os.listdir('.')) == ['d', 'data', 'program'] and os.listdir('/tmp') == []";
    let mut last = Vec::new();
    for _ in 0..1000 {
        let devices = run(slot, &spec(untouched, files));
        if devices == last {
            return devices;
        }
        last = devices;
    }
    panic!("nothing is ever kept");
}

#[test]
fn a_place_is_kept_only_if_nothing_was_done_there() {
    let mut slot = slot();
    let files = files();
    if !slot.guarantees().own_user {
        // The payload could change the files, so they are new for every run.
        let [one, two] = [(); 2].map(|()| run(&mut slot, &spec("pass", &files)));
        assert_ne!(one[0], two[0]);
        return;
    }
    let rows = [
        (
            "os.listdir('.'); os.listdir('/tmp'); open('d/deep').read()",
            true,
            true,
        ),
        ("open('new', 'w').close(); os.remove('new')", false, true),
        ("open('d/new', 'w').close(); os.remove('d/new')", false, true),
        (
            "open('/tmp/new', 'w').close(); os.remove('/tmp/new')",
            true,
            false,
        ),
        ("open('/dev/shm/new', 'w').close()", true, false),
        ("os.chmod('.', 0o711); os.chmod('.', 0o700)", false, true),
        ("os.chmod('d', 0o700)", false, true),
        ("os.utime('.', (1, 1))", false, true),
        ("os.setxattr('.', 'user.note', b'x')", false, true),
        ("os.remove('data')", false, true),
        ("os.rename('data', 'x'); os.rename('x', 'data')", false, true),
        ("os.rename('d', 'e'); os.mkdir('d')", false, true),
        ("os.link('data', 'x'); os.remove('x')", false, true),
        ("os.symlink('data', 'x')", false, true),
        (
            "import socket; socket.socket(socket.AF_UNIX).bind('x')",
            false,
            true,
        ),
        ("os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)", true, true),
    ];
    for (code, is_work_kept, is_tmp_kept) in rows {
        let before = settled(&mut slot, &files);
        assert_eq!(run(&mut slot, &spec(&tolerant(code), &files)), before);
        let after = run(&mut slot, &spec("pass", &files));
        assert_eq!(
            [after[0] == before[0], after[1] == before[1]],
            [is_work_kept, is_tmp_kept],
            "{code}"
        );
    }
}

/// Kernels before 6.6 have no attributes of this kind on a tmpfs, and links to others' files are usually forbidden.
fn tolerant(code: &str) -> String {
    if code.contains("xattr") || code.contains("os.link") {
        format!("try: {code}\nexcept OSError: os.chmod('.', 0o711)")
    } else {
        code.to_owned()
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
        let refused = format!("try:\n  {code}\n  raise SystemExit('done')\nexcept OSError: pass");
        run(&mut slot, &spec(&refused, &files));
    }
    run(
        &mut slot,
        &spec(
            "assert open('data').read() == open('d/deep').read() == 'given'",
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
        ("assert open('data').read() == 'other'", with(&other)),
        (
            "assert not os.path.exists('data')",
            with(&|files| drop(files.remove(0))),
        ),
        (
            "assert not os.access('program', os.X_OK)",
            with(&|files| files[1].executable = false),
        ),
        (
            "assert os.path.exists('more')",
            with(&|files| files[0].name = "more".to_owned()),
        ),
    ];
    for (code, files) in rows {
        run(&mut slot, &spec(code, &files));
        settled_or_not(&mut slot, &given);
    }
    let mut closed = spec("assert os.statvfs('.').f_flag & os.ST_RDONLY", &given);
    closed.work.read_only = true;
    run(&mut slot, &closed);
    run(&mut slot, &spec("open('new', 'w')", &given));
    let mut small = spec("assert os.statvfs('.').f_blocks == 16", &given);
    small.limits.work_bytes = 64 << 10;
    run(&mut slot, &small);
}

fn settled_or_not(slot: &mut Slot, files: &[InputFile]) {
    if slot.guarantees().own_user {
        settled(slot, files);
    } else {
        run(slot, &spec("pass", files));
    }
}
