//! What a JVM takes is not the contestant's, and what the contestant takes of a JVM is: a full heap is an exceeded memory limit, too many
//! threads are a runtime error, and neither is anybody else's fault.

#![cfg(test)]

mod support;

use std::sync::Arc;

use domain::{Conclusion, Verdict};
use judge::{Grader, Job};
use problems::Package;
use support::{grader, package, source};

use Verdict::{Ac, Mle, Rte};

/// What the program is told to do, and which verdicts are fair for that.
const LOADS: [(&str, &[Verdict]); 7] = [
    // Three quarters of the heap at once.
    ("array", &[Ac]),
    ("full", &[Mle]),
    // Full, and caught.
    ("caught", &[Ac]),
    ("deep", &[Ac]),
    // To unwind a stack takes several times its size.
    ("endless", &[Rte, Mle]),
    ("few", &[Ac]),
    ("many", &[Rte]),
];

const JAVA: &str = r#"
import java.util.*;
public class Main {
    static int deep(int n) { return n == 0 ? 0 : 1 + deep(n - 1); }
    static void full() { List<byte[]> all = new ArrayList<>(); while (true) all.add(new byte[1 << 20]); }
    static void threads(int n) throws Exception {
        List<Thread> all = new ArrayList<>();
        for (int i = 0; i < n; i++) { Thread t = new Thread(() -> { try { Thread.sleep(300); } catch (Exception e) { } }); t.setDaemon(true); t.start(); all.add(t); }
        for (Thread t : all) t.join();
    }
    public static void main(String[] args) throws Exception {
        switch (new Scanner(System.in).next()) {
            case "array": byte[] a = new byte[48 << 20]; Arrays.fill(a, (byte) 1); break;
            case "full": full(); break;
            case "caught": try { full(); } catch (OutOfMemoryError e) { } break;
            case "deep": deep(100000); break;
            case "endless": deep(-1); break;
            case "few": threads(16); break;
            case "many": threads(3000); break;
        }
        System.out.println("ok");
    }
}
"#;

const KOTLIN: &str = r#"
fun deep(n: Int): Int = if (n == 0) 0 else 1 + deep(n - 1)
fun full() { val all = ArrayList<ByteArray>(); while (true) all.add(ByteArray(1 shl 20)) }
fun threads(n: Int) = List(n) { Thread { Thread.sleep(300) }.apply { isDaemon = true; start() } }.forEach { it.join() }
fun main() {
    when (readln()) {
        "array" -> ByteArray(48 shl 20).fill(1)
        "full" -> full()
        "caught" -> try { full() } catch (e: OutOfMemoryError) { }
        "deep" -> deep(100000)
        "endless" -> deep(-1)
        "few" -> threads(16)
        "many" -> threads(3000)
    }
    println("ok")
}
"#;

const SCALA: &str = r#"
object Main {
  def deep(n: Int): Int = if (n == 0) 0 else 1 + deep(n - 1)
  def full(): Unit = { val all = new java.util.ArrayList[Array[Byte]]; while (true) all.add(new Array[Byte](1 << 20)) }
  def threads(n: Int): Unit = {
    val all = List.fill(n) {
      val t = new Thread { override def run(): Unit = Thread.sleep(300) }
      t.setDaemon(true); t.start(); t
    }
    all.foreach(_.join())
  }
  def main(args: Array[String]): Unit = {
    scala.io.StdIn.readLine() match {
      case "array" => java.util.Arrays.fill(new Array[Byte](48 << 20), 1.toByte)
      case "full" => full()
      case "caught" => try full() catch { case _: OutOfMemoryError => }
      case "deep" => deep(100000)
      case "endless" => deep(-1)
      case "few" => threads(16)
      case "many" => threads(3000)
    }
    println("ok")
  }
}
"#;

const GROOVY: &str = r"
int deep(int n) { n == 0 ? 0 : 1 + deep(n - 1) }
void full() { def all = []; while (true) all << new byte[1 << 20] }
void threads(int n) { (0..<n).collect { def t = new Thread({ sleep 300 }); t.daemon = true; t.start(); t }.each { it.join() } }
switch (System.in.newReader().readLine()) {
    case 'array': Arrays.fill(new byte[48 << 20], (byte) 1); break
    case 'full': full(); break
    case 'caught': try { full() } catch (OutOfMemoryError e) { }; break
    case 'deep': deep(10000); break
    case 'endless': deep(-1); break
    case 'few': threads(16); break
    case 'many': threads(3000); break
}
println 'ok'
";

const CLOJURE: &str = r#"
(defn deep [n] (if (= n 0) 0 (+ 1 (deep (- n 1)))))
(defn full [] (let [all (java.util.ArrayList.)] (while true (.add all (byte-array 1048576)))))
(defn threads [n]
  (let [all (doall (for [_ (range n)] (doto (Thread. #(Thread/sleep 300)) (.setDaemon true) (.start))))]
    (doseq [t all] (.join t))))
(case (read-line)
  "array" (java.util.Arrays/fill (byte-array (* 48 1048576)) (byte 1))
  "full" (full)
  "caught" (try (full) (catch OutOfMemoryError e nil))
  "deep" (deep 20000)
  "endless" (deep -1)
  "few" (threads 16)
  "many" (threads 3000))
(println "ok")
"#;

async fn grade(grader: &Grader, package: &Arc<Package>, language: &str, code: &str) -> Conclusion {
    let job = Job {
        package: Arc::clone(package),
        language: language.parse().unwrap(),
        files: source("solution", code),
        entry_point: None,
    };
    grader.grade(&job, |_, _| {}).await.unwrap()
}

/// One source, which is compiled once, under every load; and then an honest program in the same slot.
async fn check(language: &str, code: &str) {
    let directory = tempfile::tempdir().unwrap();
    let grader = grader(1).await;
    if let Some(reason) = grader.missing(&language.parse().unwrap()).await {
        assert!(reason.contains("not installed"), "{reason}");
        return;
    }
    for (load, fair) in LOADS {
        let root = directory.path().join(load);
        let input = format!("{load}\n");
        let limits = "{time_limit: 10, memory: 64}";
        let package = Arc::new(package(&root, limits, &[("secret/1", &input, "ok\n")]));
        let found = grade(&grader, &package, language, code).await;
        assert!(fair.contains(&found.verdict), "{language}, {load}: {found:?}");
        let message = found.message.unwrap_or_default();
        if load == "full" {
            assert!(message.contains("the run-time ran out of memory"), "{message}");
        }
    }
    assert!(grader.compilers_started() <= 1);
    assert_eq!(grader.replaced_slots(), 0);
    grader.close().await;
}

#[tokio::test]
async fn java_is_judged_by_what_the_program_takes() {
    check("java", JAVA).await;
}

#[tokio::test]
async fn kotlin_is_judged_by_what_the_program_takes() {
    check("kotlin", KOTLIN).await;
}

#[tokio::test]
async fn scala_is_judged_by_what_the_program_takes() {
    check("scala", SCALA).await;
}

#[tokio::test]
async fn groovy_is_judged_by_what_the_program_takes() {
    check("groovy", GROOVY).await;
}

#[tokio::test]
async fn clojure_is_judged_by_what_the_program_takes() {
    check("clojure", CLOJURE).await;
}
