//! Zips that nobody should trust.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod fixture;

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use fixture::{Entry, check_warning, file, find, link, package_entries, patch, zip};
use problems::{Caps, Package, Refused};

/// Unpacks into a directory of its own, and makes sure that nothing came to be outside.
fn unzip_with(bytes: &[u8], caps: &Caps) -> Result<(Package, tempfile::TempDir), Refused> {
    let around = tempfile::tempdir().unwrap();
    let into = around.path().join("a").join("into");
    fs::create_dir_all(&into).unwrap();
    let result = Package::unzip(Cursor::new(bytes), &into, caps);
    for (directory, only) in [(around.path(), "a"), (into.parent().unwrap(), "into")] {
        let names: Vec<_> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [only], "something was written outside");
    }
    assert_links_stay_inside(&into, &into);
    result.map(|package| (package, around))
}

fn assert_links_stay_inside(root: &Path, directory: &Path) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let kind = entry.file_type().unwrap();
        if kind.is_symlink() {
            let real = entry.path().canonicalize().unwrap();
            assert!(
                real.starts_with(root.canonicalize().unwrap()),
                "{}",
                entry.path().display()
            );
        } else if kind.is_dir() {
            assert_links_stay_inside(root, &entry.path());
        }
    }
}

fn unzip(bytes: &[u8]) -> Result<(Package, tempfile::TempDir), Refused> {
    unzip_with(bytes, &Caps::default())
}

/// The zip is refused with a complaint about that entry, in those words.
fn check_refused(bytes: &[u8], entry: &str, words: &str) {
    let refused = unzip(bytes).map(|_| ()).unwrap_err();
    find(&refused, entry, words);
}

/// The small package and further entries.
fn with(more: &[Entry]) -> Vec<u8> {
    let mut entries = package_entries("");
    entries.extend_from_slice(more);
    zip(&entries)
}

#[test]
fn packages_come_with_and_without_a_top_directory() {
    let (plain, _around) = unzip(&zip(&package_entries(""))).unwrap();
    assert_eq!(plain.short_name, "into");
    let (topped, _around) = unzip(&zip(&package_entries("small/"))).unwrap();
    assert_eq!(topped.short_name, "small");
    assert!(topped.root.join("problem.yaml").is_file());
    assert_eq!(topped.hash().unwrap(), plain.hash().unwrap());

    let mut entries = vec![file("small/", "")];
    entries.extend(package_entries("small/"));
    entries.push(file("__MACOSX/small/._problem.yaml", "rubbish"));
    let (with_directories, _around) = unzip(&zip(&entries)).unwrap();
    assert_eq!(with_directories.short_name, "small");
    assert_eq!(with_directories.hash().unwrap(), plain.hash().unwrap());
    assert_eq!(with_directories.warnings, []);
}

#[test]
fn executable_bits_survive() {
    let mut entries = package_entries("");
    entries
        .iter_mut()
        .filter(|entry| entry.name.starts_with("input_validators"))
        .for_each(|entry| {
            entry.mode = 0o100_755;
        });
    let (package, _around) = unzip(&zip(&entries)).unwrap();
    let mode = |path: &str| {
        fs::metadata(package.root.join(path))
            .unwrap()
            .permissions()
            .mode()
            & 0o111
    };
    assert_ne!(mode("input_validators/any.py"), 0);
    assert_eq!(mode("problem.yaml"), 0);
    let (other, _around) = unzip(&zip(&package_entries(""))).unwrap();
    assert_ne!(package.hash().unwrap(), other.hash().unwrap());
}

#[test]
fn what_is_no_zip_is_told_so() {
    let whole = zip(&package_entries(""));
    for bytes in [
        &b""[..],
        b"PK",
        b"hello, world",
        &[0; 10_000],
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
    ] {
        check_refused(bytes, "", "is not a zip");
    }
    check_refused(&zip(&[]), "problem.yaml", "is missing");
}

#[test]
fn a_damaged_entry_is_named() {
    let mut bytes = zip(&package_entries(""));
    // The sum of an entry, in its local header, the central directory and (not here) a descriptor.
    let sum = 14..18;
    let local: Vec<u8> = bytes[sum.clone()].to_vec();
    assert_eq!(patch(&mut bytes, &local, &[1, 2, 3, 4]), 2);
    check_refused(&bytes, "problem.yaml", "is damaged");
}

#[test]
fn names_that_lead_outside_are_refused() {
    for (name, words) in [
        ("../x", "climbs out"),
        ("data/../../x", "climbs out"),
        ("..", "climbs out"),
        ("data/../x", "climbs out"),
        ("..\\x", "climbs out"),
        ("data\\..\\x", "climbs out"),
        ("./../x", "climbs out"),
        ("\\x", "absolute"),
        ("data/nul\0x", "NUL"),
    ] {
        let mut bytes = with(&[file(&"Q".repeat(name.len()), "x")]);
        assert_eq!(
            patch(&mut bytes, "Q".repeat(name.len()).as_bytes(), name.as_bytes()),
            2
        );
        check_refused(&bytes, name, words);
    }
    let mut bytes = with(&[file("QQQQ/x", "x")]);
    patch(&mut bytes, b"QQQQ/x", b"/tmp/x");
    check_refused(&bytes, "/tmp/x", "absolute");
}

