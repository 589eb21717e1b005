//! Limits: what goes beyond one is ended at it, told as such, and nothing else is.

use std::time::Duration;

use sandbox::{Content, End, InputFile, MemoryKind};

use crate::programs::{c, python, slot, slow, spec, stdout};

const MIB: u64 = 1 << 20;

#[test]
fn an_endless_loop_ends_at_the_cpu_limit() {
    let mut slot = slot();
    let mut endless = c("int main(void) { for (;;) ; }");
    endless.limits.cpu = Duration::from_millis(300);
    let outcome = slot.run(&endless).unwrap();
    assert_eq!(outcome.end, End::CpuLimit);
    let over = outcome.cpu.checked_sub(Duration::from_millis(300)).unwrap();
    assert!(over < slow(Duration::from_millis(40)), "over by {over:?}");
}

#[test]
fn a_sleeper_ends_at_the_wall_limit() {
    let mut slot = slot();
    let mut sleeper = spec(["/bin/sleep", "20"]);
    sleeper.limits.wall = Duration::from_millis(200);
    let outcome = slot.run(&sleeper).unwrap();
    assert_eq!(outcome.end, End::WallLimit);
    let over = outcome.wall.checked_sub(Duration::from_millis(200)).unwrap();
    assert!(over < slow(Duration::from_millis(40)), "over by {over:?}");
    assert!(outcome.cpu < slow(Duration::from_millis(50)), "{:?}", outcome.cpu);
}

#[test]
fn threads_and_children_share_one_cpu_limit() {
    let mut slot = slot();
    // The child ignores its parent, the parent ignores the child's end: nobody ever waits for it.
    let mut orphan = c(
        "#include <signal.h>
         #include <unistd.h>
         int main(void) { signal(SIGCHLD, SIG_IGN); if (!fork()) { if (!fork()) for (;;) ; _exit(0); } pause(); }",
    );
    orphan.limits.cpu = Duration::from_millis(200);
    let outcome = slot.run(&orphan).unwrap();
    assert_eq!(outcome.end, End::CpuLimit);
    // The resource limit of each process would come, too: after two seconds.
    assert!(outcome.cpu < Duration::from_secs(1), "{:?}", outcome.cpu);
}

#[test]
fn cpu_time_of_ended_orphans_is_counted() {
    let mut slot = slot();
    // A grandchild burns 200 ms by its own clock and ends; the main program ends well after it.
    let spec = c("#include <time.h>
         #include <unistd.h>
         int main(void) {
             int ends[2]; char byte;
             pipe(ends);
             if (!fork()) {
                 if (!fork()) {
                     struct timespec t;
                     do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); while (t.tv_nsec < 200000000);
                     _exit(0);
                 }
                 _exit(0);
             }
             close(ends[1]);
             read(ends[0], &byte, 1);
             return 0;
         }");
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(outcome.end, End::Exited(0));
    let expected = Duration::from_millis(190)..Duration::from_millis(200) + slow(Duration::from_millis(200));
    assert!(expected.contains(&outcome.cpu), "{:?}", outcome.cpu);
}

