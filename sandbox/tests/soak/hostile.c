/* Hostile programs, one a name: `hostile NAME`. Each ends by itself within seconds, and is meant to run in a sandbox only.
   None can be expected to succeed in anything; what each tries is said by its name and body. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double begin;
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec / 1e9; }
/* Nothing here goes on for longer, limits or not. */
static int on(void) { return now() < begin + 2; }
static void rest(void) { while (on()) poll(0, 0, 100); _exit(0); }

static void fork_bomb(void) { while (on()) fork(); }
static void fork_and_exit(void) { while (on()) if (fork() == 0) _exit(0); }
static void fork_and_sleep(void) { for (int i = 0; i < 100; i++) if (fork() == 0) rest(); }
static void zombies(void) { for (int i = 0; i < 40; i++) if (fork() == 0) _exit(i); rest(); }
static void *idle(void *x) { (void)x; rest(); return 0; }
static void *spin(void *x) { (void)x; while (on()); return 0; }
static void threads_storm(void) { pthread_t t; for (int i = 0; i < 1000; i++) pthread_create(&t, 0, i % 4 ? idle : spin, 0); rest(); }
static void thread_leader_leaves(void) { pthread_t t; pthread_create(&t, 0, spin, 0); syscall(SYS_exit, 0); }
static void exec_in_thread_storm(void) { pthread_t t; for (int i = 0; i < 8; i++) pthread_create(&t, 0, idle, 0); execl("/bin/true", "true", (char *)0); }
static void exec_again(void) { char *a[] = {"hostile", "exec_again", 0}; if (on()) execv("hostile", a); }
static void memory_hog(void) { while (on()) { char *p = malloc(1 << 20); if (!p) break; memset(p, 1, 1 << 20); } }
static void memory_in_children(void) { for (int i = 0; i < 8; i++) if (fork() == 0) memory_hog(); while (wait(0) > 0); }
static void memory_shared(void) { char *p = mmap(0, 256 << 20, 3, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (p != MAP_FAILED) memset(p, 1, 256 << 20); }
static void memory_in_memfds(void) { static char b[1 << 20]; for (int i = 0; i < 100 && on(); i++) { int f = memfd_create("x", 0); if (f < 0 || write(f, b, sizeof b) < 0) break; } rest(); }
static void memory_in_sockets(void) { static char b[1 << 16]; int s[2]; while (on() && !socketpair(AF_UNIX, SOCK_STREAM, 0, s)) { int z = 1 << 24; setsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &z, sizeof z); while (send(s[0], b, sizeof b, MSG_DONTWAIT) > 0); } }
static void memory_in_pipes(void) { static char b[1 << 20]; int p[2]; while (on() && !pipe2(p, O_NONBLOCK)) { fcntl(p[1], F_SETPIPE_SZ, 1 << 20); while (write(p[1], b, sizeof b) > 0); } }
static void locked_memory(void) { mlockall(MCL_CURRENT | MCL_FUTURE); memory_hog(); }
static void many_maps(void) { for (int i = 0; i < 70000 && on(); i++) if (mmap(0, 4096, i % 2 ? 3 : 1, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) break; }
static void huge_reservation(void) { for (int i = 0; i < 1000; i++) if (mmap(0, 1ul << 40, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED) break; rest(); }
static int deep(int n) { volatile char b[4096]; b[n & 4095] = 1; return deep(n + 1) + b[0]; }
static void stack_overflow(void) { deep(0); }
static void page_tables(void) { for (unsigned long a = 1ul << 32; on(); a += 1ul << 30) { char *p = mmap((void *)a, 4096, 3, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0); if (p == MAP_FAILED) break; *p = 1; } }

static void shm_files(void) { char n[64]; for (int i = 0; i < 200; i++) { snprintf(n, 64, "/dev/shm/s%d", i); int f = open(n, O_CREAT | O_RDWR, 0600); if (f < 0) break; if (ftruncate(f, 1 << 16)) {} char *p = mmap(0, 1 << 16, 3, MAP_SHARED, f, 0); if (p != MAP_FAILED) memset(p, 1, 1 << 16); } }
static void ipc_objects(void) { for (int i = 0; i < 50; i++) { shmget(i, 1 << 20, IPC_CREAT | 0666); semget(i, 100, IPC_CREAT | 0666); msgget(i, IPC_CREAT | 0666); syscall(SYS_mq_open, "q", O_CREAT | O_RDWR, 0600, 0); syscall(SYS_add_key, "user", "k", "v", 1, -4); } }
static void file_flood(void) { static char b[1 << 16]; const char *at[] = {"a", "/tmp/a", "/dev/shm/b"}; for (int i = 0; i < 3; i++) { int f = open(at[i], O_CREAT | O_WRONLY, 0600); while (write(f, b, sizeof b) > 0); } }
static void inode_flood(void) { char n[64]; for (int i = 0; i < 5000; i++) { snprintf(n, 64, "%s%d", i % 2 ? "/tmp/" : "", i); if (mknod(n, S_IFREG | 0600, 0) && errno != ENOSPC) break; } }
static void deep_directories(void) { for (int i = 0; i < 3000; i++) if (mkdir("d", 0700) || chdir("d")) break; }
static void links(void) { symlink("/etc/passwd", "out"); symlink("out", "x"); symlink("loop", "loop"); link("hostile", "h"); symlink("/proc/1/root", "/tmp/r"); }
static void sparse_file(void) { int f = open("s", O_CREAT | O_RDWR, 0600); if (ftruncate(f, 1l << 40)) {} posix_fallocate(f, 0, 1l << 30); pwrite(f, "x", 1, (1l << 39)); }
static void pipe_for_out(void) { mkfifo("out", 0600); }
static void directory_for_out(void) { mkdir("out", 0); chmod(".", 0); }
static void socket_for_out(void) { struct sockaddr_un a = {AF_UNIX, "out"}; bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, sizeof a); }
static void growing_out(void) { int f = open("out", O_CREAT | O_WRONLY, 0600); if (fork() == 0) while (on()) write(f, "xxxxxxxxxxxxxxxx", 16); poll(0, 0, 5); }
static void rename_self(void) { rename("hostile", "/tmp/x"); rename("hostile", "y"); unlink("hostile"); unlink("y"); rmdir("/work"); }
static void attributes(void) { char n[64]; for (int i = 0; i < 1000; i++) { snprintf(n, 64, "user.%d", i); if (syscall(SYS_setxattr, ".", n, n, 64, 0)) break; } chmod("/tmp", 0); chmod(".", 0777); }

static void signals_at_init(void) { for (int s = 1; s < 65; s++) { kill(1, s); syscall(SYS_tgkill, 1, 1, s); syscall(SYS_tgkill, 1, 2, s); } sigqueue(1, 9, (union sigval){0}); kill(-1, SIGSTOP); kill(-1, 9); }
static void stop_relatives(void) { for (int i = 0; i < 5; i++) if (fork() == 0) { setpgid(0, 0); raise(SIGSTOP); rest(); } kill(-1, SIGSTOP); kill(getppid(), SIGSTOP); }
static void stop_self(void) { raise(SIGSTOP); }
static void block_signals(void) { sigset_t s; sigfillset(&s); sigprocmask(SIG_SETMASK, &s, 0); for (int i = 1; i < 65; i++) signal(i, SIG_IGN); rest(); }
static void sleep_forever(void) { rest(); }
static void spin_forever(void) { while (on()); }
static void daemons(void) { for (int i = 0; i < 5; i++) if (fork() == 0) { setsid(); if (fork() == 0) { chdir("/"); close(0); close(1); close(2); rest(); } _exit(0); } }
static void spinning_daemons(void) { for (int i = 0; i < 4; i++) if (fork() == 0) { setsid(); if (fork() == 0) spin_forever(); _exit(0); } }
static void decoys(void) { for (int i = 0; i < 4; i++) if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) _exit(i); if (fork() == 0) { syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0); rest(); } }
static void no_exit_signal(void) { for (int i = 0; i < 4; i++) if (syscall(SYS_clone, 0, 0, 0, 0, 0) == 0) { if (i % 2) rest(); _exit(0); } }
static void vfork_chain(void) { volatile int n = 0; while (n < 12) { n++; if (vfork() != 0) break; } rest(); }
static void reaper(void) { prctl(PR_SET_CHILD_SUBREAPER, 1); for (int i = 0; i < 5; i++) if (fork() == 0) { fork(); rest(); } }
static void pdeath(void) { prctl(PR_SET_PDEATHSIG, SIGSTOP); if (fork() == 0) { prctl(PR_SET_PDEATHSIG, 9); fork(); rest(); } }
static void many_sessions(void) { while (on() && fork() == 0) { setsid(); setpgid(0, 0); } }
static void timers(void) { for (int i = 0; i < 5000; i++) { timer_t t; struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1}; if (timer_create(CLOCK_MONOTONIC, &e, &t)) break; } signal(SIGALRM, SIG_IGN); struct itimerval v = {{0, 100}, {0, 100}}; setitimer(ITIMER_REAL, &v, 0); rest(); }
static void queued_signals(void) { sigset_t s; sigfillset(&s); sigprocmask(SIG_SETMASK, &s, 0); for (int i = 0; i < 100000 && on(); i++) if (sigqueue(getpid(), SIGRTMIN, (union sigval){i})) break; }

