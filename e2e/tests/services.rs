//! The services that other tests stand on.

#![cfg(test)]

use std::io::{Read, Write};
use std::net::TcpStream;

use e2e::services::{Postgres, Redis};

fn ask(redis: &Redis, command: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).unwrap();
    stream
        .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.trim_end_matches("+OK\r\n").to_owned()
}

#[test]
fn redis_is_private_and_comes_back_empty() {
    let mut redis = Redis::start().unwrap();
    assert_eq!(ask(&redis, "SET a 1"), "");
    assert_eq!(ask(&redis, "DBSIZE"), ":1\r\n");
    redis.restart().unwrap();
    assert_eq!(ask(&redis, "DBSIZE"), ":0\r\n");
}

#[test]
fn postgres_gives_each_its_own_database() {
    let one = Postgres::start().unwrap();
    let two = Postgres::start().unwrap();
    assert_ne!(one.url(), two.url());
    one.sql("CREATE TABLE t (a int); INSERT INTO t VALUES (7)")
        .unwrap();
    assert_eq!(one.sql("SELECT a FROM t").unwrap(), "7");
    assert!(two.sql("SELECT a FROM t").is_err());
}

#[test]
fn postgres_survives_a_crash_with_its_data() {
    let mut postgres = Postgres::start_private().unwrap();
    postgres.sql("CREATE TABLE t (a int)").unwrap();
    postgres.server().unwrap().crash().unwrap();
    assert!(postgres.sql("SELECT count(*) FROM t").is_err());
    postgres.server().unwrap().restart().unwrap();
    assert_eq!(postgres.sql("SELECT count(*) FROM t").unwrap(), "0");
}
