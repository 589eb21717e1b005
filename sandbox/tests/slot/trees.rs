//! Files in directories: put there before a run, and everything taken out after it.

use sandbox::{Collect, CollectError, Content, End, InputFile, SandboxError, Work};

use crate::programs::{python, slot, stdout};

fn file(name: &str, executable: bool) -> InputFile {
    InputFile {
        name: name.to_owned(),
        content: Content::Bytes(name.as_bytes().into()),
        executable,
    }
}

#[test]
fn a_file_is_put_below_directories_that_are_made_for_it() {
    let mut slot = slot();
    let mut spec = python(
        "import os
for path, _, files in sorted(os.walk('.')):
    for name in sorted(files):
        print(path, open(path + '/' + name).read(), os.access(path + '/' + name, os.X_OK))
open('a/b/new', 'w').write('x')",
    );
    spec.files = vec![
        file("a/b/one", false),
        file("a/b/two", true),
        file("top", false),
        file("c/one", false),
    ];
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(
        stdout(&outcome),
        ". top False\n./a/b a/b/one False\n./a/b a/b/two True\n./c c/one False\n"
    );
    for (names, reason) in [
        (&["a", "a/b"][..], "a file where a directory is to be"),
        (&["a/b", "a"], "two files of one name"),
        (&["a/b", "a/b"], "two files of one name"),
        (&["../a"], "not a path below"),
        (&["/a"], "not a path below"),
        (&["a//b"], "not a path below"),
        (&["a/./b"], "not a path below"),
        (&["a/"], "not a path below"),
        (&[&"a/".repeat(300)], "not a path below"),
    ] {
        spec.files = names.iter().map(|name| file(name, false)).collect();
        match slot.run(&spec) {
            Err(SandboxError::Invalid {
                field: "files",
                reason: found,
            }) => assert!(found.contains(reason), "{names:?}: {found}"),
            other => panic!("{names:?}: {other:?}"),
        }
    }
}

/// Runs `code` and asks for everything; gives each file's path, whether it can be executed, and what it holds.
fn everything(code: &str, max_bytes: u64) -> Result<Vec<(String, bool, String)>, CollectError> {
    let mut slot = slot();
    let mut spec = python(code);
    spec.limits.work_files = 2000;
    spec.collect = vec![Collect {
        name: Collect::ALL.to_owned(),
        max_bytes,
    }];
    let outcome = slot.run(&spec).unwrap();
    let one = |collected: sandbox::Collected| {
        let text = std::io::read_to_string(&*collected.file?).unwrap();
        Ok((collected.name, collected.executable, text))
    };
    outcome.collected.into_iter().map(one).collect()
}

#[test]
fn everything_that_is_a_file_of_its_own_is_taken() {
    let code = "import os, socket
os.makedirs('d/e')
open('d/e/b', 'w').write('b'); open('a', 'w').write('a'); os.chmod('a', 0o755)
open('z', 'w').write(''); os.chmod('z', 0o000)
os.symlink('a', 'link'); os.symlink('/etc', 'etc'); os.symlink('d', 'd2'); os.link('d/e/b', 'd/e/c')
os.mkfifo('fifo'); socket.socket(socket.AF_UNIX).bind('socket')
open('d/f', 'w').write('f')
os.makedirs('closed'); open('closed/x', 'w').write('x'); os.chmod('closed', 0o000)";
    let found = everything(code, 1000).unwrap();
    let names: Vec<_> = found
        .iter()
        .map(|(name, executable, text)| (name.as_str(), *executable, text.as_str()))
        .filter(|(name, ..)| !matches!(*name, "z" | "closed/x")) // An init of an ordinary user may not look there.
        .collect();
    assert_eq!(names, [("a", true, "a"), ("d/f", false, "f")]);
    assert_eq!(everything("pass", 10), Ok(Vec::new()));
}

#[test]
fn too_much_is_not_taken() {
    let write = "open('a', 'w').write('12345'); open('b', 'w').write('67890')";
    assert_eq!(everything(write, 10).unwrap().len(), 2);
    let too_large = CollectError::TooLarge { found: 10, max: 9 };
    assert_eq!(everything(write, 9), Err(too_large));
    let many = "for n in range(201): open(str(n), 'w')";
    assert_eq!(everything(many, 10), Err(CollectError::TooMany));
    let deep = "import os
for _ in range(10): os.mkdir('d' * 100); os.chdir('d' * 100)
open('x', 'w')";
    assert_eq!(everything(deep, 10), Err(CollectError::TooMany));
}