static void close_all(void) { for (int i = 0; i < 1024; i++) close(i); rest(); }
static void descriptors(void) { while (dup(0) >= 0); while (eventfd(0, 0) >= 0); rest(); }
static void sent_descriptors(void) { int s[2]; for (int i = 0; i < 60 && !socketpair(AF_UNIX, SOCK_DGRAM, 0, s); i++) { char c[CMSG_SPACE(4)] = {0}, b = 0; struct iovec v = {&b, 1}; struct msghdr m = {0, 0, &v, 1, c, sizeof c, 0}; struct cmsghdr *h = CMSG_FIRSTHDR(&m); h->cmsg_level = SOL_SOCKET; h->cmsg_type = SCM_RIGHTS; h->cmsg_len = CMSG_LEN(4); *(int *)CMSG_DATA(h) = s[0]; sendmsg(s[1], &m, MSG_DONTWAIT); close(s[0]); close(s[1]); } }
static void output_flood(void) { static char b[1 << 16]; while (on()) if (write(1, b, sizeof b) < 0) break; }
static void error_flood(void) { static char b[1 << 16]; while (on()) if (write(2, b, sizeof b) < 0) break; }
static void held_output(void) { if (fork() == 0) { setsid(); rest(); } write(1, "gone", 4); _exit(3); }
static void pipe_settings(void) { fcntl(1, F_SETFL, O_NONBLOCK); fcntl(1, F_SETPIPE_SZ, 4096); fcntl(2, F_SETPIPE_SZ, 1 << 20); fchmod(1, 0); fchmod(2, 0777); fcntl(1, F_SETOWN, 1); fcntl(1, F_SETSIG, 9); fcntl(1, F_SETFL, O_ASYNC); write(1, "x", 1); }
static void read_own_output(void) { char b[100]; int f = open("/proc/self/fd/1", O_RDONLY | O_NONBLOCK); write(1, "mine", 4); read(f, b, 100); rest(); }
static void input_games(void) { if (ftruncate(0, 0)) {} write(0, "x", 1); fchmod(0, 0); lseek(0, 1l << 60, 0); flock(0, 2); open("/proc/self/fd/0", O_RDWR); }
static void abstract_sockets(void) { for (int i = 0; i < 50; i++) { struct sockaddr_un a = {AF_UNIX, "\0x"}; a.sun_path[2] = 'a' + i; int s = socket(AF_UNIX, SOCK_STREAM, 0); bind(s, (void *)&a, sizeof a); listen(s, 100); } if (fork() == 0) rest(); }
static void watches(void) { for (int i = 0; i < 200; i++) { int f = inotify_init(); if (f < 0) break; inotify_add_watch(f, "/work", IN_ALL_EVENTS); inotify_add_watch(f, "/usr/bin", IN_ALL_EVENTS); } rest(); }
static void trace(void) { ptrace(PTRACE_TRACEME, 0, 0, 0); ptrace(PTRACE_ATTACH, 1, 0, 0); ptrace(PTRACE_SEIZE, 1, 0, 0); char b[8]; struct { void *b; size_t l; } v = {b, 8}; syscall(SYS_process_vm_readv, 1, &v, 1, &v, 1, 0); raise(SIGTRAP); }
static void proc_pokes(void) { const char *f[] = {"/proc/1/mem", "/proc/1/oom_score_adj", "/proc/self/oom_score_adj", "/proc/self/uid_map", "/proc/self/setgroups", "/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/self/mem", "/proc/1/environ", "/proc/self/attr/current", "/proc/self/clear_refs", "/proc/self/comm"}; char b[256]; for (unsigned i = 0; i < sizeof f / sizeof *f; i++) { int d = open(f[i], O_RDWR); write(d, "0", 1); d = open(f[i], O_RDONLY); read(d, b, sizeof b); } DIR *p = opendir("/proc"); while (p && readdir(p)); }
static void proc_files(void) { DIR *d = opendir("/proc/self"); struct dirent *e; char n[300], b[4096]; while (d && (e = readdir(d))) { snprintf(n, 300, "/proc/self/%s", e->d_name); int f = open(n, O_RDONLY | O_NONBLOCK); read(f, b, sizeof b); close(f); } }
static void priorities(void) { setpriority(PRIO_PROCESS, 0, -20); setpriority(PRIO_PROCESS, 1, 19); struct sched_param p = {99}; sched_setscheduler(0, SCHED_FIFO, &p); cpu_set_t s; CPU_ZERO(&s); CPU_SET(0, &s); sched_setaffinity(1, sizeof s, &s); sched_setaffinity(0, sizeof s, &s); struct rlimit r = {1, 1}; prlimit(1, RLIMIT_NOFILE, &r, 0); syscall(SYS_ioprio_set, 1, 0, 0x2000); while (now() < begin + 0.01); }
static void namespaces(void) { unshare(CLONE_NEWUSER); unshare(CLONE_NEWNS | CLONE_NEWPID); mount("x", "/work", "tmpfs", 0, ""); umount2("/work", MNT_DETACH); umount2("/tmp", MNT_DETACH); chroot("/work"); syscall(SYS_pivot_root, ".", "."); syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0); sethostname("x", 1); setuid(0); setgid(0); }
static void self_kill(void) { kill(getpid(), SIGKILL); }
static void claims_cpu_limit(void) { signal(SIGXCPU, SIG_DFL); raise(SIGXCPU); }
static void claims_memory_limit(void) { _exit(137); }
static void dumps_core(void) { prctl(PR_SET_DUMPABLE, 1); abort(); }
static void bad_pointer(void) { *(volatile int *)8 = 1; }
static void long_command(void) { char *a[200]; static char w[1000]; memset(w, 'x', 999); for (int i = 0; i < 199; i++) a[i] = w; a[199] = 0; execv("/bin/true", a); }
static void odd_calls(void) { unsigned seed = 12345; for (int i = 0; i < 3000; i++) { seed = seed * 1103515245 + 12345; long n = (seed >> 8) % 470; if (n == SYS_exit || n == SYS_exit_group || n == SYS_pause || n == SYS_rt_sigsuspend || n == SYS_wait4 || n == SYS_rt_sigreturn || n == SYS_fork || n == SYS_vfork || n == SYS_munmap || n == SYS_brk || n == SYS_kill) continue; alarm(1); syscall(n, -1l, 0l, -1l, 0l, 0l, -1l); } }