/// Opens the small package with one more file, whose name is put into the zip as it is.
fn with_name(name: &str) -> (Package, tempfile::TempDir) {
    let mut bytes = with(&[file(&"Q".repeat(name.len()), "1\n")]);
    assert_eq!(
        patch(&mut bytes, "Q".repeat(name.len()).as_bytes(), name.as_bytes()),
        2
    );
    unzip(&bytes).unwrap()
}

#[test]
fn names_may_have_steps_that_lead_nowhere_and_backslashes() {
    let (plain, _around) = unzip(&with(&[file("data/sample/1.desc", "1\n")])).unwrap();
    for name in [
        "./data/sample/1.desc",
        "data//sample/1.desc",
        "data/./sample/1.desc",
        "data\\sample\\1.desc",
        ".\\data/sample\\1.desc",
    ] {
        let (package, _around) = with_name(name);
        assert_eq!(package.hash().unwrap(), plain.hash().unwrap(), "{name}");
    }
    // Two names of one file.
    let mut bytes = with(&[file("QQproblem.yaml", "x")]);
    patch(&mut bytes, b"QQ", b"./");
    check_refused(&bytes, "problem.yaml", "twice");
}

#[test]
fn what_does_not_count_may_be_beside_the_top_directory() {
    let mut entries = package_entries("My first problem/");
    let (package, _around) = unzip(&zip(&entries)).unwrap();
    assert_eq!(package.short_name, "My first problem");
    entries = package_entries("small/");
    entries.insert(0, file(".DS_Store", "x"));
    entries.push(file("__MACOSX/x", "x"));
    let (package, _around) = unzip(&zip(&entries)).unwrap();
    assert_eq!(package.short_name, "small");
    check_warning(&package, ".DS_Store", "is ignored");
}

#[test]
fn names_are_utf_8() {
    let mut bytes = with(&[file("QQQ", "x")]);
    assert_eq!(patch(&mut bytes, b"QQQ", b"a\xffb"), 2);
    let into = tempfile::tempdir().unwrap();
    let package = Package::unzip(Cursor::new(&bytes), into.path(), &Caps::default()).unwrap();
    check_warning(&package, "a\u{fffd}b", "is ignored");
    let mut bytes = with(&[file("../QQQ", "x")]);
    patch(&mut bytes, b"QQQ", b"a\xffb");
    check_refused(&bytes, "../a\u{fffd}b", "climbs out");
}

#[test]
fn names_that_the_format_does_not_allow_are_left_out() {
    let more = [
        file(".git/config", "x"),
        file(".git/HEAD", "x"),
        file("data/secret/ä.in", "x"),
        file("a b", "x"),
    ];
    let (package, _around) = unzip(&with(&more)).unwrap();
    let ignored: Vec<&str> = package
        .warnings
        .iter()
        .map(|warning| warning.file.as_str())
        .collect();
    assert_eq!(ignored, [".git", "data/secret/ä.in", "a b"]);
    assert!(!package.root.join(".git").exists());
    let (plain, _around) = unzip(&with(&[])).unwrap();
    assert_eq!(package.hash().unwrap(), plain.hash().unwrap());
}

#[test]
fn collisions_are_refused() {
    // Not of names that differ in case: a directory may have both, too.
    let both = with(&[
        file("submissions/accepted/a.java", "x"),
        file("submissions/accepted/A.java", "x"),
    ]);
    let (package, _around) = unzip(&both).unwrap();
    assert_eq!(package.submissions.len(), 3);
    check_refused(&with(&[file("problem.yaml/x", "")]), "problem.yaml", "twice");
    check_refused(&with(&[file("data", "")]), "data", "twice");
    let mut bytes = with(&[file("QQQQQQQ.yaml", "x")]);
    assert_eq!(patch(&mut bytes, b"QQQQQQQ.yaml", b"problem.yaml"), 2);
    check_refused(&bytes, "", "two entries of one name");
}

#[test]
fn links_that_stay_inside_are_followed() {
    let links = [
        link("data/secret/2.in", "../sample/1.in"),
        link("data/secret/2.ans", "./1.ans"),
        link("data/secret/3.in", "2.in"),
        link("data/secret/3.ans", "../../data/secret/2.ans"),
        link("data/secret/more", "../sample"),
    ];
    let (package, _around) = unzip(&with(&links)).unwrap();
    let names: Vec<&str> = package.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(
        names,
        ["sample/1", "secret/1", "secret/2", "secret/3", "secret/more/1"]
    );
    assert_eq!(fs::read(&package.cases[3].input).unwrap(), b"1\n");

    let copies = [
        file("data/secret/2.in", "1\n"),
        file("data/secret/2.ans", "2\n"),
        file("data/secret/3.in", "1\n"),
        file("data/secret/3.ans", "2\n"),
        file("data/secret/more/1.in", "1\n"),
        file("data/secret/more/1.ans", "1\n"),
    ];
    let (copied, _around) = unzip(&with(&copies)).unwrap();
    assert_eq!(package.hash().unwrap(), copied.hash().unwrap());
}