#[test]
fn memory_beyond_the_limit_is_told_as_such() {
    let mut slot = slot();
    let hog = "#include <stdlib.h>
               #include <string.h>
               int main(void) { for (int i = 0; i < 512; i++) memset(malloc(1 << 20), 1, 1 << 20); return 0; }";
    // What is touched counts, wherever it lies, and in whichever process of the tree.
    let shared = "#include <sys/mman.h>
                  #include <string.h>
                  int main(void) {
                      for (int i = 0; i < 512; i++)
                          memset(mmap(0, 1 << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0), 1, 1 << 20);
                      return 0; }";
    let in_memfd = "#define _GNU_SOURCE
                    #include <sys/mman.h>
                    #include <unistd.h>
                    int main(void) { static char b[1 << 20]; int f = memfd_create(\"m\", 0);
                        for (int i = 0; i < 512; i++) write(f, b, sizeof b); return 0; }";
    let in_children = "#include <stdlib.h>
                       #include <string.h>
                       #include <unistd.h>
                       #include <sys/wait.h>
                       int main(void) { for (int i = 0; i < 8; i++)
                           if (!fork()) { memset(malloc(16 << 20), 1, 16 << 20); sleep(1); _exit(0); }
                           while (wait(0) > 0); return 0; }";
    for (what, code) in [
        ("heap", hog),
        ("shared", shared),
        ("memfd", in_memfd),
        ("children", in_children),
    ] {
        let mut spec = c(code);
        spec.limits.memory = 64 * MIB;
        let outcome = slot.run(&spec).unwrap();
        assert_eq!(outcome.end, End::MemoryLimit, "{what}: {outcome:?}");
        assert!(
            (60 * MIB..=66 * MIB).contains(&outcome.memory),
            "{what}: {}",
            outcome.memory
        );
    }
    let mut files = python("f = open('/tmp/f', 'wb')\nwhile True: f.write(bytes(1 << 20))");
    files.limits.memory = 64 * MIB;
    files.limits.work_bytes = 512 * MIB;
    assert_eq!(slot.run(&files).unwrap().end, End::MemoryLimit, "files in /tmp");
    assert_eq!(
        slot.run(&python("pass")).unwrap().end,
        End::Exited(0),
        "the slot goes on"
    );
}

#[test]
fn memory_within_the_limit_is_measured() {
    let mut slot = slot();
    for mebibytes in [1_u64, 10, 50] {
        let spec = c(&format!(
            "#include <stdlib.h>
             #include <string.h>
             int main(void) {{ memset(malloc({mebibytes} << 20), 1, {mebibytes} << 20); return 0; }}"
        ));
        let outcome = slot.run(&spec).unwrap();
        assert_eq!(outcome.end, End::Exited(0));
        assert_eq!(outcome.memory_kind, MemoryKind::Charged);
        let expected = mebibytes * MIB - MIB / 2..mebibytes * MIB + 2 * MIB;
        assert!(
            expected.contains(&outcome.memory),
            "{mebibytes} MiB: {}",
            outcome.memory
        );
    }
}

#[test]
fn reading_large_files_is_no_use_of_memory() {
    let mut slot = slot();
    // Far more than the limit, of which the kernel keeps what fits: peak usage is the limit, and nobody is to blame.
    let mut spec = spec([
        "/bin/sh",
        "-c",
        "cat /usr/bin/* 2>/dev/null | head -c 96M | wc -c",
    ]);
    spec.limits.memory = 24 * MIB;
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(outcome.end, End::Exited(0));
    assert!(
        stdout(&outcome).trim().parse::<u64>().unwrap() > 48 * MIB,
        "{}",
        stdout(&outcome)
    );
    assert!(outcome.memory < 20 * MIB, "{}", outcome.memory);
}

#[test]
fn an_exit_status_or_a_signal_is_no_limit() {
    let mut slot = slot();
    let mut spec = python("import os; os._exit(137)");
    spec.limits.memory = 64 * MIB;
    assert_eq!(slot.run(&spec).unwrap().end, End::Exited(137));
    let spec = python("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)");
    assert_eq!(slot.run(&spec).unwrap().end, End::Signalled(24));
    // An allocation that is refused at once was never an event of the kernel's.
    let spec = python("try: bytearray(1 << 46)\nexcept MemoryError: print('refused')");
    let outcome = slot.run(&spec).unwrap();
    assert_eq!(
        (outcome.end, stdout(&outcome).as_str()),
        (End::Exited(0), "refused\n")
    );
}

#[test]
fn output_beyond_the_limit_ends_the_run_and_errors_beyond_it_are_dropped() {
    let mut slot = slot();
    let mut flood = spec(["/usr/bin/yes"]);
    flood.limits.stdout = 100_000;
    let outcome = slot.run(&flood).unwrap();
    assert_eq!(outcome.end, End::OutputLimit);
    assert_eq!(outcome.stdout.bytes.len(), 100_000);
    assert!(outcome.stdout.written > 100_000);

    // As much as allowed is allowed; one byte more is not, though the program ends by itself.
    for (length, expected) in [(1000, End::Exited(0)), (1001, End::OutputLimit)] {
        let mut spec = python(&format!("print('x' * {length}, end='')"));
        spec.limits.stdout = 1000;
        let outcome = slot.run(&spec).unwrap();
        assert_eq!(
            (outcome.end, outcome.stdout.written, outcome.stdout.bytes.len()),
            (expected, length, 1000)
        );
    }

    let mut errors = python("import sys; sys.stderr.write('x' * 1_000_000); print('done')");
    errors.limits.stderr = 1000;
    let outcome = slot.run(&errors).unwrap();
    assert_eq!(
        (outcome.end, stdout(&outcome).as_str()),
        (End::Exited(0), "done\n")
    );
    assert_eq!(
        (outcome.stderr.bytes.len(), outcome.stderr.written),
        (1000, 1_000_000)
    );
}

#[test]
fn the_end_of_output_is_not_waited_for() {
    let mut slot = slot();
    // The child keeps both pipes open; it dies with the run.
    let spec = python("import os, time\nif os.fork() == 0: time.sleep(30)\nos.write(1, b'bye')");
    let outcome = slot.run(&spec).unwrap();
    assert_eq!((outcome.end, stdout(&outcome).as_str()), (End::Exited(0), "bye"));
    assert!(outcome.wall < slow(Duration::from_secs(5)), "{:?}", outcome.wall);
}

#[test]
fn processes_files_and_descriptors_are_limited() {
    let mut slot = slot();
    let mut bomb = c(
        "#include <stdio.h>
         #include <unistd.h>
         int main(void) { int made = 0; for (int i = 0; i < 200; i++) { int p = fork(); if (!p) { sleep(5); _exit(0); } made += p > 0; }
             printf(\"%d\", made); return 0; }",
    );
    bomb.limits.processes = 10;
    let outcome = slot.run(&bomb).unwrap();
    assert_eq!(
        (outcome.end, stdout(&outcome).as_str()),
        (End::Exited(0), "9"),
        "itself is the tenth"
    );

    let mut exploding = c("#include <unistd.h>\nint main(void) { for (int i = 0; i < 100000; i++) fork(); }");
    exploding.limits.cpu = Duration::from_millis(300);
    exploding.limits.wall = Duration::from_secs(3);
    let outcome = slot.run(&exploding).unwrap();
    assert!(
        matches!(outcome.end, End::CpuLimit | End::WallLimit),
        "{outcome:?}"
    );

    let count = |directory: &str| {
        format!(
            "made = 0\ntry:\n  while made < 5000: open('{directory}/%d' % made, 'w').close(); made += 1\n\
             except OSError: pass\nprint(made)"
        )
    };
    for directory in ["/work", "/tmp"] {
        let mut files = python(&count(directory));
        files.limits.work_files = 20;
        assert_eq!(stdout(&slot.run(&files).unwrap()), "20\n", "{directory}");
        let mut bytes = python(&format!(
            "import os\nf = os.open('{directory}/f', os.O_CREAT | os.O_WRONLY)\ntotal = 0\n\
             try:\n  while True: total += os.write(f, bytes(65536))\nexcept OSError: pass\nprint(total)"
        ));
        bytes.limits.work_bytes = 8 * MIB;
        assert_eq!(
            stdout(&slot.run(&bytes).unwrap()),
            format!("{}\n", 8 * MIB),
            "{directory}"
        );
    }

    let mut descriptors =
        python("import os\nn = 0\ntry:\n  while True: os.dup(0); n += 1\nexcept OSError: print(n)");
    descriptors.limits.descriptors = 40;
    assert_eq!(
        stdout(&slot.run(&descriptors).unwrap()),
        "37\n",
        "three are standard"
    );
}

#[test]
fn the_limits_of_one_run_are_not_those_of_the_next() {
    let mut slot = slot();
    let mut small = python("pass");
    small.limits.memory = 24 * MIB;
    small.limits.processes = 1;
    small.limits.work_files = 1;
    assert_eq!(slot.run(&small).unwrap().end, End::Exited(0));
    // Input files are no memory of the program, whatever the last limit was.
    let mut large = python("import os\nif os.fork() == 0: os._exit(0)\nprint(len(b'x' * (100 << 20)))");
    large.limits.memory = 128 * MIB;
    let content = Content::Bytes(vec![1; 48 << 20].into());
    large.files.push(InputFile {
        name: "large".into(),
        content,
        executable: false,
    });
    let outcome = slot.run(&large).unwrap();
    assert_eq!(
        (outcome.end, stdout(&outcome).as_str()),
        (End::Exited(0), "104857600\n")
    );
    assert!(
        (100 * MIB..120 * MIB).contains(&outcome.memory),
        "{}",
        outcome.memory
    );
    assert_eq!(slot.run(&small).unwrap().end, End::Exited(0));
}