/* What every honest program may rely on: alone, in empty places, and not blamed for anything. */
static void honest(void) {
    int alone = 1, empty = 1;
    struct dirent *e;
    DIR *d = opendir("/proc");
    while (d && (e = readdir(d))) if (atoi(e->d_name) > 0 && atoi(e->d_name) != getpid()) alone = 0;
    d = opendir("/work");
    while ((e = readdir(d))) if (e->d_name[0] != '.' && strcmp(e->d_name, "hostile")) empty = 0;
    d = opendir("/tmp");
    while ((e = readdir(d))) if (e->d_name[0] != '.') empty = 0;
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = {AF_UNIX, "\0xa"};
    int free = !bind(s, (void *)&a, sizeof a);
    struct stat w; stat("/work", &w);
    printf("%d %d %d %o %d %d\n", alone, empty, free, w.st_mode & 07777, fcntl(1, F_GETFL) & O_NONBLOCK, fcntl(1, F_GETPIPE_SZ) >= 4096);
    fflush(stdout);
    _exit(42);
}

#define EACH(X) X(fork_bomb) X(fork_and_exit) X(fork_and_sleep) X(zombies) X(threads_storm) X(thread_leader_leaves) \
    X(exec_in_thread_storm) X(exec_again) X(memory_hog) X(memory_in_children) X(memory_shared) X(memory_in_memfds) \
    X(memory_in_sockets) X(memory_in_pipes) X(locked_memory) X(many_maps) X(huge_reservation) X(stack_overflow) X(page_tables) \
    X(shm_files) X(ipc_objects) X(file_flood) X(inode_flood) X(deep_directories) X(links) X(sparse_file) X(pipe_for_out) \
    X(directory_for_out) X(socket_for_out) X(growing_out) X(rename_self) X(attributes) X(signals_at_init) X(stop_relatives) \
    X(stop_self) X(block_signals) X(sleep_forever) X(spin_forever) X(daemons) X(spinning_daemons) X(decoys) X(no_exit_signal) \
    X(vfork_chain) X(reaper) X(pdeath) X(many_sessions) X(timers) X(queued_signals) X(close_all) X(descriptors) \
    X(sent_descriptors) X(output_flood) X(error_flood) X(held_output) X(pipe_settings) X(read_own_output) X(input_games) \
    X(abstract_sockets) X(watches) X(trace) X(proc_pokes) X(proc_files) X(priorities) X(namespaces) X(self_kill) \
    X(claims_cpu_limit) X(claims_memory_limit) X(dumps_core) X(bad_pointer) X(long_command) X(odd_calls) X(honest)

int main(int argc, char **argv) {
    begin = now();
#define LIST(name) if (argc < 2) puts(#name);
    EACH(LIST)
#define CALL(name) if (argc > 1 && !strcmp(argv[1], #name)) { name(); return 0; }
    EACH(CALL)
    return argc > 1 ? 99 : 0;
}