#[test]
fn a_program_starts_in_a_directory_of_its_own() {
    let mut slot = slot();
    let mut spec = python("import os; print(os.getcwd(), sorted(os.listdir()), sorted(os.listdir('/work')))");
    spec.files = vec![file("in/one", false), file("top", false)];
    for (start_in, expected) in [
        (None, "/work ['in', 'out', 'top'] ['in', 'out', 'top']\n"),
        (Some("in"), "/work/in ['one'] ['in', 'out', 'top']\n"),
        (Some("new/er"), "/work/new/er [] ['in', 'new', 'out', 'top']\n"),
    ] {
        spec.work.directories = vec!["out".to_owned()];
        spec.work.start_in = start_in.map(str::to_owned);
        assert_eq!(stdout(&slot.run(&spec).unwrap()), expected);
    }
    for (start_in, reason) in [
        ("../x", "not a path below"),
        ("", "not a path below"),
        ("top", "a file where a directory is to be"),
    ] {
        spec.work.start_in = Some(start_in.to_owned());
        match slot.run(&spec) {
            Err(SandboxError::Invalid { reason: found, .. }) => {
                assert!(found.contains(reason), "{start_in:?}: {found}");
            }
            other => panic!("{start_in:?}: {other:?}"),
        }
    }
}

#[test]
fn everything_in_one_directory_is_taken_beside_single_files() {
    let mut slot = slot();
    let mut spec =
        python("open('out/a', 'w').write('a'); open('b', 'w').write('b'); open('c', 'w').write('c')");
    spec.work.directories = vec!["out/deep".to_owned()];
    spec.files = vec![file("out/deep/d", false)];
    let wanted = |name: String| Collect { name, max_bytes: 100 };
    spec.collect = vec![
        wanted("b".to_owned()),
        wanted(Collect::all_in("out")),
        wanted("out/a".to_owned()),
    ];
    let collected = slot.run(&spec).unwrap().collected;
    let found: Vec<_> = collected
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                std::io::read_to_string(&**one.file.as_ref().unwrap()).unwrap(),
            )
        })
        .collect();
    let expected = [
        ("b", "b"),
        ("out/a", "a"),
        ("out/a", "a"),
        ("out/deep/d", "out/deep/d"),
    ];
    assert_eq!(found, expected.map(|(name, text)| (name, text.to_owned())));
    for names in [
        [Collect::ALL, "out/."],
        ["out/.", "out/."],
        ["/.", "b"],
        ["../x/.", "b"],
    ] {
        spec.collect = names.iter().map(|name| wanted((*name).to_owned())).collect();
        let error = slot.run(&spec).unwrap_err();
        assert!(
            matches!(error, SandboxError::Invalid { field: "collect", .. }),
            "{names:?}: {error}"
        );
    }
}

#[test]
fn a_read_only_work_directory_can_only_be_read() {
    let mut slot = slot();
    let attempts = "import os
def attempt(what):
    try: what(); print('done')
    except OSError as error: print(os.strerror(error.errno))
attempt(lambda: open('new', 'w'))
attempt(lambda: open('in/old', 'a'))
attempt(lambda: os.remove('in/gone'))
attempt(lambda: os.chmod('in/old', 0o777))
attempt(lambda: os.mkdir('in/x'))
attempt(lambda: os.rename('in/more', 'more'))
attempt(lambda: open('in/old').read())
attempt(lambda: open('/tmp/new', 'w').write('x'))";
    let mut spec = python(attempts);
    spec.files = ["in/old", "in/gone", "in/more"]
        .map(|name| file(name, false))
        .to_vec();
    spec.collect = vec![Collect {
        name: "in/old".to_owned(),
        max_bytes: 100,
    }];
    spec.work = Work {
        read_only: true,
        ..Work::default()
    };
    let outcome = slot.run(&spec).unwrap();
    let refused = "Read-only file system\n".repeat(6);
    assert_eq!(stdout(&outcome), format!("{refused}done\ndone\n"), "{outcome:?}");
    assert_eq!(outcome.end, End::Exited(0));
    assert!(outcome.collected[0].file.is_ok());
    // The next run has a work directory of its own.
    spec.work.read_only = false;
    assert_eq!(stdout(&slot.run(&spec).unwrap()), "done\n".repeat(8));
}

#[test]
fn the_longest_request_that_is_taken_is_carried_out() {
    let mut slot = slot();
    let mut spec = python("import os; print(sum(len(files) for _, _, files in os.walk('.')))");
    spec.limits.work_files = 1000;
    let deep = "d/".repeat(230);
    spec.files = (0..200)
        .map(|number| file(&format!("{deep}{number:03}"), false))
        .collect();
    // What fits beside 200 names of 463 bytes.
    spec.argv.push("x".repeat(30_000).into());
    assert_eq!(stdout(&slot.run(&spec).unwrap()), "200\n");
    spec.argv.push("x".repeat(10_000).into());
    let error = slot.run(&spec).unwrap_err();
    assert!(error.to_string().contains("bytes of words and names"), "{error}");
    assert!(slot.is_usable());
}