#[test]
fn links_that_leave_are_refused() {
    for (target, words) in [
        ("/etc/passwd", "absolute"),
        ("../x", "leaves the package"),
        ("data/../../x", "leaves the package"),
        ("../into/problem.yaml", "leaves the package"),
        ("nothing", "to nothing"),
        ("link", "in a circle"),
        ("problem.yaml/x", "to nothing"),
    ] {
        check_refused(&with(&[link("link", target)]), "link", words);
    }
    // Two steps, each harmless alone.
    let links = [link("data/up", ".."), link("data/out", "up/../x")];
    check_refused(&with(&links), "data/out", "leaves the package");
    // Writing through a link.
    let bytes = with(&[link("door", "data"), file("door/x", "x")]);
    check_refused(&bytes, "door", "twice");
    check_refused(
        &with(&[link("long", &"x/".repeat(3000))]),
        "long",
        "more than 4096 bytes",
    );
}

#[test]
fn encrypted_entries_are_refused() {
    let mut bytes = with(&[]);
    bytes[6] |= 1; // The first local header's flags.
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[central + 8] |= 1;
    check_refused(&bytes, "problem.yaml", "is encrypted");
}

#[test]
fn special_files_are_refused() {
    let mut bytes = with(&[file("pipe", "")]);
    // Mode 0644 of a regular file, in the last entry of the central directory.
    let name = bytes.windows(4).rposition(|four| four == b"pipe").unwrap();
    let attributes = name - 46 + 38;
    assert_eq!(bytes[attributes + 2..attributes + 4], [0xa4, 0x81]);
    bytes[attributes + 3] = 0x11; // A named pipe.
    check_refused(&bytes, "pipe", "neither a file nor");
}

/// Changes the declared size of the only entry of that size.
fn declare(bytes: &mut [u8], real: u32, declared: u32) {
    assert_eq!(patch(bytes, &real.to_le_bytes(), &declared.to_le_bytes()), 2);
}

#[test]
fn sizes_that_are_lies_are_refused() {
    let content = "17 ".repeat(100_000);
    for (declared, words) in [
        (10, "declare"), // In the library's words.
        (299_999, "declare"),
        (300_001, "declares 300001 bytes and holds 300000"),
        (0x7000_0000, "declares 1879048192 bytes and holds 300000"),
    ] {
        let mut bytes = with(&[file("data/secret/1.desc", &content)]);
        declare(&mut bytes, 300_000, declared);
        check_refused(&bytes, "data/secret/1.desc", words);
    }
}

fn check_capped(bytes: &[u8], caps: Caps, entry: &str, words: &str) {
    let refused = unzip_with(bytes, &caps).map(|_| ()).unwrap_err();
    find(&refused, entry, words);
}

#[test]
fn caps_hold() {
    let large = with(&[file("large", vec![b'x'; 1_000_000])]);
    let caps = |entries, file_bytes, total_bytes| Caps {
        entries,
        file_bytes,
        total_bytes,
    };
    assert!(unzip_with(&large, &caps(9, 1_000_000, 1_010_000)).is_ok());
    check_capped(&large, caps(8, 1_000_000, 1_010_000), "", "9 entries; at most 8");
    check_capped(
        &large,
        caps(9, 999_999, 1_010_000),
        "large",
        "more than 999999 bytes",
    );
    check_capped(
        &large,
        caps(9, 1_000_000, 1_000_000),
        "large",
        "more than 1000000 bytes in all",
    );
}

#[test]
fn far_too_many_entries_are_not_even_listed() {
    let many: Vec<Entry> = (0..20_000).map(|i| file(&format!("{i:0>60}"), "")).collect();
    let caps = Caps {
        entries: 100,
        ..Caps::default()
    };
    check_capped(&zip(&many), caps, "", "far too many entries");
}

#[test]
fn bombs_stop_early() {
    let bomb = with(&[file("bomb", vec![0; 70 << 20])]);
    assert!(bomb.len() < 100_000);
    check_refused(&bomb, "bomb", "more than 250 times the size of the zip");
    let caps = Caps {
        file_bytes: 1 << 20,
        ..Caps::default()
    };
    check_capped(&bomb, caps, "bomb", "more than 1048576 bytes");
}

#[test]
fn a_directory_that_is_not_empty_is_left_alone() {
    let around = tempfile::tempdir().unwrap();
    fs::write(around.path().join("mine"), "x").unwrap();
    let refused = Package::unzip(Cursor::new(with(&[])), around.path(), &Caps::default()).unwrap_err();
    find(&refused, "", "is not empty");
    assert_eq!(fs::read_dir(around.path()).unwrap().count(), 1);
}

#[test]
fn all_bad_names_are_told_at_once() {
    let mut bytes = with(&[file("QQ1", ""), file("QQ2", "")]);
    patch(&mut bytes, b"QQ1", b"../");
    patch(&mut bytes, b"QQ2", b"/./");
    let refused = unzip(&bytes).map(|_| ()).unwrap_err();
    assert_eq!(refused.0.len(), 2, "{refused}");
}
